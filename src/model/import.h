/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stages of importing a buffer into a DRM or V4L2 device, and their results.
 */
#ifndef DH_MODEL_IMPORT_H
#define DH_MODEL_IMPORT_H

#include <stddef.h>
#include <sys/types.h>

#include "base/maybe.h"
#include "model/inventory.h"

/*
 * Stages of an import. The stages of a DRM device run in this order. The stages of a V4L2 device
 * are DH_STAGE_OPEN, DH_STAGE_QUERYCAP, DH_STAGE_SIZE, DH_STAGE_REQBUFS and DH_STAGE_PREPARE.
 */
enum dh_import_stage {
	DH_STAGE_OPEN,	      /* open the node */
	DH_STAGE_CAPABILITY,  /* check DRM_CAP_PRIME for DRM_PRIME_CAP_IMPORT */
	DH_STAGE_IMPORT,      /* PRIME_FD_TO_HANDLE */
	DH_STAGE_SIZE,	      /* check that the picture or a frame fits into the buffer */
	DH_STAGE_REEXPORT,    /* PRIME_HANDLE_TO_FD */
	DH_STAGE_IDENTITY,    /* compare the inodes of the original and the re-exported dma-buf */
	DH_STAGE_FRAMEBUFFER, /* MODE_ADDFB2 */
	DH_STAGE_SHOW,	      /* set a mode that scans out the picture */
	DH_DRM_STAGES,

	DH_STAGE_QUERYCAP = DH_DRM_STAGES, /* VIDIOC_QUERYCAP: check for the queue and streaming */
	DH_STAGE_REQBUFS,		   /* VIDIOC_REQBUFS with V4L2_MEMORY_DMABUF */
	DH_STAGE_PREPARE,		   /* VIDIOC_PREPARE_BUF, or else VIDIOC_QBUF */
	DH_STAGES,
};

#define DH_V4L2_STAGES 5

enum dh_stage_verdict {
	DH_NOT_REACHED,	   /* an earlier stage or step failed */
	DH_NOT_APPLICABLE, /* not requested, or the device lacks the feature */
	DH_OK,
	DH_FAILED,
	DH_UNSUPPORTED, /* the kernel lacks the function (only in struct dh_step) */
};

struct dh_import_row {
	ino_t inode;	    /* inode number of the dma-buf */
	const char *heap;   /* NULL for an existing buffer; not owned */
	const char *node;   /* not owned */
	const char *id;	    /* ID of the device, or NULL; not owned */
	const char *role;   /* static text, or NULL if the queues of the node are unknown */
	const char *driver; /* not owned, or NULL */
	enum dh_import_stage stage;
	enum dh_stage_verdict verdict;
	int error;		/* errno of the failure, or 0 if there is none */
	const char *reason;	/* static text: usual cause of the failure, or a remark; or NULL */
	struct dh_maybe needed; /* bytes of the requested picture or of a frame */
};

/* Returns a row for `stage` with the node, driver, role and ID of the device. */
struct dh_import_row dh_import_row(const struct dh_device *device, enum dh_import_stage stage);

const char *dh_stage_name(enum dh_import_stage stage);	    /* "open", "capability", ... */
const char *dh_verdict_name(enum dh_stage_verdict verdict); /* "ok", "failed", ... */

/*
 * Returns static text with the usual cause of an errno at a stage, or NULL. `error` is 0 for a
 * result without an errno.
 */
const char *dh_import_reason(enum dh_import_stage stage, int error);

/* Returns the number of rows of the first device. A device begins with a row of DH_STAGE_OPEN. */
size_t dh_import_group(const struct dh_import_row *rows, size_t n);

/*
 * Stores one row for each node or queue in `out`, which must have an element for each of them. This
 * is the row of the failed stage, else that of the last successful stage, else the first row.
 * Returns the number of rows.
 */
size_t dh_import_condense(const struct dh_import_row *rows, size_t n, struct dh_import_row *out);

/* Returns the first row with DH_FAILED, or NULL. */
const struct dh_import_row *dh_import_refusal(const struct dh_import_row *rows, size_t n);

#endif
