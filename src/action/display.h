/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shows an imported framebuffer on a connected output, and restores the previous picture.
 */
#ifndef DH_ACTION_DISPLAY_H
#define DH_ACTION_DISPLAY_H

#include <stdint.h>

#include "action/drm.h"

struct dh_display {
	struct dh_display_state *state; /* the previous picture; NULL if nothing is shown */
	char connector[32];		/* "HDMI-A-1" */
	uint32_t refresh;		/* rate of the mode in Hz */
};

/*
 * Sets a mode of exactly the framebuffer's size, on the named connector or, for NULL, on the first
 * connected one with such a mode. Fills the row of DH_STAGE_SHOW. A failure to show the framebuffer
 * is only reported there. Returns 0, -ENOMEM or -EOPNOTSUPP.
 *
 * Call dh_display_restore() before `import` is released.
 */
int dh_display_show(const struct dh_drm_import *import, const struct dh_framebuffer *fb,
		    const char *connector, struct dh_display *display, struct dh_import_row *row);

/*
 * Restores the previous picture, or switches the output off if there was none. Always frees the
 * state. Returns 0 or the first -errno. Does nothing on zeroed memory.
 */
int dh_display_restore(struct dh_display *display);

#endif
