// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/progress.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "frame/screen.h"

/* Nanoseconds before the first line, and between two lines. */
#define FIRST	 UINT64_C(1000000000)
#define INTERVAL UINT64_C(200000000)

static bool visible;
static uint64_t next; /* time of the next line */

/* Returns the time for the rest of `total` if `done` took `nanoseconds`; `done` is not 0. */
static uint64_t time_left(uint64_t done, uint64_t total, uint64_t nanoseconds)
{
	double left = done < total ? (double)(total - done) : 0;

	return (uint64_t)(left / (double)done * (double)nanoseconds);
}

void dh_progress_format(const struct dh_progress *progress, uint64_t nanoseconds,
			char out[DH_PROGRESS_MAX])
{
	const bool sized = progress->total_bytes > 0;
	const uint64_t done = sized ? progress->bytes : progress->done;
	const uint64_t total = sized ? progress->total_bytes : progress->total;
	const double rate = (double)done / ((double)nanoseconds / 1e9);
	char unit[DH_UNIT_MAX];
	size_t used = 0;

#define ADD(...) (used += (size_t)snprintf(out + used, DH_PROGRESS_MAX - used, __VA_ARGS__))
	ADD("%s: ", progress->operation);
	if (progress->noun)
		ADD("%" PRIu64 " of %" PRIu64 " %s", progress->done, progress->total,
		    progress->noun);
	if (sized)
		ADD("%s%s", progress->noun ? ", " : "", dh_format_size(progress->bytes, unit));
	if (!progress->noun)
		ADD(" of %s", dh_format_size(total, unit));
	if (sized)
		ADD(", %s/s", dh_format_size((uint64_t)rate, unit));
	else
		ADD(rate < 10 ? ", %.1f/s" : ", %.0f/s", rate);
	if (done)
		ADD(", %s left", dh_format_duration(time_left(done, total, nanoseconds), unit));
#undef ADD
}

static uint64_t coarse_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void show(const struct dh_progress *progress)
{
	char text[DH_PROGRESS_MAX];
	uint64_t now = coarse_now();
	unsigned int rows, columns;

	if (now < progress->began + FIRST || now < next)
		return;
	next = now + INTERVAL;
	dh_progress_format(progress, now - progress->began, text);
	/* The line must not wrap: an update overwrites only one line. */
	dh_screen_size(STDERR_FILENO, &rows, &columns);
	fprintf(stderr, "\r%.*s\033[K", (int)columns - 1, text);
	visible = true;
}

void dh_progress_enable(void)
{
	if (isatty(STDERR_FILENO))
		dh_progress_show = show;
}

void dh_progress_erase(void)
{
	if (visible)
		fputs("\r\033[K", stderr);
	visible = false;
}
