/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that another process may have chosen, made safe for a terminal; copies and comparisons.
 */
#ifndef DH_BASE_TEXT_H
#define DH_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Returns a copy of `text` in which every byte outside printable ASCII, and the
 * backslash, is written \xNN; the caller frees it. NULL without memory.
 */
char *dh_text_escape(const char *text);

/* The same, into a buffer; the result is cut where it does not fit. Returns `out`. */
const char *dh_text_escape_into(const char *text, char *out, size_t size);

/*
 * A copy of `text` in `*copy`, which the caller frees; NULL where `text` is NULL. What `*copy`
 * pointed to is not freed. 0, or -ENOMEM and NULL.
 */
int dh_text_copy(char **copy, const char *text);

/* As asprintf(): returns the text, which the caller frees; NULL without memory. */
__attribute__((format(printf, 1, 2))) char *dh_text_format(const char *format, ...);

/* Does `text` hold well-formed UTF-8 (RFC 3629) and nothing else? */
bool dh_text_is_utf8(const char *text);

/*
 * The edit distance (Levenshtein) of two short words, for "did you mean";
 * words longer than 63 bytes are as far apart as can be (SIZE_MAX).
 */
size_t dh_text_distance(const char *a, const char *b);

#endif
