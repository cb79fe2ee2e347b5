/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An imported framebuffer on a connected output, and what was there before.
 */
#ifndef DH_ACTION_DISPLAY_H
#define DH_ACTION_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "action/drm.h"

struct dh_display {
	struct dh_display_state *state; /* NULL: nothing is shown */
	char connector[32];		/* "HDMI-A-1" */
	uint32_t refresh;		/* frames a second of the mode that was set */
};

/*
 * Sets a mode of the framebuffer's very size on the connector of that name, or for
 * NULL on the first connected one that has such a mode. Fills the row of
 * DH_STAGE_SHOW; a refusal is no failure of this function.
 *
 * 0, -ENOMEM or -EOPNOTSUPP. `import` has to outlive what is shown: call
 * dh_display_restore() first.
 */
int dh_display_show(const struct dh_drm_import *import, const struct dh_framebuffer *fb,
		    const char *connector, struct dh_display *display, struct dh_import_row *row);

/*
 * Puts back what the output showed before, or switches it off where it was. 0 or the
 * first -errno; everything is let go of whatever came of it. Harmless on zeroed memory.
 */
int dh_display_restore(struct dh_display *display);

#endif
