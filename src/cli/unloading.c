// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/unloading.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "discover/holders.h"
#include "discover/opens.h"
#include "discover/sim.h"
#include "model/holders.h"

/* So many are named; the others are counted. */
#define NAMED_MAX 10

struct users {
	const struct dh_context *context;
	const char *parameter;	   /* with what heaps the module was loaded */
	struct dh_sim_heaps heaps; /* what it has now; none where that cannot be read */
	size_t n;		   /* of those who use one */
};

static bool is_its(const struct users *users, const char *heap)
{
	for (size_t i = 0; i < users->heaps.n; i++)
		if (!strcmp(users->heaps.names[i], heap))
			return true;
	return dh_module_sim_has(users->parameter, heap);
}

static bool room(struct users *users)
{
	return users->n++ < NAMED_MAX;
}

static int visit_open(void *data, const struct dh_open_node *node)
{
	struct users *users = data;
	char safe[160], safe_process[128];

	/* Of those that were removed, nobody tells whose they were. */
	if (!(node->gone || is_its(users, node->heap)) || !room(users))
		return 0;
	dh_remark(users->context, "heap '%s'%s: its node is open in process %d (%s)",
		  dh_text_escape_into(node->heap, safe, sizeof(safe)),
		  node->gone ? ", which was removed" : "", (int)node->pid,
		  dh_text_escape_into(node->process, safe_process, sizeof(safe_process)));
	return 0;
}

static void remark_buffer(const struct users *users, const struct dh_holder_row *row)
{
	const struct dh_held_buffer *buffer = row->buffer;
	char safe[160], who[256] = "the kernel alone", size[DH_UNIT_MAX], safe_process[128];

	if (row->process)
		snprintf(who, sizeof(who), "process %d (%s)", (int)row->process->pid,
			 dh_text_escape_into(row->process->name ? row->process->name : "",
					     safe_process, sizeof(safe_process)));
	dh_remark(users->context, "heap '%s': %s holds buffer %" PRIu64 ", %s",
		  dh_text_escape_into(buffer->exporter, safe, sizeof(safe)), who, buffer->inode,
		  buffer->size.known ? dh_format_size(buffer->size.value, size)
				     : "of a size that is not known");
}

static void explain_buffers(struct users *users)
{
	dh_auto(holders) struct dh_holders holders = { 0 };
	dh_auto(free) struct dh_holder_row *rows = NULL;
	const struct dh_holders_filter all = { 0 };
	struct dh_holders_summary summary;
	size_t n;

	if (dh_holders_read(&users->context->root, &holders) ||
	    dh_holders_rows(&holders, &all, false, &rows, &n, &summary))
		return;
	for (size_t i = 0; i < n; i++)
		if (rows[i].buffer->exporter && is_its(users, rows[i].buffer->exporter) &&
		    room(users))
			remark_buffer(users, &rows[i]);
}

void dh_unloading_explain(const struct dh_context *context, const struct dh_module *module)
{
	struct users users = { .context = context };
	char heaps[4097];
	int ret, unlisted;

	if (strcmp(module->alias, "sim") || context->quiet)
		return;
	if (dh_file_read(context->root.sys, "module/dmaheap_sim/parameters/heaps", heaps,
			 sizeof(heaps)) < 0)
		*heaps = '\0';
	users.parameter = heaps;
	unlisted = dh_sim_heaps_read(&context->root, &users.heaps);
	ret = dh_opens_each(&context->root, visit_open, &users);
	if (ret)
		dh_remark(context, "who has its nodes open is unknown: /proc: %s", strerror(-ret));
	explain_buffers(&users);
	if (users.n > NAMED_MAX)
		dh_remark(context, "and %zu more", users.n - NAMED_MAX);
	if (!users.n)
		dh_remark(
			context,
			"no process has a node open, or holds a buffer, of %s: drivers that found "
			"one remain, which 'dmaheapctl accounting --callers' names as far as "
			"dmaheap_debug has seen them",
			unlisted ? "the heaps that it was loaded with" : "its heaps");
	if (unlisted)
		dh_remark(context,
			  "who uses heaps that were added since it was loaded is unknown: debugfs "
			  "has their names (/sys/kernel/debug/dmaheap_sim/heaps): %s",
			  strerror(-unlisted));
	dh_sim_heaps_clear(&users.heaps);
}
