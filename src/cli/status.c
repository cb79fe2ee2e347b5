// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

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

int dh_fail(enum dh_status status, const char *format, ...)
{
	va_list args;

	fputs("dmaheapctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return (int)status;
}
