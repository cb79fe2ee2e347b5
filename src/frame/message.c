// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"

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

enum dh_status dh_status_first(enum dh_status first, enum dh_status second)
{
	return first ? first : second;
}

void dh_message_note(void *data, const char *sentence)
{
	dh_auto(free) char *safe = dh_text_escape(sentence);

	(void)data;
	/* In one write: the stream has no buffer, and other programs write there, too. */
	fprintf(stderr, "dmaheapctl: %s\n", safe ? safe : strerror(ENOMEM));
}

__attribute__((format(printf, 1, 0))) static void say(const char *format, va_list args)
{
	dh_auto(free) char *sentence = NULL;

	if (vasprintf(&sentence, format, args) < 0)
		sentence = NULL;
	dh_message_note(NULL, sentence ? sentence : strerror(ENOMEM));
}

enum dh_status dh_fail(enum dh_status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return status;
}

void dh_remark(const struct dh_env *env, const char *format, ...)
{
	va_list args;

	if (env->quiet)
		return;
	va_start(args, format);
	say(format, args);
	va_end(args);
}
