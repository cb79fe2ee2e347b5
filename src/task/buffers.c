// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/buffers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "action/buffer.h"
#include "action/pidfd.h"
#include "action/process.h"
#include "base/auto.h"
#include "base/progress.h"
#include "base/units.h"
#include "discover/holders.h"
#include "task/holders.h"

void dh_auto_buffers(struct dh_buffers *buffers)
{
	for (uint64_t i = 0; !buffers->inherited && i < buffers->tally.done; i++)
		close(buffers->fds[i]);
	free(buffers->fds);
	free(buffers->facts);
	dh_auto_heap_choice(&buffers->from);
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
	dh_progress_begin("querying", "buffers", buffers->tally.done, 0);
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
		dh_progress_add(1, 0);
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
		       "%s: %" PRIu64 " buffer%s need%s more than %" PRIu64
		       " descriptors, but the hard limit on open files is %" PRIu64 " (ulimit -Hn)",
		       buffers->subject, count, count == 1 ? "" : "s", count == 1 ? "s" : "",
		       descriptors, most);
}

enum dh_status dh_buffers_alloc(const struct dh_env *env, const struct dh_buffer_request *request,
				uint64_t count, uint64_t descriptors, bool describe,
				struct dh_buffers *buffers)
{
	dh_auto(free) uint64_t *nanoseconds = NULL;
	dh_auto(fd) int heap = -1;
	enum dh_status status, named;

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
		status = dh_heap_check_cgroup(env, &buffers->from, request, count);
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

	dh_process_prefer_oom_kill(&env->log);
	buffers->tally.requested = count;
	dh_progress_begin("allocating", "buffers", count, count * request->size);
	dh_buffer_alloc_batch(heap, request, buffers->fds, nanoseconds, &buffers->tally);
	if (buffers->tally.failed)
		status = dh_heap_alloc_failed(env, &buffers->from, request, &buffers->tally);
	else if (buffers->tally.done < count)
		status = dh_fail(DH_EXIT_INTERRUPTED, 0,
				 "%s: allocating: interrupted after %" PRIu64 " of %" PRIu64
				 " buffers",
				 buffers->subject, buffers->tally.done, count);

	named = name_and_describe(env, request, nanoseconds, describe, buffers);
	dh_tally_spread(&buffers->tally, nanoseconds, buffers->tally.done);
	return dh_status_first(status, named);
}

/* --- Existing buffers --------------------------------------------------------------- */

static enum dh_status fail_closed(const char *subject)
{
	return dh_fail(DH_EXIT_NOT_FOUND, 0,
		       "%s: the process closed the descriptor; run the command again", subject);
}

/*
 * Stores the buffer of the descriptor `fd` in `buffers`. Unless buffers->inherited is set,
 * `buffers` owns the descriptor, even after an error. Fails if `inode` is not 0 and the descriptor
 * refers to another file.
 */
static enum dh_status use_descriptor(const struct dh_env *env, int fd, uint64_t inode,
				     struct dh_buffers *buffers)
{
	const char *subject = buffers->subject;
	int ret;

	buffers->fds = calloc(1, sizeof(*buffers->fds));
	buffers->facts = calloc(1, sizeof(*buffers->facts));
	if (!buffers->fds || !buffers->facts) {
		if (!buffers->inherited)
			close(fd);
		return dh_fail(DH_EXIT_ERROR, ENOMEM, "%s: querying buffer: %m", subject);
	}

	buffers->fds[0] = fd;
	buffers->tally = (struct dh_tally){ .requested = 1, .done = 1 };
	ret = dh_buffer_describe(&env->root, fd, buffers->facts);
	if (inode && (ret == -EBADFD || ret == -EBADF || (!ret && buffers->facts->inode != inode)))
		return fail_closed(subject);
	if (ret == -EBADFD)
		return dh_fail(DH_EXIT_NOT_FOUND, 0, "%s: not a dma-buf", subject);
	if (ret == -EBADF)
		return dh_fail(DH_EXIT_NOT_FOUND, 0,
			       "%s: opened with O_PATH, which permits no access", subject);
	if (ret)
		return dh_fail(DH_EXIT_ERROR, ret, "%s: querying buffer: %m", subject);
	buffers->tally.bytes = buffers->facts->size;
	return DH_EXIT_DONE;
}

static enum dh_status use_inherited(const struct dh_env *env,
				    const struct dh_inherited_fd *inherited,
				    struct dh_buffers *buffers)
{
	buffers->inherited = true;
	snprintf(buffers->subject, sizeof(buffers->subject), "descriptor %d", inherited->fd);
	if (!inherited->open)
		return dh_fail(DH_EXIT_NOT_FOUND, 0,
			       "descriptor %d: not open; the parent process must pass it",
			       inherited->fd);
	return use_descriptor(env, inherited->fd, 0, buffers);
}

/*
 * Sets `*fd` to the number of a descriptor of the buffer in the process. Returns a status; prints
 * the error, if any.
 */
static enum dh_status find_descriptor(const struct dh_env *env, pid_t pid, uint64_t inode,
				      const char *subject, int *fd)
{
	dh_auto(holders) struct dh_holders holders = { 0 };
	const struct dh_held_buffer *buffer;
	const struct dh_holding *holding = NULL;
	int ret = dh_holders_read_process(&env->root, pid, &holders);
	enum dh_status status;

	if (ret)
		return dh_fail(dh_status_of(ret), ret, "%s: reading /proc: %s", subject,
			       dh_error_text(-ret));
	buffer = dh_holders_find(&holders, inode);
	if (buffer)
		holding = dh_holders_find_holding(&holders, buffer, pid);
	if (holding && holding->descriptor.known) {
		*fd = (int)holding->descriptor.value;
		return DH_EXIT_DONE;
	}

	status = dh_holders_check_process(&holders, pid);
	if (status)
		return status;
	if (!holding)
		return dh_fail(DH_EXIT_NOT_FOUND, 0,
			       "%s: no such buffer; 'dmaheapctl holders --pid %d' lists the "
			       "buffers of the process",
			       subject, (int)pid);
	if (!holding->fds)
		return dh_fail(DH_EXIT_NOT_FOUND, 0,
			       "%s: held only by a mapping: there is no descriptor to duplicate",
			       subject);
	return dh_fail(DH_EXIT_NOT_FOUND, 0,
		       "%s: no usable descriptor (all were opened with O_PATH, or the main thread "
		       "has ended)",
		       subject);
}

static enum dh_status fail_denied(const struct dh_env *env, const char *subject)
{
	/* Rules of the security module Yama, indexed by the value of its sysctl. */
	static const char *const rules[] = {
		"",
		("kernel.yama.ptrace_scope is 1: without CAP_SYS_PTRACE, only ancestors and "
		 "declared tracers have access; "),
		"kernel.yama.ptrace_scope is 2: access requires CAP_SYS_PTRACE; ",
		"kernel.yama.ptrace_scope is 3: no process has access; ",
	};
	uint64_t scope = 0;

	/* Without Yama, the file does not exist, and `scope` stays 0. */
	(void)dh_file_read_u64(env->root.proc, "sys/kernel/yama/ptrace_scope", &scope);
	return dh_fail(
		DH_EXIT_PERMISSION, EPERM,
		"%s: duplicating the descriptor: %m (requires CAP_SYS_PTRACE, or the same user "
		"and a dumpable process; %sa security module can deny access)%s",
		subject, scope < ARRAY_SIZE(rules) ? rules[scope] : "",
		geteuid() && scope < 3 ? "; run as root" : "");
}

/* Prints a message for `error`, the -errno from dh_pidfd_open() or dh_pidfd_get(). */
static enum dh_status get_failed(const struct dh_env *env, const char *subject, int error)
{
	switch (-error) {
	case ESRCH:
		return dh_fail(DH_EXIT_NOT_FOUND, 0, "%s: no such process", subject);
	case EBADF:
		return dh_fail(DH_EXIT_NOT_FOUND, 0, "%s: not open", subject);
	case EPERM:
		return fail_denied(env, subject);
	case EACCES:
		return dh_fail(DH_EXIT_PERMISSION, EACCES,
			       "%s: duplicating the descriptor: %m (denied by a security module)",
			       subject);
	case ENOSYS:
		return dh_fail(
			DH_EXIT_UNSUPPORTED, ENOSYS,
			"%s: duplicating the descriptor: %m (pidfd_getfd() requires Linux 5.6)",
			subject);
	default:
		return dh_fail(DH_EXIT_ERROR, error, "%s: duplicating the descriptor: %m", subject);
	}
}

static enum dh_status use_foreign(const struct dh_env *env,
				  const struct dh_existing_buffer *existing,
				  struct dh_buffers *buffers)
{
	const pid_t pid = (pid_t)existing->pid;
	const char *subject = buffers->subject;
	/* A later process can reuse the ID, but the pidfd never refers to that process. */
	dh_auto(fd) int process = dh_pidfd_open(pid);
	enum dh_status status = DH_EXIT_DONE;
	int number = existing->fd.fd, fd;

	if (existing->inode)
		snprintf(buffers->subject, sizeof(buffers->subject),
			 "buffer %" PRIu64 " of process %d", existing->inode, (int)pid);
	else
		snprintf(buffers->subject, sizeof(buffers->subject), "descriptor %d of process %d",
			 number, (int)pid);
	if (process < 0)
		return get_failed(env, subject, process);
	if (existing->inode)
		status = find_descriptor(env, pid, existing->inode, subject, &number);
	if (status)
		return status;

	fd = dh_pidfd_get(process, number);
	if (fd == -EBADF && existing->inode)
		return fail_closed(subject);
	if (fd < 0)
		return get_failed(env, subject, fd);
	return use_descriptor(env, fd, existing->inode, buffers);
}

enum dh_status dh_buffers_one(const struct dh_env *env, const struct dh_buffer_request *request,
			      const struct dh_existing_buffer *existing, struct dh_buffers *buffers)
{
	if (existing->pid)
		return use_foreign(env, existing, buffers);
	if (existing->fd.given)
		return use_inherited(env, &existing->fd, buffers);
	if (!request->heap || !request->size)
		return dh_fail(DH_EXIT_USAGE, 0,
			       "no buffer given: expected HEAP and SIZE, or --fd or --pid to use "
			       "an existing one");
	return dh_buffers_alloc(env, request, 1, 1, true, buffers);
}
