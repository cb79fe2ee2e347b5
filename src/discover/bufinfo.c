// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/bufinfo.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "discover/lines.h"
#include "model/fdinfo.h"

/*
 * The kernel pads each number in a row to at least this number of digits. A row is therefore longer
 * than any name, so no name can look like a row.
 */
#define DIGITS 8

#define FIELDS 7

struct field {
	const char *text;
	size_t length;
};

static size_t split(const char *line, size_t length, struct field fields[FIELDS])
{
	const char *end = line + length;
	size_t n = 0;

	while (n < FIELDS) {
		/* The last field is the name, which may contain tabs. */
		const char *tab = n < FIELDS - 1 ? memchr(line, '\t', (size_t)(end - line)) : NULL;

		fields[n].text = line;
		fields[n++].length = (size_t)((tab ? tab : end) - line);
		if (!tab)
			break;
		line = tab + 1;
	}
	return n;
}

static bool starts_with(const char *line, size_t length, const char *start)
{
	return length >= strlen(start) && !memcmp(line, start, strlen(start));
}

static bool field_is(const struct field *field, const char *word)
{
	size_t length = field->length;

	while (length && field->text[length - 1] == ' ')
		length--;
	return length == strlen(word) && !memcmp(field->text, word, length);
}

/* Parses the heading of the list. Returns 0, or -EBADMSG if the line is not the heading. */
static int parse_heading(struct dh_bufinfo *bufinfo, const char *line, size_t length)
{
	static const char *const names[] = { "size", "flags", "mode", "count", "exp_name" };
	struct field fields[FIELDS];
	size_t n = split(line, length, fields);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (i >= n || !field_is(&fields[i], names[i]))
			return -EBADMSG;
	bufinfo->padded = fields[4].length > strlen(names[4]);
	bufinfo->no_inodes = n == ARRAY_SIZE(names) || !field_is(&fields[ARRAY_SIZE(names)], "ino");
	return 0;
}

/* Parses a number that the kernel padded. */
static bool parse_padded(const struct field *field, unsigned int base, uint64_t *number)
{
	return field->length >= DIGITS && dh_digits_parse(field->text, field->length, base, number);
}

static bool parse_row(const struct dh_bufinfo *bufinfo, const char *line, size_t length,
		      struct dh_listed_buffer *entry, struct field *name)
{
	const bool no_inodes = bufinfo->no_inodes;
	struct field f[FIELDS] = { 0 }, *exporter = &f[4];
	uint64_t flags, mode, count, inode = 0;

	/* Most lines are devices and totals: reject them early. */
	if (!length || *line < '0' || *line > '9')
		return false;
	*entry = (struct dh_listed_buffer){ 0 };
	if (split(line, length, f) < (no_inodes ? FIELDS - 2 : FIELDS - 1) ||
	    !parse_padded(&f[0], 10, &entry->size) || !parse_padded(&f[1], 16, &flags) ||
	    !parse_padded(&f[2], 16, &mode) || !parse_padded(&f[3], 10, &count) ||
	    (!no_inodes && !parse_padded(&f[5], 10, &inode)))
		return false;
	/*
	 * Remove trailing blanks only from a padded column: an exporter's name can end with blanks.
	 */
	while (bufinfo->padded && exporter->length && exporter->text[exporter->length - 1] == ' ')
		exporter->length--;
	if (!exporter->length || exporter->length >= sizeof(entry->exporter) ||
	    memchr(exporter->text, '\0', exporter->length))
		return false;
	memcpy(entry->exporter, exporter->text, exporter->length);
	entry->references = dh_known(count);
	if (!no_inodes)
		entry->inode = dh_known(inode);
	*name = f[FIELDS - 1];
	return true;
}

/*
 * Appends a line to the name of the entry, because a name may contain newlines. A line that would
 * make the name longer than the kernel allows is not part of the name.
 */
static void append_name(struct dh_bufinfo *bufinfo, const char *line, size_t length)
{
	char *name = bufinfo->entry.name;
	size_t at = strlen(name);

	if (at + 1 + length >= DH_BUFFER_NAME_MAX || memchr(line, '\0', length)) {
		bufinfo->state = DH_BUFINFO_OTHER;
		return;
	}
	name[at++] = '\n';
	memcpy(name + at, line, length);
	name[at + length] = '\0';
}

static void add_device(struct dh_bufinfo *bufinfo, const char *device, size_t length)
{
	static const char rest[] = ",...";
	char *devices = bufinfo->entry.devices;
	size_t used = strlen(devices);

	bufinfo->attached++;
	length = strnlen(device, length);
	if (!length || dh_text_list_has(devices, device, length) ||
	    dh_text_list_has(devices, rest + 1, 3))
		return;
	if (used + 1 + length + sizeof(rest) > sizeof(bufinfo->entry.devices)) {
		strcpy(devices + used, used ? rest : rest + 1);
		return;
	}
	if (used)
		devices[used++] = ',';
	memcpy(devices + used, device, length);
	devices[used + length] = '\0';
}

/*
 * Starts the list of devices, or starts it again: if an entry has several lines "Attached
 * Devices:", all but the last are part of the name.
 */
static void start_devices(struct dh_bufinfo *bufinfo)
{
	bufinfo->state = DH_BUFINFO_DEVICES;
	bufinfo->attached = 0;
	bufinfo->entry.devices[0] = '\0';
	bufinfo->entry.attachments.known = false;
}

static void end_devices(struct dh_bufinfo *bufinfo, uint64_t number)
{
	bufinfo->state = DH_BUFINFO_OTHER;
	if (number == bufinfo->attached)
		bufinfo->entry.attachments = dh_known(number);
}

static int report_entry(struct dh_bufinfo *bufinfo)
{
	if (bufinfo->state < DH_BUFINFO_NAME)
		return 0;
	bufinfo->state = DH_BUFINFO_ROWS;
	if (!bufinfo->entry.attachments.known)
		bufinfo->entry.devices[0] = '\0';
	return bufinfo->visit(bufinfo->data, &bufinfo->entry);
}

/* Parses a line that consists of `before`, a number and `after`. Returns false for other lines. */
static bool parse_count(const char *line, size_t length, const char *before, const char *after,
			uint64_t *number)
{
	size_t head = strlen(before), tail = strlen(after);

	return length > head + tail && starts_with(line, length, before) &&
	       !memcmp(line + length - tail, after, tail) &&
	       dh_digits_parse(line + head, length - head - tail, 10, number);
}

/* Parses a line such as "Total 3 objects, 4096 bytes". Returns false for other lines. */
static bool parse_total(struct dh_bufinfo *bufinfo, const char *line, size_t length)
{
	static const char middle[] = " objects, ";
	const char *comma = memmem(line, length, middle, sizeof(middle) - 1);
	uint64_t n, bytes;
	size_t head;

	if (!comma)
		return false;
	head = (size_t)(comma - line) + sizeof(middle) - 1;
	if (!parse_count(line, head, "Total ", middle, &n) ||
	    !parse_count(line + head, length - head, "", " bytes", &bytes))
		return false;
	bufinfo->total = dh_known(n);
	bufinfo->total_bytes = dh_known(bytes);
	return true;
}

static int start_entry(struct dh_bufinfo *bufinfo, const struct dh_listed_buffer *entry,
		       const struct field *name)
{
	int ret = report_entry(bufinfo);

	bufinfo->entry = *entry;
	bufinfo->state = DH_BUFINFO_OTHER;
	if (name->text && !field_is(name, "<none>")) {
		dh_buffer_name_copy(bufinfo->entry.name, name->text, name->length);
		bufinfo->state = DH_BUFINFO_NAME;
	}
	bufinfo->n++;
	bufinfo->bytes += entry->size;
	/* The kernel writes the total after all rows, so an earlier total was part of a name. */
	bufinfo->total.known = false;
	return ret;
}

static int read_heading(struct dh_bufinfo *bufinfo, const char *line, size_t length)
{
	if (!length || starts_with(line, length, "Dma-buf Objects:"))
		return 0;
	bufinfo->state = DH_BUFINFO_ROWS;
	return parse_heading(bufinfo, line, length);
}

/*
 * Parses a line that follows the row of an entry. In state DH_BUFINFO_NAME, the line continues the
 * name unless it begins with a tab or contains the number of attached devices.
 */
static void read_detail(struct dh_bufinfo *bufinfo, const char *line, size_t length)
{
	bool indented = length && *line == '\t', in_devices = bufinfo->state == DH_BUFINFO_DEVICES;
	uint64_t number;

	if (starts_with(line, length, "\tAttached Devices:")) {
		start_devices(bufinfo);
	} else if (parse_count(line, length, "Total ", " devices attached", &number)) {
		if (in_devices)
			end_devices(bufinfo, number);
	} else if (bufinfo->state == DH_BUFINFO_NAME && indented) {
		bufinfo->state = DH_BUFINFO_OTHER;
	} else if (bufinfo->state == DH_BUFINFO_NAME) {
		append_name(bufinfo, line, length);
	} else if (in_devices && indented) {
		add_device(bufinfo, line + 1, length - 1);
	}
}

int dh_bufinfo_line(void *data, const char *line, size_t length)
{
	struct dh_bufinfo *bufinfo = data;
	struct dh_listed_buffer entry;
	struct field name;

	if (bufinfo->state == DH_BUFINFO_HEADING)
		return read_heading(bufinfo, line, length);
	if (parse_row(bufinfo, line, length, &entry, &name))
		return start_entry(bufinfo, &entry, &name);
	if (parse_total(bufinfo, line, length))
		return 0;
	/* Accept an indented line: the kernel writes it in place of an entry that it skips. */
	if (bufinfo->state == DH_BUFINFO_ROWS)
		return length && *line != '\t' ? -EBADMSG : 0;
	read_detail(bufinfo, line, length);
	return 0;
}

int dh_bufinfo_end(struct dh_bufinfo *bufinfo)
{
	int ret = report_entry(bufinfo);

	if (ret)
		return ret;
	if (bufinfo->state == DH_BUFINFO_HEADING || !bufinfo->total.known ||
	    bufinfo->total.value != bufinfo->n || bufinfo->total_bytes.value != bufinfo->bytes)
		return -EBADMSG;
	return 0;
}

int dh_bufinfo_read(const struct dh_root *root,
		    int (*visit)(void *data, const struct dh_listed_buffer *entry), void *data)
{
	struct dh_bufinfo bufinfo = { .visit = visit, .data = data };
	int ret = dh_lines_read_file(root->sys, "kernel/debug/dma_buf/bufinfo", dh_bufinfo_line,
				     &bufinfo, NULL);

	return ret ? ret : dh_bufinfo_end(&bufinfo);
}
