/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shows the progress of long work (base/progress.h) on a terminal, in one line that each update
 * overwrites.
 */
#ifndef DH_FRAME_PROGRESS_H
#define DH_FRAME_PROGRESS_H

#include "base/progress.h"
#include "base/units.h"

#define DH_PROGRESS_MAX (4 * DH_UNIT_MAX + 128)

/*
 * Enables a progress line for work that takes longer than one second, with at most five updates per
 * second. Does nothing if stderr is not a terminal.
 */
void dh_progress_enable(void);

/* Erases the line, if any. Call this function before other text is written to stdout or stderr. */
void dh_progress_erase(void);

/*
 * Formats the progress after `nanoseconds`, which must not be 0. The text, such as "allocating: 12
 * of 30 buffers, 48 MiB, 40 MiB/s, 1.80s left", contains the operation, the steps, the bytes, the
 * rate, and the time left. Omits parts that are unknown.
 */
void dh_progress_format(const struct dh_progress *progress, uint64_t nanoseconds,
			char out[DH_PROGRESS_MAX]);

#endif
