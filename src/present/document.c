// SPDX-License-Identifier: GPL-2.0-or-later
#include "present/document.h"

int dh_document_write(FILE *out, const struct dh_style *style, const struct dh_section *sections,
		      size_t n)
{
	struct json_object *document;
	int ret;

	if (style->format != DH_FORMAT_JSON)
		return dh_table_write(out, style, sections, n);
	ret = dh_json_begin(style, NULL, sections, n, &document);
	return ret ? ret : dh_json_end(out, style, NULL, false, document);
}
