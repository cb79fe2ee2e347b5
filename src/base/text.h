/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Escapes, copies, formats, validates and compares text. Escaping makes text from other processes
 * safe to print on a terminal.
 */
#ifndef DH_BASE_TEXT_H
#define DH_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * Returns a copy of `text` in which \xNN replaces each backslash and each byte that is not
 * printable. The caller frees the copy. Returns NULL if out of memory.
 *
 * The characters from space to '~' are printable. In a UTF-8 locale, the characters that iswprint()
 * accepts are also printable, except:
 *
 *   - characters that can hide or reorder text (format characters such as U+202E)
 *   - private-use characters
 *   - a combining character at the start of the text
 */
char *dh_text_escape(const char *text);

/* Returns the number of columns that a result of dh_text_escape() occupies on a terminal. */
size_t dh_text_width(const char *text);

/* Writes the four characters \xNN for `byte` to `out`, without a NUL. Returns `out` + 4. */
char *dh_text_escape_byte(char *out, unsigned char byte);

/*
 * Escapes `text` as dh_text_escape() does. Writes the result, truncated if necessary, to `out`, a
 * buffer of `size` bytes. Returns `out`.
 */
const char *dh_text_escape_into(const char *text, char *out, size_t size);

/*
 * Stores a copy of `text` in `*copy`, or NULL if `text` is NULL. The caller frees the copy; the
 * previous value of `*copy` is not freed. Returns 0, or -ENOMEM with `*copy` set to NULL.
 */
int dh_text_copy(char **copy, const char *text);

/* Returns true if both texts are equal. NULL equals only NULL. */
static inline bool dh_text_same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/*
 * Compares two texts in natural order, in which "buf2" precedes "buf10". NULL sorts last. Returns a
 * negative number, 0 or a positive number, as strcmp() does. The result is 0 only if dh_text_same()
 * returns true.
 */
int dh_text_compare(const char *a, const char *b);

/*
 * Appends formatted text to the text in `out`, a buffer of `size` bytes. Truncates the result to
 * the size of the buffer.
 */
__attribute__((format(printf, 3, 4))) void dh_text_append(char *out, size_t size,
							  const char *format, ...);

/* Returns true if `list`, which joins items with ',', contains the `length` bytes at `item`. */
bool dh_text_list_has(const char *list, const char *item, size_t length);

/* Returns the formatted text, which the caller frees, or NULL if out of memory. */
__attribute__((format(printf, 1, 2))) char *dh_text_format(const char *format, ...);

/* Returns true if all of `text` is well-formed UTF-8 (RFC 3629). */
bool dh_text_is_utf8(const char *text);

/*
 * Returns true if the first `length` bytes of both texts are equal or differ only in the case of
 * ASCII letters. Unlike strncasecmp(), the result does not depend on the locale: in Turkish, "i" is
 * not the lowercase of "I".
 */
bool dh_text_same_letters(const char *a, const char *b, size_t length);

/*
 * Returns the Levenshtein distance between two words, or SIZE_MAX if a word is longer than 63
 * bytes. Use the distance to suggest a name similar to a misspelt one.
 */
size_t dh_text_distance(const char *a, const char *b);

#endif
