/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locates buffers in the maps of CMA regions, and finds the processes that hold them. Functions
 * that return a status print the error, if any.
 */
#ifndef DH_TASK_OWNERS_H
#define DH_TASK_OWNERS_H

#include "frame/message.h"
#include "model/inventory.h"

/* A process, and the memory of its buffers in one region. */
struct dh_owner {
	pid_t pid;
	char *name;    /* NULL if unknown */
	size_t region; /* index in inventory->regions */
	uint64_t buffers, bytes;
	uint64_t used[DH_MAP_CELLS]; /* as in struct dh_region_map */
};

/* Zeroed memory is valid: no owners. */
struct dh_owners {
	struct dh_owner *each;
	size_t n;
	struct dh_map_part *buffers; /* `heap` belongs to the inventory, `process` to `each` */
	size_t n_buffers;
};

/*
 * Finds the owners of the buffers in the regions whose `map` is known. The owner of a buffer is the
 * process with the lowest ID among those that hold it by a usable descriptor. To obtain the address
 * of a buffer, duplicates this descriptor for a short time while dmaheap_client maps the buffer for
 * a device. Finds no owner without the module, without permission, or in a recorded tree. The
 * caller must call dh_auto_owners(), even after an error.
 */
enum dh_status dh_owners_find(const struct dh_env *env, const struct dh_inventory *inventory,
			      struct dh_owners *owners);

void dh_auto_owners(struct dh_owners *owners);

#endif
