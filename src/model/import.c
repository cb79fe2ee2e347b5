// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/import.h"

#include <errno.h>

#include "base/auto.h"
#include "model/cause.h"

static const char *const stage_names[] = {
	[DH_STAGE_OPEN] = "open",
	[DH_STAGE_CAPABILITY] = "capability",
	[DH_STAGE_IMPORT] = "import",
	[DH_STAGE_SIZE] = "size",
	[DH_STAGE_REEXPORT] = "reexport",
	[DH_STAGE_IDENTITY] = "identity",
	[DH_STAGE_FRAMEBUFFER] = "framebuffer",
	[DH_STAGE_SHOW] = "show",
};

static const char *const verdict_names[] = {
	[DH_NOT_REACHED] = "not reached", [DH_NOT_APPLICABLE] = "not applicable", [DH_OK] = "ok",
	[DH_REFUSED] = "refused",	  [DH_UNSUPPORTED] = "unsupported",
};

/*
 * What these mean in the DRM core and its helpers (drivers/gpu/drm), which most
 * drivers are built upon; a driver may have reasons of its own.
 */
static const struct dh_cause causes[] = {
	{ DH_STAGE_OPEN, ENOENT, "the kernel registered the device, but its node is missing" },
	{ DH_STAGE_OPEN, EACCES, "the caller may not open the node: see its group and mode" },
	{ DH_STAGE_OPEN, EPERM, "a security policy or a device cgroup forbids it" },
	{ DH_STAGE_OPEN, ESTALE, "the node is not the device that the kernel registered" },
	{ DH_STAGE_OPEN, ELOOP, "the node is a symbolic link, and those are not followed" },
	{ DH_STAGE_OPEN, ENODEV, "the device was unplugged or its driver unbound" },
	{ DH_STAGE_OPEN, ENXIO, "the device was unplugged or its driver unbound" },
	{ DH_STAGE_OPEN, EBUSY, "somebody has the device for himself" },
	{ DH_STAGE_OPEN, EMFILE, "too many open files in this process" },

	{ DH_STAGE_CAPABILITY, 0, "the driver exports buffers, but imports none" },
	{ DH_STAGE_CAPABILITY, EINVAL, "the driver knows nothing of PRIME" },
	{ DH_STAGE_CAPABILITY, EOPNOTSUPP, "the driver knows nothing of PRIME" },

	{ DH_STAGE_IMPORT, 0, "taken; some drivers map it at its first use only" },
	{ DH_STAGE_IMPORT, ENODEV, "the driver has no import of foreign buffers (as virtio-gpu)" },
	{ DH_STAGE_IMPORT, ENOSYS, "the driver has no import at all" },
	{ DH_STAGE_IMPORT, EOPNOTSUPP, "the driver has no import at all" },
	{ DH_STAGE_IMPORT, EINVAL,
	  "the driver refuses foreign buffers, or wants contiguous memory and this is scattered" },
	{ DH_STAGE_IMPORT, ENOMEM, "no memory or no address space of the device to map it" },
	{ DH_STAGE_IMPORT, ENOSPC, "no address space of the device to map it" },
	{ DH_STAGE_IMPORT, EIO, "the device cannot reach this memory, nor can it be bounced" },
	{ DH_STAGE_IMPORT, ENXIO, "the device cannot reach this memory" },
	{ DH_STAGE_IMPORT, EACCES,
	  "the node wants authentication, or the descriptor is of the wrong access mode" },
	{ DH_STAGE_IMPORT, EPERM, "the driver takes no protected buffer, or not from this caller" },
	{ DH_STAGE_IMPORT, EBADF, "the descriptor is not open" },

	{ DH_STAGE_SIZE, 0, "the picture needs more bytes than the buffer has" },

	{ DH_STAGE_REEXPORT, 0, "the driver imports buffers, but exports none" },
	{ DH_STAGE_REEXPORT, ENOSYS, "the driver exports no buffers" },
	{ DH_STAGE_REEXPORT, EOPNOTSUPP, "the driver exports no buffers" },
	{ DH_STAGE_REEXPORT, EINVAL, "the driver does not export what it imported" },
	{ DH_STAGE_REEXPORT, EPERM, "the driver does not export this kind of buffer" },
	{ DH_STAGE_REEXPORT, ENOENT, "the driver lost the handle that it just gave" },
	{ DH_STAGE_REEXPORT, EMFILE, "too many open files in this process" },

	{ DH_STAGE_IDENTITY, 0, "another dma-buf came back: the driver wrapped or copied it" },

	{ DH_STAGE_FRAMEBUFFER, 0, "the driver takes no modifiers" },
	{ DH_STAGE_FRAMEBUFFER, EINVAL, "the display has no such format, size, pitch or modifier" },
	{ DH_STAGE_FRAMEBUFFER, ERANGE, "the picture is larger than the display can have" },
	{ DH_STAGE_FRAMEBUFFER, ENOENT, "the driver does not know the handle any more" },
	{ DH_STAGE_FRAMEBUFFER, EOPNOTSUPP, "the device sets no modes" },
	{ DH_STAGE_FRAMEBUFFER, ENOMEM, "no memory, or the display cannot map the buffer" },
	{ DH_STAGE_FRAMEBUFFER, ENOSPC, "no address space of the display to map the buffer" },
	{ DH_STAGE_FRAMEBUFFER, EACCES, "the node wants authentication" },

	{ DH_STAGE_SHOW, EACCES, "not the DRM master: a compositor or another program holds it" },
	{ DH_STAGE_SHOW, EPERM, "not the DRM master: a compositor or another program holds it" },
	{ DH_STAGE_SHOW, EINVAL,
	  "the display cannot scan this out: mode, format or placement, or the driver reads the "
	  "picture with the CPU and may not" },
	{ DH_STAGE_SHOW, EOPNOTSUPP,
	  "the driver reads the picture with the CPU, which this buffer does not allow" },
	{ DH_STAGE_SHOW, ENOMEM,
	  "no memory, or the driver reads the picture with the CPU and may not" },
	{ DH_STAGE_SHOW, ENOSPC, "the mode is larger than the picture, or no room to map it" },
	{ DH_STAGE_SHOW, ENOENT, "the connector or the framebuffer is gone" },
	{ DH_STAGE_SHOW, EBUSY, "another mode is being set" },
	{ DH_STAGE_SHOW, ENODEV, "the device was unplugged" },
	{ DH_STAGE_SHOW, EIO, "the device did not follow" },
};

const char *dh_stage_name(enum dh_import_stage stage)
{
	return (size_t)stage < ARRAY_SIZE(stage_names) ? stage_names[stage] : "unknown";
}

const char *dh_verdict_name(enum dh_stage_verdict verdict)
{
	return (size_t)verdict < ARRAY_SIZE(verdict_names) ? verdict_names[verdict] : "unknown";
}

const char *dh_import_reason(enum dh_import_stage stage, int error)
{
	return dh_cause_find(causes, ARRAY_SIZE(causes), (int)stage, error);
}

const struct dh_import_row *dh_import_refusal(const struct dh_import_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].verdict == DH_REFUSED)
			return &rows[i];
	}
	return NULL;
}
