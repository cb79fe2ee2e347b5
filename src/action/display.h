/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shows an imported framebuffer on a display, and later restores the previous mode and framebuffer.
 */
#ifndef DH_ACTION_DISPLAY_H
#define DH_ACTION_DISPLAY_H

#include <stdint.h>

#include "action/drm.h"

struct dh_display {
	struct dh_display_state *state; /* previous mode and framebuffer; NULL: nothing is shown */
	char connector[32];		/* such as "HDMI-A-1" */
	uint32_t refresh;		/* refresh rate of the mode in Hz */
};

/*
 * Shows the framebuffer of `import` on the connector named `connector`, in a mode of exactly the
 * size in `fb`. If `connector` is NULL, uses the first connector that is not disconnected, is not a
 * writeback connector, and has such a mode. Sets verdict, error and reason of `row`, the row of
 * DH_STAGE_SHOW. If the framebuffer cannot be shown, only `row` reports the failure.
 *
 * Call dh_display_restore() before dh_drm_import_release().
 */
void dh_display_show(const struct dh_drm_import *import, const struct dh_framebuffer *fb,
		     const char *connector, struct dh_display *display, struct dh_import_row *row);

/*
 * Restores the previous mode and framebuffer. If the CRTC had no mode, no framebuffer or no
 * connector, switches it off. Always frees display->state. Returns 0 or -errno. Does nothing if
 * `display` is zeroed.
 */
int dh_display_restore(struct dh_display *display);

#endif
