/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inventory of the heaps, their memory regions, and the DRM and V4L2 devices of a system.
 *
 * discover/ fills the records. Strings that are not static belong to the inventory, and are valid
 * until dh_inventory_clear().
 */
#ifndef DH_MODEL_INVENTORY_H
#define DH_MODEL_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/maybe.h"
#include "model/permission.h"
#include "model/region-map.h"

/*
 * Kind of a heap. The kernel does not report the kind, so dh_inventory_infer() infers it from the
 * name and the regions. Documentation/userspace-api/dma-buf-heaps.rst describes the naming rules.
 */
enum dh_heap_kind {
	DH_KIND_UNKNOWN,
	DH_KIND_SYSTEM,	   /* pages of the buddy allocator */
	DH_KIND_CMA,	   /* CMA region, whose free pages the buddy allocator can use */
	DH_KIND_PROTECTED, /* memory that the CPU cannot access */
	DH_KIND_CARVEOUT,  /* memory reserved at boot for this heap only */
};

enum dh_access {
	DH_ACCESS_UNKNOWN, /* not checked: not requested, recorded tree, or no registered node */
	DH_ACCESS_OPEN,	   /* the caller may open the node for reading and writing */
	DH_ACCESS_REFUSED, /* the caller cannot open the node: access_error is set */
};

/* Sources that list a heap. On a healthy system with udev, all three list each heap. */
enum dh_seen {
	DH_SEEN_UDEV = 1 << 0,
	DH_SEEN_SYSFS = 1 << 1,
	DH_SEEN_NODE = 1 << 2,
};

struct dh_region {
	char *name;		  /* name of the CMA area or of the reserved-memory node */
	bool is_default;	  /* default CMA area, according to the device tree */
	bool is_carveout;	  /* not a CMA area: a reserved-memory node without "reusable", or
				     simulated */
	bool is_simulated;	  /* `size` is the limit of a heap of dmaheap_sim */
	struct dh_maybe size;	  /* bytes */
	struct dh_maybe free;	  /* bytes */
	struct dh_maybe largest;  /* bytes in the longest free run */
	struct dh_maybe others;	  /* used bytes that belong to no heap, see model/others.h */
	struct dh_maybe failed;	  /* bytes of failed allocations since boot (mm/cma_sysfs.c) */
	const char *source;	  /* static text: sources of the figures, "sysfs,debugfs" */
	char *debugfs;		  /* name of the region's directory in debugfs cma/, or NULL */
	struct dh_region_map map; /* set by dh_region_map_read() */
};

struct dh_heap {
	char *name;
	enum dh_heap_kind kind;
	const char *kind_reason; /* static text: basis of the kind */
	char *node;		 /* "/dev/dma_heap/NAME", even if the node is missing */
	unsigned int seen;	 /* flags of enum dh_seen */
	bool has_dev;		 /* `dev` is known */
	int dev_error;		 /* -errno if reading the registered device number failed, or 0 */
	/*
	 * Device number that the kernel registered. Without sysfs, the number of the node, provided
	 * that its major number is that of dma_heap.
	 */
	dev_t dev;
	bool has_node_facts; /* node_dev, nodev and permission are known */
	dev_t node_dev;
	bool nodev; /* the file system of the node is mounted with the option nodev */
	struct dh_permission permission;
	char *owner; /* name of permission.uid, or NULL if it has no name */
	char *group; /* name of permission.gid, or NULL if it has no name */
	enum dh_access access;
	int access_error;    /* errno with DH_ACCESS_REFUSED, else 0 */
	int node_error;	     /* 0; -errno if an O_PATH open of an existing node failed for a reason
				other than EACCES; or -EBADMSG if a recorded node is malformed */
	ssize_t region;	     /* index in regions, or -1 */
	const char *alias;   /* name of another heap with the same region, or NULL */
	const char *problem; /* static text: problem of the heap, or NULL */
	char *report;	     /* provider's text in debugfs, or NULL; see dh_report_read() */
};

enum dh_role {
	DH_ROLE_PRIMARY, /* /dev/dri/cardN: mode setting, which requires DRM master */
	DH_ROLE_RENDER,	 /* /dev/dri/renderDN */
	DH_ROLE_ACCEL,	 /* /dev/accel/accelN: compute accelerators */
	DH_ROLE_CAPTURE, /* queue of /dev/videoN from which programs read frames */
	DH_ROLE_OUTPUT,	 /* queue of /dev/videoN to which programs write frames */
};

/*
 * A DRM node, or a queue that a V4L2 node can have. sysfs does not show which queues a V4L2 node
 * has, so each V4L2 node has two records, DH_ROLE_CAPTURE and DH_ROLE_OUTPUT: see
 * dh_v4l2_queues().
 */
struct dh_device {
	char *node;   /* "/dev/dri/card0" */
	char *driver; /* name of the device's driver, or NULL if unknown */
	char *parent; /* "/devices/platform/gpu": path of the parent device in sysfs, or NULL */
	/*
	 * "DEVICE:DRIVER:ROLE", or NULL without a parent: see discover/device.h. Unlike the number
	 * in `node`, the ID does not depend on the order in which drivers probe.
	 */
	char *id;
	enum dh_role role;
	dev_t dev;
};

/*
 * Maximum number of heaps, of regions, and of devices. The maximum bounds linear searches. The
 * kernel has minor numbers for only 128 heaps.
 */
#define DH_INVENTORY_MAX 1024

struct dh_inventory {
	struct dh_heap *heaps; /* sorted by name with dh_text_compare() */
	size_t n_heaps;
	struct dh_region *regions;
	size_t n_regions;
	struct dh_device *devices; /* dh_inventory_infer() sorts them by node and role */
	size_t n_devices;
	bool full;	      /* DH_INVENTORY_MAX was exceeded: do not use the inventory */
	bool udev_enumerated; /* libudev enumerated the subsystem dma_heap */
	/*
	 * Result of reading each directory: 0 (read, or not needed), -ENOENT (does not exist), or
	 * another -errno.
	 */
	int sysfs_error;    /* /sys/class */
	int class_error;    /* /sys/class/dma_heap, which exists if the kernel supports heaps */
	int node_dir_error; /* /dev/dma_heap */
	int devices_error;  /* /sys/class/{drm,accel,video4linux}: -ENOENT if none exists */
	int debugfs_error;  /* /sys/kernel/debug/cma */
};

void dh_inventory_clear(struct dh_inventory *inventory);

#define dh_auto_inventory dh_inventory_clear

/*
 * Each function returns the record with the given name, or with the given node and role, and adds
 * the record if necessary. Returns NULL if out of memory, or if the inventory is full. Adding may
 * move the array, which invalidates pointers to its records.
 */
struct dh_heap *dh_inventory_add_heap(struct dh_inventory *inventory, const char *name);
struct dh_region *dh_inventory_add_region(struct dh_inventory *inventory, const char *name);
struct dh_device *dh_inventory_add_device(struct dh_inventory *inventory, const char *node,
					  enum dh_role role);

/* These functions return the heap or the region with the given name, or NULL. */
const struct dh_heap *dh_inventory_find(const struct dh_inventory *inventory, const char *name);
struct dh_region *dh_inventory_find_region(const struct dh_inventory *inventory, const char *name);

/* Returns the region of the heap, or NULL. */
const struct dh_region *dh_heap_region(const struct dh_inventory *inventory,
				       const struct dh_heap *heap);

/* Returns the CMA region of the heap, or NULL. */
const struct dh_region *dh_heap_cma_region(const struct dh_inventory *inventory,
					   const struct dh_heap *heap);

/* Returns the number of used bytes, or unknown. */
struct dh_maybe dh_region_used(const struct dh_region *region);

/*
 * Returns true for the name of a twin: the heap "NAME-uncached" uses the memory of the heap NAME.
 */
bool dh_heap_is_twin(const char *name);

/* Returns true if the regions or names show that both heaps use the same memory. */
bool dh_heaps_share_region(const struct dh_heap *a, const struct dh_heap *b);

/*
 * Sorts the devices, and sets kind, region, alias and problem of each heap. Call this function
 * after all sources have been read.
 */
void dh_inventory_infer(struct dh_inventory *inventory);

/* Returns "primary", "render", "accel", "capture" or "output". */
const char *dh_role_name(enum dh_role role);

/* Returns true for a queue of a V4L2 node. */
static inline bool dh_role_is_v4l2(enum dh_role role)
{
	return role == DH_ROLE_CAPTURE || role == DH_ROLE_OUTPUT;
}

/* Returns "system", "cma" and so on, or "unknown" for DH_KIND_UNKNOWN. */
const char *dh_kind_name(enum dh_heap_kind kind);

/* Returns the kind with the given name, or DH_KIND_UNKNOWN. */
enum dh_heap_kind dh_kind_by_name(const char *name);

/*
 * Infers the kind from the name of a heap. Sets `*reason` to static text with the basis of the
 * kind, or to NULL if the kind is unknown.
 */
enum dh_heap_kind dh_kind_from_name(const char *name, const char **reason);

/* Returns true if several heaps share this exporter name, and a heap of this kind may use it. */
bool dh_exporter_is_shared(const char *exporter, enum dh_heap_kind kind);

#endif
