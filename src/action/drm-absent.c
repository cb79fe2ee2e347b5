// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replaces drm.c and display.c in a build without libdrm.
 */
#include "action/display.h"
#include "action/drm.h"

bool dh_drm_available(void)
{
	return false;
}

void dh_drm_import(const struct dh_root *root, const struct dh_device *device,
		   const struct dh_drm_request *request, struct dh_drm_import *import,
		   struct dh_import_row rows[DH_DRM_STAGES])
{
	(void)root, (void)device, (void)request, (void)import, (void)rows;
}

void dh_drm_import_release(struct dh_drm_import *import)
{
	(void)import;
}

void dh_display_show(const struct dh_drm_import *import, const struct dh_framebuffer *fb,
		     const char *connector, struct dh_display *display, struct dh_import_row *row)
{
	(void)import, (void)fb, (void)connector, (void)display, (void)row;
}

int dh_display_restore(struct dh_display *display)
{
	(void)display;
	return 0;
}
