// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/accessors.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/auto.h"
#include "discover/lines.h"

struct search {
	bool any;
	bool seen[DH_ACCESSORS];
};

/* "ffffffff81a0b0c0 T dma_heap_add", and "\t[module]" behind it for those of modules. */
static int visit_symbol(void *data, const char *line, size_t length)
{
	struct search *search = data;
	const char *end = line + length;
	const char *name = memmem(line, length, " dma_heap_", strlen(" dma_heap_"));

	search->any = true;
	if (!name)
		return 0;
	name++;
	length = 0;
	while (name + length < end && !strchr("\t ", name[length]))
		length++;
	for (int i = 0; i < DH_ACCESSORS; i++) {
		const char *wanted = dh_accessor_name(i);

		if (length == strlen(wanted) && !memcmp(name, wanted, length))
			search->seen[i] = true;
	}
	return 0;
}

int dh_accessors_read(const struct dh_root *root, struct dh_module_kernel *kernel)
{
	struct search search = { 0 };
	struct dh_lines lines = { .visit = visit_symbol, .data = &search };
	dh_auto(fd) int fd = -1;
	int ret;

	*kernel = (struct dh_module_kernel){ 0 };
	if (dh_file_read(root->proc, "sys/kernel/osrelease", kernel->release,
			 sizeof(kernel->release)) < 0)
		*kernel->release = '\0';
	fd = dh_file_open(root->proc, "kallsyms", O_RDONLY);
	ret = fd < 0 ? fd : dh_lines_read(&lines, fd, NULL);
	if (ret)
		return ret;
	if (!search.any)
		return -ENODATA;
	for (int i = 0; i < DH_ACCESSORS; i++)
		kernel->accessors[i] = dh_known(search.seen[i]);
	return 0;
}
