// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "frame/screen.h"

/* Delay before the first line, and minimum time between two updates, in nanoseconds. */
#define FIRST	 UINT64_C(1000000000)
#define INTERVAL UINT64_C(200000000)

static bool visible;
static uint64_t next; /* earliest time of the next update */

/* Estimates the time for the rest of `total` if `done` took `nanoseconds`. `done` must not be 0. */
static uint64_t time_left(uint64_t done, uint64_t total, uint64_t nanoseconds)
{
	double left = done < total ? (double)(total - done) : 0;

	return (uint64_t)(left / (double)done * (double)nanoseconds);
}

__attribute__((format(printf, 2, 3))) static void append(char out[DH_PROGRESS_MAX],
							 const char *format, ...)
{
	size_t used = strlen(out);
	va_list args;

	va_start(args, format);
	vsnprintf(out + used, DH_PROGRESS_MAX - used, format, args);
	va_end(args);
}

void dh_progress_format(const struct dh_progress *progress, uint64_t nanoseconds,
			char out[DH_PROGRESS_MAX])
{
	const bool sized = progress->total_bytes > 0;
	const uint64_t done = sized ? progress->bytes : progress->done;
	const uint64_t total = sized ? progress->total_bytes : progress->total;
	const double rate = (double)done / ((double)nanoseconds / 1e9);
	char unit[DH_UNIT_MAX], whole[DH_UNIT_MAX];

	snprintf(out, DH_PROGRESS_MAX, "%s: ", progress->operation);
	if (progress->noun && !total)
		append(out, "%" PRIu64 " %s", progress->done, progress->noun);
	else if (progress->noun)
		append(out, "%" PRIu64 " of %" PRIu64 " %s", progress->done, progress->total,
		       progress->noun);
	if (sized && progress->noun)
		append(out, ", %s", dh_format_size(done, unit));
	else if (sized)
		append(out, "%s of %s", dh_format_size(done, unit), dh_format_size(total, whole));
	if (sized)
		append(out, ", %s/s", dh_format_size((uint64_t)rate, unit));
	else
		append(out, rate < 10 ? ", %.1f/s" : ", %.0f/s", rate);
	if (done && total)
		append(out, ", %s left",
		       dh_format_duration(time_left(done, total, nanoseconds), unit));
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
