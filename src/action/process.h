/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tool does to its own process before it takes memory.
 */
#ifndef DH_ACTION_PROCESS_H
#define DH_ACTION_PROCESS_H

#include <stdint.h>

/*
 * Makes this process the OOM killer's first choice (oom_score_adj 1000), so that a
 * request beyond what there is costs the tool and not the machine. 0 or -errno.
 */
int dh_process_prefer_oom_kill(void);

/* Undoes dh_process_prefer_oom_kill(), for a child that runs somebody else's program. */
int dh_process_restore_oom_score(void);

/* Has a write beyond the limit of file sizes fail with EFBIG instead of killing the process. */
void dh_process_ignore_sigxfsz(void);

/* Undoes that, for a child that runs somebody else's program. */
void dh_process_restore_sigxfsz(void);

/*
 * Raises the soft limit of open descriptors where `more` may not fit beside those in use.
 * -EMFILE where the hard limit `*most` excludes it; otherwise 0, also where the limit could
 * not be raised: an EMFILE then reports the shortage.
 */
int dh_process_raise_fd_limit(uint64_t more, uint64_t *most);

#endif
