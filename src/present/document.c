// SPDX-License-Identifier: GPL-2.0-or-later
#include "present/document.h"

#include "present/json.h"

int dh_document_write(FILE *out, const struct dh_style *style, const struct dh_section *sections,
		      size_t n)
{
	return style->format == DH_FORMAT_JSON ? dh_json_write(out, style, sections, n)
					       : dh_table_write(out, style, sections, n);
}
