/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The companion modules as libkmod and sysfs have them.
 */
#ifndef DH_DISCOVER_MODULES_H
#define DH_DISCOVER_MODULES_H

#include "base/root.h"
#include "model/module.h"

/*
 * Fills a record that dh_module_from_name() has begun. 0; -ELIBACC without libkmod; -ENOMEM; any
 * other -errno of dh_kmod_find().
 */
int dh_module_read(const struct dh_root *root, struct dh_module *module);

#endif
