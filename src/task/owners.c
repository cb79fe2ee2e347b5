// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/owners.h"

#include <errno.h>
#include <stdlib.h>

#include "dmaheap_debug.h"

#include "action/client.h"
#include "action/pidfd.h"
#include "base/auto.h"
#include "base/memory.h"
#include "base/text.h"
#include "task/holders.h"

void dh_auto_owners(struct dh_owners *owners)
{
	for (size_t i = 0; i < owners->n; i++)
		free(owners->each[i].name);
	free(owners->each);
	free(owners->buffers);
}

/* Inspects a buffer through a duplicate of the process's descriptor. Returns 0 or -errno. */
static int inspect(int file, pid_t pid, int number, struct dh_inspection *layout)
{
	dh_auto(fd) int process = dh_pidfd_open(pid);
	dh_auto(fd) int fd = process < 0 ? process : dh_pidfd_get(process, number);

	return fd < 0 ? fd : dh_client_inspect(file, fd, layout);
}

/*
 * Returns the record of the process and the region. Adds the record if there is none. Returns NULL
 * if memory is exhausted.
 */
static struct dh_owner *owner_of(struct dh_owners *owners, const struct dh_process *process,
				 size_t region)
{
	struct dh_owner *owner;

	for (size_t i = 0; i < owners->n; i++)
		if (owners->each[i].pid == process->pid && owners->each[i].region == region)
			return &owners->each[i];
	owner = dh_array_add(&owners->each, &owners->n);
	if (!owner || dh_text_copy(&owner->name, process->name))
		return NULL;
	owner->pid = process->pid;
	owner->region = region;
	return owner;
}

static int add_buffer(const struct dh_inventory *inventory, const struct dh_process *process,
		      const struct dh_inspection *layout, const struct dh_heap *heap,
		      struct dh_owners *owners)
{
	const size_t region = (size_t)heap->region;
	uint64_t used[DH_MAP_CELLS] = { 0 };
	struct dh_map_part *buffer;
	struct dh_owner *owner;
	struct dh_map_run run;

	/*
	 * Skip a buffer that is not contiguous or lies outside the region: its DMA address is not a
	 * physical address, for example because of an IOMMU.
	 */
	if (!layout->contiguous.known || !layout->contiguous.value || !layout->lowest.known ||
	    !layout->bytes.known ||
	    !dh_region_map_locate(&inventory->regions[region].map, layout->lowest.value,
				  layout->bytes.value, &run, used))
		return 0;
	owner = owner_of(owners, process, region);
	buffer = owner ? dh_array_add(&owners->buffers, &owners->n_buffers) : NULL;
	if (!buffer)
		return -ENOMEM;
	owner->buffers++;
	owner->bytes += layout->bytes.value;
	for (size_t i = 0; i < DH_MAP_CELLS; i++)
		owner->used[i] += used[i];
	*buffer = (struct dh_map_part){
		.region = region,
		.run = run,
		.heap = heap->name,
		.inode = layout->inode,
		.pid = dh_known((uint64_t)process->pid),
		.process = owner->name,
	};
	return 0;
}

static bool knows_address(const struct dh_inventory *inventory)
{
	for (size_t i = 0; i < inventory->n_regions; i++)
		if (inventory->regions[i].map.base.known)
			return true;
	return false;
}

enum dh_status dh_owners_find(const struct dh_env *env, const struct dh_inventory *inventory,
			      struct dh_owners *owners)
{
	dh_auto(holders) struct dh_holders holders = { 0 };
	dh_auto(fd) int file = -1;
	enum dh_status status;
	size_t placed = SIZE_MAX; /* index of the buffer that was placed last */

	if (knows_address(inventory))
		file = dh_client_open(&env->root, DMAHEAP_CLIENT_INSPECT_FILE);
	if (file < 0)
		return DH_EXIT_DONE;
	status = dh_holders_collect(env, &holders);
	for (size_t i = 0; i < holders.n_holdings && !status; i++) {
		const struct dh_holding *holding = &holders.holdings[i];
		const struct dh_held_buffer *buffer = &holders.buffers[holding->buffer];
		const struct dh_process *process = &holders.processes[holding->process];
		const struct dh_heap *heap =
			buffer->exporter ? dh_inventory_find(inventory, buffer->exporter) : NULL;
		struct dh_inspection layout = { 0 };
		int ret;

		if (!heap || heap->region < 0 || holding->buffer == placed ||
		    !holding->descriptor.known)
			continue;
		ret = inspect(file, process->pid, (int)holding->descriptor.value, &layout);
		/* The process may have closed the descriptor, and opened another file. */
		if (ret || !layout.inode.known || layout.inode.value != buffer->inode)
			continue;
		placed = holding->buffer;
		if (add_buffer(inventory, process, &layout, heap, owners))
			status = dh_fail(DH_EXIT_ERROR, ENOMEM, "placing buffers: %m");
	}
	return status;
}
