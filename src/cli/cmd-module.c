// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * module: the companion modules, in the kernel or out of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/stream.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/status.h"
#include "cli/unloading.h"
#include "discover/kernel.h"
#include "discover/modules.h"
#include "present/schemas.h"

#define MODULES_MAX 2

/* At most this many lines of the kernel's log are shown below an error. */
#define LOG_LINES 12

/* Of syslog(3), as the kernel's log has them. */
#define SEVERITY_WARNING 4

enum deed { STATUS, LOAD, UNLOAD };

static const char *const deeds[] = { [STATUS] = "status", [LOAD] = "load", [UNLOAD] = "unload" };

struct module_options {
	struct dh_context *context;
	const char *file;
	struct dh_words words; /* the deed, the module, parameters */
	enum deed deed;
	const char *module;	       /* NULL: not named */
	const char *const *parameters; /* NAME=VALUE each */
	size_t n_parameters;
};

static void dh_auto_module_options(struct module_options *chosen)
{
	dh_auto_words(&chosen->words);
}

struct findings {
	struct dh_module modules[MODULES_MAX];
	size_t n;
};

static void dh_auto_findings(struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		dh_module_clear(&findings->modules[i]);
}

static const struct argp_option options[] = {
	{ "file", DH_KEY_FILE, "FILE", 0,
	  "load this file of the module, instead of the one in /lib/modules", 10 },
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
	chosen->parameters = words->each + next;
	chosen->n_parameters = words->n - next;
	for (size_t i = 0; i < chosen->n_parameters; i++)
		check_parameter(state, chosen->parameters[i]);

	if (chosen->n_parameters && chosen->deed != LOAD)
		argp_error(state, "only 'load' takes parameters");
	if (chosen->file && chosen->deed != LOAD)
		argp_error(state, "only 'load' takes --file");
	if (chosen->deed != STATUS && !chosen->module && !chosen->file)
		argp_error(state, "which module? debug or sim");
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
	.children = (const struct argp_child[]){ { .argp = &dh_print_argp }, { 0 } },
	.args_doc = "status [debug|sim]\nload debug|sim [NAME=VALUE...]\nunload debug|sim",
	.doc = "Show, load or unload the companion modules: dmaheap_debug, which counts what the "
	       "kernel does with heaps, and dmaheap_sim, which has heaps without hardware.\v"
	       "Nothing is ever forced. Loading what is loaded, and unloading what is not, is no "
	       "error. Status 3: no such module; 4: not permitted; 5: no libkmod, or a kernel "
	       "without modules.",
};

/* The exit status for an -errno of dh_kmod_load(), dh_kmod_unload() or dh_module_read(). */
static enum dh_status status_of(int error)
{
	return error == -ELIBACC ? DH_EXIT_UNSUPPORTED
	       : error == -ENOENT ? DH_EXIT_REFUSED
				  : dh_status_of(error);
}

/* Says what failed, and why. Returns the exit status. */
static int fail(const struct dh_module *module, const char *what, int error, const char *hint)
{
	if (error == -ELIBACC)
#ifdef HAVE_LIBKMOD
		return dh_fail(DH_EXIT_UNSUPPORTED,
			       "modules: the library libkmod.so.2 is missing; the package is "
			       "libkmod2 on Debian, kmod elsewhere");
#else
		return dh_fail(DH_EXIT_UNSUPPORTED,
			       "modules: dmaheapctl was built without libkmod");
#endif
	return dh_fail(status_of(error), "module '%s': %s: %s%s%s", module->name, what,
		       strerror(-error), hint ? "; " : "", hint ? hint : "");
}

/* Fills the record anew. Returns 0 or an exit status, having said why. */
static int read_module(const struct dh_context *context, struct dh_module *module)
{
	int ret = dh_module_read(&context->root, module);

	return ret ? fail(module, "asking libkmod", ret, dh_module_load_hint(ret)) : DH_EXIT_DONE;
}

/* Names the module that is in the file, which has to be `module` where that has a name. */
static int name_module(const struct dh_context *context, const char *file,
		       struct dh_module *module)
{
	struct dh_module other = { 0 };
	char safe[512], name[DH_MODULE_NAME_MAX + 1], safe_name[sizeof(name) * 4];
	int ret = dh_kmod_file_name(file, &context->log, name);

	dh_text_escape_into(file, safe, sizeof(safe));
	switch (ret) {
	case 0:
		break;
	case -ELIBACC:
		return fail(module, NULL, ret, NULL);
	case -EINVAL:
		return dh_fail(DH_EXIT_REFUSED, "module file '%s': not a regular file", safe);
	case -ENOEXEC:
	case -ENOTRECOVERABLE:
	case -ETIMEDOUT:
		return dh_fail(DH_EXIT_REFUSED, "module file '%s': not a kernel module, or damaged",
			       safe);
	default:
		return dh_fail(dh_status_of(ret), "module file '%s': %s", safe, strerror(-ret));
	}

	if (dh_module_named(name, &other) && (!module->name || module->name == other.name)) {
		*module = other;
		return DH_EXIT_DONE;
	}
	return dh_fail(DH_EXIT_REFUSED, "module file '%s': this is the module '%s', not %s", safe,
		       dh_text_escape_into(name, safe_name, sizeof(safe_name)),
		       module->name ? module->name : "dmaheap_debug or dmaheap_sim");
}

/* The modules asked for. Returns 0 or an exit status, having said why. */
static int read_all(const struct dh_context *context, const struct module_options *chosen,
		    struct findings *findings)
{
	struct dh_module *modules = findings->modules;
	int status = DH_EXIT_DONE;
	char safe[128];

	if (chosen->module && !dh_module_named(chosen->module, &modules[0]))
		return dh_fail(DH_EXIT_NOT_FOUND, "no module '%s' here: there are debug and sim",
			       dh_text_escape_into(chosen->module, safe, sizeof(safe)));
	if (chosen->file)
		status = name_module(context, chosen->file, &modules[0]);
	findings->n = 1;
	if (!chosen->module && !chosen->file)
		for (findings->n = 0; dh_module_alias(findings->n); findings->n++)
			dh_module_named(dh_module_alias(findings->n), &modules[findings->n]);
	for (size_t i = 0; i < findings->n && !status; i++)
		status = read_module(context, &modules[i]);
	return status;
}

/* Returns an exit status: a kernel without a list of symbols is no failure. */
static int read_kernel(const struct dh_context *context, struct dh_module_kernel *kernel)
{
	int ret = dh_kernel_read(&context->root, kernel);

	if (ret)
		dh_remark(context,
			  "which functions the kernel has for heaps is unknown: /proc/kallsyms: %s",
			  dh_error_text(-ret));
	if (ret == -ENOENT || ret == -ENODATA || ret == -DH_NOT_MOUNTED)
		return DH_EXIT_DONE;
	return dh_status_of(ret);
}

/* The document. Returns 0 or an exit status. */
static int answer(const struct dh_context *context, const struct module_options *chosen,
		  const struct findings *findings)
{
	bool full = context->style.format == DH_FORMAT_JSON || chosen->deed == STATUS;
	struct dh_module_kernel kernel = { 0 };
	int status = DH_EXIT_DONE, written;

	if (full)
		status = read_kernel(context, &kernel);
	written =
		dh_command_write(context,
				 (struct dh_section[]){
					 DH_LIST(dh_schema_modules, findings->modules, findings->n),
					 DH_RECORD(dh_schema_kernel, &kernel, full),
				 },
				 2);
	/* Loading and unloading do not depend on it. */
	return written || chosen->deed != STATUS ? written : status;
}

/* --- Load ----------------------------------------------------------------------- */

struct log_filter {
	const struct dh_context *context;
	const char *name;
	bool failed;
	int lines;
};

/* The messages that have to do with the load. */
static void show_message(void *data, int severity, const char *message)
{
	struct log_filter *filter = data;
	bool named = strstr(message, filter->name);

	/* That a module from outside its tree taints it, the kernel says every time. */
	if (filter->failed ? !named && !strstr(message, "odule")
			   : !named || severity > SEVERITY_WARNING || strstr(message, "taint"))
		return;
	if (filter->lines++ < LOG_LINES)
		dh_remark(filter->context, "kernel: %s", message);
}

/* As the kernel takes them, apart by blanks; the caller frees them. NULL without memory. */
static char *join(const struct module_options *chosen)
{
	dh_auto(stream) struct dh_stream joined = { 0 };

	if (dh_stream_open(&joined))
		return NULL;
	for (size_t i = 0; i < chosen->n_parameters; i++) {
		dh_auto(free) char *quoted = NULL;

		/* parse() has refused those that cannot be quoted. */
		if (dh_module_parameter_quote(chosen->parameters[i], &quoted))
			return NULL;
		fprintf(joined.file, "%s%s", i ? " " : "", quoted);
	}
	return dh_stream_close(&joined) ? NULL : dh_steal_ptr(joined.text);
}

static void remark_loaded(const struct dh_context *context, const struct module_options *chosen,
			  const struct dh_module *module)
{
	dh_remark(context, "module '%s': it is %s%s", module->name,
		  module->kmod.state == DH_MODULE_BUILTIN ? "built into the kernel"
							  : "loaded already",
		  chosen->n_parameters ? ", and its parameters stay as they are" : "");
}

static int load(const struct dh_context *context, const struct module_options *chosen,
		struct dh_module *module)
{
	struct log_filter filter = { .context = context, .name = module->name };
	dh_auto(free) char *parameters = join(chosen);
	dh_auto(fd) int log = -1;
	char safe[512], what[544];
	int ret, status = DH_EXIT_DONE;

	if (!parameters)
		return fail(module, "loading", -ENOMEM, NULL);
	if (module->kmod.state == DH_MODULE_LIVE || module->kmod.state == DH_MODULE_BUILTIN) {
		remark_loaded(context, chosen, module);
		return DH_EXIT_DONE;
	}
	if (!chosen->file && !*module->kmod.file)
		return dh_fail(DH_EXIT_NOT_FOUND,
			       "module '%s': the indexes of /lib/modules do not have it; depmod(8) "
			       "adds a file that is there, and --file loads one from elsewhere",
			       module->name);

	log = dh_kernel_log_open(&context->root);
	ret = dh_kmod_load(&(struct dh_kmod_request){ .name = module->name,
						      .file = chosen->file,
						      .parameters = parameters },
			   &context->log);
	filter.failed = ret && ret != -EEXIST;
	if (filter.failed) {
		dh_text_escape_into(chosen->file ? chosen->file : module->kmod.file, safe,
				    sizeof(safe));
		snprintf(what, sizeof(what), "loading '%s'", safe);
		status = fail(module, what, ret, dh_module_load_hint(ret));
	}
	if (log >= 0)
		dh_kernel_log_each(log, show_message, &filter);
	if (status)
		return status;
	status = read_module(context, module);
	/* Somebody else has just loaded it. */
	if (ret == -EEXIST && !status)
		remark_loaded(context, chosen, module);
	return status;
}

/* --- Unload --------------------------------------------------------------------- */

static int unload(const struct dh_context *context, struct dh_module *module)
{
	struct dh_module_kernel kernel = { 0 };
	char out[DH_MODULE_HINT_MAX];
	int ret = -ENOENT, status;
	const char *hint;
	bool busy;

	if (module->kmod.state == DH_MODULE_BUILTIN)
		return dh_fail(DH_EXIT_REFUSED,
			       "module '%s': it is built into the kernel and cannot be unloaded",
			       module->name);
	if (module->kmod.state == DH_MODULE_LIVE || module->kmod.state == DH_MODULE_UNKNOWN)
		ret = dh_kmod_unload(module->name, &context->log);
	if (ret == -ENOENT)
		dh_remark(context, "module '%s': it is not loaded", module->name);

	/* What holds it is to be read after the refusal, not before. */
	status = read_module(context, module);
	if (!ret || ret == -ENOENT) {
		/* Without /sys, the answer of the kernel is the only evidence. */
		if (module->kmod.state == DH_MODULE_UNKNOWN)
			module->kmod.state =
				*module->kmod.file ? DH_MODULE_LOADABLE : DH_MODULE_ABSENT;
		return status;
	}
	if (status)
		return status;
	busy = ret == -EAGAIN || ret == -EBUSY;
	if (busy)
		read_kernel(context, &kernel);
	hint = dh_module_unload_hint(ret, module, kernel.accessors[DH_ACCESSOR_REMOVE], out);
	status = fail(module, "unloading", ret, hint);
	if (busy)
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
	if (chosen.deed == LOAD)
		status = load(context, &chosen, &findings.modules[0]);
	else if (chosen.deed == UNLOAD)
		status = unload(context, &findings.modules[0]);
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
