// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"

#include <errno.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "base/auto.h"

/* Returns the length in bytes of the UTF-8 sequence at `at`, or 0 if the sequence is malformed. */
static size_t utf8_sequence(const unsigned char *at)
{
	/*
	 * Limits of the first and the second byte (Unicode Standard, table 3-7). They exclude
	 * overlong forms, surrogates, and characters above U+10FFFF.
	 */
	static const struct {
		unsigned char first, last, low, high;
		size_t length;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t form = 0;

	if (at[0] < 0x80)
		return 1;
	while (form < ARRAY_SIZE(forms) && (at[0] < forms[form].first || at[0] > forms[form].last))
		form++;
	if (form == ARRAY_SIZE(forms) || at[1] < forms[form].low || at[1] > forms[form].high)
		return 0;
	for (size_t i = 2; i < forms[form].length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return forms[form].length;
}

/*
 * Characters that iswprint() may accept although they are invisible, change the direction of other
 * text, or have no assigned meaning. In Unicode 16, these characters have the property
 * Default_Ignorable_Code_Point or one of the categories Cf, Zl, Zp and Co (private use).
 */
static const struct {
	wchar_t first, last;
} hidden[] = {
	{ 0xad, 0xad },	      { 0x34f, 0x34f },	     { 0x600, 0x605 },	   { 0x61c, 0x61c },
	{ 0x6dd, 0x6dd },     { 0x70f, 0x70f },	     { 0x890, 0x891 },	   { 0x8e2, 0x8e2 },
	{ 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },    { 0x180b, 0x180f },   { 0x200b, 0x200f },
	{ 0x2028, 0x202e },   { 0x2060, 0x206f },    { 0x3164, 0x3164 },   { 0xe000, 0xf8ff },
	{ 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },    { 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb },
	{ 0x110bd, 0x110bd }, { 0x110cd, 0x110cd },  { 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a }, { 0xe0000, 0x10ffff },
};

static bool is_hidden(wchar_t character)
{
	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++)
		if (character >= hidden[i].first && character <= hidden[i].last)
			return true;
	return false;
}

/*
 * Returns the length in bytes of the printable non-ASCII character at `at`, and sets `*width` to
 * its width in columns. Returns 0 for any other text.
 */
static size_t printable_sequence(const unsigned char *at, int *width)
{
	size_t length = utf8_sequence(at);
	mbstate_t state = { 0 };
	wchar_t character;

	if (length < 2 || strcmp(nl_langinfo(CODESET), "UTF-8") ||
	    mbrtowc(&character, (const char *)at, length, &state) != length ||
	    !iswprint((wint_t)character) || is_hidden(character))
		return 0;
	*width = wcwidth(character);
	return *width < 0 ? 0 : length;
}

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

	for (const unsigned char *at = (const unsigned char *)text; *at;) {
		int width = 1;
		size_t length = is_plain(*at) ? 1 : printable_sequence(at, &width);
		bool plain = length && (width || end != out);

		if ((size_t)(end - out) + (plain ? length : 4) >= size)
			break;
		if (plain)
			end = mempcpy(end, at, length);
		else
			end = dh_text_escape_byte(end, *at);
		at += plain ? length : 1;
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

size_t dh_text_width(const char *text)
{
	size_t columns = 0;

	for (const unsigned char *at = (const unsigned char *)text; *at;) {
		int width = 1;
		size_t length = *at < 0x80 ? 1 : printable_sequence(at, &width);

		columns += (size_t)width;
		at += length ? length : 1;
	}
	return columns;
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

void dh_text_append(char *out, size_t size, const char *format, ...)
{
	size_t used = strlen(out);
	va_list args;

	va_start(args, format);
	vsnprintf(out + used, size - used, format, args);
	va_end(args);
}

bool dh_text_list_has(const char *list, const char *item, size_t length)
{
	while (*list) {
		size_t n = strcspn(list, ",");

		if (n == length && !memcmp(list, item, length))
			return true;
		list += n + (list[n] == ',');
	}
	return false;
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

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool dh_text_same_letters(const char *a, const char *b, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (to_lower(a[i]) != to_lower(b[i]))
			return false;
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
