// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

void dh_note(const struct dh_log *log, const char *format, ...)
{
	char sentence[1024];
	va_list args;

	if (!log || !log->note)
		return;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);

	log->note(sentence);
}
