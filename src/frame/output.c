// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/stream.h"
#include "frame/progress.h"
#include "frame/screen.h"

/* The JSON document that dh_output_flush() or dh_output_end() writes. */
static struct {
	struct json_object *document; /* NULL: none */
	FILE *out;
	struct dh_style style;
	bool begun; /* the command has begun a document */
} pending;

/*
 * Reads a file in /proc. Stores "" if it is not readable, for example in an incomplete recorded
 * system.
 */
static void read_proc(const struct dh_env *env, const char *path, char *text, size_t size)
{
	if (dh_file_read(env->root.proc, path, text, size) < 0)
		*text = '\0';
}

static void read_origin(const struct dh_env *env, struct dh_origin *origin)
{
	time_t now = time(NULL);
	struct tm utc;
	struct utsname system;

	*origin = (struct dh_origin){ .command = env->command };
	if (gmtime_r(&now, &utc))
		strftime(origin->time, sizeof(origin->time), "%Y-%m-%dT%H:%M:%SZ", &utc);
	read_proc(env, "sys/kernel/random/boot_id", origin->boot_id, sizeof(origin->boot_id));
	origin->page_size = env->root.page_size;
	if (env->sysroot) {
		read_proc(env, "sys/kernel/hostname", origin->host, sizeof(origin->host));
		read_proc(env, "sys/kernel/osrelease", origin->release, sizeof(origin->release));
		read_proc(env, "sys/kernel/arch", origin->machine, sizeof(origin->machine));
		return;
	}
	if (uname(&system))
		return;
	strcpy(origin->host, system.nodename);
	strcpy(origin->release, system.release);
	strcpy(origin->machine, system.machine);
}

/* Stops catching signals, because writing a report can block, and erases the progress line. */
static void end_work(void)
{
	dh_interrupt_release();
	dh_progress_erase();
}

static enum dh_status fail(int error)
{
	return dh_fail(DH_EXIT_ERROR, error, "writing output: %m");
}

/*
 * Closes `text`, and writes it to `out`. `ret` is 0, or the -errno from formatting the text.
 * Returns a status; prints the error, if any.
 */
static enum dh_status write_text(FILE *out, struct dh_stream *text, int ret)
{
	if (dh_stream_close(text))
		ret = -ENOMEM;
	/*
	 * ferror() reports that a write failed, but not the errno, so write the text with one call.
	 */
	if (!ret && (fwrite(text->text, 1, text->size, out) != text->size || fflush(out)))
		ret = -errno;
	return ret ? fail(ret) : DH_EXIT_DONE;
}

/* Writes the document. `error` is the command's error, or NULL. */
static enum dh_status write_document(const struct dh_error *error)
{
	dh_auto(stream) struct dh_stream text = { 0 };
	int ret = dh_stream_open(&text);

	if (!ret)
		ret = dh_json_end(text.file, &pending.style, error,
				  error && error->status == DH_EXIT_INTERRUPTED,
				  dh_steal_ptr(pending.document));
	return write_text(pending.out, &text, ret);
}

static enum dh_status write_pending(void)
{
	const struct dh_error *error = dh_error_first();
	enum dh_status status;

	if (!pending.document)
		return DH_EXIT_DONE;
	if (!error)
		return fail(ENOMEM);
	status = write_document(error->message ? error : NULL);
	if (!status)
		dh_error_clear();
	return status;
}

static enum dh_status begin_document(const struct dh_output *output)
{
	enum dh_status status = write_pending();
	struct dh_origin origin;
	int ret;

	if (status)
		return status;
	read_origin(output->env, &origin);
	pending.out = output->out;
	pending.style = output->style;
	pending.begun = true;
	ret = dh_json_begin(&output->style, &origin, output->sections, output->n,
			    &pending.document);
	return ret ? fail(ret) : DH_EXIT_DONE;
}

/*
 * Sets the width and the colour of a table. The width is unlimited if a script may read the table:
 * if the table has no headings, or if -o is given and dh_screen_width() returns 0.
 */
static void set_screen(const struct dh_output *output, struct dh_style *style)
{
	int fd = output->out == stderr ? STDERR_FILENO : STDOUT_FILENO;

	if (!style->headings)
		return;
	style->width = dh_screen_width(fd);
	if (!style->width && !output->env->style.columns)
		style->width = DH_SCREEN_WIDTH;
	style->colour = dh_screen_colour(fd, output->env->colour);
}

enum dh_status dh_output_write(const struct dh_output *output)
{
	dh_auto(stream) struct dh_stream text = { 0 };
	struct dh_style style = output->style;
	int ret;

	end_work();
	if (output->style.format == DH_FORMAT_JSON)
		return begin_document(output);
	set_screen(output, &style);
	ret = dh_stream_open(&text);
	if (!ret)
		ret = dh_table_write(text.file, &style, output->sections, output->n);
	return write_text(output->out, &text, ret);
}

enum dh_status dh_output_print(const struct dh_env *env, const struct dh_section *sections,
			       size_t n)
{
	return dh_output_write(&(struct dh_output){
		.env = env,
		.out = stdout,
		.style = env->style,
		.sections = sections,
		.n = n,
	});
}

enum dh_status dh_output_flush(void)
{
	enum dh_status status = write_pending();

	errno = 0;
	if (!status && (fflush(stdout) || ferror(stdout)))
		status = fail(errno ? errno : EIO);
	return status;
}

enum dh_status dh_output_end(const struct dh_env *env, enum dh_status status, bool silent)
{
	const struct dh_error *first = dh_error_first();
	enum dh_status written = DH_EXIT_DONE;
	struct dh_error error;

	end_work();
	if (env->style.format == DH_FORMAT_JSON && !pending.begun && (status || !silent))
		written = dh_output_print(env, NULL, 0);
	if (written || !pending.document)
		return dh_status_first(written, status);
	if (!first)
		return dh_status_first(fail(ENOMEM), status);
	error = *first;
	error.status = (int)status;
	if (!error.message)
		error.message = dh_status_text(status);
	return dh_status_first(write_document(status ? &error : NULL), status);
}

void dh_output_usage_error(const char *command, const char *message, const char *hint)
{
	struct dh_env env = { .style.format = DH_FORMAT_JSON, .command = command };
	const struct dh_error error = {
		.status = DH_EXIT_USAGE,
		.message = message,
		.hint = hint,
	};
	char reason[DH_EXTRACT_REASON_MAX];

	if (!dh_root_open(&env.root, NULL, NULL, reason) && !dh_output_print(&env, NULL, 0))
		write_document(&error);
	dh_root_close(&env.root);
}
