// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/buffer.h"

#include <stddef.h>

const char *dh_inspection_meaning(const struct dh_inspection *inspection)
{
	bool contiguous = inspection->contiguous.value, below_4g = inspection->below_4g.value;

	if (!inspection->contiguous.known || !inspection->below_4g.known)
		return NULL;
	if (contiguous && below_4g)
		return "any device with 32-bit addresses can use the buffer";
	if (contiguous)
		return "a device needs addresses of more than 32 bits, or an IOMMU";
	if (below_4g)
		return "a device needs scatter-gather, or an IOMMU";
	return "a device needs scatter-gather and addresses of more than 32 bits, or an IOMMU";
}
