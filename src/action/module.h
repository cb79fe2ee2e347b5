/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading and unloading kernel modules through libkmod, which is loaded at the first call.
 *
 * Nothing is ever forced: neither a vermagic nor a reference is overridden.
 */
#ifndef DH_ACTION_MODULE_H
#define DH_ACTION_MODULE_H

#include "base/log.h"

struct dh_module_request {
	const char *name;	/* "dmaheap_sim" */
	const char *path;	/* its file; NULL: as the indexes of /lib/modules have it */
	const char *parameters; /* as the kernel takes them, apart by blanks; "" for none */
	const struct dh_log *log;
};

/*
 * By name, modules that it depends on are loaded before it, and the options that modprobe's
 * configuration has for it stand before `parameters`; by path there is neither. No command is
 * run, whatever that configuration says: -ECANCELED where it has one for the module.
 *
 * 0; -EEXIST where it is loaded already; -ELIBACC without libkmod; -errno of the kernel.
 */
int dh_module_load(const struct dh_module_request *request);

/* 0; -ENOENT where it is not loaded; -ELIBACC without libkmod; -errno of the kernel. */
int dh_module_unload(const char *name, const struct dh_log *log);

#endif
