// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/buffers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "action/buffer.h"
#include "action/process.h"
#include "base/auto.h"
#include "base/units.h"

void dh_buffers_release(struct dh_buffers *buffers)
{
	for (uint64_t i = 0; !buffers->inherited && i < buffers->tally.done; i++)
		close(buffers->fds[i]);
	free(buffers->fds);
	free(buffers->facts);
	dh_heap_choice_release(&buffers->from);
	*buffers = (struct dh_buffers){ 0 };
}

static enum dh_status name_and_describe(const struct dh_env *env,
					const struct dh_buffer_request *request,
					const uint64_t *nanoseconds, bool describe,
					struct dh_buffers *buffers)
{
	enum dh_status status = DH_EXIT_DONE;
	int ret;

	for (uint64_t i = 0; request->label && !status && i < buffers->tally.done; i++) {
		ret = dh_buffer_set_name(buffers->fds[i], request->label);
		if (ret)
			status = dh_fail(DH_EXIT_ERROR, ret, "%s: naming buffer %" PRIu64 ": %m",
					 buffers->subject, i + 1);
	}

	/* All buffers have the same size: without `describe`, query only the first one. */
	for (uint64_t i = 0; i < (describe ? buffers->tally.done : !!buffers->tally.done); i++) {
		struct dh_buffer_facts facts = {
			.heap = buffers->from.heap->name,
			.fd = buffers->fds[i],
			.nanoseconds = dh_known(nanoseconds[i]),
		};

		ret = dh_buffer_describe(&env->root, buffers->fds[i], &facts);
		if (ret && !status)
			status = dh_fail(DH_EXIT_ERROR, ret, "%s: querying buffer %" PRIu64 ": %m",
					 buffers->subject, i + 1);
		if (!ret)
			buffers->tally.bytes = buffers->tally.done * facts.size;
		if (describe)
			buffers->facts[i] = facts;
	}
	return status;
}

static enum dh_status raise_file_limit(const struct dh_buffers *buffers, uint64_t count,
				       uint64_t descriptors)
{
	uint64_t most;

	if (!dh_process_raise_fd_limit(descriptors, &most))
		return DH_EXIT_DONE;
	return dh_fail(DH_EXIT_ERROR, 0,
		       "%s: %" PRIu64 " buffers need %" PRIu64
		       " descriptors, but the hard limit of open files is %" PRIu64 " (ulimit -Hn)",
		       buffers->subject, count, descriptors, most);
}

enum dh_status dh_buffers_alloc(const struct dh_env *env, const struct dh_buffer_request *request,
				uint64_t count, uint64_t descriptors, bool describe,
				struct dh_buffers *buffers)
{
	const struct dh_alloc_request ioctl_request = {
		.length = request->size,
		.fd_flags = request->fd_flags,
		.heap_flags = request->heap_flags,
	};
	dh_auto(free) uint64_t *nanoseconds = NULL;
	dh_auto(fd) int heap = -1;
	enum dh_status status, named;
	int ret;

	*buffers = (struct dh_buffers){ 0 };
	status = dh_heap_choose(env, request->heap, &buffers->from);
	if (!status && !buffers->from.heap)
		status = dh_heap_absent(env, &buffers->from.inventory, request->heap);
	if (!status)
		snprintf(buffers->subject, sizeof(buffers->subject), "heap '%s'",
			 buffers->from.heap->name);
	if (!status)
		status = dh_heap_open_chosen(env, &buffers->from, &heap);
	if (!status)
		status = dh_heap_check(env, &buffers->from, request, count);
	if (!status)
		status = raise_file_limit(buffers, count, descriptors);
	if (status)
		return status;

	buffers->fds = calloc(count, sizeof(*buffers->fds));
	nanoseconds = calloc(count, sizeof(*nanoseconds));
	if (describe)
		buffers->facts = calloc(count, sizeof(*buffers->facts));
	if (!buffers->fds || !nanoseconds || (describe && !buffers->facts))
		return dh_fail(DH_EXIT_ERROR, ENOMEM, "tracking %" PRIu64 " buffers: %m", count);

	ret = dh_process_prefer_oom_kill();
	if (ret)
		dh_note(&env->log, "/proc/self/oom_score_adj: %s", dh_errno_name(-ret));

	buffers->tally.requested = count;
	dh_buffer_alloc_batch(heap, &ioctl_request, buffers->fds, nanoseconds, &buffers->tally);
	if (buffers->tally.failed)
		status = dh_heap_alloc_failed(env, &buffers->from, request, &buffers->tally);

	named = name_and_describe(env, request, nanoseconds, describe, buffers);
	dh_tally_spread(&buffers->tally, nanoseconds, buffers->tally.done);
	return dh_status_first(status, named);
}

static enum dh_status use_inherited(const struct dh_env *env,
				    const struct dh_inherited_fd *inherited,
				    struct dh_buffers *buffers)
{
	int fd = inherited->fd, ret;

	*buffers = (struct dh_buffers){ .inherited = true };
	snprintf(buffers->subject, sizeof(buffers->subject), "descriptor %d", fd);
	buffers->fds = calloc(1, sizeof(*buffers->fds));
	buffers->facts = calloc(1, sizeof(*buffers->facts));
	if (!buffers->fds || !buffers->facts)
		return dh_fail(DH_EXIT_ERROR, ENOMEM, "descriptor %d: querying buffer: %m", fd);

	buffers->fds[0] = fd;
	ret = inherited->open ? dh_buffer_describe(&env->root, fd, buffers->facts) : -EBADF;
	if (ret == -EBADF)
		return dh_fail(DH_EXIT_NOT_FOUND, 0,
			       "descriptor %d: not open; the parent process must pass it", fd);
	if (ret == -EBADFD)
		return dh_fail(DH_EXIT_NOT_FOUND, 0, "descriptor %d: not a dma-buf", fd);
	if (ret)
		return dh_fail(DH_EXIT_ERROR, ret, "descriptor %d: querying buffer: %m", fd);

	buffers->tally =
		(struct dh_tally){ .requested = 1, .done = 1, .bytes = buffers->facts->size };
	return DH_EXIT_DONE;
}

enum dh_status dh_buffers_one(const struct dh_env *env, const struct dh_buffer_request *request,
			      const struct dh_inherited_fd *fd, struct dh_buffers *buffers)
{
	*buffers = (struct dh_buffers){ 0 };
	if (fd->given && (request->heap || request->size))
		return dh_fail(DH_EXIT_USAGE, 0, "--fd cannot be combined with --heap or --size");
	if (fd->given)
		return use_inherited(env, fd, buffers);
	if (!request->heap || !request->size)
		return dh_fail(DH_EXIT_USAGE, 0,
			       "no buffer given: use --heap and --size to allocate one, or --fd to "
			       "use an inherited one");
	return dh_buffers_alloc(env, request, 1, 1, true, buffers);
}
