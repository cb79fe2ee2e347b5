// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inspect: what a buffer is made of.
 */
#include <errno.h>
#include <string.h>

#include "action/debug.h"
#include "base/auto.h"
#include "cli/command.h"
#include "cli/diagnose.h"
#include "cli/obtain.h"
#include "cli/options.h"
#include "cli/status.h"
#include "present/schemas.h"

struct inspect_options {
	struct dh_context *context;
	struct dh_new_options new;
	struct dh_fd_options fd;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct inspect_options *chosen = state->input;

	(void)arg;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	dh_options_groups(state, &chosen->new, &chosen->fd, chosen->context);
	return 0;
}

static const struct argp argp = {
	.parser = parse,
	.children = (const struct argp_child[]){ { .argp = &dh_new_argp },
						 { .argp = &dh_fd_argp },
						 { .argp = &dh_print_argp },
						 { 0 } },
	.doc = "Show what a buffer is made of: runs of addresses, the largest, the lowest and the "
	       "highest address.\v"
	       "For root, and with the module dmaheap_debug, which maps the buffer for a device "
	       "of its own. Status 5: it is not loaded.",
};

static int inspect(const struct dh_context *context, const struct dh_obtained *obtained,
		   struct dh_inspection *inspection)
{
	char subject[160];
	bool asked;
	int ret = dh_debug_inspect(&context->root, obtained->fds[0], inspection, &asked);

	if (!ret)
		return DH_EXIT_DONE;
	if (!asked || ret == -EBADMSG)
		return dh_diagnose_debug(context, ret);
	return dh_fail(DH_EXIT_REFUSED, "%s: mapping it for a device: %s",
		       dh_obtained_subject(obtained, subject), strerror(-ret));
}

static int run(struct dh_context *context, int argc, char **argv)
{
	struct inspect_options chosen = { .context = context };
	dh_auto(obtained) struct dh_obtained obtained = { 0 };
	struct dh_inspection inspection = { 0 };
	int status;

	status = dh_command_begin(context, &dh_command_inspect, argc, argv, &chosen);
	if (!status)
		status = dh_obtain_one(context, &chosen.new, &chosen.fd, &obtained);
	if (status)
		return status;

	if (obtained.heap)
		inspection.heap = obtained.heap->name;
	status = inspect(context, &obtained, &inspection);
	if (status)
		return status;
	return dh_command_write(context, &DH_RECORD(dh_schema_inspection, &inspection, 1), 1);
}

const struct dh_command dh_command_inspect = {
	.name = "inspect",
	.help = "show what a buffer is made of",
	.argp = &argp,
	.schema = &dh_schema_inspection,
	.run = run,
};
