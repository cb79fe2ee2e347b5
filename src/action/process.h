/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes settings of this process: oom_score_adj, the action of SIGXFSZ, and the soft limit on
 * open descriptors.
 */
#ifndef DH_ACTION_PROCESS_H
#define DH_ACTION_PROCESS_H

#include <stdint.h>

#include "base/log.h"

/*
 * Sets oom_score_adj of this process to 1000. After an excessive request, the OOM killer then kills
 * the tool rather than another process. Logs the error, if any.
 */
void dh_process_prefer_oom_kill(const struct dh_log *log);

/*
 * Ignores SIGXFSZ, so that a write beyond the file size limit fails with EFBIG instead of killing
 * the process.
 */
void dh_process_ignore_sigxfsz(void);

/*
 * Restores the original oom_score_adj and action of SIGXFSZ. A child calls this function before it
 * executes another program.
 */
void dh_process_restore(void);

/*
 * Raises the soft limit on open descriptors, at most to the hard limit, so that the process can
 * open `more` further descriptors. Sets `*most` to the hard limit. Returns -EMFILE if the hard
 * limit is at most `more`. Otherwise returns 0, even if the soft limit could not be raised: opening
 * a descriptor then fails with EMFILE.
 */
int dh_process_raise_fd_limit(uint64_t more, uint64_t *most);

#endif
