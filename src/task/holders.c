// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/holders.h"

#include "base/units.h"
#include "discover/holders.h"

enum dh_status dh_holders_collect(const struct dh_env *env, struct dh_holders *holders)
{
	int ret = dh_holders_read(&env->root, holders);

	return ret ? dh_fail(dh_status_of(ret), 0, "reading /proc: %s", dh_error_text(-ret))
		   : DH_EXIT_DONE;
}
