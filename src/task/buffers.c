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

const char *dh_buffers_subject(const struct dh_buffers *buffers, char out[DH_SUBJECT_MAX])
{
	if (buffers->from.heap)
		snprintf(out, DH_SUBJECT_MAX, "heap '%s'", buffers->from.heap->name);
	else
		snprintf(out, DH_SUBJECT_MAX, "descriptor %d", buffers->fds ? buffers->fds[0] : -1);
	return out;
}

void dh_buffers_release(struct dh_buffers *buffers)
{
	for (uint64_t i = 0; !buffers->inherited && i < buffers->tally.done; i++)
		close(buffers->fds[i]);
	free(buffers->fds);
	free(buffers->facts);
	dh_heap_choice_release(&buffers->from);
	*buffers = (struct dh_buffers){ 0 };
}

/* Names and describes what was allocated. */
static enum dh_status finish_buffers(const struct dh_env *env,
				     const struct dh_buffer_request *request,
				     const uint64_t *nanoseconds, bool describe,
				     struct dh_buffers *buffers)
{
	char subject[DH_SUBJECT_MAX];
	enum dh_status status = DH_EXIT_DONE;
	int ret;

	dh_buffers_subject(buffers, subject);
	for (uint64_t i = 0; request->label && !status && i < buffers->tally.done; i++) {
		ret = dh_buffer_name(buffers->fds[i], request->label);
		if (ret)
			status = dh_fail(DH_EXIT_REFUSED, "%s: naming buffer %" PRIu64 ": %s",
					 subject, i + 1, strerror(-ret));
	}

	/* The kernel rounds every one alike, so one of them tells what all of them take. */
	for (uint64_t i = 0; i < (describe ? buffers->tally.done : !!buffers->tally.done); i++) {
		struct dh_buffer_facts facts = {
			.heap = buffers->from.heap->name,
			.fd = buffers->fds[i],
			.nanoseconds = dh_known(nanoseconds[i]),
		};

		ret = dh_buffer_describe(&env->root, buffers->fds[i], &facts);
		if (ret && !status)
			status = dh_fail(DH_EXIT_REFUSED, "%s: describing buffer %" PRIu64 ": %s",
					 subject, i + 1, strerror(-ret));
		if (!ret)
			buffers->tally.bytes = buffers->tally.done * facts.size;
		if (describe)
			buffers->facts[i] = facts;
	}
	return status;
}

static enum dh_status make_room(const struct dh_buffers *buffers, uint64_t count,
				uint64_t descriptors)
{
	char subject[DH_SUBJECT_MAX];
	uint64_t most;

	if (!dh_process_raise_fd_limit(descriptors, &most))
		return DH_EXIT_DONE;
	return dh_fail(DH_EXIT_REFUSED,
		       "%s: %" PRIu64 " buffers need %" PRIu64
		       " descriptors, more than the hard limit of open files, %" PRIu64
		       " (ulimit -Hn)",
		       dh_buffers_subject(buffers, subject), count, descriptors, most);
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
		status = dh_heap_open_chosen(env, &buffers->from, &heap);
	if (!status)
		status = dh_heap_check(env, &buffers->from, request, count);
	if (!status)
		status = make_room(buffers, count, descriptors);
	if (status)
		return status;

	buffers->fds = calloc(count, sizeof(*buffers->fds));
	nanoseconds = calloc(count, sizeof(*nanoseconds));
	if (describe)
		buffers->facts = calloc(count, sizeof(*buffers->facts));
	if (!buffers->fds || !nanoseconds || (describe && !buffers->facts))
		return dh_fail(DH_EXIT_REFUSED, "keeping account of %" PRIu64 " buffers: %s", count,
			       strerror(ENOMEM));

	ret = dh_process_prefer_oom_kill();
	if (ret)
		dh_note(&env->log, "/proc/self/oom_score_adj: %s", dh_errno_name(-ret));

	buffers->tally.requested = count;
	dh_buffer_alloc_batch(heap, &ioctl_request, buffers->fds, nanoseconds, &buffers->tally);
	if (buffers->tally.failed)
		status = dh_heap_refused(env, &buffers->from, request, &buffers->tally);

	named = finish_buffers(env, request, nanoseconds, describe, buffers);
	dh_tally_spread(&buffers->tally, nanoseconds, buffers->tally.done);
	return dh_status_first(status, named);
}

static enum dh_status take_over(const struct dh_env *env, const struct dh_inherited_fd *inherited,
				struct dh_buffers *buffers)
{
	int fd = inherited->fd, ret;

	*buffers = (struct dh_buffers){ .inherited = true };
	buffers->fds = calloc(1, sizeof(*buffers->fds));
	buffers->facts = calloc(1, sizeof(*buffers->facts));
	if (!buffers->fds || !buffers->facts)
		return dh_fail(DH_EXIT_REFUSED, "descriptor %d: %s", fd, strerror(ENOMEM));

	buffers->fds[0] = fd;
	ret = inherited->open ? dh_buffer_describe(&env->root, fd, buffers->facts) : -EBADF;
	if (ret == -EBADF)
		return dh_fail(DH_EXIT_NOT_FOUND, "descriptor %d: not open; was it inherited?", fd);
	if (ret == -EBADFD)
		return dh_fail(DH_EXIT_NOT_FOUND, "descriptor %d: open, but not of a dma-buf", fd);
	if (ret)
		return dh_fail(DH_EXIT_REFUSED, "descriptor %d: describing it: %s", fd,
			       strerror(-ret));

	buffers->tally =
		(struct dh_tally){ .requested = 1, .done = 1, .bytes = buffers->facts->size };
	return DH_EXIT_DONE;
}

enum dh_status dh_buffers_one(const struct dh_env *env, const struct dh_buffer_request *request,
			      const struct dh_inherited_fd *fd, struct dh_buffers *buffers)
{
	*buffers = (struct dh_buffers){ 0 };
	if (fd->given && (request->heap || request->size))
		return dh_fail(
			DH_EXIT_USAGE,
			"--fd stands for a buffer that is there; --heap and --size for a new one");
	if (fd->given)
		return take_over(env, fd, buffers);
	if (!request->heap || !request->size)
		return dh_fail(DH_EXIT_USAGE,
			       "which buffer? --heap and --size make one, --fd takes one");
	return dh_buffers_alloc(env, request, 1, 1, true, buffers);
}
