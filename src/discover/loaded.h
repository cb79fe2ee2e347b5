/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What sysfs tells of a module that is loaded.
 */
#ifndef DH_DISCOVER_LOADED_H
#define DH_DISCOVER_LOADED_H

#include "base/root.h"
#include "model/module.h"

/*
 * Fills a record that dh_module_named() has begun: state (LIVE, BUILTIN, or UNKNOWN where
 * sysfs does not know it), version, parameters, references, holders, taint. 0 or -ENOMEM.
 */
int dh_loaded_read(const struct dh_root *root, struct dh_module *module);

#endif
