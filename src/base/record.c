// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/record.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/units.h"

static bool is_absent(const char *text)
{
	return text[0] == '-' && !text[1];
}

int dh_record_next(char **text, char **word, char **pairs)
{
	char *line = *text, *end = strchr(line, '\n'), *blank;

	if (!*line)
		return 0;
	if (!end)
		return -EBADMSG;
	*end = '\0';
	*text = end + 1;

	blank = strchr(line, ' ');
	if (blank == line || end == line)
		return -EBADMSG;
	if (blank)
		*blank = '\0';
	*word = line;
	*pairs = blank ? blank + 1 : end;
	/* A pair must follow the space after the word. */
	return blank && !**pairs ? -EBADMSG : 1;
}

int dh_record_pair(char **pairs, char **key, char **value)
{
	char *pair = *pairs, *blank, *equals;

	if (!*pair)
		return 0;
	blank = strchr(pair, ' ');
	if (blank) {
		*blank = '\0';
		if (!blank[1])
			return -EBADMSG;
		*pairs = blank + 1;
	} else {
		*pairs = pair + strlen(pair);
	}

	equals = strchr(pair, '=');
	if (!equals || equals == pair)
		return -EBADMSG;
	*equals = '\0';
	*key = pair;
	*value = equals + 1;
	return 1;
}

int dh_record_number(const char *value, struct dh_maybe *number)
{
	bool hexadecimal = value[0] == '0' && value[1] == 'x';
	const char *digits = hexadecimal ? value + 2 : value;

	*number = (struct dh_maybe){ 0 };
	if (is_absent(value))
		return 0;
	number->known =
		dh_digits_parse(digits, strlen(digits), hexadecimal ? 16 : 10, &number->value);
	return number->known ? 0 : -EBADMSG;
}

static int set_field(const struct dh_record_field *field, char *value)
{
	if (field->number)
		return dh_record_number(value, field->number);
	*field->text = value;
	return 0;
}

int dh_record_fields(char *pairs, const struct dh_record_field *fields, size_t n)
{
	uint64_t seen = 0; /* bits: the indices of the fields */
	char *key, *value;
	int ret;

	while ((ret = dh_record_pair(&pairs, &key, &value)) > 0)
		for (size_t i = 0; i < n; i++) {
			if (strcmp(fields[i].key, key))
				continue;
			/* A duplicate key is an error: parsers could disagree about its value. */
			if (seen & UINT64_C(1) << i || set_field(&fields[i], value))
				return -EBADMSG;
			seen |= UINT64_C(1) << i;
		}
	return ret;
}

int dh_record_parse(char *line, const char *word, const struct dh_record_field *fields, size_t n)
{
	char *pairs = line + strlen(word);

	if (strncmp(line, word, strlen(word)) || *pairs != ' ')
		return -EBADMSG;
	return dh_record_fields(pairs + 1, fields, n);
}

static bool needs_escape(unsigned char byte)
{
	return byte <= ' ' || byte >= 0x7f || strchr("\\\"=,:", byte);
}

int dh_record_unescape(char *text)
{
	char *to = text;

	while (*text) {
		uint64_t byte;

		if (*text != '\\') {
			if (needs_escape((unsigned char)*text))
				return -EBADMSG;
			*to++ = *text++;
			continue;
		}
		if (text[1] != 'x' || !dh_digits_parse(text + 2, 2, 16, &byte) || !byte)
			return -EBADMSG;
		*to++ = (char)byte;
		text += 4;
	}
	*to = '\0';
	return 0;
}

char *dh_record_escape(const char *text)
{
	char *escaped = malloc(4 * strlen(text) + 1), *to = escaped;
	bool absent = is_absent(text);

	if (!escaped)
		return NULL;
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (!absent && !needs_escape(byte))
			*to++ = *text;
		else
			to = dh_text_escape_byte(to, byte);
	}
	*to = '\0';
	return escaped;
}

int dh_record_version(char *text, const char *word, uint64_t major)
{
	struct dh_maybe found = { 0 };
	const struct dh_record_field field = { .key = "major", .number = &found };
	char *first, *pairs;
	int ret = dh_record_next(&text, &first, &pairs);

	if (ret <= 0 || strcmp(first, word))
		return -EBADMSG;
	ret = dh_record_fields(pairs, &field, 1);
	/* Another major version may change the rest of the line, so prefer -EPROTO to -EBADMSG. */
	if (found.known && found.value != major)
		return -EPROTO;
	return ret || !found.known ? -EBADMSG : 0;
}

int dh_record_write(int fd, const char *line)
{
	ssize_t written = write(fd, line, strlen(line));

	if (written < 0)
		return -errno;
	return (size_t)written == strlen(line) ? 0 : -EIO;
}
