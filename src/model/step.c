// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/step.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/auto.h"
#include "base/units.h"
#include "model/cause.h"

static const char *const names[DH_STEPS] = {
	[DH_STEP_FIND] = "find",   [DH_STEP_ALLOC] = "alloc",	[DH_STEP_ATTACH] = "attach",
	[DH_STEP_MAP] = "map",	   [DH_STEP_VMAP] = "vmap",	[DH_STEP_VUNMAP] = "vunmap",
	[DH_STEP_UNMAP] = "unmap", [DH_STEP_DETACH] = "detach", [DH_STEP_FREE] = "free",
	[DH_STEP_PUT] = "put",
};

/* Usual causes of errors in drivers/dma-buf and in the kernel's heaps. */
static const struct dh_cause causes[] = {
	{ DH_STEP_FIND, ENOENT, "no heap has this name, or the heap is being removed" },
	{ DH_STEP_FIND, ENODEV, "the heap is being removed" },
	{ DH_STEP_ALLOC, ENOMEM, "the heap does not have enough memory left" },
	{ DH_STEP_ALLOC, EINVAL, "the heap does not support the size or the heap flags" },
	{ DH_STEP_ALLOC, ENODEV, "the heap was removed" },
	{ DH_STEP_ALLOC, EMFILE, "dmaheapctl reached its limit on open files (ulimit -n)" },
	{ DH_STEP_ATTACH, EINVAL, "the exporter does not support the device" },
	{ DH_STEP_ATTACH, EBUSY,
	  "the device cannot access the memory of the buffer, and the exporter cannot move it" },
	{ DH_STEP_ATTACH, EIO, "the DMA mask is too small for this system" },
	{ DH_STEP_MAP, ERANGE, "the buffer has addresses beyond the DMA mask" },
	{ DH_STEP_MAP, EIO,
	  "the device cannot address the buffer, and the bounce buffers (swiotlb) are unavailable, "
	  "full or too small" },
	{ DH_STEP_MAP, EINVAL,
	  "the device cannot address the buffer, and the bounce buffers (swiotlb) are unavailable, "
	  "full or too small" },
	{ DH_STEP_MAP, ENOMEM, "no memory or no device address space left to map the buffer" },
	{ DH_STEP_VMAP, EINVAL, "the exporter does not allow kernel mappings" },
	{ DH_STEP_VMAP, EOPNOTSUPP, "the exporter does not allow kernel mappings" },
	{ DH_STEP_VMAP, EPERM, "the exporter does not allow kernel mappings" },
	{ DH_STEP_VMAP, ENOMEM, "no memory or no kernel address space left to map the buffer" },
};

const char *dh_step_name(enum dh_step_kind kind)
{
	return names[kind];
}

/* Returns the step that undoes `kind`, or the step that `kind` undoes. */
static enum dh_step_kind opposite(enum dh_step_kind kind)
{
	return DH_STEPS - 1 - kind;
}

void dh_steps_plan(bool buffer, bool device, bool vmap, struct dh_step steps[DH_STEPS])
{
	const bool requested[] = {
		[DH_STEP_FIND] = true,	[DH_STEP_ALLOC] = buffer, [DH_STEP_ATTACH] = device,
		[DH_STEP_MAP] = device, [DH_STEP_VMAP] = vmap,
	};

	for (int i = 0; i < DH_STEPS; i++) {
		enum dh_step_kind acquiring =
			dh_step_acquires(i) ? (enum dh_step_kind)i : opposite(i);

		steps[i] = (struct dh_step){
			.kind = i,
			.verdict = requested[acquiring] ? DH_NOT_REACHED : DH_NOT_APPLICABLE,
		};
	}
}

static bool failed(const struct dh_step *step)
{
	return step->verdict == DH_FAILED || step->verdict == DH_UNSUPPORTED;
}

bool dh_step_due(const struct dh_step steps[DH_STEPS], enum dh_step_kind kind)
{
	if (steps[kind].verdict != DH_NOT_REACHED)
		return false;
	if (!dh_step_acquires(kind))
		return steps[opposite(kind)].verdict == DH_OK;
	for (int i = 0; i < (int)kind; i++)
		if (failed(&steps[i]))
			return false;
	return true;
}

const struct dh_step *dh_steps_failure(const struct dh_step steps[DH_STEPS])
{
	for (int i = 0; i < DH_STEPS; i++)
		if (i != DH_STEP_VMAP && failed(&steps[i]))
			return &steps[i];
	return NULL;
}

/* Writes the addresses and their meaning: "1 segment, 0x4a00000 to 0x4bfffff; any device ..." */
static void explain_layout(const struct dh_inspection *layout, char *out, size_t size)
{
	const char *meaning = dh_inspection_meaning(layout);
	char largest[DH_UNIT_MAX];
	int length;

	if (!layout->segments.known || !layout->lowest.known || !layout->highest.known)
		return;
	length = snprintf(out, size, "%" PRIu64 " segment%s, 0x%" PRIx64 " to 0x%" PRIx64,
			  layout->segments.value, layout->segments.value == 1 ? "" : "s",
			  layout->lowest.value, layout->highest.value);
	if (layout->segments.value > 1 && layout->largest.known)
		length += snprintf(out + length, size - (size_t)length, ", largest %s",
				   dh_format_size(layout->largest.value, largest));
	if (meaning)
		snprintf(out + length, size - (size_t)length, "; %s", meaning);
}

static void explain_success(struct dh_step *step)
{
	char size[DH_UNIT_MAX];

	switch (step->kind) {
	case DH_STEP_ALLOC:
		if (step->size.known)
			snprintf(step->detail, sizeof(step->detail), "%s",
				 dh_format_size(step->size.value, size));
		break;
	case DH_STEP_ATTACH:
		if (step->mask.known)
			snprintf(step->detail, sizeof(step->detail),
				 "device with a DMA mask of %" PRIu64 " bits", step->mask.value);
		break;
	case DH_STEP_MAP:
		explain_layout(&step->layout, step->detail, sizeof(step->detail));
		break;
	case DH_STEP_VMAP:
		if (step->iomem.known)
			snprintf(step->detail, sizeof(step->detail), "mapped as %s",
				 step->iomem.value ? "device memory" : "system memory");
		break;
	default:
		break;
	}
}

void dh_step_explain(struct dh_step *step)
{
	const char *cause = NULL;

	*step->detail = '\0';
	if (step->verdict == DH_UNSUPPORTED)
		snprintf(step->detail, sizeof(step->detail), "the kernel does not export %s()",
			 step->symbol);
	else if (step->verdict == DH_FAILED)
		cause = dh_cause_find(causes, ARRAY_SIZE(causes), (int)step->kind, step->error);
	else if (step->verdict == DH_OK)
		explain_success(step);
	if (cause)
		snprintf(step->detail, sizeof(step->detail), "%s", cause);
}
