// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/pinned.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/units.h"
#include "discover/lines.h"

enum { INODE, SIZE, NAME, EXPORTER, FIELDS };

/* Accepts only output of %lu or %llu: no sign, no blank and no leading zero. */
static bool parse_number(const char *line, size_t length, uint64_t *number)
{
	if (length > 1 && *line == '0')
		return false;
	return dh_digits_parse(line, length, 10, number);
}

static bool copy_text(char *out, size_t room, const char *line, size_t length)
{
	if (length >= room || memchr(line, '\0', length))
		return false;
	memcpy(out, line, length);
	out[length] = '\0';
	return true;
}

static bool parse_field(struct dh_pinned *pinned, const char *line, size_t length)
{
	struct dh_listed_buffer *entry = &pinned->entry;

	switch (pinned->field) {
	case INODE:
		entry->inode.known =
			parse_number(line, length, &entry->inode.value) && entry->inode.value;
		return entry->inode.known;
	case SIZE:
		return parse_number(line, length, &entry->size);
	case NAME:
		return copy_text(entry->name, sizeof(entry->name), line, length);
	default:
		return length && copy_text(entry->exporter, sizeof(entry->exporter), line, length);
	}
}

int dh_pinned_line(void *data, const char *line, size_t length)
{
	struct dh_pinned *pinned = data;

	if (!parse_field(pinned, line, length))
		return -EBADMSG;
	pinned->field = (pinned->field + 1) % FIELDS;
	if (pinned->field)
		return 0;
	if (pinned->n == DH_PINNED_MAX)
		return -EFBIG;
	pinned->n++;
	return pinned->visit(pinned->data, &pinned->entry);
}

int dh_pinned_end(const struct dh_pinned *pinned)
{
	return pinned->field ? -EBADMSG : 0;
}

int dh_pinned_read(const struct dh_root *root,
		   int (*visit)(void *data, const struct dh_listed_buffer *entry), void *data)
{
	struct dh_pinned pinned = { .visit = visit, .data = data };
	int ret = dh_lines_read_file(root->sys, DH_PINNED_PATH, dh_pinned_line, &pinned, NULL);

	return ret ? ret : dh_pinned_end(&pinned);
}
