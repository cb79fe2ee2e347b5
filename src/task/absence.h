/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Explains why a kernel has no heaps, or no heaps of one kind, and reports the devices that
 * programs use instead. Functions that return a status print the error, if any.
 */
#ifndef DH_TASK_ABSENCE_H
#define DH_TASK_ABSENCE_H

#include "frame/message.h"
#include "model/fallback.h"
#include "model/inventory.h"

/*
 * Prints why /sys/class/dma_heap does not exist: the kernel configuration does not enable heaps, is
 * unknown, or contradicts sysfs. Appends `hint`, which may be "", if the configuration is unknown.
 * Returns DH_EXIT_UNSUPPORTED.
 */
enum dh_status dh_absence_of_class(const struct dh_env *env, const char *hint);

/*
 * Stores in `out` the reason why the inventory has no heap of `kind`, such as
 * " (no CMA region is reserved: CmaTotal is 0)". Stores "" if the reason is unknown. Returns `out`.
 */
const char *dh_absence_of_kind(const struct dh_env *env, const struct dh_inventory *inventory,
			       enum dh_heap_kind kind, char *out, size_t size);

/*
 * Reads the devices that programs use instead of dma-heaps. Prints a remark if the Rockchip devices
 * are unknown. The caller must clear `fallbacks`, even after an error.
 */
enum dh_status dh_absence_fallbacks_read(const struct dh_env *env, struct dh_fallbacks *fallbacks);

/*
 * Prints remarks about the devices in `fallbacks`: Rockchip's heaps and, with `udmabuf`,
 * /dev/udmabuf.
 */
void dh_absence_fallbacks_remark(const struct dh_env *env, const struct dh_fallbacks *fallbacks,
				 bool udmabuf);

#endif
