/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sections for programs, written by json-c.
 */
#ifndef DH_PRESENT_JSON_H
#define DH_PRESENT_JSON_H

#include "present/document.h"

/*
 * Contract as dh_document_write(), for DH_FORMAT_JSON. Text that is not UTF-8 is given
 * with every byte outside ASCII as \xNN, since JSON cannot hold it.
 */
int dh_json_write(FILE *out, const struct dh_style *style, const struct dh_section *sections,
		  size_t n);

#endif
