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
int dh_process_volunteer(void);

/* Undoes dh_process_volunteer(), for a child that runs somebody else's program. */
int dh_process_unvolunteer(void);

/*
 * Raises the soft limit of open descriptors so that `more` fit beside those in use.
 * 0; -EMFILE where the hard limit is below that, and `*most` is what does fit.
 */
int dh_process_room_for(uint64_t more, uint64_t *most);

#endif
