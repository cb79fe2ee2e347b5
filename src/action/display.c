// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/display.h"

#include <errno.h>
#include <string.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "action/stage.h"
#include "base/auto.h"

struct dh_display_state {
	int device; /* descriptor of the DRM node; owned by the import */
	drmModeCrtc *former;
	uint32_t *connectors; /* IDs of the connectors that the CRTC drove */
	size_t n_connectors;
};

static void dh_auto_resources(drmModeRes **resources)
{
	drmModeFreeResources(*resources);
}

static void dh_auto_connector(drmModeConnector **connector)
{
	drmModeFreeConnector(*connector);
}

static void dh_auto_encoder(drmModeEncoder **encoder)
{
	drmModeFreeEncoder(*encoder);
}

static void dh_auto_state(struct dh_display_state **state)
{
	if (!*state)
		return;
	drmModeFreeCrtc((*state)->former);
	free((*state)->connectors);
	free(*state);
}

/*
 * Writes the name of a connector, such as "HDMI-A-1", to `out`: its type, and its number within the
 * type. In /sys/class/drm, the prefix "cardN-" precedes this name.
 */
static void name_connector(const drmModeConnector *connector, char *out, size_t size)
{
	const char *type = drmModeGetConnectorTypeName(connector->connector_type);

	snprintf(out, size, "%s-%u", type ? type : "Unknown", connector->connector_type_id);
}

/*
 * Returns a mode with exactly the size of the framebuffer, or NULL. Modes that the display marks as
 * preferred take precedence.
 */
static const drmModeModeInfo *choose_mode(const drmModeConnector *connector,
					  const struct dh_framebuffer *fb)
{
	const drmModeModeInfo *found = NULL;

	for (int i = 0; i < connector->count_modes; i++) {
		const drmModeModeInfo *mode = &connector->modes[i];

		if (mode->hdisplay != fb->width || mode->vdisplay != fb->height)
			continue;
		if (!found || (mode->type & DRM_MODE_TYPE_PREFERRED &&
			       !(found->type & DRM_MODE_TYPE_PREFERRED)))
			found = mode;
	}
	return found;
}

/*
 * Returns the first connector that is not disconnected and has a mode of the framebuffer's size,
 * and sets `name` and `*mode`. If `required` is not NULL, the connector must have this name;
 * otherwise, writeback connectors are skipped. The caller frees the connector. If there is no such
 * connector, returns NULL, and sets `*reason` to the cause.
 */
static drmModeConnector *choose_connector(int device, const drmModeRes *resources,
					  const struct dh_framebuffer *fb, const char *required,
					  char *name, size_t size, const drmModeModeInfo **mode,
					  const char **reason)
{
	bool named = false, connected = false;

	for (int i = 0; i < resources->count_connectors; i++) {
		dh_auto(connector) drmModeConnector *connector =
			drmModeGetConnector(device, resources->connectors[i]);

		if (!connector)
			continue;
		name_connector(connector, name, size);
		if (required ? strcmp(name, required) != 0
			     : connector->connector_type == DRM_MODE_CONNECTOR_WRITEBACK)
			continue;
		named = true;
		if (connector->connection == DRM_MODE_DISCONNECTED)
			continue;
		connected = true;
		*mode = choose_mode(connector, fb);
		if (*mode)
			return dh_steal_ptr(connector);
	}

	if (connected)
		*reason = "no mode has the size of the picture; see "
			  "/sys/class/drm/card*-*/modes";
	else if (named)
		*reason = required ? "the requested connector is not connected to a display"
				   : "no connector is connected to a display";
	else
		*reason = required ? "no connector has the requested name; see /sys/class/drm"
				   : "the device has no connector for a display";
	name[0] = '\0';
	return NULL;
}

/* Returns the ID of the CRTC that drives an encoder, or 0. */
static uint32_t crtc_of(int device, uint32_t encoder_id)
{
	dh_auto(encoder) drmModeEncoder *encoder =
		encoder_id ? drmModeGetEncoder(device, encoder_id) : NULL;

	return encoder ? encoder->crtc_id : 0;
}

static bool crtc_is_idle(int device, uint32_t crtc_id)
{
	drmModeCrtc *crtc = drmModeGetCrtc(device, crtc_id);
	bool idle = crtc && !crtc->mode_valid;

	drmModeFreeCrtc(crtc);
	return idle;
}

/*
 * Returns the ID of the CRTC that drives the connector. If no CRTC drives it, returns the ID of a
 * CRTC that can drive it, preferably an idle one, or 0 if there is none.
 */
static uint32_t choose_crtc(int device, const drmModeRes *resources,
			    const drmModeConnector *connector)
{
	uint32_t busy = 0, current = crtc_of(device, connector->encoder_id);

	if (current)
		return current;
	for (int i = 0; i < connector->count_encoders; i++) {
		dh_auto(encoder) drmModeEncoder *encoder =
			drmModeGetEncoder(device, connector->encoders[i]);

		for (int j = 0; encoder && j < resources->count_crtcs && j < 32; j++) {
			if (!(encoder->possible_crtcs & UINT32_C(1) << j))
				continue;
			if (crtc_is_idle(device, resources->crtcs[j]))
				return resources->crtcs[j];
			if (!busy)
				busy = resources->crtcs[j];
		}
	}
	return busy;
}

static int save_state(int device, const drmModeRes *resources, uint32_t crtc,
		      struct dh_display_state **result)
{
	dh_auto(state) struct dh_display_state *state = calloc(1, sizeof(*state));

	if (!state)
		return -ENOMEM;
	state->device = device;
	state->connectors = calloc((size_t)resources->count_connectors, sizeof(uint32_t));
	if (!state->connectors)
		return -ENOMEM;
	state->former = drmModeGetCrtc(device, crtc);
	if (!state->former)
		return -errno;

	for (int i = 0; i < resources->count_connectors; i++) {
		/* Do not probe the connector again: the loop needs only its encoder. */
		dh_auto(connector) drmModeConnector *connector =
			drmModeGetConnectorCurrent(device, resources->connectors[i]);

		if (connector && crtc_of(device, connector->encoder_id) == crtc)
			state->connectors[state->n_connectors++] = connector->connector_id;
	}
	*result = dh_steal_ptr(state);
	return 0;
}

/*
 * Shows the framebuffer, and sets row->reason as a stage does. Returns 0, -errno or
 * DH_RESULT_REFUSED.
 */
static int show(const struct dh_drm_import *import, const struct dh_framebuffer *fb,
		const char *name, struct dh_display *display, struct dh_import_row *row)
{
	dh_auto(resources) drmModeRes *resources = NULL;
	dh_auto(connector) drmModeConnector *connector = NULL;
	dh_auto(state) struct dh_display_state *state = NULL;
	const drmModeModeInfo *mode = NULL;
	drmModeModeInfo set;
	uint32_t crtc;
	int ret;

	resources = drmModeGetResources(import->device);
	if (!resources)
		return -errno;
	connector = choose_connector(import->device, resources, fb, name, display->connector,
				     sizeof(display->connector), &mode, &row->reason);
	if (!connector)
		return DH_RESULT_REFUSED;
	crtc = choose_crtc(import->device, resources, connector);
	if (!crtc) {
		row->reason = "no CRTC can drive the chosen connector";
		return DH_RESULT_REFUSED;
	}
	ret = save_state(import->device, resources, crtc, &state);
	if (ret)
		return ret;

	set = *mode;
	if (drmModeSetCrtc(import->device, crtc, import->framebuffer, 0, 0,
			   &connector->connector_id, 1, &set) < 0)
		return -errno;

	display->refresh = mode->vrefresh;
	display->state = dh_steal_ptr(state);
	return 0;
}

void dh_display_show(const struct dh_drm_import *import, const struct dh_framebuffer *fb,
		     const char *connector, struct dh_display *display, struct dh_import_row *row)
{
	*display = (struct dh_display){ 0 };
	(void)dh_stage_set(row, show(import, fb, connector, display, row));
}

int dh_display_restore(struct dh_display *display)
{
	dh_auto(state) struct dh_display_state *state = dh_steal_ptr(display->state);
	drmModeCrtc *former;
	int ret;

	if (!state)
		return 0;
	former = state->former;
	/*
	 * drmModeSetCrtc() accepts a mode only together with a framebuffer and a connector. If the
	 * CRTC lacked one of the three, switch it off.
	 */
	if (former->mode_valid && former->buffer_id && state->n_connectors)
		ret = drmModeSetCrtc(state->device, former->crtc_id, former->buffer_id, former->x,
				     former->y, state->connectors, (int)state->n_connectors,
				     &former->mode);
	else
		ret = drmModeSetCrtc(state->device, former->crtc_id, 0, 0, 0, NULL, 0, NULL);
	return ret < 0 ? -errno : 0;
}
