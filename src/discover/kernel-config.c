// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/kernel-config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/auto.h"
#include "base/library.h"
#include "base/record.h"
#include "base/units.h"
#include "discover/lines.h"

/* Maximum size in bytes of an uncompressed configuration. Debian's is about 280 KB. */
#define CONFIG_SIZE_MAX (16 << 20)

/* The maximum of CONFIG_CMA_ALIGNMENT in kernel/dma/Kconfig. */
#define ALIGNMENT_MAX 12

struct reader {
	struct dh_kernel_config *config;
	bool valid; /* a line contains the name of an option */
};

static bool line_is(const char *line, size_t length, const char *text)
{
	return length == strlen(text) && !memcmp(line, text, length);
}

static int visit_line(void *data, const char *line, size_t length)
{
	static const char alignment[] = "CONFIG_CMA_ALIGNMENT=";
	const size_t n = sizeof(alignment) - 1;
	struct reader *reader = data;
	struct dh_kernel_config *config = reader->config;
	uint64_t order;

	if (memmem(line, length, "CONFIG_", 7))
		reader->valid = true;
	if (length > n && !memcmp(line, alignment, n) &&
	    dh_digits_parse(line + n, length - n, 10, &order) && order < ALIGNMENT_MAX)
		config->cma_alignment = (unsigned int)order;
	config->heaps = config->heaps || line_is(line, length, "CONFIG_DMABUF_HEAPS=y") ||
			line_is(line, length, "CONFIG_DMABUF_HEAPS=m");
	config->cma_heap = config->cma_heap || line_is(line, length, "CONFIG_DMABUF_HEAPS_CMA=y") ||
			   line_is(line, length, "CONFIG_DMABUF_HEAPS_CMA=m");
	config->kretprobes = config->kretprobes || line_is(line, length, "CONFIG_KRETPROBES=y");
	return 0;
}

/* Functions of zlib (zlib.h), in the order of the names in read_gzip(). */
struct zlib {
	void *(*gzdopen)(int fd, const char *mode);
	int (*gzread)(void *file, void *buffer, unsigned int length);
	int (*gzclose)(void *file);
};

static int read_gzip(const struct dh_root *root, struct reader *reader)
{
	static const char *const names[] = { "gzdopen", "gzread", "gzclose" };
	struct dh_lines lines = { .visit = visit_line, .data = reader };
	dh_auto(fd) int fd = dh_file_open(root->proc, "config.gz", O_RDONLY | O_CLOEXEC);
	struct zlib zlib;
	char chunk[8192];
	size_t total = 0;
	int got = 0, ret;
	void *file;

	if (fd < 0)
		return fd;
	ret = dh_library_load("libz.so.1", names, ARRAY_SIZE(names), &zlib, root->log);
	if (ret)
		return ret;
	file = zlib.gzdopen(fd, "r");
	if (!file)
		return -ENOMEM;
	(void)dh_steal_fd(&fd); /* gzclose() closes it */
	while (!ret && (got = zlib.gzread(file, chunk, sizeof(chunk))) > 0) {
		total += (size_t)got;
		ret = total > CONFIG_SIZE_MAX ? -EFBIG : dh_lines_feed(&lines, chunk, (size_t)got);
	}
	/* gzclose() returns an error if the compressed data ends too early. */
	if (zlib.gzclose(file) || got < 0)
		ret = ret ? ret : -EBADMSG;
	return ret ? ret : dh_lines_end(&lines);
}

/* Reads the file `path`, an absolute path on the running system. */
static int read_text(const char *path, struct reader *reader)
{
	dh_auto(fd) int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return top < 0 ? -errno : dh_lines_read_file(top, path + 1, visit_line, reader, NULL);
}

/* Reads DH_KERNEL_CONFIG_RECORD. Returns false if it does not exist or is malformed. */
static bool read_recorded(const struct dh_root *root, struct dh_kernel_config *config)
{
	struct dh_maybe heaps = { 0 }, cma_heap = { 0 }, kretprobes = { 0 }, alignment = { 0 };
	char text[1024], *path = NULL;
	const struct dh_record_field fields[] = {
		{ .key = "heaps", .number = &heaps },
		{ .key = "cma_heap", .number = &cma_heap },
		{ .key = "kretprobes", .number = &kretprobes },
		{ .key = "cma_alignment", .number = &alignment },
		{ .key = "path", .text = &path },
	};

	if (dh_file_read(root->proc, DH_KERNEL_CONFIG_RECORD, text, sizeof(text)) < 0)
		return false;
	if (dh_record_parse(text, "config", fields, ARRAY_SIZE(fields)) || !path ||
	    dh_record_unescape(path) || !heaps.known || !cma_heap.known || !kretprobes.known ||
	    !alignment.known || alignment.value > ALIGNMENT_MAX)
		return false;
	*config = (struct dh_kernel_config){
		.heaps = heaps.value,
		.cma_heap = cma_heap.value,
		.kretprobes = kretprobes.value,
		.cma_alignment = (unsigned int)alignment.value,
	};
	snprintf(config->path, sizeof(config->path), "%s", path);
	return true;
}

/* Returns true if the file config->path was read, and contains the name of an option. */
static bool accept(const struct dh_root *root, const struct reader *reader, int ret)
{
	if (!ret && !reader->valid)
		ret = -EBADMSG;
	if (ret)
		dh_note(root->log, "%s: %s", reader->config->path, dh_errno_name(-ret));
	return !ret;
}

void dh_kernel_config_read(const struct dh_root *root, struct dh_kernel_config *config)
{
	/* The texts before and after the release in a path */
	static const char *const parts[][2] = { { "/boot/config-", "" },
						{ "/lib/modules/", "/config" } };
	struct reader reader = { .config = config };
	struct utsname system;

	*config = (struct dh_kernel_config){ .path = "/proc/config.gz",
					     .cma_alignment = ALIGNMENT_MAX };
	if (accept(root, &reader, read_gzip(root, &reader)))
		return;
	if (!root->live && read_recorded(root, config))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(parts) && root->live && !uname(&system); i++) {
		*config = (struct dh_kernel_config){ .cma_alignment = ALIGNMENT_MAX };
		snprintf(config->path, sizeof(config->path), "%s%s%s", parts[i][0], system.release,
			 parts[i][1]);
		if (accept(root, &reader, read_text(config->path, &reader)))
			return;
	}
	*config = (struct dh_kernel_config){ .cma_alignment = ALIGNMENT_MAX };
}
