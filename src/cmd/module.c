// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * module: show, load and unload the companion modules.
 */
#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "cmd/commands.h"
#include "frame/output.h"
#include "present/schemas.h"
#include "task/module.h"

enum verb { STATUS, LOAD, UNLOAD };

static const char *const verbs[] = { [STATUS] = "status", [LOAD] = "load", [UNLOAD] = "unload" };

struct module_options {
	const char *file;
	struct dh_words words; /* the verb, the module and the parameters */
	enum verb verb;
	const char *module;	       /* NULL: not given */
	const char *const *parameters; /* each NAME=VALUE */
	size_t n_parameters;
};

static const struct dh_option own[] = {
	{ DH_OPTION_TEXT, .name = "file", .argument = "FILE", .group = 10,
	  .field = DH_AT(struct module_options, file),
	  .help = "load the module from FILE instead of /lib/modules" },
	{ 0 },
};

/* Returns NULL for a valid parameter. Otherwise, stores the message in `out` and returns it. */
static const char *check_parameter(const char *argument, char out[DH_MESSAGE_MAX])
{
	dh_auto(free) char *quoted = NULL;

	switch (dh_module_parameter_quote(argument, &quoted)) {
	case -EINVAL:
		snprintf(out, DH_MESSAGE_MAX, "invalid parameter '%s': expected NAME=VALUE",
			 argument);
		return out;
	case -EILSEQ:
		snprintf(out, DH_MESSAGE_MAX,
			 "invalid parameter '%s': double quotes are not allowed; a value with "
			 "blanks needs none",
			 argument);
		return out;
	default:
		return NULL;
	}
}

static const char *check(const struct dh_env *env, void *options, char out[DH_MESSAGE_MAX])
{
	struct module_options *chosen = options;
	const struct dh_words *words = &chosen->words;
	const char *message = NULL;
	bool found = !words->n; /* without arguments: status */
	size_t next = words->n ? 1 : 0;

	(void)env;
	for (size_t i = 0; i < ARRAY_SIZE(verbs) && !found; i++) {
		found = !strcmp(words->each[0], verbs[i]);
		chosen->verb = (enum verb)i;
	}
	if (!found) {
		snprintf(out, DH_MESSAGE_MAX,
			 "invalid argument '%s': expected status, load or unload", words->each[0]);
		return out;
	}

	if (next < words->n && !strchr(words->each[next], '='))
		chosen->module = words->each[next++];
	chosen->parameters = words->each + next;
	chosen->n_parameters = words->n - next;
	for (size_t i = 0; i < chosen->n_parameters && !message; i++)
		message = check_parameter(chosen->parameters[i], out);
	if (message)
		return message;

	if (chosen->n_parameters && chosen->verb != LOAD)
		return "parameters require 'load'";
	if (chosen->file && chosen->verb != LOAD)
		return "--file requires 'load'";
	if (chosen->verb != STATUS && !chosen->module && !chosen->file)
		return "missing module: expected debug, client or sim";
	return NULL;
}

static enum dh_status report(const struct dh_env *env, const struct module_options *chosen,
			     const struct dh_modules *modules)
{
	bool full = env->style.format == DH_FORMAT_JSON || chosen->verb == STATUS;
	struct dh_module_kernel kernel = { 0 };
	enum dh_status status = DH_EXIT_DONE, written;

	if (full)
		status = dh_modules_read_kernel(env, &kernel);
	written = dh_output_print(env,
				  (struct dh_section[]){
					  DH_LIST(dh_schema_modules, modules->each, modules->n),
					  DH_RECORD(dh_schema_kernel, &kernel, full),
				  },
				  2);
	/* 'load' and 'unload' do not fail if the functions of the kernel are unknown. */
	return written || chosen->verb != STATUS ? written : status;
}

static enum dh_status run(const struct dh_env *env, const void *options)
{
	const struct module_options *chosen = options;
	dh_auto(modules) struct dh_modules modules = { 0 };
	enum dh_status status = dh_modules_read(env, chosen->module, chosen->file, &modules);

	if (status)
		return status;
	if (chosen->verb == LOAD)
		status = dh_modules_load(env, chosen->file, chosen->parameters,
					 chosen->n_parameters, &modules.each[0]);
	else if (chosen->verb == UNLOAD)
		status = dh_modules_unload(env, &modules.each[0]);
	return dh_status_first(report(env, chosen, &modules), status);
}

const struct dh_command dh_command_module = {
	.name = "module",
	.help = "show, load and unload the companion modules",
	.arguments = "[status [debug|client|sim]]\nload debug|client|sim [NAME=VALUE...]\n"
		     "unload debug|client|sim",
	.doc = "Show, load or unload the companion modules. dmaheap_debug counts allocations and "
	       "references of heaps; dmaheap_client uses heaps as a driver does, and inspects "
	       "buffers; dmaheap_sim provides heaps without hardware.\v"
	       "Modules are never unloaded by force. It is not an error to load a module that is "
	       "already loaded, or to unload a module that is not loaded. Status 3: no such "
	       "module; 4: permission denied; 5: no libkmod, or a kernel without modules or "
	       "without a feature that the module requires.",
	.groups = (const struct dh_option_group[]){ { own, 0 }, { 0 } },
	.size = sizeof(struct module_options),
	.operands = DH_AT(struct module_options, words),
	.check = check,
	.schema = &dh_schema_modules,
	.run = run,
};
