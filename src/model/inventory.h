/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What there is: heaps, the memory regions behind them, DRM nodes.
 *
 * Plain records, filled in by discover/, read by everybody else. Strings belong
 * to the inventory and live until dh_inventory_clear().
 */
#ifndef DH_MODEL_INVENTORY_H
#define DH_MODEL_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/maybe.h"

/*
 * What a heap is. The kernel does not say: it is inferred from the name and from
 * the regions (Documentation/userspace-api/dma-buf-heaps.rst has the naming rules).
 */
enum dh_heap_kind {
	DH_KIND_UNKNOWN,
	DH_KIND_SYSTEM,	   /* pages of the buddy allocator */
	DH_KIND_CMA,	   /* a contiguous region that the system shares while it is free */
	DH_KIND_PROTECTED, /* no CPU access */
	DH_KIND_CARVEOUT,  /* memory set apart at boot */
};

enum dh_access {
	DH_ACCESS_UNKNOWN, /* not checked: a recorded tree, or no node of a registered heap */
	DH_ACCESS_OPEN,	   /* this caller may open it for reading and writing */
	DH_ACCESS_REFUSED, /* it may not: see access_error */
};

/* Where a heap was seen. All three agree on a healthy system. */
enum dh_seen {
	DH_SEEN_UDEV = 1 << 0,
	DH_SEEN_SYSFS = 1 << 1,
	DH_SEEN_NODE = 1 << 2,
};

struct dh_region {
	char *name;		  /* the CMA area's or reserved-memory node's own name */
	struct dh_maybe size;	  /* bytes */
	struct dh_maybe free;	  /* bytes not allocated by anybody */
	struct dh_maybe largest;  /* bytes of the longest free run */
	struct dh_maybe failures; /* pages that could not be had since boot (mm/cma_sysfs.c) */
	const char *source;	  /* static text: where the figures are from */
};

struct dh_heap {
	char *name;
	enum dh_heap_kind kind;
	const char *kind_reason; /* static text: what the kind was inferred from */
	char *node;		 /* "/dev/dma_heap/NAME", also where it does not exist */
	unsigned int seen;	 /* of enum dh_seen */
	bool has_dev;		 /* the kernel's device number is known */
	int dev_error;		 /* -errno where the kernel has that number and it cannot be read */
	dev_t dev; /* as registered; where sysfs is hidden, that of a node of dma_heap's major */
	bool has_node_facts; /* mode, uid and gid below are the node's */
	dev_t node_dev;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	char *owner; /* NULL where the number has no name */
	char *group;
	enum dh_access access;
	int access_error;    /* errno of the check, or of the open, that was refused */
	int node_error;	     /* -errno where the node is there and cannot be looked at */
	ssize_t region;	     /* index in regions, or -1 */
	const char *alias;   /* name of another heap over the same region, or NULL */
	const char *problem; /* static text: how the sources disagree, or NULL */
};

enum dh_drm_type {
	DH_DRM_PRIMARY, /* /dev/dri/cardN: modesetting, needs to be master for it */
	DH_DRM_RENDER,	/* /dev/dri/renderDN */
};

struct dh_drm_node {
	char *node;   /* "/dev/dri/card0" */
	char *driver; /* name of the bound kernel driver, or NULL */
	char *parent; /* the device's sysfs path: the same for both nodes of one device */
	enum dh_drm_type type;
	dev_t dev;
};

/*
 * Of heaps, regions and DRM nodes each. The kernel has minor numbers for 128 heaps and 256 DRM
 * nodes, and looking for one takes as long as the list is.
 */
#define DH_INVENTORY_MAX 1024

struct dh_inventory {
	struct dh_heap *heaps; /* in the order of strcmp() of their names */
	size_t n_heaps;
	struct dh_region *regions;
	size_t n_regions;
	struct dh_drm_node *drm_nodes; /* in node order after dh_inventory_infer() */
	size_t n_drm_nodes;
	bool full;	      /* there is more than it takes, and it is of no use */
	bool udev_enumerated; /* libudev enumerated, whatever it found */
	/*
	 * 0 where that folder was read, or was not needed; -ENOENT where it does not exist;
	 * another -errno where it is unknown whether it does and what it holds.
	 */
	int sysfs_error;    /* /sys/class */
	int class_error;    /* /sys/class/dma_heap: a kernel with heaps has it */
	int node_dir_error; /* /dev/dma_heap */
	int drm_error;	    /* /sys/class/drm */
};

void dh_inventory_clear(struct dh_inventory *inventory);

static inline void dh_auto_inventory(struct dh_inventory *inventory)
{
	dh_inventory_clear(inventory);
}

/*
 * The record of that name, made where there is none yet. NULL without memory, and where the
 * inventory is full.
 * Adding moves the array: keep no pointer to a record across it.
 */
struct dh_heap *dh_inventory_add_heap(struct dh_inventory *inventory, const char *name);
struct dh_region *dh_inventory_add_region(struct dh_inventory *inventory, const char *name);
struct dh_drm_node *dh_inventory_add_drm_node(struct dh_inventory *inventory, const char *node);

/* The heap of that very name, or NULL. */
const struct dh_heap *dh_inventory_find(const struct dh_inventory *inventory, const char *name);

/* The heap's region, or NULL. */
const struct dh_region *dh_heap_region(const struct dh_inventory *inventory,
				       const struct dh_heap *heap);

/* Do these two stand for one memory region, as far as names and regions tell? */
bool dh_heaps_share_region(const struct dh_heap *a, const struct dh_heap *b);

/*
 * Once every source was read: sorts, infers kinds, ties heaps to regions, finds
 * aliases, and notes how the sources disagree.
 */
void dh_inventory_infer(struct dh_inventory *inventory);

/* "system", "cma", ...; "unknown" for DH_KIND_UNKNOWN. */
const char *dh_kind_name(enum dh_heap_kind kind);

/* The kind of that name, DH_KIND_UNKNOWN where it is none's. */
enum dh_heap_kind dh_kind_by_name(const char *name);

/* What the name alone tells; `reason` is set to why, or to NULL. */
enum dh_heap_kind dh_kind_from_name(const char *name, const char **reason);

/* May buffers of each heap of this kind have this exporter's name, instead of their heap's? */
bool dh_exporter_is_shared(const char *exporter, enum dh_heap_kind kind);

#endif
