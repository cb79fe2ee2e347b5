// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/bufinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/units.h"
#include "model/fdinfo.h"

/* The kernel pads numbers to this many digits. It is what a name cannot imitate. */
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
		/* The last one is the name, which may have tabs in it. */
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

static bool is(const struct field *field, const char *word)
{
	size_t length = field->length;

	while (length && field->text[length - 1] == ' ')
		length--;
	return length == strlen(word) && !memcmp(field->text, word, length);
}

/* 0; -EBADMSG for another list's heading; -EOPNOTSUPP for one without inodes. */
static int parse_heading(const char *line, size_t length)
{
	static const char *const wanted[] = { "size", "flags", "mode", "count", "exp_name" };
	struct field fields[FIELDS];
	size_t n = split(line, length, fields);

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (i >= n || !is(&fields[i], wanted[i]))
			return -EBADMSG;
	return n > ARRAY_SIZE(wanted) && is(&fields[ARRAY_SIZE(wanted)], "ino") ? 0 : -EOPNOTSUPP;
}

/* A line of a buffer, in pieces. */
struct row {
	uint64_t inode, size, count;
	struct field exporter;
	struct field name; /* without text where it has none */
};

static bool parse_row(const char *line, size_t length, struct row *row)
{
	struct field f[FIELDS] = { 0 };
	uint64_t flags, mode;

	/* Of most lines, which are of devices and totals, this is enough. */
	if (!length || *line < '0' || *line > '9')
		return false;
	if (split(line, length, f) < FIELDS - 1 ||
	    !dh_digits_parse(f[0].text, f[0].length, 10, DIGITS, &row->size) ||
	    !dh_digits_parse(f[1].text, f[1].length, 16, DIGITS, &flags) ||
	    !dh_digits_parse(f[2].text, f[2].length, 16, DIGITS, &mode) ||
	    !dh_digits_parse(f[3].text, f[3].length, 10, DIGITS, &row->count) ||
	    !dh_digits_parse(f[5].text, f[5].length, 10, DIGITS, &row->inode))
		return false;
	row->exporter = f[4];
	row->name = f[FIELDS - 1];
	return row->exporter.length &&
	       row->exporter.length < sizeof(((struct dh_bufinfo_entry *)0)->exporter) &&
	       !memchr(row->exporter.text, '\0', row->exporter.length);
}

static void start_name(struct dh_bufinfo *bufinfo, const struct field *name)
{
	bufinfo->entry.name[0] = '\0';
	bufinfo->place = DH_BUFINFO_OTHER;
	if (!name->text || is(name, "<none>"))
		return;
	dh_buffer_name_copy(bufinfo->entry.name, name->text, name->length);
	bufinfo->name_length = strlen(bufinfo->entry.name);
	bufinfo->place = DH_BUFINFO_NAME;
}

/* A name with newlines has further lines. A line that does not fit into it ends it. */
static void add_name(struct dh_bufinfo *bufinfo, const char *line, size_t length)
{
	char *name = bufinfo->entry.name;
	size_t at = bufinfo->name_length;

	if (at + 1 + length >= DH_BUFFER_NAME_MAX || memchr(line, '\0', length)) {
		bufinfo->place = DH_BUFINFO_OTHER;
		return;
	}
	name[at++] = '\n';
	memcpy(name + at, line, length);
	name[at + length] = '\0';
	bufinfo->name_length = at + length;
}

static bool has_device(const char *devices, const char *device, size_t length)
{
	while (*devices) {
		size_t n = strcspn(devices, ",");

		if (n == length && !memcmp(devices, device, length))
			return true;
		devices += n + (devices[n] == ',');
	}
	return false;
}

static void add_device(struct dh_bufinfo *bufinfo, const char *device, size_t length)
{
	static const char rest[] = ",...";
	char *devices = bufinfo->entry.devices;
	size_t used = strlen(devices);

	bufinfo->attached++;
	length = strnlen(device, length);
	if (!length || has_device(devices, device, length) || has_device(devices, rest + 1, 3))
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

/* A later heading shows that those before it were part of a name. */
static void start_devices(struct dh_bufinfo *bufinfo)
{
	bufinfo->place = DH_BUFINFO_DEVICES;
	bufinfo->attached = 0;
	bufinfo->entry.devices[0] = '\0';
	bufinfo->entry.attachments.known = false;
}

static void end_devices(struct dh_bufinfo *bufinfo, uint64_t number)
{
	bufinfo->place = DH_BUFINFO_OTHER;
	if (number == bufinfo->attached)
		bufinfo->entry.attachments = dh_known(number);
}

static int finish(struct dh_bufinfo *bufinfo)
{
	if (bufinfo->place < DH_BUFINFO_NAME)
		return 0;
	bufinfo->place = DH_BUFINFO_ROWS;
	if (!bufinfo->entry.attachments.known)
		bufinfo->entry.devices[0] = '\0';
	return bufinfo->visit(bufinfo->data, &bufinfo->entry);
}

/* "BEFORE number AFTER"; false where the line is another. */
static bool counts(const char *line, size_t length, const char *before, const char *after,
		   uint64_t *number)
{
	size_t head = strlen(before), tail = strlen(after);

	return length > head + tail && starts_with(line, length, before) &&
	       !memcmp(line + length - tail, after, tail) &&
	       dh_digits_parse(line + head, length - head - tail, 10, 1, number);
}

/* "Total 3 objects, 4096 bytes": false where the line is another. */
static bool is_total(struct dh_bufinfo *bufinfo, const char *line, size_t length)
{
	static const char middle[] = " objects, ";
	const char *comma = memmem(line, length, middle, sizeof(middle) - 1);
	uint64_t n, bytes;
	size_t head;

	if (!comma)
		return false;
	head = (size_t)(comma - line) + sizeof(middle) - 1;
	if (!counts(line, head, "Total ", middle, &n) ||
	    !counts(line + head, length - head, "", " bytes", &bytes))
		return false;
	bufinfo->total = dh_known(n);
	bufinfo->total_bytes = dh_known(bytes);
	return true;
}

static int begin(struct dh_bufinfo *bufinfo, const struct row *row)
{
	struct dh_bufinfo_entry *entry = &bufinfo->entry;
	int ret = finish(bufinfo);

	entry->inode = row->inode;
	entry->size = row->size;
	entry->count = row->count;
	memcpy(entry->exporter, row->exporter.text, row->exporter.length);
	entry->exporter[row->exporter.length] = '\0';
	entry->attachments = (struct dh_maybe){ 0 };
	entry->devices[0] = '\0';
	start_name(bufinfo, &row->name);
	bufinfo->n++;
	bufinfo->bytes += entry->size;
	/* A total before this row was part of a name. */
	bufinfo->total.known = false;
	return ret;
}

static int read_heading(struct dh_bufinfo *bufinfo, const char *line, size_t length)
{
	if (!length || starts_with(line, length, "Dma-buf Objects:"))
		return 0;
	bufinfo->place = DH_BUFINFO_ROWS;
	return parse_heading(line, length);
}

/* What belongs to a row. All but the name begins with a tab, or is the number of devices. */
static void read_detail(struct dh_bufinfo *bufinfo, const char *line, size_t length)
{
	bool indented = length && *line == '\t', in_devices = bufinfo->place == DH_BUFINFO_DEVICES;
	uint64_t number;

	if (starts_with(line, length, "\tAttached Devices:")) {
		start_devices(bufinfo);
	} else if (counts(line, length, "Total ", " devices attached", &number)) {
		if (in_devices)
			end_devices(bufinfo, number);
	} else if (bufinfo->place == DH_BUFINFO_NAME && indented) {
		bufinfo->place = DH_BUFINFO_OTHER;
	} else if (bufinfo->place == DH_BUFINFO_NAME) {
		add_name(bufinfo, line, length);
	} else if (in_devices && indented) {
		add_device(bufinfo, line + 1, length - 1);
	}
}

int dh_bufinfo_line(struct dh_bufinfo *bufinfo, const char *line, size_t length)
{
	struct row row = { 0 };

	if (bufinfo->place == DH_BUFINFO_HEADING)
		return read_heading(bufinfo, line, length);
	if (parse_row(line, length, &row))
		return begin(bufinfo, &row);
	if (is_total(bufinfo, line, length))
		return 0;
	if (bufinfo->place == DH_BUFINFO_ROWS)
		return length ? -EBADMSG : 0;
	read_detail(bufinfo, line, length);
	return 0;
}

int dh_bufinfo_end(struct dh_bufinfo *bufinfo)
{
	int ret = finish(bufinfo);

	if (ret)
		return ret;
	if (bufinfo->place == DH_BUFINFO_HEADING || !bufinfo->total.known ||
	    bufinfo->total.value != bufinfo->n || bufinfo->total_bytes.value != bufinfo->bytes)
		return -EBADMSG;
	return 0;
}

static int visit_line(void *data, const char *line, size_t length)
{
	return dh_bufinfo_line(data, line, length);
}

int dh_bufinfo_read(const struct dh_root *root,
		    int (*visit)(void *data, const struct dh_bufinfo_entry *entry), void *data)
{
	dh_auto(fd) int fd = dh_file_open(root->sys, "kernel/debug/dma_buf/bufinfo",
					  O_RDONLY | O_NOCTTY | O_NONBLOCK);
	struct dh_bufinfo bufinfo = { .visit = visit, .data = data };
	struct dh_lines lines = { .visit = visit_line, .data = &bufinfo };
	int ret;

	if (fd < 0)
		return fd;
	ret = dh_lines_read(&lines, fd, NULL);
	return ret ? ret : dh_bufinfo_end(&bufinfo);
}
