// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"

static int write_file(struct dh_trace *trace, const char *file, const char *value)
{
	dh_auto(fd) int fd = -1;
	char path[PATH_MAX];

	trace->failed = file;
	snprintf(path, sizeof(path), "%s/%s", trace->name, file);
	fd = dh_file_open(trace->dir, path, O_WRONLY);
	if (fd < 0)
		return fd;
	return write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

static int create_in(int dir, const char *name)
{
	if (!mkdirat(dir, name, 0700))
		return 0;
	/*
	 * EEXIST: SIGKILL ended an earlier process with the same ID, so remove the instance of that
	 * process.
	 */
	if (errno != EEXIST || unlinkat(dir, name, AT_REMOVEDIR) || mkdirat(dir, name, 0700))
		return -errno;
	return 0;
}

static int create(const struct dh_root *root, struct dh_trace *trace)
{
	/* Access to the second path mounts tracefs automatically. */
	static const char *const paths[] = { "kernel/tracing", "kernel/debug/tracing" };
	char name[sizeof(trace->name)];
	int ret = -ENOENT;

	trace->failed = "instances";
	snprintf(name, sizeof(name), "instances/dmaheapctl-%d", (int)getpid());
	for (size_t i = 0; i < ARRAY_SIZE(paths) && ret == -ENOENT; i++) {
		if (trace->dir >= 0)
			close(trace->dir);
		trace->dir = dh_file_open(root->sys, paths[i], O_PATH | O_DIRECTORY);
		ret = trace->dir < 0 ? trace->dir : create_in(trace->dir, name);
	}
	if (!ret)
		memcpy(trace->name, name, sizeof(name));
	return ret;
}

/*
 * A new instance inherits the options of the top-level instance, which other users may have
 * changed.
 */
static int set_options(struct dh_trace *trace)
{
	static const struct {
		const char *file, *value;
		bool required;
	} options[] = {
		{ "options/stacktrace", "1", true },
		{ "options/sym-offset", "1", true },
		{ "options/sym-addr", "0", false },
		{ "options/context-info", "1", false },
		{ "options/irq-info", "1", false },
		{ "options/record-tgid", "0", false },
		{ "options/latency-format", "0", false },
		{ "options/raw", "0", false },
		{ "options/hex", "0", false },
		{ "options/bin", "0", false },
		{ "options/fields", "0", false },
		/* The default clock differs between CPUs, so events could be out of order. */
		{ "trace_clock", "global", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		int ret = write_file(trace, options[i].file, options[i].value);

		if (ret && (options[i].required || ret != -ENOENT))
			return ret;
	}
	return 0;
}

int dh_trace_start(const struct dh_root *root, const char *const *events, struct dh_trace *trace)
{
	char path[PATH_MAX];
	int ret;

	*trace = (struct dh_trace){ .dir = -1, .pipe = -1 };
	ret = create(root, trace);
	if (!ret)
		ret = set_options(trace);
	if (ret)
		return ret;
	trace->failed = "trace_pipe";
	snprintf(path, sizeof(path), "%s/trace_pipe", trace->name);
	trace->pipe = dh_file_open(trace->dir, path, O_RDONLY | O_NONBLOCK);
	if (trace->pipe < 0)
		return trace->pipe;
	for (; *events && !ret; events++) {
		snprintf(path, sizeof(path), "events/%s/enable", *events);
		ret = write_file(trace, path, "1");
		trace->failed = *events;
	}
	return ret;
}

int dh_trace_stop(struct dh_trace *trace)
{
	return write_file(trace, "tracing_on", "0");
}

ssize_t dh_trace_read(const struct dh_trace *trace, char *text, size_t size)
{
	ssize_t got = read(trace->pipe, text, size);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return got < 0 ? -errno : got;
}

int dh_trace_remove(struct dh_trace *trace)
{
	int ret = 0;

	/* Close trace_pipe first: the kernel removes an instance only if its files are closed. */
	if (trace->pipe >= 0)
		close(trace->pipe);
	if (*trace->name && unlinkat(trace->dir, trace->name, AT_REMOVEDIR))
		ret = -errno;
	if (trace->dir >= 0)
		close(trace->dir);
	*trace = (struct dh_trace){ .dir = -1, .pipe = -1, .failed = trace->failed };
	return ret;
}
