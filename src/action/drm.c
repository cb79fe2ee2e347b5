// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/drm.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "action/stage.h"
#include "base/auto.h"

struct attempt {
	const struct dh_root *root;
	const struct dh_device *device;
	const struct dh_drm_request *request;
	struct dh_drm_import *import;
	struct dh_import_row *row; /* of the current stage */
	uint64_t prime;		   /* DRM_PRIME_CAP_* flags of the device */
	int returned;		   /* descriptor of the re-exported dma-buf, or -1 */
};

bool dh_drm_available(void)
{
	return true;
}

static int stage_open(struct attempt *attempt)
{
	int fd = dh_stage_open(attempt->root, attempt->device, O_RDWR);

	if (fd < 0)
		return fd;
	/*
	 * The first process that opens a primary node becomes DRM master, and a compositor cannot
	 * start while another process is master. Only showing a picture requires master, so
	 * otherwise drop it. Ignore an error from the ioctl: it usually means that this process is
	 * not master.
	 */
	if (attempt->device->role == DH_ROLE_PRIMARY && !attempt->request->show)
		(void)drmDropMaster(fd);
	attempt->import->device = fd;
	return 0;
}

static int stage_capability(struct attempt *attempt)
{
	if (drmGetCap(attempt->import->device, DRM_CAP_PRIME, &attempt->prime) < 0)
		return -errno;
	return attempt->prime & DRM_PRIME_CAP_IMPORT ? 0 : DH_RESULT_REFUSED;
}

static int stage_import(struct attempt *attempt)
{
	struct dh_drm_import *import = attempt->import;

	if (drmPrimeFDToHandle(import->device, attempt->request->buffer, &import->handle) < 0)
		return -errno;
	return 0;
}

static int stage_size(struct attempt *attempt)
{
	const struct dh_drm_request *request = attempt->request;

	if (!request->fb)
		return DH_RESULT_SKIPPED;
	return request->buffer_size >= request->fb->size ? 0 : DH_RESULT_REFUSED;
}

static int stage_reexport(struct attempt *attempt)
{
	const struct dh_drm_import *import = attempt->import;

	if (!(attempt->prime & DRM_PRIME_CAP_EXPORT)) {
		attempt->row->reason = dh_import_reason(DH_STAGE_REEXPORT, 0);
		return DH_RESULT_SKIPPED;
	}
	if (drmPrimeHandleToFD(import->device, import->handle, DRM_CLOEXEC, &attempt->returned) < 0)
		return -errno;
	return 0;
}

static int stage_identity(struct attempt *attempt)
{
	struct stat given, returned;

	if (attempt->returned < 0)
		return DH_RESULT_SKIPPED;
	if (fstat(attempt->request->buffer, &given) < 0 || fstat(attempt->returned, &returned) < 0)
		return -errno;
	if (given.st_dev != returned.st_dev || given.st_ino != returned.st_ino)
		return DH_RESULT_REFUSED;
	return 0;
}

static int add_framebuffer(struct dh_drm_import *import, const struct dh_framebuffer *fb)
{
	uint32_t handles[4] = { 0 }, pitches[4] = { 0 }, offsets[4] = { 0 };
	uint32_t code = dh_pixel_format_code(fb->format);
	uint64_t modifiers[4] = { 0 };
	int ret;

	for (size_t i = 0; i < fb->format->n_planes; i++) {
		handles[i] = import->handle;
		pitches[i] = fb->pitches[i];
		offsets[i] = fb->offsets[i];
		modifiers[i] = fb->modifier;
	}

	if (fb->has_modifier)
		ret = drmModeAddFB2WithModifiers(import->device, fb->width, fb->height, code,
						 handles, pitches, offsets, modifiers,
						 &import->framebuffer, DRM_MODE_FB_MODIFIERS);
	else
		ret = drmModeAddFB2(import->device, fb->width, fb->height, code, handles, pitches,
				    offsets, &import->framebuffer, 0);
	return ret < 0 ? -errno : 0;
}

static int stage_framebuffer(struct attempt *attempt)
{
	struct dh_drm_import *import = attempt->import;
	const struct dh_framebuffer *fb = attempt->request->fb;
	uint64_t modifiers = 0;

	if (!fb)
		return DH_RESULT_SKIPPED;
	if (attempt->device->role != DH_ROLE_PRIMARY) {
		attempt->row->reason = "only a primary node supports framebuffers";
		return DH_RESULT_SKIPPED;
	}
	if (!drmIsKMS(import->device)) {
		attempt->row->reason = dh_import_reason(DH_STAGE_FRAMEBUFFER, EOPNOTSUPP);
		return DH_RESULT_SKIPPED;
	}
	if (fb->has_modifier &&
	    (drmGetCap(import->device, DRM_CAP_ADDFB2_MODIFIERS, &modifiers) < 0 || !modifiers))
		return DH_RESULT_REFUSED;
	return add_framebuffer(import, fb);
}

static int (*const stages[])(struct attempt *) = {
	[DH_STAGE_OPEN] = stage_open,
	[DH_STAGE_CAPABILITY] = stage_capability,
	[DH_STAGE_IMPORT] = stage_import,
	[DH_STAGE_SIZE] = stage_size,
	[DH_STAGE_REEXPORT] = stage_reexport,
	[DH_STAGE_IDENTITY] = stage_identity,
	[DH_STAGE_FRAMEBUFFER] = stage_framebuffer,
};

void dh_drm_import(const struct dh_root *root, const struct dh_device *device,
		   const struct dh_drm_request *request, struct dh_drm_import *import,
		   struct dh_import_row rows[DH_DRM_STAGES])
{
	struct attempt attempt = {
		.root = root,
		.device = device,
		.request = request,
		.import = import,
		.returned = -1,
	};
	bool passed = true;

	*import = DH_DRM_IMPORT_NONE;
	for (size_t i = 0; i < DH_DRM_STAGES; i++)
		rows[i] = dh_import_row(device, i);
	for (size_t i = 0; i < ARRAY_SIZE(stages) && passed; i++) {
		attempt.row = &rows[i];
		passed = dh_stage_set(&rows[i], stages[i](&attempt));
	}
	if (attempt.returned >= 0)
		close(attempt.returned);

	if (passed)
		rows[DH_STAGE_SHOW].verdict = DH_NOT_APPLICABLE;
	if (rows[DH_STAGE_IMPORT].verdict == DH_OK && rows[DH_STAGE_FRAMEBUFFER].verdict != DH_OK)
		rows[DH_STAGE_IMPORT].reason = dh_import_reason(DH_STAGE_IMPORT, 0);
}

void dh_drm_import_release(struct dh_drm_import *import)
{
	if (import->framebuffer)
		drmModeRmFB(import->device, import->framebuffer);
	if (import->handle)
		drmCloseBufferHandle(import->device, import->handle);
	if (import->device >= 0)
		close(import->device);
	*import = DH_DRM_IMPORT_NONE;
}
