// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

static bool is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '\\';
}

char *dh_text_escape_byte(char *out, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";

	*out++ = '\\';
	*out++ = 'x';
	*out++ = digits[byte >> 4];
	*out++ = digits[byte & 15];
	return out;
}

const char *dh_text_escape_into(const char *text, char *out, size_t size)
{
	char *end = out;

	for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
		size_t need = is_plain(*at) ? 1 : 4;

		if ((size_t)(end - out) + need >= size)
			break;
		if (need == 1)
			*end++ = (char)*at;
		else
			end = dh_text_escape_byte(end, *at);
	}
	*end = '\0';
	return out;
}

char *dh_text_escape(const char *text)
{
	size_t size = 4 * strlen(text) + 1;
	char *out = malloc(size);

	if (out)
		dh_text_escape_into(text, out, size);
	return out;
}

int dh_text_copy(char **copy, const char *text)
{
	*copy = text ? strdup(text) : NULL;
	return text && !*copy ? -ENOMEM : 0;
}

int dh_text_compare(const char *a, const char *b)
{
	if (!a || !b)
		return !a - !b;
	return strverscmp(a, b);
}

char *dh_text_format(const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	return length < 0 ? NULL : text;
}

/* Returns the length in bytes of the UTF-8 sequence at `at`, or 0 if the sequence is malformed. */
static size_t utf8_sequence(const unsigned char *at)
{
	/*
	 * Limits of the second byte. They exclude overlong forms, surrogates, and characters above
	 * U+10FFFF.
	 */
	unsigned char low = 0x80, high = 0xbf;
	size_t length;

	if (at[0] < 0x80)
		return 1;
	if (at[0] >= 0xc2 && at[0] <= 0xdf) {
		length = 2;
	} else if (at[0] >= 0xe0 && at[0] <= 0xef) {
		length = 3;
		if (at[0] == 0xe0)
			low = 0xa0;
		if (at[0] == 0xed)
			high = 0x9f;
	} else if (at[0] >= 0xf0 && at[0] <= 0xf4) {
		length = 4;
		if (at[0] == 0xf0)
			low = 0x90;
		if (at[0] == 0xf4)
			high = 0x8f;
	} else {
		return 0;
	}

	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

bool dh_text_is_utf8(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at) {
		size_t length = utf8_sequence(at);

		if (!length)
			return false;
		at += length;
	}
	return true;
}

size_t dh_text_distance(const char *a, const char *b)
{
	size_t row[64];
	size_t n = strlen(b);

	if (strlen(a) >= ARRAY_SIZE(row) || n >= ARRAY_SIZE(row))
		return SIZE_MAX;

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t above = row[j];
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = above;
		}
	}
	return row[n];
}
