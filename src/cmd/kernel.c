// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel: what a driver within the kernel does with a heap.
 */
#include <string.h>

#include "base/auto.h"
#include "cmd/commands.h"
#include "cmd/groups.h"
#include "frame/answer.h"
#include "frame/wait.h"
#include "present/schemas.h"
#include "task/debug.h"

/* How far to go; ALL is find, allocate, map, and give back. */
enum extent { ALL, FIND, ALLOC, HOLD };

static const char *const extents[] = { [FIND] = "find", [ALLOC] = "alloc", [HOLD] = "hold" };

struct kernel_options {
	struct dh_buffer_request request;
	struct dh_words words; /* the extent */
	enum extent extent;
	uint64_t mask; /* bits */
	bool has_mask;
	bool vmap;
	struct dh_wait hold;
};

static const struct dh_option own[] = {
	{ DH_OPTION_HEADING, .group = 20, .help = "What to do with it:" },
	{ DH_OPTION_COUNT, .name = "dma-mask", .argument = "BITS", .initial = "32", .least = 1,
	  .most = 64, .given = DH_AT(struct kernel_options, has_mask),
	  .field = DH_AT(struct kernel_options, mask),
	  .help = "map it for a device with a DMA mask of this many bits, 1 to 64 (32)" },
	{ DH_OPTION_FLAG, .name = "vmap", .given = DH_AT(struct kernel_options, vmap),
	  .help = "see whether the kernel's own CPU code may have it" },
	{ DH_OPTION_DURATION, .name = "for", .argument = "DURATION", .least = 1,
	  .field = DH_AT(struct kernel_options, hold.nanoseconds),
	  .help = "with 'hold': that long (10, 1.5s, 200ms, 5m); a signal, or the end of a "
		  "standard input that is a pipe or a socket, ends it sooner" },
	{ 0 },
};

/* What is wrong with the words, or NULL. */
static const char *take_words(struct kernel_options *chosen, char out[DH_SENTENCE_MAX])
{
	const struct dh_words *words = &chosen->words;

	for (size_t i = FIND; i < ARRAY_SIZE(extents) && words->n; i++)
		if (!strcmp(extents[i], words->each[0]))
			chosen->extent = (enum extent)i;
	if (words->n && chosen->extent == ALL)
		snprintf(out, DH_SENTENCE_MAX,
			 "no '%s' here: find, alloc, hold, or nothing for all steps",
			 words->each[0]);
	else if (words->n > 1)
		snprintf(out, DH_SENTENCE_MAX, "'%s': one of find, alloc and hold", words->each[1]);
	else
		return NULL;
	return out;
}

static const char *check(const struct dh_env *env, void *options, char out[DH_SENTENCE_MAX])
{
	struct kernel_options *chosen = options;
	const struct dh_buffer_request *request = &chosen->request;
	const char *wrong = take_words(chosen, out);
	enum extent extent = chosen->extent;

	(void)env;
	if (wrong)
		return wrong;
	if (!request->heap)
		return "--heap is needed";
	if (!request->size && (extent == ALL || extent == ALLOC))
		return "--size is needed; 'find' and 'hold' go without";
	if (extent == FIND && request->size)
		return "'find' allocates nothing: without --size";
	if (!request->size && (chosen->vmap || request->heap_flags))
		return "--vmap and --heap-flags are for a buffer: --size makes one";
	if (chosen->has_mask && extent != ALL && !(extent == HOLD && request->size))
		return "--dma-mask is for a device that gets a buffer, and here is none";
	if (chosen->hold.nanoseconds && extent != HOLD)
		return "--for goes with 'hold'";
	chosen->hold.wanted = extent == HOLD;
	return NULL;
}

/* With `taken`, only what was taken: the rest is still to come. */
static enum dh_status report(const struct dh_env *env, const struct dh_client *client, bool taken)
{
	const struct dh_step *map = &client->steps[DH_STEP_MAP];
	struct dh_inspection layout = map->layout;
	struct dh_step rows[DH_STEPS];
	size_t n = 0;

	for (int i = 0; i < DH_STEPS; i++)
		if (client->steps[i].verdict != DH_NOT_APPLICABLE &&
		    (!taken || dh_step_acquires(i)))
			rows[n++] = client->steps[i];
	layout.heap = client->request.heap;
	layout.size = client->steps[DH_STEP_ALLOC].size;
	return dh_answer(
		env,
		(struct dh_section[]){
			DH_LIST(dh_schema_steps, rows, n),
			/* In a table, the row of the step has it. */
			DH_RECORD(dh_schema_inspection, &layout,
				  env->style.format == DH_FORMAT_JSON && map->verdict == DH_OK),
		},
		2);
}

/* Waits with what it has, and gives it back then. */
static enum dh_status hold(const struct dh_env *env, const struct dh_wait *wait,
			   struct dh_client *client)
{
	enum dh_status held = dh_wait(wait, false);
	enum dh_status status = dh_client_give_back(env, client);

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
		status = dh_client_take(env, &client);
	held = chosen->hold.wanted && !dh_steps_failure(client.steps);
	if (!status && !held)
		status = dh_client_give_back(env, &client);
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
	.help = "do with a heap what a driver within the kernel does",
	.arguments = "[find|alloc|hold]",
	.doc = "Do with a heap what a driver within the kernel does: find it by its name, allocate "
	       "a buffer, map it for a device, and give all back.\v"
	       "'find' stops after the first step, 'alloc' after the second; 'hold' keeps what it "
	       "got. For root, with the module dmaheap_debug, on a kernel that lets drivers find "
	       "heaps. Status 3: no such heap; 5: the module is not loaded, or the kernel has no "
	       "such functions.",
	.groups =
		(const struct dh_option_group[]){
			{ own, 0 },
			{ dh_request_rows, offsetof(struct kernel_options, request) },
			{ 0 },
		},
	.size = sizeof(struct kernel_options),
	.words = DH_AT(struct kernel_options, words),
	.check = check,
	.schema = &dh_schema_steps,
	.run = run,
};
