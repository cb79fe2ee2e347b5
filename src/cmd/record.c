// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * record: record the system in a tar file, for list, holders and accounting with --sysroot.
 */
#include <string.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "frame/output.h"
#include "present/schemas.h"
#include "task/record.h"

struct record_options {
	struct dh_words files;
	bool with_names;
};

static const struct dh_option own[] = {
	{ DH_OPTION_FLAG, .name = "with-names", .given = DH_AT(struct record_options, with_names),
	  .help = "also record the names of processes" },
	{ 0 },
};

static const char *check(const struct dh_env *env, void *options, char out[DH_MESSAGE_MAX])
{
	const struct record_options *chosen = options;

	(void)env, (void)out;
	if (chosen->files.n != 1)
		return "expected exactly one FILE";
	return !strcmp(chosen->files.each[0], "-") && isatty(STDOUT_FILENO)
		       ? "cannot write a tar file to a terminal; redirect standard output"
		       : NULL;
}

static enum dh_status run(const struct dh_env *env, const void *options)
{
	const struct record_options *chosen = options;
	struct dh_recording recording = {
		.file = chosen->files.each[0],
		.names = chosen->with_names,
	};
	enum dh_status status = dh_record(env, &recording);
	const struct dh_section section = DH_RECORD(dh_schema_record, &recording, !status);

	return dh_status_first(status, dh_output_write(&(struct dh_output){
					       .env = env,
					       .out = strcmp(recording.file, "-") ? stdout : stderr,
					       .style = env->style,
					       .sections = &section,
					       .n = 1,
				       }));
}

const struct dh_command dh_command_record = {
	.name = "record",
	.help = "record the system in a tar file for --sysroot",
	.arguments = "FILE",
	.doc = "Record the system in the tar file FILE. If FILE is '-', write the tar file to "
	       "standard output.\v"
	       "With --sysroot=FILE, list, holders and accounting show the recorded system. "
	       "The record contains the host name, and the names that processes gave to "
	       "buffers.",
	.groups = (const struct dh_option_group[]){ { own, 0 }, { 0 } },
	.recorded = true,
	.interruptible = true,
	.size = sizeof(struct record_options),
	.operands = DH_AT(struct record_options, files),
	.nonempty = "the name of the file",
	.check = check,
	.schema = &dh_schema_record,
	.run = run,
};
