// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/kernel-log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"

int dh_kernel_log_open(const struct dh_root *root)
{
	dh_auto(fd) int fd = dh_file_open(root->dev, "kmsg", O_RDONLY | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return fd;
	if (lseek(fd, 0, SEEK_END) < 0)
		return -errno;
	return dh_steal_fd(&fd);
}

/* Decodes the kernel's \xNN escapes in place, except an escaped NUL. */
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
	/*
	 * A read() returns one record (Documentation/ABI/testing/dev-kmsg), or fails with EINVAL if
	 * the record is longer than the buffer (devkmsg_read() in kernel/printk/printk.c).
	 */
	char record[8192];

	for (;;) {
		ssize_t length = read(log, record, sizeof(record) - 1);
		char *message;

		/* EPIPE: the kernel has overwritten the next record. */
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
