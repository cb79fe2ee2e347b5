// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/drm-selection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

/* Is this a render node whose device has a primary one too? */
static bool has_primary(const struct dh_inventory *inventory, const struct dh_drm_node *node)
{
	if (node->type == DH_DRM_PRIMARY || !node->parent)
		return false;
	for (size_t i = 0; i < inventory->n_drm_nodes; i++) {
		const struct dh_drm_node *other = &inventory->drm_nodes[i];

		if (other->type == DH_DRM_PRIMARY && other->parent &&
		    !strcmp(other->parent, node->parent))
			return true;
	}
	return false;
}

static bool fits(const struct dh_inventory *inventory, const struct dh_drm_node *node,
		 const char *what)
{
	if (!what)
		return !has_primary(inventory, node);
	if (!strcmp(what, "primary"))
		return node->type == DH_DRM_PRIMARY;
	if (!strcmp(what, "render"))
		return node->type == DH_DRM_RENDER;
	if (!strncmp(what, "driver:", 7))
		return node->driver && !strcmp(node->driver, what + 7);
	return !strcmp(node->node, what);
}

static bool is_selector(const char *what)
{
	return !what || what[0] == '/' || !strcmp(what, "primary") || !strcmp(what, "render") ||
	       (!strncmp(what, "driver:", 7) && what[7]);
}

int dh_select_drm_nodes(const struct dh_inventory *inventory, const char *what,
			const struct dh_drm_node ***nodes, size_t *n)
{
	dh_auto(free) const struct dh_drm_node **list = NULL;

	*nodes = NULL;
	*n = 0;
	if (!is_selector(what))
		return -EINVAL;

	list = calloc(inventory->n_drm_nodes + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < inventory->n_drm_nodes; i++)
		if (fits(inventory, &inventory->drm_nodes[i], what))
			list[(*n)++] = &inventory->drm_nodes[i];
	if (!*n)
		return -ENOENT;
	*nodes = dh_steal_ptr(list);
	return 0;
}
