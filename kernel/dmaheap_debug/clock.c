// SPDX-License-Identifier: GPL-2.0-only
#include "clock.h"

#ifdef CONFIG_X86_TSC

#include <linux/clocksource.h>
#include <linux/time64.h>

u32 clock_multiplier;
u32 clock_shift;

/*
 * An unstable TSC can stop, change its frequency or differ between CPUs. If the TSC is
 * unstable, the multiplier stays 0 and clock_now() calls ktime_get_mono_fast_ns().
 */
void clock_init(void)
{
	if (!check_tsc_unstable() && tsc_khz)
		clocks_calc_mult_shift(&clock_multiplier, &clock_shift, tsc_khz, NSEC_PER_MSEC, 0);
}

#endif
