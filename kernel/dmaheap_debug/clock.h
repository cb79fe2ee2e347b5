/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a call took: to the kernel's own clock, or, where that is the processor's time
 * stamp counter, to the counter itself, which is read in a sixth of the instructions. Each
 * call that allocates reads it twice.
 */
#ifndef DMAHEAP_DEBUG_CLOCK_H
#define DMAHEAP_DEBUG_CLOCK_H

#include <linux/ktime.h>
#include <linux/math64.h>

#ifdef CONFIG_X86_TSC

#include <asm/msr.h>
#include <asm/tsc.h>

/* From a counter's difference to nanoseconds, as clocksources do it; 0 when it is of no use. */
extern u32 clock_multiplier;
extern u32 clock_shift;

void clock_init(void);

/* A moment, comparable with none of before clock_init(). */
static inline u64 clock_now(void)
{
	return likely(clock_multiplier) ? rdtsc() : ktime_get_mono_fast_ns();
}

/* In nanoseconds. */
static inline u64 clock_since(u64 moment)
{
	s64 passed = clock_now() - moment;

	/* Counters of two processors may be apart by a few. */
	if (unlikely(passed < 0))
		return 0;
	return likely(clock_multiplier) ? mul_u64_u32_shr(passed, clock_multiplier, clock_shift) :
					  passed;
}

#else

static inline void clock_init(void)
{
}

static inline u64 clock_now(void)
{
	return ktime_get_mono_fast_ns();
}

static inline u64 clock_since(u64 moment)
{
	return ktime_get_mono_fast_ns() - moment;
}

#endif

#endif
