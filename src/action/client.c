// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/client.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "dmaheap_debug.h"

#include "base/auto.h"
#include "base/record.h"
#include "base/text.h"

/* Size in bytes of a buffer that can store any answer of the module. */
#define ANSWER_MAX 4096

#define CLIENT	   "kernel/debug/" DMAHEAP_CLIENT_DIR "/"

int dh_client_open(const struct dh_root *root, const char *file)
{
	char version[ANSWER_MAX], path[64];
	ssize_t length;
	int ret;

	if (!root->live)
		return -EROFS;
	length = dh_file_read(root->sys, CLIENT DMAHEAP_DEBUG_VERSION_FILE, version,
			      sizeof(version) - 1);
	if (length < 0)
		return (int)length;
	/* dh_file_read() removes the last newline, but every record must end with one. */
	memcpy(version + length, "\n", sizeof("\n"));
	ret = dh_record_version(version, DMAHEAP_DEBUG_REC_VERSION, DMAHEAP_CLIENT_MAJOR);
	snprintf(path, sizeof(path), CLIENT "%s", file);
	return ret ? ret : dh_file_open(root->sys, path, O_RDWR);
}

static int parse_bool(const char *value, struct dh_maybe *result)
{
	if (!strcmp(value, DMAHEAP_DEBUG_ABSENT))
		return 0;
	if (strcmp(value, "yes") && strcmp(value, "no"))
		return -EBADMSG;
	*result = dh_known(!strcmp(value, "yes"));
	return 0;
}

static int parse_layout(const char *key, char *value, struct dh_inspection *inspection)
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
		return parse_bool(value, &inspection->contiguous);
	if (!strcmp(key, "below_4g"))
		return parse_bool(value, &inspection->below_4g);
	if (strcmp(key, "exporter") != 0)
		return 0;
	if (dh_record_unescape(value))
		return -EBADMSG;
	snprintf(inspection->exporter, sizeof(inspection->exporter), "%s", value);
	return 0;
}

int dh_client_parse_inspection(char *answer, struct dh_inspection *inspection)
{
	char *word, *pairs, *key, *value;
	int ret = dh_record_next(&answer, &word, &pairs);

	if (ret <= 0 || strcmp(word, DMAHEAP_DEBUG_REC_INSPECT) || *answer)
		return -EBADMSG;
	while ((ret = dh_record_pair(&pairs, &key, &value)) > 0)
		if (parse_layout(key, value, inspection))
			return -EBADMSG;
	return ret;
}

/* Writes a command, reads the module's answer, and appends a NUL. Returns 0 or -errno. */
static int exchange(int file, const char *line, char *answer, size_t size)
{
	int ret = dh_record_write(file, line);
	ssize_t length;

	if (ret)
		return ret;
	length = read(file, answer, size - 1);
	if (length < 0)
		return -errno;
	answer[length] = '\0';
	return 0;
}

int dh_client_inspect(int file, int fd, struct dh_inspection *inspection)
{
	char line[16], answer[ANSWER_MAX];
	int ret;

	snprintf(line, sizeof(line), "%d\n", fd);
	ret = exchange(file, line, answer, sizeof(answer));
	return ret ? ret : dh_client_parse_inspection(answer, inspection);
}

/* --- Sessions --------------------------------------------------------------- */

static int parse_result(const char *key, char *value, struct dh_step *step)
{
	struct dh_maybe number = { 0 };

	if (!strcmp(key, "command"))
		return strcmp(value, dh_step_name(step->kind)) ? -EBADMSG : 0;
	if (!strcmp(key, "symbol")) {
		snprintf(step->symbol, sizeof(step->symbol), "%s", value);
		return dh_record_unescape(step->symbol);
	}
	if (!strcmp(key, "iomem"))
		return parse_bool(value, &step->iomem);
	if (!strcmp(key, "errno")) {
		if (dh_record_number(value, &number) || number.value > INT_MAX)
			return -EBADMSG;
		step->error = (int)number.value;
		return 0;
	}
	if (!strcmp(key, "size") && step->kind == DH_STEP_ALLOC)
		return dh_record_number(value, &step->size);
	return parse_layout(key, value, &step->layout);
}

int dh_client_parse_step(char *answer, struct dh_step *step)
{
	static const struct {
		const char *word;
		enum dh_stage_verdict verdict;
	} verdicts[] = {
		{ "ok", DH_OK },
		{ "error", DH_FAILED },
		{ "unsupported", DH_UNSUPPORTED },
	};
	char *word, *pairs, *key, *value;
	int ret = dh_record_next(&answer, &word, &pairs);

	if (ret <= 0 || *answer)
		return -EBADMSG;
	step->verdict = DH_NOT_REACHED;
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (!strcmp(verdicts[i].word, word))
			step->verdict = verdicts[i].verdict;
	if (step->verdict == DH_NOT_REACHED)
		return -EBADMSG;
	while ((ret = dh_record_pair(&pairs, &key, &value)) > 0)
		if (parse_result(key, value, step))
			return -EBADMSG;
	if (ret)
		return ret;
	/*
	 * An "error" answer must contain the errno. An "unsupported" answer must contain the name
	 * of the missing kernel function.
	 */
	if ((step->verdict == DH_FAILED && !step->error) ||
	    (step->verdict == DH_UNSUPPORTED && !*step->symbol))
		return -EBADMSG;
	return 0;
}

/* Returns the command for a step, or NULL if out of memory. The caller frees the command. */
static char *format_command(enum dh_step_kind kind, const struct dh_buffer_request *request,
			    uint64_t mask)
{
	dh_auto(free) char *heap = NULL;
	const char *name = dh_step_name(kind);

	switch (kind) {
	case DH_STEP_FIND:
		heap = dh_record_escape(request->heap);
		return heap ? dh_text_format("%s %s\n", name, heap) : NULL;
	case DH_STEP_ALLOC:
		return dh_text_format("%s %" PRIu64 " heap_flags=%" PRIu64 "\n", name,
				      request->size, request->heap_flags);
	case DH_STEP_ATTACH:
		return dh_text_format("%s mask=%" PRIu64 "\n", name, mask);
	default:
		return dh_text_format("%s\n", name);
	}
}

int dh_client_step(int client, const struct dh_buffer_request *request, uint64_t mask,
		   struct dh_step *step)
{
	dh_auto(free) char *line = format_command(step->kind, request, mask);
	char answer[ANSWER_MAX];
	int ret;

	if (!line)
		return -ENOMEM;
	ret = exchange(client, line, answer, sizeof(answer));
	if (!ret)
		ret = dh_client_parse_step(answer, step);
	if (!ret && step->kind == DH_STEP_ATTACH)
		step->mask = dh_known(mask);
	return ret;
}
