// SPDX-License-Identifier: GPL-2.0-or-later
#include "present/document.h"

#include <errno.h>

#include "present/json.h"
#include "present/table.h"

int dh_document_write(FILE *out, const struct dh_style *style, const struct dh_section *sections,
		      size_t n)
{
	int ret;

	if (style->format == DH_FORMAT_JSON)
		ret = dh_json_write(out, style, sections, n);
	else
		ret = dh_table_write(out, style, sections, n);
	if (ret)
		return ret;
	return ferror(out) ? -EIO : 0;
}
