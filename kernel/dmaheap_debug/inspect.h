/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DMAHEAP_DEBUG_INSPECT_H
#define DMAHEAP_DEBUG_INSPECT_H

int inspect_init(void);
void inspect_exit(void);

#endif
