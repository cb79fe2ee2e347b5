// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/reports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"

#define REPORT_MAX 65536

int dh_report_read(const struct dh_root *root, struct dh_heap *heap)
{
	dh_auto(free) char *path = dh_text_format("kernel/debug/dma_heap/%s", heap->name);
	dh_auto(free) char *text = malloc(REPORT_MAX + 1);
	ssize_t length;

	if (!path || !text)
		return -ENOMEM;
	length = dh_file_read(root->sys, path, text, REPORT_MAX + 1);
	if (length < 0 && length != -ENOENT)
		dh_note(root->log, "sys/%s: %s", path, dh_errno_name((int)-length));
	if (length <= 0)
		return 0;
	free(heap->report);
	heap->report = strdup(text);
	return heap->report ? 0 : -ENOMEM;
}
