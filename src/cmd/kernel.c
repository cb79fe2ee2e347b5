// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel: use a heap from kernel code, as a driver does.
 */
#include <string.h>

#include "base/auto.h"
#include "cmd/commands.h"
#include "cmd/groups.h"
#include "frame/output.h"
#include "frame/wait.h"
#include "present/schemas.h"
#include "task/client.h"

/*
 * With FIND, the module only finds the heap. With ALLOC, it attaches no device. With HOLD, the
 * command waits before the release.
 */
enum extent { ALL, FIND, ALLOC, HOLD };

static const char *const extents[] = { [FIND] = "find", [ALLOC] = "alloc", [HOLD] = "hold" };

struct kernel_options {
	struct dh_buffer_request request;
	struct dh_words words; /* find, alloc or hold; HEAP and SIZE */
	enum extent extent;
	uint64_t mask; /* width of the DMA mask in bits */
	bool has_mask;
	bool vmap;
	struct dh_wait hold;
};

static const struct dh_option own[] = {
	{ DH_OPTION_HEADING, .group = 20, .help = "Device options:" },
	{ DH_OPTION_COUNT, .name = "dma-mask", .argument = "BITS", .initial = "32", .min = 1,
	  .max = 64, .given = DH_AT(struct kernel_options, has_mask),
	  .field = DH_AT(struct kernel_options, mask),
	  .help = "map the buffer for a device with a DMA mask of BITS bits, from 1 to 64 "
		  "(default: 32)" },
	{ DH_OPTION_FLAG, .name = "vmap", .given = DH_AT(struct kernel_options, vmap),
	  .help = "also map the buffer with dma_buf_vmap()" },
	{ DH_OPTION_DURATION, .name = "for", .argument = "DURATION", .min = 1,
	  .field = DH_AT(struct kernel_options, hold.nanoseconds),
	  .help = "with 'hold': hold for DURATION, such as 10, 1.5s, 200ms or 5m (default: no "
		  "limit); a signal ends the hold, and so does end of file if standard input is "
		  "a pipe or a socket" },
	{ 0 },
};

/*
 * Sets chosen->extent, and the heap and size of chosen->request. After a usage error, returns the
 * message, which it stores in `out`; otherwise returns NULL.
 */
static const char *parse_words(struct kernel_options *chosen, char out[DH_MESSAGE_MAX])
{
	const struct dh_words *words = &chosen->words;

	for (size_t i = FIND; i < ARRAY_SIZE(extents) && words->n; i++)
		if (!strcmp(extents[i], words->each[0]))
			chosen->extent = (enum extent)i;
	return dh_request_words(words, chosen->extent == ALL ? 0 : 1, &chosen->request, out);
}

static const char *check(const struct dh_env *env, void *options, char out[DH_MESSAGE_MAX])
{
	struct kernel_options *chosen = options;
	const struct dh_buffer_request *request = &chosen->request;
	const char *message = parse_words(chosen, out);
	enum extent extent = chosen->extent;

	(void)env;
	if (message)
		return message;
	if (!request->heap)
		return "no heap given: expected HEAP or --heap";
	if (!request->size && (extent == ALL || extent == ALLOC))
		return "no size given: expected SIZE or --size, unless 'find' or 'hold' is given";
	if (extent == FIND && request->size)
		return "a size cannot be combined with 'find', which allocates no buffer";
	if (!request->size && (chosen->vmap || request->heap_flags))
		return "--vmap and --heap-flags require a size";
	if (chosen->has_mask && extent != ALL && !(extent == HOLD && request->size))
		return "--dma-mask requires a size, and cannot be combined with 'find' or 'alloc'";
	if (chosen->hold.nanoseconds && extent != HOLD)
		return "--for requires 'hold'";
	chosen->hold.requested = extent == HOLD;
	return NULL;
}

/* Prints the steps. If `held` is true, prints only the steps before the wait. */
static enum dh_status report(const struct dh_env *env, const struct dh_client *client, bool held)
{
	const struct dh_step *map = &client->steps[DH_STEP_MAP];
	struct dh_inspection layout = map->layout;
	struct dh_step rows[DH_STEPS];
	size_t n = 0;

	for (int i = 0; i < DH_STEPS; i++)
		if (client->steps[i].verdict != DH_NOT_APPLICABLE && (!held || dh_step_acquires(i)))
			rows[n++] = client->steps[i];
	layout.heap = client->request.heap;
	layout.size = client->steps[DH_STEP_ALLOC].size;
	return dh_output_print(
		env,
		(struct dh_section[]){
			DH_LIST(dh_schema_steps, rows, n),
			/* In a table, the row of the map step contains these figures. */
			DH_RECORD(dh_schema_inspection, &layout,
				  env->style.format == DH_FORMAT_JSON && map->verdict == DH_OK),
		},
		2);
}

static enum dh_status hold(const struct dh_env *env, const struct dh_wait *wait,
			   struct dh_client *client)
{
	enum dh_status held = dh_wait(env, wait, false);
	enum dh_status status = dh_client_return(env, client);

	status = dh_status_first(held, status);
	return status ? status : dh_client_verdict(env, client);
}

static enum dh_status run(const struct dh_env *env, const void *options)
{
	const struct kernel_options *chosen = options;
	const struct dh_buffer_request *request = &chosen->request;
	dh_auto(client) struct dh_client client = { 0 };
	enum dh_status status, written;
	bool held;

	status = dh_client_begin(env, request, chosen->mask,
				 request->size > 0 && chosen->extent != ALLOC, chosen->vmap,
				 &client);
	if (!status)
		status = dh_client_acquire(env, &client);
	held = chosen->hold.requested && !dh_steps_failure(client.steps);
	if (!status && !held)
		status = dh_client_return(env, &client);
	if (status)
		return status;

	status = dh_client_verdict(env, &client);
	written = report(env, &client, held);
	if (held && !written)
		return hold(env, &chosen->hold, &client);
	return dh_status_first(written, status);
}

const struct dh_command dh_command_kernel = {
	.name = "kernel",
	.help = "use a heap as a kernel driver does",
	.arguments = "[find|alloc|hold] [HEAP [SIZE]]",
	.doc = "Use a heap from kernel code, as a driver does: find the heap by name, allocate a "
	       "buffer, map the buffer for a device, and release everything.\v"
	       "'find' allocates no buffer, 'alloc' attaches no device, and 'hold' waits before "
	       "the release. Requires root and the module dmaheap_client ('dmaheapctl module load "
	       "client' loads it). The kernel must export dma_heap_put(), either "
	       "dma_heap_find_by_name() or dma_heap_find(), and, to allocate a buffer, "
	       "dma_heap_buffer_alloc(). Status 3: no such heap; 5: the module is not loaded, "
	       "debugfs is not mounted, or the kernel lacks a function.",
	.groups =
		(const struct dh_option_group[]){
			{ own, 0 },
			{ dh_request_rows, offsetof(struct kernel_options, request) },
			{ 0 },
		},
	.size = sizeof(struct kernel_options),
	.operands = DH_AT(struct kernel_options, words),
	.check = check,
	.schema = &dh_schema_steps,
	.run = run,
};
