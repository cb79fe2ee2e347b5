// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/sim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/record.h"
#include "base/units.h"
#include "discover/lines.h"

#define LIST "kernel/debug/dmaheap_sim/heaps"
#define KEY  "heap="

/* "heap=NAME kind=..."; a line of another form is passed over. */
static int visit_line(void *data, const char *line, size_t length)
{
	struct dh_sim_heaps *heaps = data;
	dh_auto(free) char *name = strndup(line, length);
	char **added;

	if (!name)
		return -ENOMEM;
	name[strcspn(name, " ")] = '\0';
	if (strncmp(name, KEY, strlen(KEY)))
		return 0;
	memmove(name, name + strlen(KEY), strlen(name) - strlen(KEY) + 1);
	if (dh_record_unescape(name))
		return 0;

	added = dh_array_add(&heaps->names, &heaps->n);
	if (!added)
		return -ENOMEM;
	*added = dh_steal_ptr(name);
	return 0;
}

int dh_sim_heaps_read(const struct dh_root *root, struct dh_sim_heaps *heaps)
{
	struct dh_lines lines = { .visit = visit_line, .data = heaps };
	dh_auto(fd) int fd = dh_file_open(root->sys, LIST, O_RDONLY);
	int ret = fd < 0 ? fd : dh_lines_read(&lines, fd, NULL);

	dh_note(root->log, "sys/" LIST ": %s", ret ? dh_errno_name(-ret) : "read");
	return ret;
}

void dh_sim_heaps_clear(struct dh_sim_heaps *heaps)
{
	for (size_t i = 0; i < heaps->n; i++)
		free(heaps->names[i]);
	free(heaps->names);
	*heaps = (struct dh_sim_heaps){ 0 };
}
