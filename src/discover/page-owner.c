// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/page-owner.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/interrupt.h"

int dh_page_owner_read(const struct dh_root *root, uint64_t first, uint64_t pages,
		       int (*visit)(void *data, const char *record), void *data)
{
	dh_auto(fd) int fd = dh_file_open(root->sys, "kernel/debug/page_owner", O_RDONLY);
	/* The kernel limits a record to the size of a page. */
	char record[4097];
	off_t next;
	int ret = 0;

	if (fd < 0)
		return fd;
	/* The offset in this file is a page frame number. */
	next = lseek(fd, (off_t)first, SEEK_SET);
	if (next < 0)
		return errno == ESPIPE ? -EOPNOTSUPP : -errno;
	while (!ret) {
		/* read() returns one record, and advances the offset past its page frame. */
		ssize_t got = dh_interrupted() ? -1 : read(fd, record, sizeof(record) - 1);

		if (got < 0)
			return dh_interrupted() ? -EINTR : -errno;
		next = lseek(fd, 0, SEEK_CUR);
		if (next < 0)
			return -errno;
		if (!got || (uint64_t)next > first + pages)
			return 0;
		record[got] = '\0';
		ret = visit(data, record);
	}
	return ret;
}
