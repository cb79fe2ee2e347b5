// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inspect: show the segments and addresses of a buffer.
 */
#include "base/auto.h"
#include "cmd/commands.h"
#include "cmd/groups.h"
#include "frame/output.h"
#include "present/schemas.h"
#include "task/buffers.h"
#include "task/client.h"

struct inspect_options {
	struct dh_buffer_request request;
	struct dh_existing_buffer existing;
	struct dh_words words; /* HEAP and SIZE */
};

static const char *check(const struct dh_env *env, void *options, char out[DH_MESSAGE_MAX])
{
	struct inspect_options *chosen = options;

	(void)env;
	return dh_existing_check(&chosen->existing, &chosen->words, &chosen->request, out);
}

static enum dh_status run(const struct dh_env *env, const void *options)
{
	const struct inspect_options *chosen = options;
	dh_auto(buffers) struct dh_buffers buffers = { 0 };
	struct dh_inspection inspection = { 0 };
	enum dh_status status = dh_buffers_one(env, &chosen->request, &chosen->existing, &buffers);

	if (!status)
		status = dh_client_inspect_buffer(env, &buffers, &inspection);
	if (status)
		return status;
	return dh_output_print(env, &DH_RECORD(dh_schema_inspection, &inspection, 1), 1);
}

const struct dh_command dh_command_inspect = {
	.name = "inspect",
	.help = "show the address ranges of a buffer",
	.arguments = "[HEAP [SIZE]]",
	.doc = "Show the contiguous address ranges (segments) of a buffer in a DMA mapping: their "
	       "number, the size of the largest range, and the lowest and highest address.\v"
	       "Requires root and the module dmaheap_client, which maps the buffer for a device of "
	       "its own; 'dmaheapctl module load client' loads the module. Status 5: the module is "
	       "not loaded, or debugfs is not mounted.",
	.groups =
		(const struct dh_option_group[]){
			{ dh_descriptor_rows, offsetof(struct inspect_options, request) },
			{ dh_request_rows, offsetof(struct inspect_options, request) },
			{ dh_existing_rows, offsetof(struct inspect_options, existing) },
			{ 0 },
		},
	.size = sizeof(struct inspect_options),
	.operands = DH_AT(struct inspect_options, words),
	.check = check,
	.schema = &dh_schema_inspection,
	.run = run,
};
