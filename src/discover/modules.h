/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel modules, read through libkmod, which is loaded at the first call.
 */
#ifndef DH_DISCOVER_MODULES_H
#define DH_DISCOVER_MODULES_H

#include "base/log.h"

enum dh_module_state {
	DH_MODULE_UNKNOWN,  /* libkmod is absent, or could not tell */
	DH_MODULE_ABSENT,   /* neither loaded nor in /lib/modules */
	DH_MODULE_LOADABLE, /* in /lib/modules, not loaded */
	DH_MODULE_LIVE,	    /* loaded */
	DH_MODULE_BUILTIN,
};

/* 0 and `*state`; -EOPNOTSUPP without libkmod; -errno. */
int dh_module_state_read(const char *name, const struct dh_log *log, enum dh_module_state *state);

#endif
