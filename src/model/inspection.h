/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a buffer is made of, as the debug module saw it when it mapped the buffer for a
 * device of its own.
 */
#ifndef DH_MODEL_INSPECTION_H
#define DH_MODEL_INSPECTION_H

#include "base/maybe.h"

struct dh_inspection {
	const char *heap; /* NULL for a descriptor that was handed to us; not owned */
	char exporter[256];
	struct dh_maybe size; /* bytes */
	struct dh_maybe inode;
	struct dh_maybe segments;   /* runs of addresses that do not touch */
	struct dh_maybe bytes;	    /* in all of them */
	struct dh_maybe largest;    /* bytes in one */
	struct dh_maybe contiguous; /* 0 or 1 */
	struct dh_maybe lowest;	    /* address */
	struct dh_maybe highest;    /* address of the last byte */
	struct dh_maybe below_4g;   /* 0 or 1 */
};

/* What that means for devices: one sentence, static text; NULL where nothing is known. */
const char *dh_inspection_meaning(const struct dh_inspection *inspection);

#endif
