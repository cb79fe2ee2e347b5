/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of kernel modules, read through libkmod, which is loaded at the first call.
 */
#ifndef DH_DISCOVER_MODULES_H
#define DH_DISCOVER_MODULES_H

#include "base/log.h"
#include "base/root.h"
#include "model/module.h"

/* 0 and `*state`; -EINVAL where no module can have that name; -EOPNOTSUPP without libkmod;
 * -errno.
 */
int dh_module_state_read(const char *name, const struct dh_log *log, enum dh_module_state *state);

/*
 * Fills a record that dh_module_named() has begun: first dh_loaded_read(), then what the
 * file tells that the indexes of depmod in kernel->folder name, or where these do not know
 * the module, one that lies in updates/ or extra/. 0; -EOPNOTSUPP without libkmod, with
 * what is loaded filled in nevertheless; -ENOMEM.
 */
int dh_module_read(const struct dh_root *root, const struct dh_module_kernel *kernel,
		   struct dh_module *module);

/*
 * Reads a module's file into the record. Where that has no name yet, the file gives it.
 *
 * 0; -EOPNOTSUPP without libkmod; -ENOENT, -EACCES, ...; -EINVAL for what is no regular
 * file; -ENOEXEC for what is no module; -EXDEV where it is another module than the
 * record's, or none of this project's, and then `other` has its name.
 */
int dh_module_file_read(const struct dh_root *root, const char *path, struct dh_module *module,
			char other[64]);

/*
 * The running kernel's own vermagic, which it shows nowhere: that of a module that came
 * with it. 0, also where there is none to ask; -EOPNOTSUPP; -ENOMEM.
 */
int dh_module_vermagic_read(const struct dh_root *root, struct dh_module_kernel *kernel);

#endif
