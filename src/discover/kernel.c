// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

int dh_kernel_read(const struct dh_root *root, struct dh_module_kernel *kernel)
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

int dh_kernel_log_open(const struct dh_root *root)
{
	dh_auto(fd) int fd = dh_file_open(root->dev, "kmsg", O_RDONLY | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return fd;
	if (lseek(fd, 0, SEEK_END) < 0)
		return -errno;
	return dh_steal_fd(&fd);
}

/* Undoes the \xNN of the kernel, but for one that stands for NUL. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		unsigned int byte = 0;
		int used = 0;

		if (sscanf(from, "\\x%2x%n", &byte, &used) == 1 && used == 4 && byte) {
			*to = (char)byte;
			from += used;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

int dh_kernel_log_each(int log, void (*visit)(void *data, int severity, const char *message),
		       void *data)
{
	/* Documentation/ABI/testing/dev-kmsg; a read gives one record, or EINVAL if it is longer */
	char record[8192];

	for (;;) {
		ssize_t length = read(log, record, sizeof(record) - 1);
		char *message;

		/* EPIPE: what was next has been overwritten */
		if (length < 0 && (errno == EINTR || errno == EPIPE))
			continue;
		if (length < 0 && errno != EAGAIN)
			return -errno;
		if (length <= 0)
			return 0;
		record[length] = '\0';
		message = strchr(record, ';');
		if (!message)
			continue;
		message[1 + strcspn(message + 1, "\n")] = '\0';
		unescape(message + 1);
		visit(data, (int)(strtoul(record, NULL, 10) & 7), message + 1);
	}
}
