// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/passwd.h"

#include <errno.h>
#include <string.h>

#include "base/units.h"
#include "discover/lines.h"

struct lookup {
	uint64_t id;
	char *name;
};

/*
 * Parses a line "NAME:PASSWORD:ID:...". The first three fields are the same in passwd(5) and
 * group(5).
 */
static int visit_line(void *data, const char *line, size_t length)
{
	struct lookup *lookup = data;
	const char *end = line + length, *fields[4] = { line };
	uint64_t number;

	for (int i = 1; i < 4; i++) {
		const char *colon = memchr(fields[i - 1], ':', (size_t)(end - fields[i - 1]));

		if (!colon)
			return 0;
		fields[i] = colon + 1;
	}
	if (fields[1] == line + 1 ||
	    !dh_digits_parse(fields[2], (size_t)(fields[3] - 1 - fields[2]), 10, &number) ||
	    number != lookup->id)
		return 0;
	lookup->name = strndup(line, (size_t)(fields[1] - 1 - line));
	return lookup->name ? 1 : -ENOMEM;
}

static int find_name(const struct dh_root *root, const char *path, uint64_t id, char **name)
{
	struct lookup lookup = { .id = id };
	int ret = dh_lines_read_file(root->etc, path, visit_line, &lookup, NULL);

	if (ret < 0)
		dh_note(root->log, "etc/%s: %s", path, strerror(-ret));
	*name = lookup.name;
	return ret == -ENOMEM ? ret : 0;
}

int dh_passwd_user(const struct dh_root *root, uid_t uid, char **name)
{
	return find_name(root, "passwd", uid, name);
}

int dh_passwd_group(const struct dh_root *root, gid_t gid, char **name)
{
	return find_name(root, "group", gid, name);
}
