/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parsers and formatters of sizes, durations, counts and flags.
 *
 * A parser accepts the whole string or fails: it returns 0, -EINVAL for malformed text (empty, a
 * sign, trailing text), or -ERANGE for a number that does not fit. The result is unchanged on
 * failure.
 */
#ifndef DH_BASE_UNITS_H
#define DH_BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Parses a number of bytes, decimal or 0x, with an optional suffix: K M G T and KiB MiB GiB TiB
 * are powers of 1024, kB MB GB TB are powers of 1000. Zero is -EINVAL.
 */
int dh_parse_size(const char *text, uint64_t *bytes);

/* Parses as dh_parse_size(), but accepts zero. */
int dh_parse_offset(const char *text, uint64_t *bytes);

/* Parses a decimal number with an optional fraction and unit: ns us ms s m h, default s. */
int dh_parse_duration(const char *text, uint64_t *nanoseconds);

/* Parses a whole number from `min` to `max`, decimal or 0x. */
int dh_parse_count(const char *text, uint64_t min, uint64_t max, uint64_t *count);

/*
 * Parses a number that the kernel printed in `base` 8, 10 or 16. Returns false if the text has
 * fewer than `min_digits` digits, has anything but digits, or overflows.
 */
bool dh_digits_parse(const char *text, size_t length, unsigned int base, size_t min_digits,
		     uint64_t *value);

/*
 * Parses the fd flags of an allocation: names (rdonly, wronly, rdwr, cloexec) joined by commas
 * or '|', or one number. A number may have bits without a name.
 */
int dh_parse_fd_flags(const char *text, uint32_t *flags);

/* Size of the output of the formatters below. */
#define DH_UNIT_MAX 64

/* Formats fd flags as dh_parse_fd_flags() accepts them, unknown bits as 0x. Returns `out`. */
const char *dh_format_fd_flags(uint32_t flags, char out[DH_UNIT_MAX]);

/* "4 MiB", "1.5 MiB", "777 bytes", for messages. Rounds down. */
const char *dh_format_size(uint64_t bytes, char out[DH_UNIT_MAX]);

/* "4M", "1.5M", "777B", for tables. Rounds down. */
const char *dh_format_size_short(uint64_t bytes, char out[DH_UNIT_MAX]);

/* "850ns", "12.3us", "4.50s": three significant digits. */
const char *dh_format_duration(uint64_t nanoseconds, char out[DH_UNIT_MAX]);

/* Error of reads below an unmounted /sys or /proc. No file of sysfs or procfs returns it. */
#define DH_NOT_MOUNTED EUNATCH

/* Returns strerror(), or "not mounted" for DH_NOT_MOUNTED. */
const char *dh_error_text(int error);

/*
 * Returns "EINVAL" for 22, "errno 4095" for an error without a name, or "not mounted" for
 * DH_NOT_MOUNTED. The text is valid until the next call.
 */
const char *dh_errno_name(int error);

#endif
