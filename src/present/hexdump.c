// SPDX-License-Identifier: GPL-2.0-or-later
#include "present/hexdump.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

void dh_hexdump_begin(struct dh_hexdump *dump, FILE *out, uint64_t offset)
{
	*dump = (struct dh_hexdump){ .out = out, .offset = offset };
}

/* Do not use isprint(): the output must not depend on the locale. */
static char printable(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f ? (char)byte : '.';
}

static char *write_hex(char *to, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";

	*to++ = digits[byte >> 4];
	*to++ = digits[byte & 0xf];
	return to;
}

/* A dump can be as long as the buffer, so do not format each byte with printf(), which is slow. */
static void write_line(struct dh_hexdump *dump)
{
	char text[128], *to = text;

	for (size_t i = 0; i < DH_HEXDUMP_LINE; i++) {
		if (i % 8 == 0)
			*to++ = ' ';
		*to++ = ' ';
		if (i < dump->length) {
			to = write_hex(to, dump->line[i]);
		} else {
			*to++ = ' ';
			*to++ = ' ';
		}
	}
	*to++ = ' ';
	*to++ = ' ';
	*to++ = '|';
	for (size_t i = 0; i < dump->length; i++)
		*to++ = printable(dump->line[i]);
	*to++ = '|';
	*to++ = '\n';
	fprintf(dump->out, "%08" PRIx64, dump->offset);
	fwrite(text, 1, (size_t)(to - text), dump->out);
}

static void end_line(struct dh_hexdump *dump)
{
	bool same = dump->has_previous && dump->length == DH_HEXDUMP_LINE &&
		    !memcmp(dump->line, dump->previous, DH_HEXDUMP_LINE);

	if (!same)
		write_line(dump);
	else if (!dump->starred)
		fputs("*\n", dump->out);
	dump->starred = same;
	dump->has_previous = true;
	memcpy(dump->previous, dump->line, DH_HEXDUMP_LINE);
	dump->offset += dump->length;
	dump->length = 0;
}

void dh_hexdump_feed(struct dh_hexdump *dump, const void *memory, size_t length)
{
	const unsigned char *in = memory;

	while (length > 0) {
		size_t space = DH_HEXDUMP_LINE - dump->length;
		size_t n = length < space ? length : space;

		memcpy(dump->line + dump->length, in, n);
		dump->length += n;
		in += n;
		length -= n;
		if (dump->length == DH_HEXDUMP_LINE)
			end_line(dump);
	}
}

int dh_hexdump_end(struct dh_hexdump *dump)
{
	if (dump->length > 0)
		end_line(dump);
	if (dump->has_previous)
		fprintf(dump->out, "%08" PRIx64 "\n", dump->offset);
	return ferror(dump->out) ? -EIO : 0;
}
