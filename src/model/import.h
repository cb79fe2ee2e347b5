/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a DRM device got with a buffer.
 */
#ifndef DH_MODEL_IMPORT_H
#define DH_MODEL_IMPORT_H

#include <stddef.h>
#include <sys/types.h>

/* In the order in which they are gone through. */
enum dh_import_stage {
	DH_STAGE_OPEN,	      /* the node opens */
	DH_STAGE_CAPABILITY,  /* DRM_CAP_PRIME has DRM_PRIME_CAP_IMPORT */
	DH_STAGE_IMPORT,      /* PRIME_FD_TO_HANDLE */
	DH_STAGE_SIZE,	      /* the picture asked for fits into the buffer */
	DH_STAGE_REEXPORT,    /* PRIME_HANDLE_TO_FD */
	DH_STAGE_IDENTITY,    /* the same dma-buf comes back: equal inodes */
	DH_STAGE_FRAMEBUFFER, /* MODE_ADDFB2 */
	DH_STAGE_SHOW,	      /* a mode is set and the picture on its way out */
	DH_STAGES,
};

enum dh_stage_verdict {
	DH_NOT_REACHED,	   /* an earlier stage was refused */
	DH_NOT_APPLICABLE, /* not asked for, or this device has no such thing */
	DH_OK,
	DH_REFUSED,
	DH_UNSUPPORTED, /* this kernel has no such thing */
};

struct dh_import_row {
	ino_t inode;	    /* the dma-buf that was handed over */
	const char *node;   /* not owned */
	const char *driver; /* not owned, may be NULL */
	enum dh_import_stage stage;
	enum dh_stage_verdict verdict;
	int error;	    /* errno where refused by the kernel, 0 otherwise */
	const char *reason; /* static text: what this usually means here, or NULL */
};

const char *dh_stage_name(enum dh_import_stage stage);	    /* "open", "capability", ... */
const char *dh_verdict_name(enum dh_stage_verdict verdict); /* "ok", "refused", ... */

/* What that errno usually means at that stage; static text, NULL where nothing is known. */
const char *dh_import_reason(enum dh_import_stage stage, int error);

/* The first row that was refused, or NULL: the stage to name. */
const struct dh_import_row *dh_import_refusal(const struct dh_import_row *rows, size_t n);

#endif
