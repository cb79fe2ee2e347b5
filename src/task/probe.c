// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/probe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "action/buffer.h"
#include "action/process.h"
#include "base/auto.h"
#include "base/interrupt.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/stream.h"
#include "base/units.h"
#include "discover/meminfo.h"
#include "task/holders.h"

/* --- Users of the heap -------------------------------------------------------------- */

/* Returns true if the buffer uses the memory of the heap, or if this is unknown. */
static bool may_use(const struct dh_inventory *inventory, const struct dh_heap *heap,
		    const struct dh_held_buffer *buffer)
{
	const struct dh_heap *exporter;

	if (!buffer->exporter)
		return true;
	exporter = dh_inventory_find(inventory, buffer->exporter);
	if (exporter)
		return exporter == heap || dh_heaps_share_region(heap, exporter);
	return dh_exporter_is_shared(buffer->exporter, heap->kind);
}

/* Writes the processes that hold holders->buffers[index], and the attached devices. */
static void write_users(FILE *out, const struct dh_holders *holders, size_t index)
{
	const struct dh_held_buffer *buffer = &holders->buffers[index];

	for (size_t i = 0; i < holders->n_holdings; i++) {
		const struct dh_process *process =
			&holders->processes[holders->holdings[i].process];

		if (holders->holdings[i].buffer == index)
			fprintf(out, ", process %d (%s)", (int)process->pid,
				process->name ? process->name : "-");
	}
	if (!buffer->n_holders)
		fputs(", not held by a known process", out);
	if (buffer->devices && *buffer->devices)
		fprintf(out, ", attached to %s", buffer->devices);
}

/*
 * Describes the live buffers of the heap, such as "2 live buffers: inode 11, process 7 (camera);
 * 12, process 8 (player)". The text is empty if there are none. Describes only the first 16
 * buffers.
 */
static int describe_users(const struct dh_holders *holders, const struct dh_heap_choice *choice,
			  struct dh_stream *text)
{
	size_t n = 0;
	int ret;

	for (size_t i = 0; i < holders->n_buffers; i++)
		n += may_use(&choice->inventory, choice->heap, &holders->buffers[i]);
	ret = dh_stream_open(text);
	if (ret)
		return ret;
	if (n)
		fprintf(text->file, "%zu live buffer%s", n, n == 1 ? "" : "s");
	for (size_t i = 0, shown = 0; i < holders->n_buffers && shown < 16; i++) {
		if (!may_use(&choice->inventory, choice->heap, &holders->buffers[i]))
			continue;
		fprintf(text->file, "%s%" PRIu64, shown++ ? "; " : ": inode ",
			holders->buffers[i].inode);
		write_users(text->file, holders, i);
	}
	if (n > 16)
		fputs("; ...", text->file);
	return dh_stream_close(text);
}

/*
 * Checks that no live buffer uses the heap's memory, and that the driver does not resize the
 * region. With `force`, only prints a remark. Returns a status; prints the error, if any.
 */
static enum dh_status check_users(const struct dh_env *env, const struct dh_heap_choice *choice,
				  bool force)
{
	/*
	 * tegra_vpr_resize() in the driver of this heap freezes all processes, and the devices that
	 * use the region.
	 */
	const bool resized = !strncmp(choice->heap->name, "video-protection-region",
				      strlen("video-protection-region"));
	const char *effect = resized ? "the driver freezes all processes, and the devices that use "
				       "the region, while it resizes the region"
				     : "";
	const char *name = choice->heap->name, *cause = "", *separator;
	dh_auto(holders) struct dh_holders holders = { 0 };
	dh_auto(stream) struct dh_stream users = { 0 };
	enum dh_status status = dh_holders_collect(env, &holders);

	if (status)
		return status;
	if (describe_users(&holders, choice, &users))
		return dh_fail(DH_EXIT_ERROR, ENOMEM, "heap '%s': probing: %m", name);
	status = DH_EXIT_ERROR;
	if (users.size) {
		cause = users.text;
	} else if (!holders.listed && !force) {
		/* Only the kernel's list contains the buffers that no process holds. */
		cause = "live buffers unknown: the kernel's list of buffers is not readable; "
			"'dmaheapctl holders' shows the reason";
		status = geteuid() ? DH_EXIT_PERMISSION : DH_EXIT_ERROR;
	}
	if (!*cause && !resized)
		return DH_EXIT_DONE;
	separator = *cause && resized ? "; " : "";
	if (!force)
		return dh_fail(status, 0,
			       "heap '%s': probing: not attempted (%s%s%s); use --force to probe "
			       "anyway",
			       name, cause, separator, effect);
	dh_remark(env,
		  "heap '%s': the probe can make allocations of other programs fail (%s%s%s)", name,
		  cause, separator, effect);
	return DH_EXIT_DONE;
}

/* --- Limit -------------------------------------------------------------------------- */

/*
 * Sets `*limit` to the maximum total size of the buffers in bytes. Sets `*basis` to the origin of
 * the limit, for messages, or to NULL if the limit is the size of the region. Returns a status;
 * prints the error, if any.
 */
static enum dh_status find_limit(const struct dh_env *env, const struct dh_heap_choice *choice,
				 uint64_t size, uint64_t *limit, const char **basis)
{
	const struct dh_region *region = dh_heap_region(&choice->inventory, choice->heap);
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct dh_memory memory = { 0 };
	char text[DH_UNIT_MAX];

	*basis = "the given size";
	*limit = size;
	if (size && size < page)
		return dh_fail(DH_EXIT_USAGE, 0,
			       "heap '%s': probing: the given size is smaller than a page, %s",
			       choice->heap->name, dh_format_size(page, text));
	if (size)
		return DH_EXIT_DONE;
	if (region && region->size.known) {
		*basis = NULL;
		*limit = region->size.value;
		return DH_EXIT_DONE;
	}
	(void)dh_meminfo_read(&env->root, &memory);
	if (!memory.available.known)
		return dh_fail(DH_EXIT_ERROR, 0,
			       "heap '%s': probing: not attempted (available memory unknown); use "
			       "--size to limit the allocations",
			       choice->heap->name);
	*basis = "half of the available memory";
	*limit = memory.available.value / 2;
	return DH_EXIT_DONE;
}

/* --- Allocations -------------------------------------------------------------------- */

struct allocations {
	const struct dh_env *env;
	int heap;
	struct dh_buffer_request request;
	int *kept; /* descriptors */
	size_t n_kept;
	uint64_t n; /* number of successful allocations */
};

static void dh_auto_allocations(struct allocations *allocations)
{
	for (size_t i = 0; i < allocations->n_kept; i++)
		close(allocations->kept[i]);
	free(allocations->kept);
}

static int allocate(void *data, uint64_t size, bool keep, uint64_t *got)
{
	struct allocations *allocations = data;
	struct dh_buffer_facts facts = { 0 };
	dh_auto(fd) int fd = -1;
	int ret, *kept;

	if (dh_interrupted())
		return -EINTR;
	allocations->request.size = size;
	fd = dh_buffer_alloc(allocations->heap, &allocations->request);
	if (fd < 0)
		return fd;
	ret = dh_buffer_describe(&allocations->env->root, fd, &facts);
	/* Replace the errors that would tell dh_probe_run() that the buffer is too large. */
	if (ret == -ENOMEM || ret == -EINVAL)
		return -EBADFD;
	if (ret)
		return ret;
	*got = facts.size;
	allocations->n++;
	dh_progress_add(1, 0);
	if (!keep)
		return 0;
	kept = dh_array_add(&allocations->kept, &allocations->n_kept);
	if (!kept)
		return -ENOBUFS;
	*kept = dh_steal_fd(&fd);
	return 0;
}

/* Prints a message for `error`, the -errno from dh_probe_run(). Returns the status for it. */
static enum dh_status probe_failed(const struct allocations *allocations,
				   struct dh_heap_choice *choice, int error)
{
	const struct dh_tally tally = { .requested = 1, .first_error = error };
	const struct dh_buffer_request *request = &allocations->request;
	char size[DH_UNIT_MAX];

	if (error == -EINTR && dh_interrupted())
		return dh_fail(DH_EXIT_INTERRUPTED, 0,
			       "heap '%s': probing: interrupted after %" PRIu64 " allocation%s",
			       choice->heap->name, allocations->n, allocations->n == 1 ? "" : "s");
	if (error == -DH_PROBE_UNSTABLE)
		return dh_fail(DH_EXIT_ERROR, ENOMEM,
			       "heap '%s': probing: allocating %s: %m (an earlier allocation of "
			       "this size succeeded; another program may use the heap)",
			       choice->heap->name, dh_format_size(request->size, size));
	if (error == -EFBIG)
		return dh_fail(
			DH_EXIT_ERROR, 0,
			"heap '%s': probing: the smallest buffer is %s, more than the limit; use "
			"--size to set a higher limit",
			choice->heap->name, dh_format_size(request->size, size));
	return dh_heap_alloc_failed(allocations->env, choice, request, &tally);
}

/* Probes the heap with the descriptor `heap`. `basis` is the result of find_limit(). */
static enum dh_status search(const struct dh_env *env, const struct dh_buffer_request *request,
			     int heap, const char *basis, struct dh_heap_choice *choice,
			     struct dh_probe *probe)
{
	dh_auto(allocations) struct allocations allocations = {
		.env = env,
		.heap = heap,
		.request = *request,
	};
	char size[DH_UNIT_MAX];
	uint64_t most;
	int ret;

	/* The number of buffers is unknown, so raise the limit on open files to the hard limit. */
	(void)dh_process_raise_fd_limit(UINT64_MAX, &most);
	dh_process_prefer_oom_kill(&env->log);

	dh_progress_begin("probing", "allocations", 0, 0);
	ret = dh_probe_run(probe, (uint64_t)sysconf(_SC_PAGESIZE), allocate, &allocations);
	if (ret) {
		allocations.request.size = probe->failed_size;
		return probe_failed(&allocations, choice, ret);
	}
	/* The heap cannot exceed the limit, which is the size of its region. */
	if (!basis)
		probe->largest_exact = probe->total_exact = true;
	if (!probe->largest_exact || !probe->total_exact)
		dh_remark(env,
			  "heap '%s': the probe ended at its limit, %s (%s); use --size to set a "
			  "higher limit",
			  probe->heap, dh_format_size(probe->limit, size), basis);
	return DH_EXIT_DONE;
}

enum dh_status dh_heap_probe(const struct dh_env *env, const struct dh_buffer_request *request,
			     struct dh_heap_choice *choice, struct dh_probe *probe)
{
	dh_auto(fd) int heap = -1;
	const char *basis = NULL;
	enum dh_status status;
	uint64_t limit = 0;

	*probe = (struct dh_probe){ 0 };
	status = dh_heap_choose(env, request->heap, choice);
	if (status)
		return status;
	if (!choice->heap)
		return dh_heap_absent(env, &choice->inventory, request->heap);
	if (choice->heap->kind == DH_KIND_SYSTEM)
		return dh_fail(DH_EXIT_ERROR, 0,
			       "heap '%s': probing: not attempted (the heap can allocate all "
			       "memory of the machine)",
			       choice->heap->name);
	status = find_limit(env, choice, request->size, &limit, &basis);
	if (!status)
		status = check_users(env, choice, request->force);
	if (!status)
		status = dh_heap_open_chosen(env, choice, &heap);
	if (status)
		return status;
	probe->heap = choice->heap->name;
	probe->limit = limit;
	return search(env, request, heap, basis, choice, probe);
}
