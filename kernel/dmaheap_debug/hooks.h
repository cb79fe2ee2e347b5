/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks observe dma_heap_ioctl(), dma_buf_export() and dma_buf_release(), which run
 * for each buffer. A hook costs much less than a return probe: the function tracer
 * calls it from the first instruction of the function, with a trampoline that saves
 * only the arguments.
 *
 * A hook that needs the return value redirects the task to a function of this module,
 * which calls the original function. Call hooks_exit() before the module is unloaded, so
 * that no task is left in a function of the module.
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
