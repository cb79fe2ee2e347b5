/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers as people write them: sizes, durations, counts and flags.
 *
 * Parsers take the whole string or fail: -EINVAL for what is not of the form
 * (empty, a sign, trailing text), -ERANGE for what does not fit. On failure the
 * result is not touched.
 */
#ifndef DH_BASE_UNITS_H
#define DH_BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bytes: decimal or 0x, with an optional suffix. K M G T and KiB MiB GiB TiB are
 * powers of 1024, kB MB GB TB powers of 1000. Zero is -EINVAL.
 */
int dh_parse_size(const char *text, uint64_t *bytes);

/* As dh_parse_size(), but zero is a value: an offset, an amount to skip. */
int dh_parse_offset(const char *text, uint64_t *bytes);

/* Nanoseconds: a decimal number with an optional fraction and unit (ns us ms s m h); s by default.
 */
int dh_parse_duration(const char *text, uint64_t *nanoseconds);

/* A whole number from `least` to `most`, decimal or 0x. */
int dh_parse_count(const char *text, uint64_t least, uint64_t most, uint64_t *count);

/*
 * A number as the kernel writes it, in `base` 8, 10 or 16, of at least `least` digits, and nothing
 * else. False for anything else, overflow included.
 */
bool dh_digits_parse(const char *text, size_t length, unsigned int base, size_t least,
		     uint64_t *value);

/*
 * Flags of a new buffer's descriptor: names (rdonly, wronly, rdwr, cloexec) joined by
 * commas or '|', or one number, which is passed on as it stands, whatever it means.
 */
int dh_parse_fd_flags(const char *text, uint32_t *flags);

/* Room for every text the formatters below make. */
#define DH_UNIT_MAX 64

/* Names of fd flags as dh_parse_fd_flags() takes them; unknown bits as 0x. Returns `out`. */
const char *dh_format_fd_flags(uint32_t flags, char out[DH_UNIT_MAX]);

/* "4 MiB", "1.5 MiB", "777 bytes": for sentences. Never rounds up to a larger amount. */
const char *dh_format_size(uint64_t bytes, char out[DH_UNIT_MAX]);

/* "4M", "1.5M", "777B": for tables. The same rounding. */
const char *dh_format_size_short(uint64_t bytes, char out[DH_UNIT_MAX]);

/* "850ns", "12.3us", "4.50s": three digits that count. */
const char *dh_format_duration(uint64_t nanoseconds, char out[DH_UNIT_MAX]);

/* Reads of a kernel's file system that is not mounted; no file of it returns this itself. */
#define DH_NOT_MOUNTED EUNATCH

/* What strerror() has, and "not mounted" for DH_NOT_MOUNTED. */
const char *dh_error_text(int error);

/*
 * "EINVAL" for 22; "errno 4095" for what has no name; "not mounted" for DH_NOT_MOUNTED. Valid
 * until the next call.
 */
const char *dh_errno_name(int error);

#endif
