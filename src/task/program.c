// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/program.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/wait.h>

#include "action/child.h"
#include "frame/output.h"

/* Returns the exit status that a shell reports for the status from waitpid(2). */
static int exit_status(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

static enum dh_status fail_start(const char *name, int error)
{
	return dh_fail(dh_status_of(error), error, "program '%s': running: %m", name);
}

enum dh_status dh_program_run(char *const argv[], const struct dh_buffers *buffers,
			      const char *label)
{
	const char *name = buffers->from.heap->name;
	/* NAME_MAX limits the name of a heap, which is a file name in /dev/dma_heap. */
	char heap[sizeof("DMAHEAPCTL_HEAP=") + NAME_MAX], size[64], count[64];
	const char *const environment[] = { heap, size, count, NULL };
	const struct dh_child_fds given = {
		.fds = buffers->fds,
		.n = buffers->tally.done,
		.fdname = label ? label : name,
		.environment = environment,
	};
	enum dh_status status = dh_output_flush();
	int wait_status, ret;

	if (status)
		return status;
	snprintf(heap, sizeof(heap), "DMAHEAPCTL_HEAP=%s", name);
	snprintf(size, sizeof(size), "DMAHEAPCTL_SIZE=%" PRIu64,
		 buffers->tally.bytes / buffers->tally.done);
	snprintf(count, sizeof(count), "DMAHEAPCTL_COUNT=%" PRIu64, buffers->tally.done);

	ret = dh_child_run(&given, argv, &wait_status);
	if (ret == -EINTR)
		return dh_fail(DH_EXIT_INTERRUPTED, 0, "command not run (interrupted)");
	return ret ? fail_start(argv[0], ret) : (enum dh_status)exit_status(wait_status);
}

enum dh_status dh_program_watch(char *const argv[], struct dh_maybe *status)
{
	int wait_status = 0;
	int ret = dh_child_run_tree(argv, &wait_status);

	if (ret && ret != -EINTR)
		return fail_start(argv[0], ret);
	*status = dh_known((uint64_t)exit_status(wait_status));
	if (ret)
		return dh_fail(DH_EXIT_ERROR, 0, "processes started by '%s' are still running",
			       argv[0]);
	if (WIFSIGNALED(wait_status))
		return dh_fail(DH_EXIT_ERROR, 0, "'%s' was killed by signal %d (%s)", argv[0],
			       WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
	if (WEXITSTATUS(wait_status))
		return dh_fail(DH_EXIT_ERROR, 0, "'%s' exited with status %d", argv[0],
			       WEXITSTATUS(wait_status));
	return DH_EXIT_DONE;
}
