/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a driver in the kernel does with a heap, step by step, and how each went.
 */
#ifndef DH_MODEL_STEP_H
#define DH_MODEL_STEP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/maybe.h"
#include "model/import.h"
#include "model/inspection.h"

/* In order: first what is taken, and then, the other way round, what is given back. */
enum dh_step_kind {
	DH_STEP_FIND,
	DH_STEP_ALLOC,
	DH_STEP_ATTACH,
	DH_STEP_MAP,
	DH_STEP_VMAP,
	DH_STEP_VUNMAP,
	DH_STEP_UNMAP,
	DH_STEP_DETACH,
	DH_STEP_FREE,
	DH_STEP_PUT,
	DH_STEPS,
};

struct dh_step {
	enum dh_step_kind kind;
	enum dh_stage_verdict verdict; /* DH_NOT_APPLICABLE: was not asked for */
	int error;		       /* errno where refused, 0 otherwise */
	char symbol[64];	       /* DH_UNSUPPORTED: the function that the kernel lacks */
	struct dh_maybe size;	       /* alloc: bytes of the buffer */
	struct dh_maybe mask;	       /* attach: bits of an address that the device can use */
	struct dh_maybe iomem;	       /* vmap: 0 or 1, the memory is a device's */
	struct dh_inspection layout;   /* map: where it lies; all unknown in other steps */
	char detail[256];	       /* dh_step_explain(); "" where there is nothing to say */
};

/* "find", "alloc", ...: also what the module calls it. */
const char *dh_step_name(enum dh_step_kind kind);

/* The step that gives back what `kind` took, or the other way round. */
enum dh_step_kind dh_step_opposite(enum dh_step_kind kind);

static inline bool dh_step_acquires(enum dh_step_kind kind)
{
	return kind <= DH_STEP_VMAP;
}

/* Makes steps that have not been reached of those that are asked for; a heap always is found. */
void dh_steps_plan(bool buffer, bool device, bool vmap, struct dh_step steps[DH_STEPS]);

/*
 * Is it this step's turn, given how those before it went? What was refused stops what is
 * taken after it, but for vmap, which is an attempt; what was taken is to be given back.
 */
bool dh_step_due(const struct dh_step steps[DH_STEPS], enum dh_step_kind kind);

/* The first step that failed, vmap aside, or NULL. */
const struct dh_step *dh_steps_failure(const struct dh_step steps[DH_STEPS]);

/* Makes the detail: what was learnt, or what the refusal usually means. */
void dh_step_explain(struct dh_step *step);

#endif
