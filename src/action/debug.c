// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/debug.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dmaheap_debug.h"

#include "base/auto.h"
#include "base/record.h"

#define FOLDER "kernel/debug/" DMAHEAP_DEBUG_DIR "/"

/* Of the whole length or of nothing: a command is one write. */
static int write_line(int fd, const char *line)
{
	ssize_t written = write(fd, line, strlen(line));

	if (written < 0)
		return -errno;
	return (size_t)written == strlen(line) ? 0 : -EIO;
}

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
	if (asprintf(&line, DMAHEAP_DEBUG_CONTROL_RESET "%s%s\n", heap ? " " : "",
		     heap ? escaped : "") < 0) {
		line = NULL;
		return -ENOMEM;
	}
	fd = dh_file_open(root->sys, FOLDER DMAHEAP_DEBUG_CONTROL_FILE, O_WRONLY);
	if (fd < 0)
		return fd;
	ret = write_line(fd, line);
	return ret == -ENOENT ? -ENODATA : ret;
}

static int parse_truth(const char *value, struct dh_maybe *truth)
{
	if (!strcmp(value, DMAHEAP_DEBUG_ABSENT))
		return 0;
	if (strcmp(value, "yes") && strcmp(value, "no"))
		return -EBADMSG;
	*truth = dh_known(!strcmp(value, "yes"));
	return 0;
}

static int parse_pair(const char *key, char *value, struct dh_inspection *inspection)
{
	const struct {
		const char *key;
		struct dh_maybe *number;
	} numbers[] = {
		{ "size", &inspection->size },	       { "ino", &inspection->inode },
		{ "segments", &inspection->segments }, { "bytes", &inspection->bytes },
		{ "largest", &inspection->largest },   { "lowest", &inspection->lowest },
		{ "highest", &inspection->highest },
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (!strcmp(numbers[i].key, key))
			return dh_record_number(value, numbers[i].number);
	if (!strcmp(key, "contiguous"))
		return parse_truth(value, &inspection->contiguous);
	if (!strcmp(key, "below_4g"))
		return parse_truth(value, &inspection->below_4g);
	if (strcmp(key, "exporter") != 0)
		return 0;
	if (dh_record_unescape(value))
		return -EBADMSG;
	snprintf(inspection->exporter, sizeof(inspection->exporter), "%s", value);
	return 0;
}

int dh_debug_parse_inspection(char *answer, struct dh_inspection *inspection)
{
	char *word, *pairs, *key, *value;
	int ret = dh_record_next(&answer, &word, &pairs);

	if (ret <= 0 || strcmp(word, DMAHEAP_DEBUG_REC_INSPECT) || *answer)
		return -EBADMSG;
	while ((ret = dh_record_pair(&pairs, &key, &value)) > 0)
		if (parse_pair(key, value, inspection))
			return -EBADMSG;
	return ret;
}

int dh_debug_inspect(const struct dh_root *root, int fd, struct dh_inspection *inspection,
		     bool *asked)
{
	dh_auto(fd) int file = -1;
	char line[16], answer[4096];
	ssize_t length;
	int ret;

	*asked = false;
	if (!root->live)
		return -EROFS;
	file = dh_file_open(root->sys, FOLDER DMAHEAP_DEBUG_INSPECT_FILE, O_RDWR);
	if (file < 0)
		return file;
	*asked = true;
	snprintf(line, sizeof(line), "%d\n", fd);
	ret = write_line(file, line);
	if (ret)
		return ret;
	length = read(file, answer, sizeof(answer) - 1);
	if (length < 0)
		return -errno;
	answer[length] = '\0';
	return dh_debug_parse_inspection(answer, inspection);
}
