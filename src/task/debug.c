// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/debug.h"

#include <errno.h>

#include "dmaheap_debug.h"

#include "action/debug.h"
#include "task/module.h"

/* Returns true if the file `path` beneath `dir` contains "0". */
static bool is_off(int dir, const char *path)
{
	uint64_t value;

	return !dh_file_read_u64(dir, path, &value) && !value;
}

/*
 * If its probes did not run for some time, the module reports no figures until it is reloaded.
 */
static enum dh_status blind_failed(const struct dh_env *env)
{
	const char *state = "did not run for some time; ", *next = "reload the module";

	if (is_off(env->root.proc, "sys/kernel/ftrace_enabled"))
		state = "do not run: kernel.ftrace_enabled is 0; set it to 1 and ";
	else if (is_off(env->root.sys, "kernel/debug/kprobes/enabled"))
		state = "do not run: kprobes/enabled in debugfs is 0; write 1 to it and ";
	return dh_fail(DH_EXIT_ERROR, 0, "module '%s': no figures: the probes %s%s",
		       DMAHEAP_DEBUG_MODULE, state, next);
}

enum dh_status dh_debug_failed(const struct dh_env *env, int error)
{
	if (error == -ESTALE)
		return blind_failed(env);
	return dh_module_access_failed(env, DMAHEAP_DEBUG_MODULE, DMAHEAP_DEBUG_MAJOR, error);
}

enum dh_status dh_debug_reset_heaps(const struct dh_env *env, const struct dh_words *heaps)
{
	size_t n = heaps->n ? heaps->n : 1;

	for (size_t i = 0; i < n; i++) {
		const char *heap = heaps->n ? heaps->each[i] : NULL;
		int ret = dh_debug_reset(&env->root, heap);

		if (ret == -ENODATA)
			dh_remark(env, "heap '%s': no account yet: nothing to reset", heap);
		else if (ret)
			return dh_debug_failed(env, ret);
	}
	return DH_EXIT_DONE;
}
