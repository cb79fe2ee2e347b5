/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clock that measures the duration of allocations. Each allocation reads the clock
 * twice. If the TSC is stable, the clock is the TSC itself: reading it takes a sixth of
 * the instructions of ktime_get_mono_fast_ns().
 */
#ifndef DMAHEAP_DEBUG_CLOCK_H
#define DMAHEAP_DEBUG_CLOCK_H

#include <linux/ktime.h>
#include <linux/math64.h>

#ifdef CONFIG_X86_TSC

#include <asm/msr.h>
#include <asm/tsc.h>

/*
 * Multiplier and shift that convert TSC cycles to nanoseconds, as for a clocksource, or 0
 * if the TSC is unusable.
 */
extern u32 clock_multiplier;
extern u32 clock_shift;

void clock_init(void);

/*
 * Returns a time stamp for clock_elapsed_ns(). Call clock_init() before the first call,
 * because clock_init() can change the unit of the time stamps.
 */
static inline u64 clock_now(void)
{
	return likely(clock_multiplier) ? rdtsc() : ktime_get_mono_fast_ns();
}

/* Returns the number of nanoseconds since clock_now() returned @start. */
static inline u64 clock_elapsed_ns(u64 start)
{
	s64 elapsed = clock_now() - start;

	/* The TSCs of two CPUs may differ by a few cycles. */
	if (unlikely(elapsed < 0))
		return 0;
	return likely(clock_multiplier) ? mul_u64_u32_shr(elapsed, clock_multiplier, clock_shift) :
					  elapsed;
}

#else

static inline void clock_init(void)
{
}

static inline u64 clock_now(void)
{
	return ktime_get_mono_fast_ns();
}

static inline u64 clock_elapsed_ns(u64 start)
{
	return ktime_get_mono_fast_ns() - start;
}

#endif

#endif
