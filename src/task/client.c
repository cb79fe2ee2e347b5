// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/client.h"

#include <errno.h>
#include <unistd.h>

#include "dmaheap_debug.h"

#include "action/client.h"
#include "action/process.h"
#include "base/auto.h"
#include "base/text.h"
#include "task/module.h"

static enum dh_status client_failed(const struct dh_env *env, int error)
{
	return dh_module_access_failed(env, DMAHEAP_CLIENT_MODULE, DMAHEAP_CLIENT_MAJOR, error);
}

enum dh_status dh_client_inspect_buffer(const struct dh_env *env, const struct dh_buffers *buffers,
					struct dh_inspection *inspection)
{
	dh_auto(fd) int file = dh_client_open(&env->root, DMAHEAP_CLIENT_INSPECT_FILE);
	int ret = file < 0 ? file : dh_client_inspect(file, buffers->fds[0], inspection);

	if (file < 0 || ret == -EBADMSG)
		return client_failed(env, ret);
	if (ret)
		return dh_fail(DH_EXIT_ERROR, ret, "%s: mapping for a device: %m",
			       buffers->subject);
	if (buffers->from.heap)
		inspection->heap = buffers->from.heap->name;
	if (!inspection->segments.known)
		dh_remark(env,
			  "%s: addresses unknown: the kernel maps buffers through bounce "
			  "buffers (swiotlb)",
			  buffers->subject);
	return DH_EXIT_DONE;
}

/* --- Using a heap from kernel code -------------------------------------------------- */

/*
 * Prints the kernel functions that a client requires but the kernel lacks. With `alloc`, the client
 * also requires the function that allocates a buffer.
 */
static void remark_functions(const struct dh_env *env, bool alloc)
{
	static const enum dh_accessor required[] = { DH_ACCESSOR_FIND_BY_NAME, DH_ACCESSOR_PUT,
						     DH_ACCESSOR_BUFFER_ALLOC };
	struct dh_module_kernel kernel;
	char missing[128] = "";

	if (dh_modules_read_kernel(env, &kernel))
		return;
	/* On Android kernels, dma_heap_find() replaces the missing dma_heap_find_by_name(). */
	if (kernel.accessors[DH_ACCESSOR_FIND].value)
		kernel.accessors[DH_ACCESSOR_FIND_BY_NAME] = kernel.accessors[DH_ACCESSOR_FIND];
	for (size_t i = 0; i < ARRAY_SIZE(required) - !alloc; i++) {
		const struct dh_maybe *found = &kernel.accessors[required[i]];

		if (found->known && !found->value)
			dh_text_append(missing, sizeof(missing), "%s%s()", *missing ? ", " : "",
				       dh_accessor_name(required[i]));
	}
	if (*missing)
		dh_remark(env,
			  "the kernel lacks functions that 'dmaheapctl %s' requires: %s; Android "
			  "kernels and kernels with the patch series of dmaheapctl provide such "
			  "functions",
			  env->command, missing);
}

enum dh_status dh_client_begin(const struct dh_env *env, const struct dh_buffer_request *alloc,
			       uint64_t mask, bool device, bool vmap, struct dh_client *client)
{
	enum dh_status status;

	dh_steps_plan(alloc->size, device, vmap, client->steps);
	client->fd = dh_client_open(&env->root, DMAHEAP_CLIENT_CLIENT_FILE);
	if (client->fd < 0) {
		status = client_failed(env, client->fd);
		if (client->fd == -ENOENT)
			remark_functions(env, alloc->size > 0);
		return status;
	}
	client->open = true;
	status = dh_heap_choose(env, alloc->heap, &client->from);
	/* Continue if no heap matches: the kernel can find a heap that this process cannot see. */
	if (!status && client->from.heap && alloc->size)
		status = dh_heap_check(env, &client->from, alloc, 1);
	if (status)
		return status;

	client->request = *alloc;
	if (client->from.heap)
		client->request.heap = client->from.heap->name;
	client->mask = mask;
	/*
	 * The kernel allocates in the context of this process, so the OOM killer must select this
	 * process first.
	 */
	if (alloc->size)
		dh_process_prefer_oom_kill(&env->log);
	return DH_EXIT_DONE;
}

static enum dh_status run_steps(const struct dh_env *env, struct dh_client *client, bool acquire)
{
	for (int i = 0; i < DH_STEPS; i++) {
		struct dh_step *step = &client->steps[i];
		int ret;

		if (dh_step_acquires(i) != acquire || !dh_step_due(client->steps, i))
			continue;
		ret = dh_client_step(client->fd, &client->request, client->mask, step);
		if (ret == -EBADMSG)
			return client_failed(env, ret);
		if (ret)
			return dh_fail(DH_EXIT_ERROR, ret, "module '%s': requesting '%s': %m",
				       DMAHEAP_CLIENT_MODULE, dh_step_name(i));
		dh_step_explain(step);
	}
	return DH_EXIT_DONE;
}

enum dh_status dh_client_acquire(const struct dh_env *env, struct dh_client *client)
{
	return run_steps(env, client, true);
}

enum dh_status dh_client_return(const struct dh_env *env, struct dh_client *client)
{
	return run_steps(env, client, false);
}

enum dh_status dh_client_verdict(const struct dh_env *env, struct dh_client *client)
{
	const struct dh_step *step = dh_steps_failure(client->steps);
	const char *heap = client->request.heap;
	bool absent;

	if (!step)
		return DH_EXIT_DONE;
	absent = step->kind == DH_STEP_FIND && step->error == ENOENT;
	if (step->verdict == DH_UNSUPPORTED)
		return dh_fail(DH_EXIT_UNSUPPORTED, 0,
			       "heap '%s': %s: the kernel does not export %s(); see 'dmaheapctl "
			       "module status'",
			       heap, dh_step_name(step->kind), step->symbol);
	if (absent && !client->from.heap)
		return dh_heap_absent(env, &client->from.inventory, heap);
	if (step->kind == DH_STEP_ALLOC && client->from.heap)
		return dh_heap_alloc_failed(env, &client->from, &client->request,
					    &(struct dh_tally){ .requested = 1,
								.failed = 1,
								.first_error = -step->error });
	return dh_fail(absent ? DH_EXIT_NOT_FOUND : DH_EXIT_ERROR, step->error,
		       "heap '%s': %s: %m%s%s%s", heap, dh_step_name(step->kind),
		       *step->detail ? " (" : "", step->detail, *step->detail ? ")" : "");
}

void dh_auto_client(struct dh_client *client)
{
	if (client->open)
		close(client->fd);
	dh_auto_heap_choice(&client->from);
}
