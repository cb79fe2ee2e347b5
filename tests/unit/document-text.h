/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DH_TESTS_DOCUMENT_TEXT_H
#define DH_TESTS_DOCUMENT_TEXT_H

#include "unit.h"

#include <stdio.h>

#include "present/document.h"

/* Returns the text of a section. The caller frees the text. Asserts that no error occurs. */
static inline char *document_text(const struct dh_style *style, const struct dh_section *section)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(dh_document_write(out, style, section, 1), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

#endif
