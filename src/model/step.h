/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps of an in-kernel client that uses a heap as a driver does, and their results.
 */
#ifndef DH_MODEL_STEP_H
#define DH_MODEL_STEP_H

#include <stdbool.h>

#include "base/maybe.h"
#include "model/buffer.h"
#include "model/import.h"

/*
 * The steps in the order of execution: first the steps that acquire a resource, then the steps that
 * undo them, in reverse order.
 */
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
	enum dh_stage_verdict verdict; /* DH_NOT_APPLICABLE: not requested */
	int error;		       /* errno with DH_FAILED, else 0 */
	char symbol[64];	       /* missing kernel function, with DH_UNSUPPORTED */
	struct dh_maybe size;	       /* alloc: bytes */
	struct dh_maybe mask;	       /* attach: width of the device's DMA mask in bits */
	struct dh_maybe iomem;	       /* vmap: 1 for device memory, 0 for system memory */
	struct dh_inspection layout;   /* map: DMA addresses; unknown in other steps */
	char detail[256];	       /* set by dh_step_explain(), or "" */
};

/* Returns "find", "alloc" and so on, which are also the commands of dmaheap_client. */
const char *dh_step_name(enum dh_step_kind kind);

static inline bool dh_step_acquires(enum dh_step_kind kind)
{
	return kind <= DH_STEP_VMAP;
}

/*
 * Sets the member `verdict` of each requested step, and of the step that undoes it, to
 * DH_NOT_REACHED. Sets the member `verdict` of each other step to DH_NOT_APPLICABLE. The step find
 * is always requested. `buffer` requests alloc, `device` requests attach and map, and `vmap`
 * requests vmap.
 */
void dh_steps_plan(bool buffer, bool device, bool vmap, struct dh_step steps[DH_STEPS]);

/*
 * Returns true if the step must run now. After a failed step, no later step may acquire a resource.
 * Each successful step that acquired a resource must still be undone.
 */
bool dh_step_due(const struct dh_step steps[DH_STEPS], enum dh_step_kind kind);

/* Returns the first failed step other than vmap, or NULL. Heaps may reject vmap by design. */
const struct dh_step *dh_steps_failure(const struct dh_step steps[DH_STEPS]);

/* Sets `detail` to details of a successful step, to the usual cause of an error, or to "". */
void dh_step_explain(struct dh_step *step);

#endif
