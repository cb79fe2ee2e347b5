// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

enum dh_status dh_status_of(int error)
{
	switch (error < 0 ? -error : error) {
	case 0:
		return DH_EXIT_DONE;
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return DH_EXIT_NOT_FOUND;
	case EACCES:
	case EPERM:
		return DH_EXIT_PERMISSION;
	case ENOTTY:
	case ENOSYS:
	case EOPNOTSUPP:
		return DH_EXIT_UNSUPPORTED;
	case ETIMEDOUT:
		return DH_EXIT_TIMEOUT;
	default:
		return DH_EXIT_REFUSED;
	}
}

void dh_say(const char *format, va_list args)
{
	dh_auto(free) char *sentence = NULL;
	dh_auto(free) char *safe = NULL;
	char *at;

	if (vasprintf(&sentence, format, args) < 0)
		sentence = NULL;
	at = safe = sentence ? malloc(4 * strlen(sentence) + 1) : NULL;
	if (!safe) {
		fprintf(stderr, "dmaheapctl: %s\n", strerror(ENOMEM));
		return;
	}
	for (const char *byte = sentence; *byte; byte++)
		at += sprintf(at, *byte >= 0x20 && *byte < 0x7f ? "%c" : "\\x%02x",
			      (unsigned char)*byte);
	*at = '\0';
	/* In one write: the stream has no buffer, and other programs write there, too. */
	fprintf(stderr, "dmaheapctl: %s\n", safe);
}

int dh_fail(enum dh_status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	dh_say(format, args);
	va_end(args);
	return (int)status;
}
