// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/message.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/auto.h"
#include "base/stream.h"
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
		return DH_EXIT_ERROR;
	}
}

enum dh_status dh_status_first(enum dh_status first, enum dh_status second)
{
	return first ? first : second;
}

void dh_message_note(void *data, const char *message)
{
	dh_auto(free) char *safe = dh_text_escape(message);

	(void)data;
	/* Print with one call: stderr is unbuffered, and other processes may write to its file. */
	fprintf(stderr, "dmaheapctl: %s\n", safe ? safe : strerror(ENOMEM));
}

__attribute__((format(printf, 1, 0))) static void print(const char *format, va_list args)
{
	dh_auto(free) char *message = NULL;

	if (vasprintf(&message, format, args) < 0)
		message = NULL;
	dh_message_note(NULL, message ? message : strerror(ENOMEM));
}

enum dh_status dh_fail(enum dh_status status, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	errno = error < 0 ? -error : error;
	print(format, args);
	va_end(args);
	return status;
}

void dh_remark(const struct dh_env *env, const char *format, ...)
{
	va_list args;

	if (env->quiet)
		return;
	va_start(args, format);
	print(format, args);
	va_end(args);
}

void dh_suggestion_add(struct dh_suggestion *suggestion, const char *candidate)
{
	size_t distance = dh_text_distance(suggestion->typed, candidate);

	/* Suggest nothing if more than 3 letters, or more than half of the letters, differ. */
	if (distance > 3 || distance > strlen(candidate) / 2)
		return;
	if (!suggestion->best || distance < suggestion->distance) {
		suggestion->best = candidate;
		suggestion->distance = distance;
	}
}

enum dh_status dh_output_write(const struct dh_output *output)
{
	dh_auto(stream) struct dh_stream text = { 0 };
	int ret = dh_stream_open(&text);

	/* A FILE stores whether a write failed, but not the errno: write the text with one call. */
	if (!ret)
		ret = dh_document_write(text.file, &output->style, output->sections, output->n);
	if (dh_stream_close(&text))
		ret = -ENOMEM;
	if (!ret &&
	    (fwrite(text.text, 1, text.size, output->out) != text.size || fflush(output->out)))
		ret = -errno;
	return ret ? dh_fail(DH_EXIT_ERROR, ret, "writing output: %m") : DH_EXIT_DONE;
}

enum dh_status dh_output_print(const struct dh_env *env, const struct dh_section *sections,
			       size_t n)
{
	return dh_output_write(&(struct dh_output){
		.out = stdout,
		.style = env->style,
		.sections = sections,
		.n = n,
	});
}

enum dh_status dh_output_flush(void)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return DH_EXIT_DONE;
	return dh_fail(DH_EXIT_ERROR, errno ? errno : EIO, "writing output: %m");
}
