// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/stream.h"
#include "base/text.h"
#include "cli/options.h"
#include "cli/status.h"

/* In the order in which --help has them. */
/* clang-format off */
const struct dh_command *const dh_commands[] = {
	&dh_command_list,
	&dh_command_alloc,
	&dh_command_map,
	&dh_command_export,
	&dh_command_inspect,
	&dh_command_holders,
	&dh_command_accounting,
	&dh_command_kernel,
	&dh_command_module,
	NULL,
};
/* clang-format on */

const struct dh_command *dh_command_find(const char *name)
{
	for (size_t i = 0; dh_commands[i]; i++)
		if (!strcmp(dh_commands[i]->name, name))
			return dh_commands[i];
	return NULL;
}

static void print_note(void *data, const char *sentence)
{
	char safe[1200];

	(void)data;
	fprintf(stderr, "dmaheapctl: %s\n", dh_text_escape_into(sentence, safe, sizeof(safe)));
}

/* A path that cannot be of a folder. */
static bool names_nothing(int error)
{
	return error == -ENOTDIR || error == -ENAMETOOLONG || error == -ELOOP;
}

int dh_command_begin(struct dh_context *context, const struct dh_command *command, int argc,
		     char **argv, void *chosen)
{
	dh_auto(free) const struct dh_column **columns = NULL;
	char unknown[64], safe[256];
	size_t n;
	int ret;

	dh_options_parse(command->argp, argc, argv, command->in_order ? ARGP_IN_ORDER : 0, chosen);
	ret = dh_columns_choose(command->schema, context->style.columns, true, &columns, &n,
				unknown);
	if (ret == -EINVAL)
		return dh_fail(DH_EXIT_USAGE,
			       "-o: no column '%s'; dmaheapctl --list-columns %s names them",
			       dh_text_escape_into(unknown, safe, sizeof(safe)), command->name);
	if (ret)
		return dh_fail(DH_EXIT_REFUSED, "choosing columns: %s", strerror(-ret));

	if (context->verbose)
		context->log.note = print_note;
	ret = dh_root_open(&context->root, context->sysroot, &context->log);
	if (ret)
		return dh_fail(names_nothing(ret) ? DH_EXIT_NOT_FOUND : dh_status_of(ret),
			       "--sysroot '%s': %s",
			       dh_text_escape_into(context->sysroot, safe, sizeof(safe)),
			       strerror(-ret));
	ret = dh_root_room();
	if (ret)
		return dh_fail(DH_EXIT_REFUSED, "reading the system: %s", strerror(-ret));
	return DH_EXIT_DONE;
}

int dh_command_write(const struct dh_context *context, const struct dh_section *sections, size_t n)
{
	dh_auto(stream) struct dh_stream whole = { 0 };
	/* A stream says that it failed, but not how: what is written in one piece tells why. */
	int ret = dh_stream_open(&whole);

	if (!ret)
		ret = dh_document_write(whole.file, &context->style, sections, n);
	if (dh_stream_close(&whole))
		ret = -ENOMEM;
	if (!ret && (fwrite(whole.text, 1, whole.size, context->out) != whole.size ||
		     fflush(context->out)))
		ret = -errno;
	if (!ret)
		return DH_EXIT_DONE;
	return dh_fail(DH_EXIT_REFUSED, "writing the answer: %s", strerror(-ret));
}

void dh_remark(const struct dh_context *context, const char *format, ...)
{
	va_list args;

	if (context->quiet)
		return;
	va_start(args, format);
	dh_say(format, args);
	va_end(args);
}
