/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parsers and formatters for sizes, durations, counts, flags and errors.
 *
 * The dh_parse functions accept the whole string or fail. They return 0, -EINVAL for malformed
 * text (empty, a sign, trailing text), or -ERANGE for a number that is too large. The result is
 * unchanged on failure.
 */
#ifndef DH_BASE_UNITS_H
#define DH_BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Parses a number of bytes, decimal or hexadecimal (0x), with an optional suffix. The suffixes K
 * (or k), M, G, T, KiB, MiB, GiB and TiB are powers of 1024; kB, MB, GB and TB are powers of 1000.
 * Returns -EINVAL for zero.
 */
int dh_parse_size(const char *text, uint64_t *bytes);

/* Same as dh_parse_size(), but accepts zero. */
int dh_parse_offset(const char *text, uint64_t *bytes);

/*
 * Parses a duration: a decimal number with an optional fraction and an optional unit (ns, us, ms,
 * s, m or h; default: s). Ignores digits after the sixth decimal place.
 */
int dh_parse_duration(const char *text, uint64_t *nanoseconds);

/*
 * Parses a whole number, decimal or hexadecimal (0x). Returns -ERANGE if the number is below `min`
 * or above `max`.
 */
int dh_parse_count(const char *text, uint64_t min, uint64_t max, uint64_t *count);

/*
 * Parses `length` bytes of `text` as a number that the kernel printed in `base` 8, 10 or 16.
 * Returns false if there are no digits, for other characters (including uppercase letters), or for
 * a number that does not fit into 64 bits.
 */
bool dh_digits_parse(const char *text, size_t length, unsigned int base, uint64_t *value);

/*
 * Parses the fd flags of an allocation: names (rdonly, wronly, rdwr, cloexec) joined by commas
 * or '|', or one number. Returns -EINVAL for two access modes. A number may contain bits that have
 * no name.
 */
int dh_parse_fd_flags(const char *text, uint32_t *flags);

/* Size of the output buffer of the formatters below, in bytes. */
#define DH_UNIT_MAX 64

/*
 * Formats fd flags as names joined by commas: "rdwr,cloexec,0x800". A hexadecimal number at the end
 * contains the bits that have no name. "accmode" is the access mode 3 (O_ACCMODE). Returns `out`.
 */
const char *dh_format_fd_flags(uint32_t flags, char out[DH_UNIT_MAX]);

/* Formats a size for messages, rounded down: "4 MiB", "1.5 MiB", "777 bytes". Returns `out`. */
const char *dh_format_size(uint64_t bytes, char out[DH_UNIT_MAX]);

/* Formats a size for tables, rounded down: "4M", "1.5M", "777B". Returns `out`. */
const char *dh_format_size_short(uint64_t bytes, char out[DH_UNIT_MAX]);

/* Formats a duration with up to two decimals: "850ns", "12.3us", "4.50s". Returns `out`. */
const char *dh_format_duration(uint64_t nanoseconds, char out[DH_UNIT_MAX]);

/*
 * A read below an unmounted /sys or /proc returns this error. No file of sysfs or procfs returns
 * it, so the cause is unambiguous.
 */
#define DH_NOT_MOUNTED EUNATCH

/* Returns the error text of a positive errno, or "not mounted" for DH_NOT_MOUNTED. */
const char *dh_error_text(int error);

/*
 * Returns the name of a positive errno, such as "EINVAL". Returns "errno 22" if the C library does
 * not provide the name, or "not mounted" for DH_NOT_MOUNTED. The text is valid until the next call.
 */
const char *dh_errno_name(int error);

#endif
