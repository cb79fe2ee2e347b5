// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/module.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/units.h"

static const struct {
	const char *alias;
	const char *name;
} known[] = {
	{ "debug", "dmaheap_debug" },
	{ "sim", "dmaheap_sim" },
};

__attribute__((format(printf, 1, 2))) static char *text(const char *format, ...)
{
	va_list args;
	char *made;

	va_start(args, format);
	if (vasprintf(&made, format, args) < 0)
		made = NULL;
	va_end(args);
	return made;
}

void dh_module_clear(struct dh_module *module)
{
	for (size_t i = 0; i < module->n_parameters; i++) {
		free(module->parameters[i].name);
		free(module->parameters[i].type);
		free(module->parameters[i].value);
		free(module->parameters[i].help);
	}
	free(module->parameters);
	free(module->file);
	free(module->version);
	free(module->srcversion);
	free(module->vermagic);
	free(module->signer);
	free(module->values);
	free(module->holders);
	free(module->taint);
	free(module->why);
	*module = (struct dh_module){ .alias = module->alias, .name = module->name };
}

void dh_module_kernel_clear(struct dh_module_kernel *kernel)
{
	free(kernel->vermagic);
	*kernel = (struct dh_module_kernel){ 0 };
}

bool dh_module_named(const char *word, struct dh_module *module)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(word, known[i].alias) && strcmp(word, known[i].name))
			continue;
		module->alias = known[i].alias;
		module->name = known[i].name;
		return true;
	}
	return false;
}

bool dh_module_name_valid(const char *name)
{
	size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789_-");

	return length > 0 && length <= DH_MODULE_NAME_MAX && !name[length];
}

const char *dh_module_alias(size_t index)
{
	return index < ARRAY_SIZE(known) ? known[index].alias : NULL;
}

const char *dh_module_state_name(enum dh_module_state state)
{
	static const char *const names[] = { "unknown", "absent", "loadable", "loaded", "builtin" };

	return names[state];
}

const char *dh_accessor_name(enum dh_accessor accessor)
{
	static const char *const names[] = {
		"dma_heap_add",
		"dma_heap_remove",
		"dma_heap_find",
		"dma_heap_find_by_name",
		"dma_heap_put",
		"dma_heap_buffer_alloc",
		"dma_heap_bufferfd_alloc",
	};

	return names[accessor];
}

/* As parameq() in kernel/params.c has it. */
static bool same_name(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !(strchr("-_", *a) && strchr("-_", *b)))
			return false;
	return *a == *b;
}

struct dh_module_parameter *dh_module_parameter(const struct dh_module *module, const char *name)
{
	for (size_t i = 0; i < module->n_parameters; i++)
		if (same_name(module->parameters[i].name, name))
			return &module->parameters[i];
	return NULL;
}

struct dh_module_parameter *dh_module_parameter_add(struct dh_module *module, const char *name)
{
	struct dh_module_parameter *parameter = dh_module_parameter(module, name);
	char *copy;

	if (parameter)
		return parameter;
	parameter = reallocarray(module->parameters, module->n_parameters + 1, sizeof(*parameter));
	if (!parameter)
		return NULL;
	module->parameters = parameter;
	copy = strdup(name);
	if (!copy)
		return NULL;
	parameter += module->n_parameters++;
	*parameter = (struct dh_module_parameter){ .module = module->alias, .name = copy };
	return parameter;
}

int dh_module_parameter_quote(const char *argument, char **quoted)
{
	const char *equals = strchr(argument, '=');
	bool blanks = false;

	if (!equals || equals == argument)
		return -EINVAL;
	for (const char *c = argument; c < equals; c++)
		if (!isalnum((unsigned char)*c) && (!strchr("_-", *c) || c == argument))
			return -EINVAL;
	/* To the kernel some bytes outside ASCII are blanks, too: no matter, within quotes. */
	for (const char *c = equals + 1; *c; c++) {
		if (*c == '"')
			return -EILSEQ;
		blanks = blanks || !isgraph((unsigned char)*c);
	}
	*quoted = text("%.*s=%s%s%s", (int)(equals - argument), argument, blanks ? "\"" : "",
		       equals + 1, blanks ? "\"" : "");
	return *quoted ? 0 : -ENOMEM;
}

static int append(char **joined, const char *more)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s", *joined, **joined ? " " : "", more) < 0)
		return -ENOMEM;
	free(*joined);
	*joined = longer;
	return 0;
}

int dh_module_join_values(struct dh_module *module)
{
	dh_auto(free) char *joined = strdup("");

	if (!joined)
		return -ENOMEM;
	for (size_t i = 0; i < module->n_parameters; i++) {
		const struct dh_module_parameter *parameter = &module->parameters[i];
		dh_auto(free) char *pair = NULL;
		dh_auto(free) char *quoted = NULL;

		if (!parameter->value)
			continue;
		pair = text("%s=%s", parameter->name, parameter->value);
		/* A value that cannot be quoted is shown nevertheless. */
		if (!pair || dh_module_parameter_quote(pair, &quoted) == -ENOMEM ||
		    append(&joined, quoted ? quoted : pair))
			return -ENOMEM;
	}
	free(module->values);
	module->values = dh_steal_ptr(joined);
	return 0;
}

/* As kstrtobool() has it: 1, 0, or -1 for what is neither. */
static int truth(const char *text)
{
	if (strchr("yYtT1", *text) && *text)
		return 1;
	if (strchr("nNfF0", *text) && *text)
		return 0;
	if (*text == 'o' || *text == 'O')
		return text[1] == 'n' || text[1] == 'N'	  ? 1
		       : text[1] == 'f' || text[1] == 'F' ? 0
							  : -1;
	return -1;
}

bool dh_module_value_same(const char *type, const char *a, const char *b)
{
	uint64_t number_a, number_b;

	if (!strcmp(a, b))
		return true;
	if (type && !strcmp(type, "charp"))
		return false;
	if (type && (!strcmp(type, "bool") || !strcmp(type, "invbool")))
		return truth(a) >= 0 && truth(a) == truth(b);
	return !dh_parse_count(a, 0, UINT64_MAX, &number_a) &&
	       !dh_parse_count(b, 0, UINT64_MAX, &number_b) && number_a == number_b;
}

bool dh_module_sim_has(const char *heaps, const char *heap)
{
	size_t length = strlen(heap);

	/* "NAME[:KIND...];NAME...": a name has neither colons nor semicolons. */
	while (length) {
		if (strcspn(heaps, ":;") == length && !memcmp(heaps, heap, length))
			return true;
		heaps += strcspn(heaps, ";");
		if (!*heaps++)
			break;
	}
	return false;
}

bool dh_vermagic_fits(const char *vermagic, const struct dh_module_kernel *kernel)
{
	size_t release = strcspn(vermagic, " ");
	/* With checksums of the symbols, the kernel does not ask for the release. */
	bool checksums = strstr(vermagic, " modversions");

	if (kernel->vermagic)
		return checksums ? !strcmp(vermagic + release,
					   kernel->vermagic + strcspn(kernel->vermagic, " "))
				 : !strcmp(vermagic, kernel->vermagic);
	return checksums ||
	       (release == strlen(kernel->release) && !strncmp(vermagic, kernel->release, release));
}

static bool locked_down(const struct dh_module_kernel *kernel)
{
	return *kernel->lockdown && strcmp(kernel->lockdown, "none");
}

/* What keeps out every module, whatever its file. */
static char *general_obstacle(const struct dh_module_kernel *kernel)
{
	if (kernel->modules.known && !kernel->modules.value)
		return text("the kernel was built without modules (CONFIG_MODULES)");
	if (kernel->modules_disabled.known && kernel->modules_disabled.value)
		return text("kernel.modules_disabled is set: until the next boot no module can be "
			    "loaded or unloaded");
	return NULL;
}

static char *vermagic_obstacle(const struct dh_module *module,
			       const struct dh_module_kernel *kernel)
{
	if (!module->vermagic || dh_vermagic_fits(module->vermagic, kernel))
		return NULL;
	return text("the file is made for another kernel: its vermagic is '%s', that of the "
		    "running one '%s'",
		    module->vermagic, kernel->vermagic ? kernel->vermagic : kernel->release);
}

static char *signature_obstacle(const struct dh_module *module,
				const struct dh_module_kernel *kernel)
{
	if (!module->is_signed.known || module->is_signed.value)
		return NULL;
	if (kernel->sig_enforce.known && kernel->sig_enforce.value)
		return text("the file is not signed, and the kernel takes signed modules only "
			    "(module.sig_enforce)");
	if (locked_down(kernel))
		return text("the file is not signed, and the kernel is locked down (%s)",
			    kernel->lockdown);
	return NULL;
}

char *dh_module_obstacle(const struct dh_module *module, const struct dh_module_kernel *kernel)
{
	char *why;

	if (module->state == DH_MODULE_LIVE || module->state == DH_MODULE_BUILTIN)
		return NULL;
	why = general_obstacle(kernel);
	if (why)
		return why;
	if (module->state == DH_MODULE_UNKNOWN)
		return text("libkmod is missing, which looks for the file");
	if (module->state == DH_MODULE_ABSENT && !kernel->folder_seen)
		return text("no folder %s", kernel->folder);
	if (module->state == DH_MODULE_ABSENT)
		return text("no file in %s", kernel->folder);
	why = vermagic_obstacle(module, kernel);
	if (!why)
		why = signature_obstacle(module, kernel);
	if (!why && kernel->privileged.known && !kernel->privileged.value)
		why = text("this takes root (CAP_SYS_MODULE)");
	return why;
}

static char *permission_reason(const struct dh_module *module,
			       const struct dh_module_kernel *kernel)
{
	char *why = general_obstacle(kernel);

	if (!why && kernel->privileged.known && !kernel->privileged.value)
		why = text("this takes root (CAP_SYS_MODULE)");
	if (!why && module->state != DH_MODULE_LIVE)
		why = signature_obstacle(module, kernel);
	if (!why && locked_down(kernel) && module->state != DH_MODULE_LIVE)
		why = text("the kernel is locked down (%s), and does not know the key of the "
			   "signature",
			   kernel->lockdown);
	return why ? why : text("a container or a security policy keeps the caller from it");
}

char *dh_module_load_reason(int error, const struct dh_module *module,
			    const struct dh_module_kernel *kernel)
{
	char *why;

	switch (-error) {
	case EPERM:
	case EACCES:
		return permission_reason(module, kernel);
	case ENOKEY:
	case EKEYREJECTED:
	case EBADMSG:
	case ENOPKG:
		why = signature_obstacle(module, kernel);
		return why ? why : text("the kernel does not accept the file's signature");
	case ENOEXEC:
		why = vermagic_obstacle(module, kernel);
		if (why || !module->vermagic)
			return why ? why : text("it is no module of this machine, or damaged");
		return text("it is damaged, or made from other sources than this kernel (vermagic "
			    "'%s')",
			    module->vermagic);
	case ENOENT:
		return text("it needs a symbol that this kernel, with the modules loaded now, does "
			    "not have");
	case EINVAL:
	case ERANGE:
	case ENOSPC:
		return text("the module did not accept its parameters, or this kernel not the "
			    "module");
	case EOPNOTSUPP:
		return text("this kernel lacks what the module builds upon");
	case ENOSYS:
		return text("the kernel was built without modules (CONFIG_MODULES)");
	case ECANCELED:
		return text("a file of /etc/modprobe.d has an 'install' command for it, which "
			    "modprobe would run, and dmaheapctl does not");
	default:
		return NULL;
	}
}

char *dh_module_unload_reason(int error, const struct dh_module *module,
			      const struct dh_module_kernel *kernel)
{
	const struct dh_maybe *remove = &kernel->accessors[DH_ACCESSOR_REMOVE];
	bool sim = module->alias && !strcmp(module->alias, "sim");

	switch (-error) {
	case EPERM:
	case EACCES:
		return permission_reason(module, kernel);
	case ENOSYS:
		return text("the kernel was built without the unloading of modules "
			    "(CONFIG_MODULE_UNLOAD)");
	case EBUSY:
	case EAGAIN:
		break;
	default:
		return NULL;
	}

	if (module->holders && *module->holders)
		return text("it is in use by the module%s %s",
			    strchr(module->holders, ',') ? "s" : "", module->holders);
	if (sim && remove->known && !remove->value)
		return text("this kernel cannot remove heaps (it has no dma_heap_remove), so that "
			    "the module holds on to itself until the next boot");
	if (!module->refs.known || !module->refs.value)
		return text("it is just being loaded or unloaded, or cannot be unloaded at all");
	if (sim)
		return text("it is in use by %llu: buffers of its heaps, nodes that are open, or "
			    "drivers that found them",
			    (unsigned long long)module->refs.value);
	return text("it is in use by %llu: files of it that are open",
		    (unsigned long long)module->refs.value);
}
