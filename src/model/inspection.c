// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/inspection.h"

#include <stddef.h>

const char *dh_inspection_meaning(const struct dh_inspection *inspection)
{
	bool whole = inspection->contiguous.value, low = inspection->below_4g.value;

	if (!inspection->contiguous.known || !inspection->below_4g.known)
		return NULL;
	if (whole && low)
		return "any device can take it";
	if (whole)
		return "a device needs addresses of more than 32 bits, or an IOMMU";
	if (low)
		return "a device needs scatter-gather, or an IOMMU";
	return "a device needs scatter-gather and addresses of more than 32 bits, or an IOMMU";
}
