/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sections for people and for shells, drawn by libsmartcols.
 */
#ifndef DH_PRESENT_TABLE_H
#define DH_PRESENT_TABLE_H

#include "present/document.h"

/* Contract as dh_document_write(), for DH_FORMAT_TABLE and DH_FORMAT_RAW. */
int dh_table_write(FILE *out, const struct dh_style *style, const struct dh_section *sections,
		   size_t n);

#endif
