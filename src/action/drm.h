/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handing a dma-buf to a DRM device, stage by stage.
 *
 * A build without libdrm answers -EOPNOTSUPP throughout.
 */
#ifndef DH_ACTION_DRM_H
#define DH_ACTION_DRM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/root.h"
#include "model/framebuffer.h"
#include "model/import.h"
#include "model/inventory.h"

struct dh_drm_request {
	int buffer;			 /* the dma-buf's descriptor */
	uint64_t buffer_size;		 /* bytes */
	const struct dh_framebuffer *fb; /* NULL: no framebuffer is asked for */
	bool show;			 /* the framebuffer is shown: stay master */
};

/* What a device holds for us. Zeroed memory is not enough: see DH_DRM_IMPORT_NONE. */
struct dh_drm_import {
	int device;	      /* the opened node, or -1 */
	uint32_t handle;      /* 0: none */
	uint32_t framebuffer; /* 0: none */
	bool modesetting;
};

#define DH_DRM_IMPORT_NONE ((struct dh_drm_import){ .device = -1 })

/* Can this build do any of it? */
bool dh_drm_available(void);

/*
 * Goes through the stages up to DH_STAGE_FRAMEBUFFER until one is refused, and fills
 * all of `rows`; DH_STAGE_SHOW is left not applicable, or not reached. A refusal is
 * no failure of this function. Opening a primary node makes the caller its master
 * where it has none, which is given up at once unless a picture is shown.
 *
 * 0 or -EOPNOTSUPP. The caller releases `import`, whatever came of it. An import that
 * succeeded does not prove that the device can reach the memory: many drivers map it
 * at its first use only.
 */
int dh_drm_import(const struct dh_root *root, const struct dh_drm_node *node,
		  const struct dh_drm_request *request, struct dh_drm_import *import,
		  struct dh_import_row rows[DH_STAGES]);

/* Takes back framebuffer and handle and closes the node. Harmless on DH_DRM_IMPORT_NONE. */
void dh_drm_import_release(struct dh_drm_import *import);

static inline void dh_auto_drm_import(struct dh_drm_import *import)
{
	dh_drm_import_release(import);
}

#endif
