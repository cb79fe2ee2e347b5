// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/loading.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "action/module.h"
#include "base/auto.h"
#include "base/text.h"
#include "cli/status.h"
#include "discover/kernel.h"
#include "discover/loaded.h"
#include "discover/modules.h"

/* So many lines of the kernel's log stand below an error. */
#define LOG_LINES 12

/* Of syslog(3), as the kernel's log has them. */
#define SEVERITY_WARNING 4

enum dh_status dh_loading_status(int error)
{
	switch (-error) {
	case EPERM:
	case EACCES:
		return DH_EXIT_PERMISSION;
	case ENOSYS:
	case EOPNOTSUPP:
	case ELIBACC:
		return DH_EXIT_UNSUPPORTED;
	default:
		return DH_EXIT_REFUSED;
	}
}

int dh_loading_without_kmod(void)
{
#ifdef HAVE_LIBKMOD
	return dh_fail(DH_EXIT_UNSUPPORTED,
		       "modules: the library libkmod.so.2 is missing; the package is libkmod2 on "
		       "Debian, kmod elsewhere");
#else
	return dh_fail(DH_EXIT_UNSUPPORTED, "modules: dmaheapctl was built without libkmod");
#endif
}

/* The kernel ignores parameters that a module does not have, and says so in its log only. */
int dh_loading_check(const struct dh_parameters *parameters, const struct dh_module *module)
{
	for (size_t i = 0; i < parameters->n && module->parameters_known; i++) {
		const char *argument = parameters->each[i];
		dh_auto(free) char *name = strndup(argument, strcspn(argument, "="));
		char list[512] = "none", *end = list, safe[64];

		/* These two the kernel takes for every module. */
		if (!name || dh_module_parameter(module, name) || !strcmp(name, "dyndbg") ||
		    !strcmp(name, "async_probe"))
			continue;
		for (size_t j = 0; j < module->n_parameters && end < list + 400; j++)
			end += sprintf(end, "%s%s", j ? ", " : "",
				       dh_text_escape_into(module->parameters[j].name, safe,
							   sizeof(safe)));
		return dh_fail(DH_EXIT_USAGE, "module '%s': no parameter '%s'; there is: %s",
			       module->name, name, list);
	}
	return DH_EXIT_DONE;
}

void dh_loading_compare(const struct dh_context *context, const struct dh_parameters *parameters,
			const struct dh_module *module)
{
	bool builtin = module->state == DH_MODULE_BUILTIN;

	dh_remark(context, "module '%s': %s", module->name,
		  builtin ? "it is built into the kernel" : "it is loaded already");
	for (size_t i = 0; i < parameters->n; i++) {
		const char *argument = parameters->each[i], *wanted = strchr(argument, '=') + 1;
		dh_auto(free) char *name = strndup(argument, (size_t)(wanted - argument) - 1);
		const struct dh_module_parameter *parameter;
		char safe[512], safe_wanted[512];

		parameter = name ? dh_module_parameter(module, name) : NULL;
		dh_text_escape_into(wanted, safe_wanted, sizeof(safe_wanted));
		if (!parameter || !parameter->value)
			dh_remark(context,
				  "module '%s': whether the parameter %s is '%s' is not known",
				  module->name, name ? name : "", safe_wanted);
		else if (!dh_module_value_same(parameter->type, parameter->value, wanted))
			dh_remark(context,
				  "module '%s': the parameter %s remains '%s', not '%s'; %s",
				  module->name, parameter->name,
				  dh_text_escape_into(parameter->value, safe, sizeof(safe)),
				  safe_wanted,
				  builtin ? "the kernel's command line sets it"
					  : "unload the module first to change it");
	}
}

struct log_filter {
	const struct dh_context *context;
	const char *name;
	bool failed;
	int lines;
};

/* The messages that have to do with the load. What the kernel hands out is printable. */
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

static char *join(const struct dh_parameters *parameters)
{
	char *joined = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&joined, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < parameters->n; i++) {
		dh_auto(free) char *quoted = NULL;

		if (!dh_module_parameter_quote(parameters->each[i], &quoted))
			fprintf(out, "%s%s", i ? " " : "", quoted);
	}
	if (fclose(out)) {
		free(joined);
		return NULL;
	}
	return joined;
}

int dh_loading_try(struct dh_context *context, const struct dh_parameters *parameters,
		   struct dh_module *module, struct dh_module_kernel *kernel)
{
	struct log_filter filter = { .context = context, .name = module->name };
	dh_auto(free) char *joined = join(parameters);
	char safe[512], safe_why[512];
	dh_auto(fd) int log = -1;
	int ret, status = DH_EXIT_DONE;

	if (!joined)
		return dh_fail(DH_EXIT_REFUSED, "module '%s': %s", module->name, strerror(ENOMEM));
	log = dh_kernel_log_open(&context->root);
	ret = dh_module_load(&(struct dh_module_request){
		.name = module->name,
		.path = module->listed ? NULL : module->file,
		.parameters = joined,
		.log = &context->log,
	});
	/* Somebody else has just loaded it. */
	if (ret == -EEXIST && !dh_loaded_read(&context->root, module)) {
		dh_loading_compare(context, parameters, module);
		return DH_EXIT_DONE;
	}

	filter.failed = ret;
	if (ret) {
		dh_module_vermagic_read(&context->root, kernel);
		module->why = dh_module_load_reason(ret, module, kernel);
		dh_text_escape_into(module->why ? module->why : "", safe_why, sizeof(safe_why));
		status =
			dh_fail(dh_loading_status(ret), "module '%s': loading '%s': %s%s%s",
				module->name, dh_text_escape_into(module->file, safe, sizeof(safe)),
				strerror(-ret), *safe_why ? "; " : "", safe_why);
	}
	if (log >= 0)
		dh_kernel_log_each(log, show_message, &filter);
	return status;
}
