// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/cma.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "action/trace.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/units.h"
#include "discover/lines.h"
#include "discover/region-map.h"
#include "model/selection.h"
#include "task/heaps.h"

/* Nanoseconds between two reads of the trace. */
#define READ_INTERVAL UINT64_C(100000000)

/* Linux 5.13 added cma_alloc_finish, and the name of the region to cma_release. */
static const char *const events[] = { "cma/cma_release", "cma/cma_alloc_finish", NULL };

static enum dh_status find_region(const struct dh_env *env, const char *name,
				  struct dh_inventory *inventory, const char **region)
{
	enum dh_status status = dh_heaps_read_names(env, inventory);
	const struct dh_heap *other = NULL; /* a heap of this name or class without a CMA region */
	bool known = false;

	if (status)
		return status;
	for (size_t i = 0; i < inventory->n_regions; i++) {
		if (inventory->regions[i].is_carveout)
			continue;
		known = true;
		if (!strcmp(inventory->regions[i].name, name)) {
			*region = inventory->regions[i].name;
			return DH_EXIT_DONE;
		}
	}
	for (size_t i = 0; i < inventory->n_heaps; i++) {
		const struct dh_heap *heap = &inventory->heaps[i];
		const struct dh_region *own = dh_heap_cma_region(inventory, heap);

		if (!dh_heap_matches(inventory, heap->name, name))
			continue;
		if (!own) {
			other = heap;
			continue;
		}
		*region = own->name;
		return DH_EXIT_DONE;
	}
	if (!known) {
		dh_remark(env,
			  "region '%s': cannot determine whether it exists (requires "
			  "CONFIG_CMA_SYSFS, or CONFIG_CMA_DEBUGFS and root)",
			  name);
		*region = name;
		return DH_EXIT_DONE;
	}
	if (other && other->kind != DH_KIND_CMA)
		return dh_fail(DH_EXIT_NOT_FOUND, 0,
			       "region '%s': the heap '%s' uses no known CMA region", name,
			       other->name);
	return dh_fail(DH_EXIT_NOT_FOUND, 0,
		       "region '%s': no such CMA region; 'dmaheapctl list -o +REGION' shows the "
		       "regions of heaps",
		       name);
}

/* Prints a message for `error`, the -errno from dh_trace_start(). */
static enum dh_status fail_start(const struct dh_trace *trace, const char *region, int error)
{
	if (error == -ENOENT && !*trace->name)
		return dh_fail(DH_EXIT_UNSUPPORTED, 0,
			       "region '%s': tracing: no /sys/kernel/tracing/instances (requires "
			       "CONFIG_TRACING); run 'mount -t tracefs none /sys/kernel/tracing'",
			       region);
	if (error == -ENOENT)
		return dh_fail(DH_EXIT_UNSUPPORTED, 0,
			       "region '%s': tracing: no %s (requires Linux 5.13 with CONFIG_CMA "
			       "and CONFIG_STACKTRACE)",
			       region, trace->failed);
	if (error == -EACCES || error == -EPERM)
		return dh_fail(DH_EXIT_PERMISSION, error,
			       "region '%s': tracing: %s: %m (requires root; kernel lockdown can "
			       "deny access)",
			       region, trace->failed);
	return dh_fail(DH_EXIT_ERROR, error, "region '%s': tracing: %s: %s", region, trace->failed,
		       dh_error_text(-error));
}

static int add_line(void *data, const char *line, size_t length)
{
	return dh_cma_trace_add(data, line, length);
}

/*
 * Reads the trace until it is empty. If `deadline` is not 0, the deadline or a signal also ends the
 * read. Returns 0 or -errno.
 */
static int read_all(const struct dh_trace *file, uint64_t deadline, struct dh_lines *lines)
{
	char text[32768];

	do {
		ssize_t got = dh_trace_read(file, text, sizeof(text));
		int ret = got > 0 ? dh_lines_feed(lines, text, (size_t)got) : (int)got;

		if (got <= 0 || ret)
			return ret;
	} while (!deadline || (dh_clock_now() < deadline && !dh_interrupted()));
	return 0;
}

static int add_name(void *data, const char *line, size_t length)
{
	return dh_cma_trace_add_name(data, line, length);
}

/*
 * Adds the missing names of processes. Names that cannot be read stay unknown.
 * Returns 0 or -ENOMEM.
 */
static int add_names(const struct dh_trace *file, struct dh_cma_trace *trace)
{
	if (!dh_cma_trace_unnamed(trace))
		return 0;
	return dh_lines_read_file(file->dir, "saved_cmdlines", add_name, trace, NULL) == -ENOMEM
		       ? -ENOMEM
		       : 0;
}

/* Collects events until the deadline or a signal. Returns 0 or -errno. */
static int collect(struct dh_trace *file, uint64_t deadline, struct dh_cma_trace *trace)
{
	struct dh_lines lines = { .visit = add_line, .data = trace };
	int ret = 0;

	while (!ret && !dh_interrupted()) {
		const uint64_t now = dh_clock_now();
		struct timespec pause;

		if (now >= deadline)
			break;
		pause = dh_clock_interval(deadline - now < READ_INTERVAL ? deadline - now
									 : READ_INTERVAL);
		nanosleep(&pause, NULL);
		ret = read_all(file, deadline, &lines);
		if (!ret)
			ret = add_names(file, trace);
	}
	if (!ret)
		ret = dh_trace_stop(file);
	if (!ret)
		ret = read_all(file, 0, &lines);
	if (!ret)
		ret = dh_cma_trace_end(trace);
	return ret ? ret : add_names(file, trace);
}

enum dh_status dh_cma_trace_run(const struct dh_env *env, const char *name, uint64_t nanoseconds,
				struct dh_inventory *inventory, struct dh_cma_trace *trace)
{
	enum dh_status status = find_region(env, name, inventory, &trace->region);
	char duration[DH_UNIT_MAX];
	struct dh_trace file;
	uint64_t began, deadline;
	int ret, removed;

	if (status)
		return status;
	trace->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	ret = dh_trace_start(&env->root, events, &file);
	if (ret) {
		status = fail_start(&file, trace->region, ret);
	} else {
		if (isatty(STDERR_FILENO))
			dh_remark(env, "region '%s': tracing for %s, or until a signal (Ctrl-C)",
				  trace->region, dh_format_duration(nanoseconds, duration));
		began = dh_clock_now();
		if (__builtin_add_overflow(began, nanoseconds, &deadline))
			deadline = UINT64_MAX;
		ret = collect(&file, deadline, trace);
		trace->elapsed = dh_known(dh_clock_now() - began);
		if (ret)
			status = dh_fail(DH_EXIT_ERROR, ret, "region '%s': reading the trace: %m",
					 trace->region);
	}
	removed = dh_trace_remove(&file);
	if (removed)
		status = dh_status_first(status,
					 dh_fail(DH_EXIT_ERROR, removed,
						 "region '%s': removing "
						 "/sys/kernel/tracing/instances/dmaheapctl-%d: %m",
						 trace->region, (int)getpid()));
	if (!ret && (!trace->lost.known || trace->lost.value))
		dh_remark(env,
			  "region '%s': the kernel discarded events: figures may be too low, and "
			  "HELD is unknown",
			  trace->region);
	if (!status && dh_interrupted())
		status = dh_fail(DH_EXIT_INTERRUPTED, 0,
				 "region '%s': tracing: interrupted after %s", trace->region,
				 dh_format_duration(trace->elapsed.value, duration));
	return status;
}

/* Prints a message for `error`, the -errno from dh_page_owner_read(). */
static enum dh_status fail_owners(const char *region, int error)
{
	if (error == -ENOENT)
		return dh_fail(DH_EXIT_UNSUPPORTED, 0,
			       "region '%s': reading the owners of pages: no "
			       "/sys/kernel/debug/page_owner (requires CONFIG_PAGE_OWNER, and "
			       "page_owner=on on the kernel's command line); --for traces new "
			       "allocations instead",
			       region);
	if (error == -EOPNOTSUPP)
		return dh_fail(DH_EXIT_UNSUPPORTED, 0,
			       "region '%s': reading the owners of pages: requires Linux 6.1; "
			       "--for traces new allocations instead",
			       region);
	return dh_fail(dh_status_of(error), error,
		       "region '%s': reading /sys/kernel/debug/page_owner: %m", region);
}

static int add_page(void *data, const char *record)
{
	return dh_cma_trace_add_page(data, record);
}

enum dh_status dh_cma_pages_run(const struct dh_env *env, const char *name,
				struct dh_inventory *inventory, struct dh_cma_trace *trace)
{
	enum dh_status status = find_region(env, name, inventory, &trace->region);
	dh_auto(fd) int folder = dh_file_open(env->root.sys, "kernel/debug/cma", O_PATH);
	const struct dh_region_map *map = NULL;
	int ret;

	if (status)
		return status;
	if (folder == -EACCES)
		return dh_fail(DH_EXIT_PERMISSION, folder,
			       "region '%s': reading debugfs: %m (only root may read debugfs)",
			       trace->region);
	trace->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	for (size_t i = 0; i < inventory->n_regions && !map; i++)
		if (inventory->regions[i].name == trace->region) {
			/* Ignore an error: the check below reports an unknown address. */
			(void)dh_region_map_read(&env->root, &inventory->regions[i]);
			map = &inventory->regions[i].map;
		}
	if (!map || !map->base.known)
		return dh_fail(DH_EXIT_UNSUPPORTED, 0,
			       "region '%s': reading its address: not in debugfs (requires a "
			       "mounted debugfs, CONFIG_CMA_DEBUGFS, and a region with a single "
			       "range); --for traces new allocations instead",
			       trace->region);
	ret = dh_page_owner_read(&env->root, map->base.value / trace->page_size,
				 map->bits * map->bit_size / trace->page_size, add_page, trace);
	if (ret && ret != -EINTR)
		return fail_owners(trace->region, ret);
	dh_cma_trace_end_pages(trace);
	if (ret)
		return dh_fail(DH_EXIT_INTERRUPTED, 0,
			       "region '%s': reading the owners of pages: interrupted",
			       trace->region);
	return DH_EXIT_DONE;
}
