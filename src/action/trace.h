/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records kernel events in a trace instance in tracefs (Documentation/trace/ftrace.rst, section
 * "Instances"). Other users of tracing do not share this instance.
 */
#ifndef DH_ACTION_TRACE_H
#define DH_ACTION_TRACE_H

#include <sys/types.h>

#include "base/root.h"

struct dh_trace {
	int dir;	    /* descriptor of the top-level directory of tracefs, or -1 */
	char name[48];	    /* "instances/dmaheapctl-PID"; "" if the instance does not exist */
	int pipe;	    /* descriptor of trace_pipe, or -1 */
	const char *failed; /* after an error: name of the file or event that failed */
};

/*
 * Creates the instance "dmaheapctl-PID", and begins to record the events (such as
 * "cma/cma_release") with their stack traces. `events` ends with NULL. The caller must call
 * dh_trace_remove(), even after an error.
 *
 * Returns 0; -ENOENT if the file or event in trace->failed does not exist; or another -errno.
 */
int dh_trace_start(const struct dh_root *root, const char *const *events, struct dh_trace *trace);

/* Stops recording. dh_trace_read() then returns the rest of the text. Returns 0 or -errno. */
int dh_trace_stop(struct dh_trace *trace);

/*
 * Reads recorded text without waiting. Returns the number of bytes, 0 if no text is available, or
 * -errno.
 */
ssize_t dh_trace_read(const struct dh_trace *trace, char *text, size_t size);

/* Closes the descriptors, and removes the instance, if any. Returns 0 or -errno. */
int dh_trace_remove(struct dh_trace *trace);

#endif
