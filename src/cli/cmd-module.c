// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * module: the companion modules, in the kernel or out of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "action/module.h"
#include "base/auto.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/loading.h"
#include "cli/options.h"
#include "cli/status.h"
#include "cli/unloading.h"
#include "discover/kernel.h"
#include "discover/loaded.h"
#include "discover/modules.h"
#include "present/schemas.h"

#define MODULES_MAX 2

enum deed { STATUS, LOAD, UNLOAD };

static const char *const deeds[] = { [STATUS] = "status", [LOAD] = "load", [UNLOAD] = "unload" };

struct module_options {
	struct dh_context *context;
	const char *file;
	struct dh_words words; /* the deed, the module, parameters */
	enum deed deed;
	const char *module; /* NULL: not named */
	struct dh_parameters parameters;
};

static void dh_auto_module_options(struct module_options *chosen)
{
	dh_auto_words(&chosen->words);
}

/* What a run has found out. */
struct findings {
	struct dh_module modules[MODULES_MAX];
	size_t n;
	struct dh_module_kernel kernel;
	bool without_kmod;
};

static void dh_auto_findings(struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		dh_module_clear(&findings->modules[i]);
	dh_module_kernel_clear(&findings->kernel);
}

static const struct argp_option options[] = {
	{ "file", DH_KEY_FILE, "FILE", 0,
	  "this file of the module, instead of the one in /lib/modules", 10 },
	{ 0 },
};

static void check_parameter(struct argp_state *state, const char *argument)
{
	dh_auto(free) char *quoted = NULL;
	char safe[256];

	switch (dh_module_parameter_quote(argument, &quoted)) {
	case -EINVAL:
		dh_options_reject(state, "parameter", argument, "NAME=VALUE");
		break;
	case -EILSEQ:
		argp_error(state,
			   "parameter '%s': a quotation mark cannot be passed on; a value with "
			   "blanks needs none",
			   dh_text_escape_into(argument, safe, sizeof(safe)));
		break;
	default:
		break;
	}
}

static void parse_words(struct argp_state *state, struct module_options *chosen)
{
	const struct dh_words *words = &chosen->words;
	bool found = false;
	char safe[128];
	size_t next = 1;

	if (!words->n)
		argp_error(state, "status, load or unload?");
	for (size_t i = 0; i < ARRAY_SIZE(deeds) && !found; i++) {
		found = !strcmp(words->each[0], deeds[i]);
		chosen->deed = (enum deed)i;
	}
	if (!found)
		argp_error(state, "no '%s' here: status, load or unload",
			   dh_text_escape_into(words->each[0], safe, sizeof(safe)));

	if (next < words->n && !strchr(words->each[next], '='))
		chosen->module = words->each[next++];
	chosen->parameters.each = words->each + next;
	chosen->parameters.n = words->n - next;
	for (size_t i = 0; i < chosen->parameters.n; i++)
		check_parameter(state, chosen->parameters.each[i]);

	if (chosen->parameters.n && chosen->deed != LOAD)
		argp_error(state, "only 'load' takes parameters");
	if (chosen->file && chosen->deed == UNLOAD)
		argp_error(state, "--file is for 'load' and 'status'");
	if (chosen->deed != STATUS && !chosen->module && !chosen->file)
		argp_error(state, "which module? debug or sim");
	if (chosen->deed != STATUS && chosen->context->sysroot)
		argp_error(state, "--sysroot is for 'status'");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct module_options *chosen = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		dh_options_groups(state, chosen->context);
		return 0;
	case DH_KEY_FILE:
		chosen->file = arg;
		return 0;
	case ARGP_KEY_ARG:
		return dh_words_add(&chosen->words, arg);
	case ARGP_KEY_END:
		parse_words(state, chosen);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = (const struct argp_child[]){ { .argp = &dh_view_argp }, { 0 } },
	.args_doc = "status [debug|sim]\nload debug|sim [NAME=VALUE...]\nunload debug|sim",
	.doc = "Show, load or unload the companion modules: dmaheap_debug, which counts what the "
	       "kernel does with heaps, and dmaheap_sim, which has heaps without hardware.\v"
	       "Nothing is ever forced. Loading what is loaded, and unloading what is not, is no "
	       "error. Status 3: no such module; 4: not permitted; 5: no libkmod, or a kernel "
	       "without modules.",
};

static int unknown_module(const char *word)
{
	char safe[128];

	return dh_fail(DH_EXIT_NOT_FOUND, "no module '%s' here: there are debug and sim",
		       dh_text_escape_into(word, safe, sizeof(safe)));
}

/* Fills the record anew from sysfs and from the file. Returns 0 or an exit status. */
static int read_module(const struct dh_context *context, const char *file,
		       struct findings *findings, struct dh_module *module)
{
	char other[64], safe[512], safe_other[256];
	int ret;

	dh_module_clear(module);
	if (!file) {
		ret = dh_module_read(&context->root, &findings->kernel, module);
		findings->without_kmod = ret == -EOPNOTSUPP;
		return ret && ret != -EOPNOTSUPP
			       ? dh_fail(DH_EXIT_REFUSED, "reading modules: %s", strerror(-ret))
			       : DH_EXIT_DONE;
	}

	/* The version and so on of what is loaded come first, and the file may tell its name. */
	ret = module->name ? dh_loaded_read(&context->root, module) : 0;
	ret = ret ? ret : dh_module_file_read(&context->root, file, module, other);
	if (!ret && module->state == DH_MODULE_UNKNOWN) {
		ret = dh_loaded_read(&context->root, module);
		if (module->state == DH_MODULE_UNKNOWN)
			module->state = DH_MODULE_LOADABLE;
	}

	dh_text_escape_into(file, safe, sizeof(safe));
	switch (ret) {
	case 0:
		return DH_EXIT_DONE;
	case -EOPNOTSUPP:
		return dh_loading_without_kmod();
	case -EINVAL:
		return dh_fail(DH_EXIT_REFUSED, "module file '%s': not a regular file", safe);
	case -ENOEXEC:
		return dh_fail(DH_EXIT_REFUSED, "module file '%s': not a kernel module", safe);
	case -EXDEV:
		dh_text_escape_into(other, safe_other, sizeof(safe_other));
		return dh_fail(DH_EXIT_REFUSED, "module file '%s': this is the module '%s', not %s",
			       safe, safe_other,
			       module->name ? module->name : "dmaheap_debug or dmaheap_sim");
	default:
		return dh_fail(dh_status_of(ret), "module file '%s': %s", safe, strerror(-ret));
	}
}

/* The modules asked for. Returns 0 or an exit status, having said why. */
static int read_all(const struct dh_context *context, const struct module_options *chosen,
		    struct findings *findings)
{
	int status = DH_EXIT_DONE;

	dh_kernel_read(&context->root, context->sysroot, &findings->kernel);
	if (chosen->module || chosen->file) {
		findings->n = 1;
		if (chosen->module && !dh_module_named(chosen->module, &findings->modules[0]))
			return unknown_module(chosen->module);
	} else {
		for (const char *alias; (alias = dh_module_alias(findings->n)); findings->n++)
			dh_module_named(alias, &findings->modules[findings->n]);
	}
	for (size_t i = 0; i < findings->n && !status; i++)
		status = read_module(context, chosen->file, findings, &findings->modules[i]);
	return status;
}

/* What takes a while to find out, and is shown by `status` or explains a refusal. */
static void read_details(const struct dh_context *context, struct findings *findings)
{
	int ret = dh_kernel_accessors_read(&context->root, &findings->kernel);

	if (ret)
		dh_remark(context,
			  "which functions the kernel has for heaps is unknown: /proc/kallsyms: %s",
			  strerror(-ret));
	if (!findings->kernel.vermagic)
		dh_module_vermagic_read(&context->root, &findings->kernel);
}

/* The document. Returns 0 or an exit status. */
static int answer(const struct dh_context *context, const struct module_options *chosen,
		  struct findings *findings)
{
	dh_auto(free) struct dh_module_parameter *parameters = NULL;
	bool all = context->style.format == DH_FORMAT_JSON;
	size_t n = 0, sum = 1;

	if (all && chosen->deed != STATUS)
		read_details(context, findings);
	for (size_t i = 0; i < findings->n; i++) {
		struct dh_module *module = &findings->modules[i];

		sum += module->n_parameters;
		if (!module->why)
			module->why = dh_module_obstacle(module, &findings->kernel);
	}
	parameters = calloc(sum, sizeof(*parameters));
	if (!parameters)
		return dh_fail(DH_EXIT_REFUSED, "modules: %s", strerror(ENOMEM));
	/* The strings remain the modules'. */
	for (size_t i = 0; i < findings->n; i++)
		for (size_t j = 0; j < findings->modules[i].n_parameters; j++)
			parameters[n++] = findings->modules[i].parameters[j];

	return dh_command_write(
		context,
		(struct dh_section[]){
			DH_LIST(dh_schema_modules, findings->modules, findings->n),
			DH_LIST(dh_schema_parameters, parameters,
				all || (chosen->deed == STATUS && chosen->module) ? n : 0),
			DH_RECORD(dh_schema_kernel, &findings->kernel,
				  all || chosen->deed == STATUS),
		},
		3);
}

/* --- Load ----------------------------------------------------------------------- */

static int load(struct dh_context *context, const struct module_options *chosen,
		struct findings *findings)
{
	struct dh_module *module = &findings->modules[0];
	int status = dh_loading_check(&chosen->parameters, module);

	if (status)
		return status;
	if (module->state == DH_MODULE_LIVE || module->state == DH_MODULE_BUILTIN) {
		dh_loading_compare(context, &chosen->parameters, module);
		return DH_EXIT_DONE;
	}
	if (findings->kernel.modules.known && !findings->kernel.modules.value)
		return dh_fail(DH_EXIT_UNSUPPORTED,
			       "module '%s': the kernel was built without modules (CONFIG_MODULES)",
			       module->name);
	if (findings->without_kmod)
		return dh_loading_without_kmod();
	if (!module->file)
		return dh_fail(DH_EXIT_NOT_FOUND,
			       "module '%s': no file in %s%s; --file takes one from elsewhere",
			       module->name, findings->kernel.folder,
			       findings->kernel.folder_seen ? "" : ", which is not there");

	status = dh_loading_try(context, &chosen->parameters, module, &findings->kernel);
	return status ? status : read_module(context, chosen->file, findings, module);
}

/* --- Unload --------------------------------------------------------------------- */

static int unload(struct dh_context *context, const struct module_options *chosen,
		  struct findings *findings)
{
	struct dh_module *module = &findings->modules[0];
	char safe[512];
	int ret, status;

	if (module->state == DH_MODULE_BUILTIN)
		return dh_fail(DH_EXIT_REFUSED,
			       "module '%s': it is built into the kernel and cannot be unloaded",
			       module->name);
	/* Where sysfs is not to be seen, it may be loaded nevertheless. */
	ret = -ENOENT;
	if (module->state == DH_MODULE_LIVE || context->root.sys < 0)
		ret = dh_module_unload(module->name, &context->log);
	if (ret == -ELIBACC)
		return dh_loading_without_kmod();
	if (ret == -ENOENT)
		dh_remark(context, "module '%s': it is not loaded", module->name);

	/* What holds it is to be read after the refusal, not before. */
	status = read_module(context, chosen->file, findings, module);
	if (status || !ret || ret == -ENOENT)
		return status;
	if (ret == -EAGAIN || ret == -EBUSY)
		dh_kernel_accessors_read(&context->root, &findings->kernel);
	module->why = dh_module_unload_reason(ret, module, &findings->kernel);
	dh_text_escape_into(module->why ? module->why : "", safe, sizeof(safe));
	status = dh_fail(dh_loading_status(ret), "module '%s': unloading: %s%s%s", module->name,
			 strerror(-ret), *safe ? "; " : "", safe);
	if (ret == -EAGAIN || ret == -EBUSY)
		dh_unloading_explain(context, module);
	return status;
}

/* -------------------------------------------------------------------------------- */

static int run(struct dh_context *context, int argc, char **argv)
{
	dh_auto(module_options) struct module_options chosen = { .context = context };
	dh_auto(findings) struct findings findings = { 0 };
	int status, written;

	status = dh_command_begin(context, &dh_command_module, argc, argv, &chosen);
	if (!status)
		status = read_all(context, &chosen, &findings);
	if (status)
		return status;

	switch (chosen.deed) {
	case STATUS:
		read_details(context, &findings);
		if (findings.without_kmod)
			status = dh_loading_without_kmod();
		break;
	case LOAD:
		status = load(context, &chosen, &findings);
		break;
	case UNLOAD:
		status = unload(context, &chosen, &findings);
		break;
	}
	if (status == DH_EXIT_USAGE)
		return status;
	written = answer(context, &chosen, &findings);
	return written ? written : status;
}

const struct dh_command dh_command_module = {
	.name = "module",
	.help = "show, load and unload the companion modules",
	.argp = &argp,
	.schema = &dh_schema_modules,
	.run = run,
};
