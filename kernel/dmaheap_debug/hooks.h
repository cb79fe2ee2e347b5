/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions on the way of each allocation, watched at a fraction of what a return probe
 * costs: where the kernel can do it, the function tracer calls us from their first
 * instruction, by a trampoline that saves the arguments only.
 *
 * Functions whose result is wanted are led to one of this module, for a call that is to be
 * counted, and that calls them. So hooks_exit() must be called before the module goes.
 */
#ifndef DMAHEAP_DEBUG_HOOKS_H
#define DMAHEAP_DEBUG_HOOKS_H

#include <linux/errno.h>

#include "compat.h"

enum hook {
	HOOK_NONE,
	HOOK_IOCTL,
	HOOK_EXPORT,
	HOOK_RELEASE,
};

#ifdef COMPAT_HOOKS

int hook_attach(enum hook hook, unsigned long address);
void hook_detach(enum hook hook);
void hooks_exit(void);

#else

static inline int hook_attach(enum hook hook, unsigned long address)
{
	return -EOPNOTSUPP;
}

static inline void hook_detach(enum hook hook)
{
}

static inline void hooks_exit(void)
{
}

#endif

#endif
