// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/progress.h"

#include "base/clock.h"

void (*dh_progress_show)(const struct dh_progress *progress);

static struct dh_progress current;

void dh_progress_begin(const char *operation, const char *noun, uint64_t total,
		       uint64_t total_bytes)
{
	current = (struct dh_progress){
		.operation = operation,
		.noun = noun,
		.total = total,
		.total_bytes = total_bytes,
		.began = dh_clock_now(),
	};
}

void dh_progress_add(uint64_t steps, uint64_t bytes)
{
	current.done += steps;
	current.bytes += bytes;
	if (dh_progress_show && current.operation)
		dh_progress_show(&current);
}
