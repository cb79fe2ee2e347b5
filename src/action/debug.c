// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/debug.h"

#include <errno.h>
#include <fcntl.h>

#include "dmaheap_debug.h"

#include "base/auto.h"
#include "base/record.h"
#include "base/text.h"

#define CONTROL "kernel/debug/" DMAHEAP_DEBUG_DIR "/" DMAHEAP_DEBUG_CONTROL_FILE

int dh_debug_reset(const struct dh_root *root, const char *heap)
{
	dh_auto(free) char *escaped = heap ? dh_record_escape(heap) : NULL;
	dh_auto(free) char *line = NULL;
	dh_auto(fd) int fd = -1;
	int ret;

	if (!root->live)
		return -EROFS;
	if (heap && !escaped)
		return -ENOMEM;
	line = dh_text_format(DMAHEAP_DEBUG_CONTROL_RESET "%s%s\n", heap ? " " : "",
			      heap ? escaped : "");
	if (!line)
		return -ENOMEM;
	fd = dh_file_open(root->sys, CONTROL, O_WRONLY);
	if (fd < 0)
		return fd;
	ret = dh_record_write(fd, line);
	return ret == -ENOENT ? -ENODATA : ret;
}
