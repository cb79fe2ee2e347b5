/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Imports a dma-buf into a DRM device, stage by stage.
 *
 * In a build without libdrm, do not call dh_drm_import() and dh_display_show(): they do nothing.
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
	int buffer;			 /* descriptor of the dma-buf */
	uint64_t buffer_size;		 /* bytes */
	const struct dh_framebuffer *fb; /* NULL: create no framebuffer */
	bool show;			 /* stay DRM master, for dh_display_show() */
};

/*
 * Resources of an import. Initialise the struct with DH_DRM_IMPORT_NONE, not with zeros: 0 is a
 * valid descriptor.
 */
struct dh_drm_import {
	int device;	      /* descriptor of the node, or -1 */
	uint32_t handle;      /* GEM handle of the buffer; 0: none */
	uint32_t framebuffer; /* ID of the framebuffer; 0: none */
};

#define DH_DRM_IMPORT_NONE ((struct dh_drm_import){ .device = -1 })

/* Returns true if the tool was built with libdrm. */
bool dh_drm_available(void);

/*
 * Executes the stages in order up to DH_STAGE_FRAMEBUFFER, and stops after a failure. Initialises
 * the rows with dh_import_row(). The verdict of DH_STAGE_SHOW becomes DH_NOT_APPLICABLE, or
 * DH_NOT_REACHED if a stage failed. Only the row of the failed stage reports the failure. The
 * caller must call dh_drm_import_release().
 *
 * The first process that opens a primary node becomes DRM master. This function drops master
 * immediately unless request->show is set.
 *
 * A successful import does not prove that the device can access the memory: many drivers map the
 * memory only when they first use it.
 */
void dh_drm_import(const struct dh_root *root, const struct dh_device *device,
		   const struct dh_drm_request *request, struct dh_drm_import *import,
		   struct dh_import_row rows[DH_DRM_STAGES]);

/*
 * Removes the framebuffer and the handle, and closes the node. Does nothing if `import` is
 * DH_DRM_IMPORT_NONE.
 */
void dh_drm_import_release(struct dh_drm_import *import);

#endif
