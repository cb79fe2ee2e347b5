// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/module-users.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/units.h"
#include "discover/discover.h"
#include "discover/holders.h"
#include "discover/open-nodes.h"
#include "discover/sim.h"
#include "model/holders.h"

/* Number of users that are named; the others are counted. */
#define NAMED_MAX 10

struct users {
	const struct dh_env *env;
	const char *parameter;	   /* with what heaps the module was loaded */
	struct dh_sim_heaps heaps; /* what it has now; none where that cannot be read */
	size_t n;		   /* of those who use one */
};

static bool is_its(const struct users *users, const char *heap)
{
	for (size_t i = 0; i < users->heaps.n; i++)
		if (!strcmp(users->heaps.names[i], heap))
			return true;
	return dh_sim_has_heap(users->parameter, heap);
}

static bool room(struct users *users)
{
	return users->n++ < NAMED_MAX;
}

static int visit_open(void *data, const struct dh_open_node *node)
{
	struct users *users = data;

	/* Of those that were removed, nobody tells whose they were. */
	if (!(node->removed || is_its(users, node->heap)) || !room(users))
		return 0;
	dh_remark(users->env, "heap '%s'%s: its node is open in process %d (%s)", node->heap,
		  node->removed ? ", which was removed" : "", (int)node->pid, node->process_name);
	return 0;
}

static void remark_buffer(const struct users *users, const struct dh_holder_row *row)
{
	const struct dh_held_buffer *buffer = row->buffer;
	char who[256] = "the kernel alone", size[DH_UNIT_MAX];

	if (row->process)
		snprintf(who, sizeof(who), "process %d (%s)", (int)row->process->pid,
			 row->process->name ? row->process->name : "");
	dh_remark(users->env, "heap '%s': %s holds buffer %" PRIu64 ", %s", buffer->exporter, who,
		  buffer->inode,
		  buffer->size.known ? dh_format_size(buffer->size.value, size)
				     : "of a size that is not known");
}

/* Returns whether every process could be read. */
static bool explain_opens(struct users *users)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };
	struct dh_open_nodes_unread unread = { 0 };
	int ret = dh_discover(&users->env->root, DH_WANT_HEAPS, &inventory);

	if (!ret)
		ret = dh_open_nodes_each(&users->env->root, &inventory, visit_open, users, &unread);
	if (ret)
		dh_remark(users->env,
			  "which processes have its nodes open is unknown: reading /proc: %s",
			  dh_error_text(-ret));
	if (unread.processes)
		dh_remark(users->env,
			  "%zu %s could not be read and may have a node open, or hold a buffer",
			  unread.processes, unread.processes == 1 ? "process" : "processes");
	if (unread.hidden)
		dh_remark(users->env,
			  "/proc hides processes (its option hidepid): these may have a node open, "
			  "or hold a buffer");
	return !ret && !unread.processes && !unread.hidden;
}

/* Returns whether the buffers of every process, and those of the kernel, could be read. */
static bool explain_buffers(struct users *users)
{
	dh_auto(holders) struct dh_holders holders = { 0 };
	dh_auto(free) struct dh_holder_row *rows = NULL;
	const struct dh_holders_filter all = { 0 };
	struct dh_holders_summary summary;
	size_t n;
	int ret = dh_holders_read(&users->env->root, &holders);

	if (!ret)
		ret = dh_holders_rows(&holders, &all, false, &rows, &n, &summary);
	if (ret) {
		dh_remark(users->env,
			  "which processes hold its buffers is unknown: reading /proc: %s",
			  dh_error_text(-ret));
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (rows[i].buffer->exporter && is_its(users, rows[i].buffer->exporter) &&
		    room(users))
			remark_buffer(users, &rows[i]);
	if (!holders.listed)
		dh_remark(users->env,
			  "whether drivers hold its buffers is unknown: reading "
			  "/sys/kernel/debug/dma_buf/bufinfo: %s",
			  dh_error_text(-holders.list_error));
	return holders.listed && !dh_holders_incomplete(&holders);
}

void dh_module_users_remark(const struct dh_env *env, const struct dh_module *module)
{
	struct users users = { .env = env };
	char heaps[4097];
	bool complete;
	int unlisted;

	if (strcmp(module->alias, "sim") || env->quiet)
		return;
	if (dh_file_read(env->root.sys, "module/dmaheap_sim/parameters/heaps", heaps,
			 sizeof(heaps)) < 0)
		*heaps = '\0';
	users.parameter = heaps;
	unlisted = dh_sim_heaps_read(&env->root, &users.heaps);
	complete = explain_opens(&users);
	complete = explain_buffers(&users) && complete;
	if (users.n > NAMED_MAX)
		dh_remark(env, "and %zu more", users.n - NAMED_MAX);
	if (!users.n && complete)
		dh_remark(env,
			  "no process has a node open, or holds a buffer, of %s: a driver that "
			  "found one may; see 'dmaheapctl accounting --callers'",
			  unlisted ? "the heaps that it was loaded with" : "its heaps");
	if (unlisted)
		dh_remark(env,
			  "who uses heaps that were added since it was loaded is unknown: debugfs "
			  "has their names (/sys/kernel/debug/dmaheap_sim/heaps): %s",
			  strerror(-unlisted));
	dh_sim_heaps_clear(&users.heaps);
}
