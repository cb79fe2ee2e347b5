/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what the user typed to the DRM nodes that are meant.
 */
#ifndef DH_MODEL_DRM_SELECTION_H
#define DH_MODEL_DRM_SELECTION_H

#include "model/inventory.h"

/*
 * DRM nodes: a node's path, "driver:NAME", "render", "primary", or NULL for all.
 * With NULL, a device that has both nodes is taken by its primary one alone.
 *
 * 0 and an array of pointers into the inventory, which the caller frees; -ENOENT
 * where nothing fits; -EINVAL for a selector of no known form; -ENOMEM.
 */
int dh_select_drm_nodes(const struct dh_inventory *inventory, const char *what,
			const struct dh_drm_node ***nodes, size_t *n);

#endif
