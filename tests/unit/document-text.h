/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DH_TESTS_DOCUMENT_TEXT_H
#define DH_TESTS_DOCUMENT_TEXT_H

#include "unit.h"

#include <stdio.h>

#include "present/document.h"

/* Writes the sections in the format of `style`. Returns 0 or -errno. */
static inline int document_write(FILE *out, const struct dh_style *style,
				 const struct dh_section *sections, size_t n)
{
	struct json_object *document;
	int ret;

	if (style->format != DH_FORMAT_JSON)
		return dh_table_write(out, style, sections, n);
	ret = dh_json_begin(style, NULL, sections, n, &document);
	return ret ? ret : dh_json_end(out, style, NULL, false, document);
}

/*
 * Returns the text of the sections. The caller frees the text. Asserts that no error occurs. If gcc
 * 12 inlines this function, it wrongly warns that the result points to the variable `text`.
 */
__attribute__((noinline)) static char *
document_text(const struct dh_style *style, const struct dh_section *sections, size_t n)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(document_write(out, style, sections, n), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

#endif
