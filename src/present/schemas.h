/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All schemas, with the types of their rows.
 */
#ifndef DH_PRESENT_SCHEMAS_H
#define DH_PRESENT_SCHEMAS_H

#include "present/columns.h"

extern const struct dh_schema dh_schema_heaps;	    /* struct dh_heap; context: the inventory */
extern const struct dh_schema dh_schema_runs;	    /* struct dh_map_part; context as above */
extern const struct dh_schema dh_schema_fallbacks;  /* struct dh_fallback */
extern const struct dh_schema dh_schema_accounts;   /* struct dh_balance */
extern const struct dh_schema dh_schema_histogram;  /* struct dh_bar */
extern const struct dh_schema dh_schema_callsites;  /* struct dh_callsite */
extern const struct dh_schema dh_schema_callers;    /* struct dh_callsite in struct dh_callers */
extern const struct dh_schema dh_schema_misses;	    /* struct dh_miss */
extern const struct dh_schema dh_schema_audit;	    /* struct dh_audit */
extern const struct dh_schema dh_schema_inspection; /* struct dh_inspection */
extern const struct dh_schema dh_schema_buffers;    /* struct dh_buffer_facts */
extern const struct dh_schema dh_schema_summary;    /* struct dh_tally */
extern const struct dh_schema dh_schema_probe;	    /* struct dh_probe */
extern const struct dh_schema dh_schema_imports;    /* struct dh_import_row */
extern const struct dh_schema dh_schema_holders;    /* struct dh_holder_row */
extern const struct dh_schema dh_schema_holders_summary; /* struct dh_holders_summary */
extern const struct dh_schema dh_schema_cma_callers;	 /* struct dh_cma_caller */
extern const struct dh_schema dh_schema_cma_trace;	 /* struct dh_cma_trace */
extern const struct dh_schema dh_schema_steps;		 /* struct dh_step */
extern const struct dh_schema dh_schema_mappings;	 /* struct dh_mapping_report */
extern const struct dh_schema dh_schema_modules;	 /* struct dh_module */
extern const struct dh_schema dh_schema_kernel;		 /* struct dh_module_kernel */
extern const struct dh_schema dh_schema_record;		 /* struct dh_recording */

#endif
