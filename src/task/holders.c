// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/holders.h"

#include <errno.h>

#include "base/units.h"
#include "discover/buffer-list.h"
#include "discover/discover.h"
#include "discover/holders.h"

enum dh_status dh_holders_list(const struct dh_env *env, struct dh_holders *holders)
{
	struct dh_buffer_list list;
	int ret = dh_buffer_list_read(&list, &env->root, holders);

	dh_buffer_list_close(&list);
	return ret ? dh_fail(DH_EXIT_ERROR, ret, "reading the list of buffers: %m") : DH_EXIT_DONE;
}

enum dh_status dh_holders_collect(const struct dh_env *env, struct dh_holders *holders)
{
	int ret = dh_holders_read(&env->root, holders);

	if (ret)
		return dh_fail(dh_status_of(ret), ret, "reading /proc: %s", dh_error_text(-ret));
	if (holders->interrupted)
		return dh_fail(DH_EXIT_INTERRUPTED, 0,
			       "reading /proc: interrupted after %zu process%s",
			       holders->n_processes, holders->n_processes == 1 ? "" : "es");
	return DH_EXIT_DONE;
}

enum dh_status dh_holders_read_devices(const struct dh_env *env, struct dh_inventory *inventory)
{
	int ret = dh_discover(&env->root, DH_WANT_DEVICES, inventory);

	return ret ? dh_fail(DH_EXIT_ERROR, ret, "reading DRM and V4L2 devices: %m") : DH_EXIT_DONE;
}

void dh_holders_count_sync_files(const struct dh_env *env, pid_t pid, struct dh_maybe *n)
{
	dh_auto(holders) struct dh_holders holders = { 0 };

	if (dh_holders_read_process(&env->root, pid, &holders) || !holders.n_processes)
		return;
	if (holders.processes->state != DH_PROCESS_REFUSED &&
	    holders.processes->state != DH_PROCESS_VANISHED)
		*n = dh_known(holders.sync_files);
}

enum dh_status dh_holders_check_process(const struct dh_holders *holders, pid_t pid)
{
	for (size_t i = 0; i < holders->n_processes; i++) {
		const struct dh_process *process = &holders->processes[i];

		if (process->pid != pid || process->state == DH_PROCESS_VANISHED)
			continue;
		if (process->state != DH_PROCESS_REFUSED)
			return DH_EXIT_DONE;
		return dh_fail(DH_EXIT_PERMISSION, EACCES,
			       "process %d: reading descriptors and mappings: %m (requires "
			       "CAP_SYS_PTRACE, or the same user and a dumpable process)",
			       (int)pid);
	}
	if (holders->hidden)
		return dh_fail(DH_EXIT_PERMISSION, 0,
			       "process %d: not found (/proc hides processes of other users)",
			       (int)pid);
	return dh_fail(DH_EXIT_NOT_FOUND, 0, "process %d: no such process", (int)pid);
}
