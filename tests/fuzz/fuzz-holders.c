// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz targets for the input of holders: fdinfo, maps, bufinfo and the text of a pinned iterator.
 */
#include "fuzz.h"

#include <stdint.h>
#include <string.h>

#include "discover/bufinfo.h"
#include "discover/lines.h"
#include "discover/pinned.h"
#include "model/fdinfo.h"

static void fuzz_fdinfo(const char *text, size_t size)
{
	struct dh_fdinfo info;

	if (dh_fdinfo_parse(text, size, &info))
		return;
	need(info.size.known && *info.exporter);
	need(strnlen(info.exporter, sizeof(info.exporter)) < sizeof(info.exporter));
	need(strnlen(info.name, sizeof(info.name)) < sizeof(info.name));
	need(!strchr(info.exporter, '\n'));
}

static int visit_maps(void *data, const char *line, size_t length)
{
	struct dh_maps_line mapping;

	(void)data;
	if (!dh_maps_parse(line, length, &mapping))
		return 0;
	need(mapping.start <= mapping.end);
	need(strnlen(mapping.name, sizeof(mapping.name)) < sizeof(mapping.name));
	return 0;
}

/* Feeds the text in pieces of different lengths, because read() can return any length. */
static int feed(struct dh_lines *lines, const char *text, size_t size)
{
	size_t piece = 1;
	int ret = 0;

	while (size && !ret) {
		if (piece > size)
			piece = size;
		ret = dh_lines_feed(lines, text, piece);
		text += piece;
		size -= piece;
		piece = piece % 97 + 1;
	}
	return ret ? ret : dh_lines_end(lines);
}

static void fuzz_maps(const char *text, size_t size)
{
	static struct dh_lines lines;

	lines = (struct dh_lines){ .visit = visit_maps };
	need(!feed(&lines, text, size));
}

static int visit_entry(void *data, const struct dh_listed_buffer *entry)
{
	uint64_t *n = data;

	++*n;
	need(*entry->exporter);
	need(strnlen(entry->exporter, sizeof(entry->exporter)) < sizeof(entry->exporter));
	need(strnlen(entry->name, sizeof(entry->name)) < sizeof(entry->name));
	need(strnlen(entry->devices, sizeof(entry->devices)) < sizeof(entry->devices));
	need(entry->attachments.known || !*entry->devices);
	return 0;
}

static void fuzz_bufinfo(const char *text, size_t size)
{
	static struct dh_lines lines;
	uint64_t n = 0;
	struct dh_bufinfo bufinfo = { .visit = visit_entry, .data = &n };

	lines = (struct dh_lines){ .visit = dh_bufinfo_line, .data = &bufinfo };
	if (!feed(&lines, text, size) && !dh_bufinfo_end(&bufinfo))
		need(n == bufinfo.total.value);
}

static int visit_pinned(void *data, const struct dh_listed_buffer *entry)
{
	uint64_t *n = data;

	++*n;
	need(entry->inode.known && entry->inode.value && *entry->exporter);
	need(strnlen(entry->exporter, sizeof(entry->exporter)) < sizeof(entry->exporter));
	need(strnlen(entry->name, sizeof(entry->name)) < sizeof(entry->name));
	need(!strchr(entry->name, '\n') && !strchr(entry->exporter, '\n'));
	return 0;
}

static void fuzz_pinned(const char *text, size_t size)
{
	static struct dh_lines lines;
	uint64_t n = 0;
	struct dh_pinned pinned = { .visit = visit_pinned, .data = &n };

	lines = (struct dh_lines){ .visit = dh_pinned_line, .data = &pinned };
	if (!feed(&lines, text, size) && !dh_pinned_end(&pinned))
		need(n == pinned.n);
}

const struct fuzz_target fuzz_targets[] = {
	{ "fdinfo", fuzz_fdinfo },
	{ "maps", fuzz_maps },
	{ "bufinfo", fuzz_bufinfo },
	{ "pinned", fuzz_pinned },
	{ 0 },
};
