// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/passwd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/auto.h"
#include "base/units.h"
#include "discover/lines.h"

struct search {
	uint64_t number;
	char *name;
};

/* "NAME:PASSWORD:NUMBER:...", both in passwd(5) and in group(5). */
static int visit_line(void *data, const char *line, size_t length)
{
	struct search *search = data;
	const char *end = line + length, *fields[4] = { line };
	uint64_t number;

	for (int i = 1; i < 4; i++) {
		const char *colon = memchr(fields[i - 1], ':', (size_t)(end - fields[i - 1]));

		if (!colon)
			return 0;
		fields[i] = colon + 1;
	}
	if (fields[1] == line + 1 ||
	    !dh_digits_parse(fields[2], (size_t)(fields[3] - 1 - fields[2]), 10, 1, &number) ||
	    number != search->number)
		return 0;
	search->name = strndup(line, (size_t)(fields[1] - 1 - line));
	return search->name ? 1 : -ENOMEM;
}

static int find(const struct dh_root *root, const char *path, uint64_t number, char **name)
{
	struct search search = { .number = number };
	struct dh_lines lines = { .visit = visit_line, .data = &search };
	dh_auto(fd) int fd = dh_file_open(root->etc, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	int ret = fd < 0 ? fd : dh_lines_read(&lines, fd, NULL);

	if (ret < 0)
		dh_note(root->log, "etc/%s: %s", path, strerror(-ret));
	*name = search.name;
	return ret == -ENOMEM ? ret : 0;
}

int dh_passwd_user(const struct dh_root *root, uid_t uid, char **name)
{
	return find(root, "passwd", uid, name);
}

int dh_passwd_group(const struct dh_root *root, gid_t gid, char **name)
{
	return find(root, "group", gid, name);
}
