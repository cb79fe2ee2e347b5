/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The schemas there are, one for each noun.
 */
#ifndef DH_PRESENT_SCHEMAS_H
#define DH_PRESENT_SCHEMAS_H

#include "present/columns.h"

extern const struct dh_schema dh_schema_heaps;	  /* struct dh_heap; context: the inventory */
extern const struct dh_schema dh_schema_buffers;  /* struct dh_buffer_facts */
extern const struct dh_schema dh_schema_summary;  /* struct dh_tally */
extern const struct dh_schema dh_schema_imports;  /* struct dh_import_row */
extern const struct dh_schema dh_schema_mappings; /* struct dh_mapping_report, model/mapping.h */

#endif
