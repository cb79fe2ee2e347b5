// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/message.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "frame/progress.h"

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

const char *dh_status_text(enum dh_status status)
{
	static const char *const texts[] = {
		[DH_EXIT_DONE] = "success",
		[DH_EXIT_ERROR] = "the kernel or a device returned an error, or the work is "
				  "incomplete",
		[DH_EXIT_USAGE] = "usage error",
		[DH_EXIT_NOT_FOUND] = "no such heap, device or buffer",
		[DH_EXIT_PERMISSION] = "permission denied",
		[DH_EXIT_UNSUPPORTED] = "not supported by this kernel, or companion module not "
					"loaded",
		[DH_EXIT_UNBALANCED] = "references or buffers leaked",
		[DH_EXIT_TIMEOUT] = "timed out",
		[DH_EXIT_AMBIGUOUS] = "a class matches several heaps, and none of them is the "
				      "default",
		[DH_EXIT_INTERRUPTED] = "interrupted; the output reports the work done until then",
	};

	return (size_t)status < ARRAY_SIZE(texts) && texts[status] ? texts[status]
								   : "the command failed";
}

enum dh_status dh_status_first(enum dh_status first, enum dh_status second)
{
	return first && second != DH_EXIT_INTERRUPTED ? first : second;
}

static bool red_errors;

void dh_message_set_colour(bool colour)
{
	red_errors = colour;
}

static void print_message(const char *prefix, const char *message)
{
	dh_auto(free) char *safe = dh_text_escape(message);

	dh_progress_erase();
	/*
	 * Print the line with one call: stderr is unbuffered, and between two calls, another
	 * process could write to the same file.
	 */
	fprintf(stderr, "%s %s\n", prefix, safe ? safe : strerror(ENOMEM));
}

void dh_message_note(const char *message)
{
	print_message("dmaheapctl:", message);
}

/*
 * Formats the first `length` bytes of `format`; `error` is the errno that %m prints. Returns
 * allocated text, or NULL if memory is exhausted.
 */
__attribute__((format(printf, 1, 0))) static char *expand(const char *format, size_t length,
							  int error, va_list args)
{
	dh_auto(free) char *part = strndup(format, length);
	char *text;
	va_list copy;

	if (!part)
		return NULL;
	va_copy(copy, args);
	errno = error;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (vasprintf(&text, part, copy) < 0)
		text = NULL;
#pragma GCC diagnostic pop
	va_end(copy);
	return text;
}

/*
 * Returns the offset of the first `mark` outside parentheses in text[from...to], or `to` if there
 * is none.
 */
static size_t find_mark(const char *text, size_t from, size_t to, const char *mark)
{
	int depth = 0;

	for (size_t i = from; i < to; i++) {
		depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
		if (!depth && !strncmp(text + i, mark, strlen(mark)))
			return i;
	}
	return to;
}

static struct dh_error first_error;
static bool error_lost; /* memory was exhausted, so parts of first_error are missing */

/*
 * Stores the parts of a message in first_error, which then owns `message`. Searches the format for
 * the separators, because a name in the message can contain them. If the first part contains no
 * conversion, it is the operation, and the message has no subject.
 */
__attribute__((format(printf, 3, 0))) static void
store(enum dh_status status, int error, const char *format, va_list args, char *message)
{
	size_t end = find_mark(format, 0, strlen(format), "; ");
	size_t colon = find_mark(format, 0, end, ": ");
	bool has_subject = colon < end && memchr(format, '%', colon);
	size_t begin = has_subject ? colon + 2 : 0;
	size_t stage_end = has_subject || error ? find_mark(format, begin, end, ": ") : end;
	dh_auto(free) char *before = expand(format, begin, error, args);
	dh_auto(free) char *operation = expand(format, stage_end, error, args);
	size_t hint;

	first_error = (struct dh_error){
		.status = (int)status,
		.code = error && error != DH_NOT_MOUNTED ? dh_errno_name(error) : NULL,
		.message = message,
	};
	error_lost = !before || !operation;
	if (error_lost)
		return;
	if (has_subject)
		first_error.subject = strndup(before, strlen(before) - 2);
	if (stage_end < end)
		first_error.stage = strdup(operation + strlen(before));
	error_lost =
		(has_subject && !first_error.subject) || (stage_end < end && !first_error.stage);
	/* Search the message, not the format: a conversion can insert the next step. */
	hint = find_mark(message, strlen(operation), strlen(message), "; ");
	if (message[hint])
		first_error.hint = message + hint + 2;
}

const struct dh_error *dh_error_first(void)
{
	return error_lost ? NULL : &first_error;
}

void dh_error_clear(void)
{
	free((char *)first_error.subject);
	free((char *)first_error.stage);
	free((char *)first_error.message);
	first_error = (struct dh_error){ 0 };
}

enum dh_status dh_fail(enum dh_status status, int error, const char *format, ...)
{
	char *message;
	va_list args;

	error = error < 0 ? -error : error;
	va_start(args, format);
	message = expand(format, strlen(format), error, args);
	print_message(red_errors ? "\033[31mdmaheapctl:\033[0m" : "dmaheapctl:",
		      message ? message : strerror(ENOMEM));
	if (!message)
		error_lost = true;
	else if (!first_error.message)
		store(status, error, format, args, message);
	else
		free(message);
	va_end(args);
	return status;
}

void dh_remark(const struct dh_env *env, const char *format, ...)
{
	dh_auto(free) char *message = NULL;
	va_list args;

	if (env->quiet)
		return;
	va_start(args, format);
	message = expand(format, strlen(format), 0, args);
	va_end(args);
	dh_message_note(message ? message : strerror(ENOMEM));
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
