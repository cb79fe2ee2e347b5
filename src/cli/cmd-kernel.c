// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel: what a driver within the kernel does with a heap.
 */
#include <errno.h>
#include <string.h>

#include "action/debug.h"
#include "action/process.h"
#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/diagnose.h"
#include "cli/hold.h"
#include "cli/obtain.h"
#include "cli/options.h"
#include "cli/status.h"
#include "present/schemas.h"

#define MASK_DEFAULT 32
#define MASK_MAX     64

enum deed { LIFE, FIND, ALLOC, HOLD };

static const char *const deeds[] = { [FIND] = "find", [ALLOC] = "alloc", [HOLD] = "hold" };

struct kernel_options {
	struct dh_context *context;
	struct dh_new_options new;
	struct dh_hold_options hold;
	enum deed deed;
	uint64_t mask; /* bits; 0: not given */
	bool vmap;
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What to do with it:", 20 },
	{ "dma-mask", DH_KEY_DMA_MASK, "BITS", 0,
	  "map it for a device that can use so many bits of an address, 1 to 64 (32)", 0 },
	{ "vmap", DH_KEY_VMAP, NULL, 0, "see whether the kernel's own CPU code may have it", 0 },
	{ "for", DH_KEY_FOR, "DURATION", 0,
	  "with 'hold': that long (10, 1.5s, 200ms, 5m); a signal, or the end of a standard input "
	  "that is a pipe or a socket, ends it sooner",
	  0 },
	{ 0 },
};

static void take_deed(struct argp_state *state, struct kernel_options *chosen, const char *word)
{
	char safe[128];

	if (chosen->deed != LIFE)
		argp_error(state, "'%s': one of find, alloc and hold",
			   dh_text_escape_into(word, safe, sizeof(safe)));
	for (size_t i = FIND; i < ARRAY_SIZE(deeds); i++)
		if (!strcmp(deeds[i], word))
			chosen->deed = (enum deed)i;
	if (chosen->deed == LIFE)
		argp_error(state, "no '%s' here: find, alloc, hold, or nothing for all steps",
			   dh_text_escape_into(word, safe, sizeof(safe)));
}

static void check(struct argp_state *state, const struct kernel_options *chosen)
{
	bool device = chosen->deed == LIFE || (chosen->deed == HOLD && chosen->new.size);

	if (!chosen->new.heap)
		argp_error(state, "--heap is needed");
	if (!chosen->new.size && (chosen->deed == LIFE || chosen->deed == ALLOC))
		argp_error(state, "--size is needed; 'find' and 'hold' go without");
	if (chosen->deed == FIND && chosen->new.size)
		argp_error(state, "'find' allocates nothing: without --size");
	if (!chosen->new.size && (chosen->vmap || chosen->new.heap_flags))
		argp_error(state, "--vmap and --heap-flags are for a buffer: --size makes one");
	if (chosen->mask && !device)
		argp_error(state,
			   "--dma-mask is for a device that gets a buffer, and here is none");
	if (chosen->hold.nanoseconds && chosen->deed != HOLD)
		argp_error(state, "--for goes with 'hold'");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct kernel_options *chosen = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		dh_options_groups(state, &chosen->new, chosen->context);
		return 0;
	case DH_KEY_DMA_MASK:
		if (dh_parse_count(arg, 1, MASK_MAX, &chosen->mask))
			dh_options_reject(state, "--dma-mask", arg, "a number from 1 to 64");
		return 0;
	case DH_KEY_VMAP:
		chosen->vmap = true;
		return 0;
	case DH_KEY_FOR:
		dh_options_duration(state, "--for", arg, &chosen->hold.nanoseconds);
		return 0;
	case ARGP_KEY_ARG:
		take_deed(state, chosen, arg);
		return 0;
	case ARGP_KEY_END:
		check(state, chosen);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = (const struct argp_child[]){ { .argp = &dh_request_argp },
						 { .argp = &dh_print_argp },
						 { 0 } },
	.args_doc = "[find|alloc|hold]",
	.doc = "Do with a heap what a driver within the kernel does: find it by its name, allocate "
	       "a buffer, map it for a device, and give all back.\v"
	       "'find' stops after the first step, 'alloc' after the second; 'hold' keeps what it "
	       "got. For root, with the module dmaheap_debug, on a kernel that lets drivers find "
	       "heaps. Status 3: no such heap; 5: the module is not loaded, or the kernel has no "
	       "such functions.",
};

/* What a run is made of. */
struct life {
	struct dh_context *context;
	const struct kernel_options *chosen;
	struct dh_obtained obtained; /* of which only the inventory and the heap are used */
	struct dh_client_request request;
	struct dh_step steps[DH_STEPS];
	int client;
};

static void dh_auto_life(struct life *life)
{
	dh_obtained_release(&life->obtained);
	dh_auto_fd(&life->client);
}

/* Says how the first step that failed did so. Returns the exit status, 0 where none did. */
static int complain(struct life *life)
{
	const struct dh_step *step = dh_steps_failure(life->steps);
	char safe[128];

	if (!step)
		return DH_EXIT_DONE;
	dh_text_escape_into(life->request.heap, safe, sizeof(safe));
	if (step->verdict == DH_UNSUPPORTED)
		return dh_fail(DH_EXIT_UNSUPPORTED,
			       "heap '%s': %s: this kernel has no %s() for drivers; 'dmaheapctl "
			       "module status' shows what it has",
			       safe, dh_step_name(step->kind), step->symbol);
	if (step->kind == DH_STEP_FIND && step->error == ENOENT && !life->obtained.heap)
		return dh_obtain_absent(life->context, &life->obtained.inventory,
					life->request.heap);
	if (step->kind == DH_STEP_ALLOC && life->obtained.heap) {
		life->obtained.tally =
			(struct dh_tally){ .wanted = 1, .failed = 1, .first_error = -step->error };
		return dh_obtain_refused(life->context, &life->chosen->new, &life->obtained);
	}
	return dh_fail(step->kind == DH_STEP_FIND && step->error == ENOENT ? DH_EXIT_NOT_FOUND
									   : DH_EXIT_REFUSED,
		       "heap '%s': %s: %s%s%s", safe, dh_step_name(step->kind),
		       strerror(step->error), *step->detail ? "; " : "", step->detail);
}

/* Goes the steps that take, or those that give back. Returns 0 or an exit status. */
static int go(struct life *life, bool take)
{
	for (int i = 0; i < DH_STEPS; i++) {
		struct dh_step *step = &life->steps[i];
		int ret;

		if (dh_step_takes(i) != take || !dh_step_due(life->steps, i))
			continue;
		ret = dh_debug_client_step(life->client, &life->request, step);
		if (ret == -EBADMSG)
			return dh_diagnose_debug(life->context, ret);
		if (ret)
			return dh_fail(DH_EXIT_REFUSED, "asking the module for '%s': %s",
				       dh_step_name(i), strerror(-ret));
		dh_step_explain(step);
	}
	return DH_EXIT_DONE;
}

/* With `taken`, only what was taken: the rest is still to come. */
static int report(const struct life *life, bool taken)
{
	const struct dh_style *style = &life->context->style;
	const struct dh_step *map = &life->steps[DH_STEP_MAP];
	struct dh_inspection layout = map->layout;
	struct dh_step rows[DH_STEPS];
	size_t n = 0;

	for (int i = 0; i < DH_STEPS; i++)
		if (life->steps[i].verdict != DH_NOT_APPLICABLE && (!taken || dh_step_takes(i)))
			rows[n++] = life->steps[i];
	layout.heap = life->request.heap;
	layout.size = life->steps[DH_STEP_ALLOC].size;
	return dh_command_write(
		life->context,
		(struct dh_section[]){
			DH_LIST(dh_schema_steps, rows, n),
			/* In a table, the row of the step has it. */
			DH_RECORD(dh_schema_inspection, &layout,
				  style->format == DH_FORMAT_JSON && map->verdict == DH_OK),
		},
		2);
}

/* The module, the heap, and whether it seems to have that much. Returns 0 or an exit status. */
static int prepare(struct life *life)
{
	const struct dh_new_options *new = &life->chosen->new;
	int status;

	life->client = dh_debug_client_open(&life->context->root);
	if (life->client < 0)
		return dh_diagnose_debug(life->context, life->client);
	status = dh_obtain_heap(life->context, new->heap, &life->obtained);
	/* What is not to be seen from here, the kernel may know nevertheless: it is asked. */
	if (!status && life->obtained.heap && new->size)
		status = dh_obtain_check(life->context, new, 1, &life->obtained);
	if (status)
		return status;

	life->request = (struct dh_client_request){
		.heap = life->obtained.heap ? life->obtained.heap->name : new->heap,
		.size = new->size,
		.heap_flags = new->heap_flags,
		.mask = life->chosen->mask ? life->chosen->mask : MASK_DEFAULT,
	};
	/* In the kernel, too, it is this process that asks for the memory. */
	if (new->size)
		(void)dh_process_volunteer();
	return DH_EXIT_DONE;
}

/* Waits with what it has, and gives it back then. Returns 0 or an exit status. */
static int hold(struct life *life)
{
	int held, status;

	held = dh_hold(&life->chosen->hold, false);
	status = go(life, false);
	if (held || status)
		return held ? held : status;
	return complain(life);
}

static int run(struct dh_context *context, int argc, char **argv)
{
	struct kernel_options chosen = { .context = context };
	dh_auto(life) struct life life = { .context = context, .chosen = &chosen, .client = -1 };
	int status, written;
	bool held;

	status = dh_command_begin(context, &dh_command_kernel, argc, argv, &chosen);
	chosen.hold.hold = chosen.deed == HOLD;
	if (status)
		return status;

	dh_steps_plan(chosen.new.size, chosen.new.size > 0 && chosen.deed != ALLOC, chosen.vmap,
		      life.steps);
	status = prepare(&life);
	if (!status)
		status = go(&life, true);
	held = chosen.hold.hold && !dh_steps_failure(life.steps);
	if (!status && !held)
		status = go(&life, false);
	if (status)
		return status;

	status = complain(&life);
	written = report(&life, held);
	if (held && !written)
		return hold(&life);
	return written ? written : status;
}

const struct dh_command dh_command_kernel = {
	.name = "kernel",
	.help = "do with a heap what a driver within the kernel does",
	.argp = &argp,
	.schema = &dh_schema_steps,
	.run = run,
};
