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
	[DH_STAGE_QUERYCAP] = "querycap",
	[DH_STAGE_REQBUFS] = "reqbufs",
	[DH_STAGE_PREPARE] = "prepare",
};

static const char *const verdict_names[] = {
	[DH_NOT_REACHED] = "not reached", [DH_NOT_APPLICABLE] = "not applicable", [DH_OK] = "ok",
	[DH_FAILED] = "failed",		  [DH_UNSUPPORTED] = "unsupported",
};

static const char not_master[] =
	"not the DRM master: another process, such as a compositor, has exclusive access";

/*
 * Usual causes of errors in the DRM core and its helpers (drivers/gpu/drm), and in the V4L2 core
 * and videobuf2 (drivers/media), which most drivers use. A driver may return these errors for other
 * reasons.
 */
static const struct dh_cause causes[] = {
	{ DH_STAGE_OPEN, ENOENT, "the kernel registered the device, but its node is missing" },
	{ DH_STAGE_OPEN, EACCES,
	  "no permission to open the node; check its owner, group and mode" },
	{ DH_STAGE_OPEN, EPERM, "a security policy or a device cgroup denies access" },
	{ DH_STAGE_OPEN, ESTALE, "the node is not the device that the kernel registered" },
	{ DH_STAGE_OPEN, ELOOP, "the node is a symlink, which dmaheapctl does not follow" },
	{ DH_STAGE_OPEN, ENODEV, "the device was unplugged, or its driver was unbound" },
	{ DH_STAGE_OPEN, ENXIO, "the device was unplugged, or its driver was unbound" },
	{ DH_STAGE_OPEN, EBUSY, "another process has exclusive access" },
	{ DH_STAGE_OPEN, EMFILE, "dmaheapctl reached its limit on open files (ulimit -n)" },

	{ DH_STAGE_CAPABILITY, 0, "the driver cannot import buffers" },
	{ DH_STAGE_CAPABILITY, EINVAL, "the driver does not support PRIME" },
	{ DH_STAGE_CAPABILITY, EOPNOTSUPP, "the driver does not support PRIME" },

	{ DH_STAGE_IMPORT, 0, "imported; some drivers map the buffer only on first use" },
	{ DH_STAGE_IMPORT, ENODEV,
	  "the driver imports only its own buffers, as virtio-gpu often does" },
	{ DH_STAGE_IMPORT, ENOSYS, "the driver cannot import buffers" },
	{ DH_STAGE_IMPORT, EOPNOTSUPP, "the driver cannot import buffers" },
	{ DH_STAGE_IMPORT, EINVAL,
	  "the driver rejects buffers from other exporters, or the buffer is not contiguous" },
	{ DH_STAGE_IMPORT, ENOMEM, "no memory or no device address space left to map the buffer" },
	{ DH_STAGE_IMPORT, ENOSPC, "the device has no address space left to map the buffer" },
	{ DH_STAGE_IMPORT, EIO,
	  "the device cannot address the buffer, and the bounce buffers (swiotlb) are unavailable, "
	  "full or too small" },
	{ DH_STAGE_IMPORT, ENXIO, "the device cannot address the buffer" },
	{ DH_STAGE_IMPORT, EACCES,
	  "the node requires authentication, or the descriptor has the wrong access mode" },
	{ DH_STAGE_IMPORT, EPERM,
	  "the driver rejects protected buffers, or the caller lacks a privilege" },
	{ DH_STAGE_IMPORT, EBADF, "the descriptor is not open" },

	{ DH_STAGE_SIZE, 0, "the picture is larger than the buffer" },

	{ DH_STAGE_REEXPORT, 0, "the driver imports buffers, but cannot export them" },
	{ DH_STAGE_REEXPORT, ENOSYS, "the driver cannot export buffers" },
	{ DH_STAGE_REEXPORT, EOPNOTSUPP, "the driver cannot export buffers" },
	{ DH_STAGE_REEXPORT, EINVAL, "the driver cannot export imported buffers" },
	{ DH_STAGE_REEXPORT, EPERM, "the driver cannot export this type of buffer" },
	{ DH_STAGE_REEXPORT, ENOENT, "the driver cannot find the handle of the imported buffer" },
	{ DH_STAGE_REEXPORT, EMFILE, "dmaheapctl reached its limit on open files (ulimit -n)" },

	{ DH_STAGE_IDENTITY, 0,
	  "the re-exported dma-buf is not the original: the driver wrapped or copied the buffer" },

	{ DH_STAGE_FRAMEBUFFER, 0, "the driver does not support modifiers" },
	{ DH_STAGE_FRAMEBUFFER, EINVAL,
	  "the device does not support the format, size, pitch or modifier" },
	{ DH_STAGE_FRAMEBUFFER, ERANGE, "the picture occupies 4 GiB or more" },
	{ DH_STAGE_FRAMEBUFFER, ENOENT,
	  "the driver cannot find the handle of the imported buffer" },
	{ DH_STAGE_FRAMEBUFFER, EOPNOTSUPP, "the device does not support mode setting" },
	{ DH_STAGE_FRAMEBUFFER, ENOMEM, "no memory, or the driver cannot map the buffer" },
	{ DH_STAGE_FRAMEBUFFER, ENOSPC, "the device has no address space left to map the buffer" },
	{ DH_STAGE_FRAMEBUFFER, EACCES, "the node requires authentication" },

	{ DH_STAGE_SHOW, EACCES, not_master },
	{ DH_STAGE_SHOW, EPERM, not_master },
	{ DH_STAGE_SHOW, EINVAL,
	  "the device does not support the mode, the format or the location of the buffer, or "
	  "the driver reads the picture with the CPU, which the exporter does not allow" },
	{ DH_STAGE_SHOW, EOPNOTSUPP,
	  "the driver reads the picture with the CPU, which the exporter does not allow" },
	{ DH_STAGE_SHOW, ENOMEM,
	  "no memory, or the driver reads the picture with the CPU, which the exporter does not "
	  "allow" },
	{ DH_STAGE_SHOW, ENOSPC,
	  "the mode is larger than the picture, or the device has no address space left" },
	{ DH_STAGE_SHOW, ENOENT, "the connector or the framebuffer was removed" },
	{ DH_STAGE_SHOW, EBUSY, "another mode change is in progress" },
	{ DH_STAGE_SHOW, ENODEV, "the device was unplugged" },
	{ DH_STAGE_SHOW, EIO, "the device did not respond" },

	{ DH_STAGE_QUERYCAP, 0,
	  "the node does not have this queue, or does not support streaming I/O" },
	{ DH_STAGE_QUERYCAP, ENOTTY, "the node does not belong to a V4L2 device" },

	{ DH_STAGE_REQBUFS, EINVAL, "the driver does not import dma-bufs" },
	{ DH_STAGE_REQBUFS, ENOTTY, "the driver does not support streaming I/O" },
	{ DH_STAGE_REQBUFS, EBUSY, "another process uses the queue" },
	{ DH_STAGE_REQBUFS, ENOMEM, "no memory for the buffer structures of the queue" },

	{ DH_STAGE_PREPARE, EINVAL,
	  "the driver cannot map the buffer, or rejects it for the current format" },
	{ DH_STAGE_PREPARE, EFAULT,
	  "the buffer is not contiguous for the device, or the driver needs a kernel mapping, "
	  "which the exporter does not allow" },
	{ DH_STAGE_PREPARE, ENOMEM, "no memory or no device address space left to map the buffer" },
	{ DH_STAGE_PREPARE, EIO, "the driver reported a fatal error on the queue" },
};

const char *dh_stage_name(enum dh_import_stage stage)
{
	return stage_names[stage];
}

const char *dh_verdict_name(enum dh_stage_verdict verdict)
{
	return verdict_names[verdict];
}

const char *dh_import_reason(enum dh_import_stage stage, int error)
{
	return dh_cause_find(causes, ARRAY_SIZE(causes), (int)stage, error);
}

struct dh_import_row dh_import_row(const struct dh_device *device, enum dh_import_stage stage)
{
	return (struct dh_import_row){
		.node = device->node,
		.id = device->id,
		.role = dh_role_name(device->role),
		.driver = device->driver,
		.stage = stage,
	};
}

const struct dh_import_row *dh_import_refusal(const struct dh_import_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].verdict == DH_FAILED)
			return &rows[i];
	}
	return NULL;
}

size_t dh_import_group(const struct dh_import_row *rows, size_t n)
{
	size_t group = n ? 1 : 0;

	while (group < n && rows[group].stage != DH_STAGE_OPEN)
		group++;
	return group;
}

size_t dh_import_condense(const struct dh_import_row *rows, size_t n, struct dh_import_row *out)
{
	size_t devices = 0, group;

	for (; n; rows += group, n -= group) {
		const struct dh_import_row *row;

		group = dh_import_group(rows, n);
		row = dh_import_refusal(rows, group);
		for (size_t i = group; i && !row; i--)
			if (rows[i - 1].verdict == DH_OK)
				row = &rows[i - 1];
		out[devices++] = row ? *row : rows[0];
	}
	return devices;
}
