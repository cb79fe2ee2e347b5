// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/fill-group.h"

#include "base/pattern.h"

static const char *parse_pattern(const char *text, void *field)
{
	return dh_pattern_parse(text, field) ? "zero, one, a byte 0xNN, counter or random:SEED"
					     : NULL;
}

static const char *parse_wanted(const char *text, void *field)
{
	struct dh_wanted *wanted = field;

	wanted->given = true;
	return parse_pattern(text, &wanted->pattern);
}

const struct dh_option dh_fill_rows[] = {
	{ DH_OPTION_HEADING, .group = 40, .help = "What to write into it:" },
	{ DH_OPTION_PARSED, .name = "fill", .argument = "PATTERN", .parse = parse_pattern,
	  .given = DH_AT(struct dh_fill, fill), .field = DH_AT(struct dh_fill, pattern),
	  .help = "write a pattern: zero, one, a byte 0xNN, counter, random:SEED" },
	{ DH_OPTION_PARSED, .name = "verify", .argument = "PATTERN", .optional = true,
	  .parse = parse_wanted, .given = DH_AT(struct dh_fill, verify),
	  .field = DH_AT(struct dh_fill, wanted),
	  .help = "read it back and compare it with PATTERN, or with that of --fill" },
	{ DH_OPTION_FLAG, .name = "no-sync", .given = DH_AT(struct dh_fill, no_sync),
	  .help = "leave out the cache maintenance (DMA_BUF_IOCTL_SYNC) around every access" },
	{ 0 },
};

const char *dh_fill_check(struct dh_fill *fill)
{
	if (fill->wanted.given)
		return NULL;
	if (fill->verify && !fill->fill)
		return "--verify needs --fill or a pattern of its own, which says what to look for";
	fill->wanted.pattern = fill->pattern;
	return NULL;
}
