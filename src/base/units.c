// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/units.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

/*
 * Parses the number at the start of `text`, and sets `*rest` to the text after the number. Rejects
 * leading signs and blanks, which strtoull() accepts. Returns 0, -EINVAL or -ERANGE.
 */
static int parse_number(const char *text, uint64_t *number, const char **rest)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *end;

	if (!isdigit((unsigned char)text[0]) || (hex && !isxdigit((unsigned char)text[2])))
		return -EINVAL;

	errno = 0;
	*number = strtoull(text, &end, hex ? 16 : 10);
	if (errno)
		return -ERANGE;
	*rest = end;
	return 0;
}

struct unit {
	const char *suffix;
	uint64_t factor;
};

/* Returns the factor of the unit with this suffix, or 0 if there is none. */
static uint64_t find_factor(const struct unit *units, size_t n, const char *suffix)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(suffix, units[i].suffix))
			return units[i].factor;
	return 0;
}

/* The factors are numbers of bytes. */
static const struct unit size_units[] = {
	{ "", 1 },
	{ "K", UINT64_C(1) << 10 },
	{ "k", UINT64_C(1) << 10 },
	{ "KiB", UINT64_C(1) << 10 },
	{ "M", UINT64_C(1) << 20 },
	{ "MiB", UINT64_C(1) << 20 },
	{ "G", UINT64_C(1) << 30 },
	{ "GiB", UINT64_C(1) << 30 },
	{ "T", UINT64_C(1) << 40 },
	{ "TiB", UINT64_C(1) << 40 },
	{ "kB", UINT64_C(1000) },
	{ "MB", UINT64_C(1000000) },
	{ "GB", UINT64_C(1000000000) },
	{ "TB", UINT64_C(1000000000000) },
};

int dh_parse_offset(const char *text, uint64_t *bytes)
{
	const char *suffix;
	uint64_t number, factor;
	int ret = parse_number(text, &number, &suffix);

	if (ret)
		return ret;
	factor = find_factor(size_units, ARRAY_SIZE(size_units), suffix);
	if (!factor)
		return -EINVAL;
	if (__builtin_mul_overflow(number, factor, &number))
		return -ERANGE;
	*bytes = number;
	return 0;
}

int dh_parse_size(const char *text, uint64_t *bytes)
{
	uint64_t number;
	int ret = dh_parse_offset(text, &number);

	if (ret)
		return ret;
	if (!number)
		return -EINVAL;
	*bytes = number;
	return 0;
}

/* The factors are numbers of nanoseconds. */
static const struct unit duration_units[] = {
	{ "", UINT64_C(1000000000) },	  { "ns", 1 },
	{ "us", UINT64_C(1000) },	  { "ms", UINT64_C(1000000) },
	{ "s", UINT64_C(1000000000) },	  { "m", UINT64_C(60000000000) },
	{ "h", UINT64_C(3600000000000) },
};

int dh_parse_duration(const char *text, uint64_t *nanoseconds)
{
	uint64_t whole, fraction = 0, scale = 1, unit, product;
	const char *rest;
	int ret;

	/* parse_number() accepts 0x, but durations are decimal. */
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return -EINVAL;
	ret = parse_number(text, &whole, &rest);
	if (ret)
		return ret;

	if (*rest == '.') {
		if (!isdigit((unsigned char)*++rest))
			return -EINVAL;
		for (; isdigit((unsigned char)*rest); rest++) {
			/* Ignore digits after the sixth: fraction * unit must fit into 64 bits. */
			if (scale < UINT64_C(1000000)) {
				fraction = 10 * fraction + (uint64_t)(*rest - '0');
				scale *= 10;
			}
		}
	}

	unit = find_factor(duration_units, ARRAY_SIZE(duration_units), rest);
	if (!unit)
		return -EINVAL;
	if (__builtin_mul_overflow(whole, unit, &product) ||
	    __builtin_add_overflow(product, fraction * unit / scale, &product))
		return -ERANGE;
	*nanoseconds = product;
	return 0;
}

int dh_parse_count(const char *text, uint64_t min, uint64_t max, uint64_t *count)
{
	const char *rest;
	uint64_t number;
	int ret = parse_number(text, &number, &rest);

	if (ret)
		return ret;
	if (*rest)
		return -EINVAL;
	if (number < min || number > max)
		return -ERANGE;
	*count = number;
	return 0;
}

bool dh_digits_parse(const char *text, size_t length, unsigned int base, uint64_t *value)
{
	uint64_t number = 0;

	if (!length)
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned int digit;

		if (text[i] >= '0' && text[i] <= '9')
			digit = (unsigned int)(text[i] - '0');
		else if (base == 16 && text[i] >= 'a' && text[i] <= 'f')
			digit = (unsigned int)(text[i] - 'a') + 10;
		else
			return false;
		if (digit >= base || __builtin_mul_overflow(number, base, &number) ||
		    __builtin_add_overflow(number, digit, &number))
			return false;
	}
	*value = number;
	return true;
}

static const struct {
	const char *name;
	uint32_t flag;
} fd_flag_names[] = {
	{ "rdonly", O_RDONLY },
	{ "wronly", O_WRONLY },
	{ "rdwr", O_RDWR },
	{ "cloexec", O_CLOEXEC },
};

int dh_parse_fd_flags(const char *text, uint32_t *flags)
{
	uint32_t sum = 0;
	bool mode_given = false;
	uint64_t number;

	if (isdigit((unsigned char)text[0])) {
		int ret = dh_parse_count(text, 0, UINT32_MAX, &number);

		if (!ret)
			*flags = (uint32_t)number;
		return ret;
	}

	for (;;) {
		size_t length = strcspn(text, ",|");
		size_t i = 0;

		while (i < ARRAY_SIZE(fd_flag_names) &&
		       (strlen(fd_flag_names[i].name) != length ||
			strncmp(text, fd_flag_names[i].name, length)))
			i++;
		if (i == ARRAY_SIZE(fd_flag_names))
			return -EINVAL;
		/* Reject two modes: rdonly is 0 and would be lost, and wronly|rdwr would be 3. */
		if (fd_flag_names[i].flag != O_CLOEXEC) {
			if (mode_given)
				return -EINVAL;
			mode_given = true;
		}
		sum |= fd_flag_names[i].flag;

		if (!text[length])
			break;
		text += length + 1;
	}

	*flags = sum;
	return 0;
}

const char *dh_format_fd_flags(uint32_t flags, char out[DH_UNIT_MAX])
{
	static const char *const modes[] = { "rdonly", "wronly", "rdwr", "accmode" };
	uint32_t rest = flags & ~(uint32_t)(O_ACCMODE | O_CLOEXEC);
	int length;

	length = snprintf(out, DH_UNIT_MAX, "%s%s", modes[flags & O_ACCMODE],
			  flags & O_CLOEXEC ? ",cloexec" : "");
	if (rest)
		snprintf(out + length, (size_t)(DH_UNIT_MAX - length), ",0x%" PRIx32, rest);
	return out;
}

static const char *format_size(uint64_t bytes, char out[DH_UNIT_MAX], const char *const units[])
{
	unsigned int unit = 0;
	uint64_t tenths;

	while (unit < 4 && bytes >> (10 * (unit + 1)))
		unit++;

	/* Round down: "4 MiB free" must not promise an allocation of 4 MiB that fails. */
	tenths = (bytes >> (10 * unit)) * 10;
	if (unit)
		tenths += ((bytes >> (10 * (unit - 1))) & 1023) * 10 / 1024;

	if (tenths % 10)
		snprintf(out, DH_UNIT_MAX, "%" PRIu64 ".%" PRIu64 "%s", tenths / 10, tenths % 10,
			 units[unit]);
	else
		snprintf(out, DH_UNIT_MAX, "%" PRIu64 "%s", tenths / 10, units[unit]);
	return out;
}

const char *dh_format_size(uint64_t bytes, char out[DH_UNIT_MAX])
{
	static const char *const units[] = { " bytes", " KiB", " MiB", " GiB", " TiB" };

	if (bytes == 1)
		return strcpy(out, "1 byte");
	return format_size(bytes, out, units);
}

const char *dh_format_size_short(uint64_t bytes, char out[DH_UNIT_MAX])
{
	static const char *const units[] = { "B", "K", "M", "G", "T" };

	return format_size(bytes, out, units);
}

const char *dh_format_duration(uint64_t nanoseconds, char out[DH_UNIT_MAX])
{
	static const char *const units[] = { "us", "ms", "s" };
	double value = (double)nanoseconds;
	unsigned int unit = 0;
	int decimals;

	if (nanoseconds < 1000) {
		snprintf(out, DH_UNIT_MAX, "%" PRIu64 "ns", nanoseconds);
		return out;
	}
	/* Values from 999.5 on would print as 1000, so use the next unit for them. */
	for (value /= 1000; value >= 999.5 && unit < 2; unit++)
		value /= 1000;
	decimals = value < 9.995 ? 2 : 1;
	if (value >= 99.95)
		decimals = 0;
	snprintf(out, DH_UNIT_MAX, "%.*f%s", decimals, value, units[unit]);
	return out;
}

const char *dh_error_text(int error)
{
	return error == DH_NOT_MOUNTED ? "not mounted" : strerror(error);
}

const char *dh_errno_name(int error)
{
	static char text[24];

	if (error == DH_NOT_MOUNTED)
		return dh_error_text(error);
#ifdef HAVE_STRERRORNAME_NP
	const char *name = strerrorname_np(error);

	if (name)
		return name;
#endif
	snprintf(text, sizeof(text), "errno %d", error);
	return text;
}
