// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/module.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "model/cause.h"

/* Start of the names of the companion modules. The alias of a module is the rest of its name. */
#define PREFIX "dmaheap_"

static const char *const known[] = { "dmaheap_debug", "dmaheap_client", "dmaheap_sim" };

void dh_module_clear(struct dh_module *module)
{
	free(module->version);
	free(module->parameters);
	free(module->parameter_lines);
	*module = (struct dh_module){ .alias = module->alias, .name = module->name };
}

bool dh_module_from_name(const char *word, struct dh_module *module)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const char *alias = known[i] + strlen(PREFIX);

		if (strcmp(word, alias) && strcmp(word, known[i]))
			continue;
		module->alias = alias;
		module->name = known[i];
		return true;
	}
	return false;
}

const char *dh_module_alias(size_t index)
{
	return index < ARRAY_SIZE(known) ? known[index] + strlen(PREFIX) : NULL;
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

int dh_module_parameter_quote(const char *argument, char **quoted)
{
	const char *equals = strchr(argument, '=');
	bool blanks = false;

	if (!equals || equals == argument)
		return -EINVAL;
	for (const char *c = argument; c < equals; c++)
		if (!isalnum((unsigned char)*c) && (!strchr("_-", *c) || c == argument))
			return -EINVAL;
	/* The kernel treats some bytes outside ASCII as blanks, so quote values with such bytes. */
	for (const char *c = equals + 1; *c; c++) {
		if (*c == '"')
			return -EILSEQ;
		blanks = blanks || !isgraph((unsigned char)*c);
	}
	*quoted = dh_text_format("%.*s=%s%s%s", (int)(equals - argument), argument,
				 blanks ? "\"" : "", equals + 1, blanks ? "\"" : "");
	return *quoted ? 0 : -ENOMEM;
}

bool dh_sim_has_heap(const char *heaps, const char *heap)
{
	size_t length = strlen(heap);

	/* The format is "NAME[:KIND...];NAME...". Names contain no colons or semicolons. */
	while (length) {
		if (strcspn(heaps, ":;") == length && !memcmp(heaps, heap, length))
			return true;
		heaps += strcspn(heaps, ";");
		if (!*heaps++)
			break;
	}
	return false;
}

/* Usual causes of errors from the kernel's module loader (kernel/module) and from base/kmod.c. */
enum operation { LOAD, UNLOAD };

static const char privileges[] =
	"only root (CAP_SYS_MODULE) may load and unload modules, and only if "
	"kernel.modules_disabled is 0; kernel lockdown rejects unsigned modules";
static const char signature[] = "the file has no signature that the kernel accepts";
static const char parameters[] =
	"a parameter is invalid, or the kernel rejected the module for another reason; see the "
	"kernel log";
static const struct dh_cause causes[] = {
	{ LOAD, EPERM, privileges },
	{ LOAD, EACCES, privileges },
	{ LOAD, ENOKEY, signature },
	{ LOAD, EKEYREJECTED, signature },
	{ LOAD, EBADMSG, signature },
	{ LOAD, ENOPKG, signature },
	{ LOAD, ENOEXEC, "the file was built for another kernel, or is damaged" },
	{ LOAD, ENOENT,
	  "the module file is missing, or the module needs a symbol that neither the kernel nor a "
	  "loaded module exports" },
	{ LOAD, EINVAL, parameters },
	{ LOAD, ERANGE, parameters },
	{ LOAD, ENOSPC, parameters },
	{ LOAD, EOPNOTSUPP,
	  "the kernel lacks a feature that the module needs; see the kernel log" },
	{ LOAD, ENOSYS, "the kernel was built without modules (CONFIG_MODULES)" },
	{ LOAD, ECANCELED,
	  "a modprobe.d(5) file contains an 'install' command for the module or a dependency; "
	  "dmaheapctl does not run it: load the module with modprobe(8)" },
	{ LOAD, ENOTRECOVERABLE,
	  "libkmod crashed; the module file or the indexes in /lib/modules may be damaged: rebuild "
	  "the indexes with depmod(8)" },
	{ LOAD, ETIMEDOUT,
	  "libkmod or the module did not finish in time; see the kernel log, and rebuild the "
	  "indexes in /lib/modules with depmod(8) if they are damaged" },
	{ UNLOAD, ENOSYS, "the kernel was built without module unloading (CONFIG_MODULE_UNLOAD)" },
};

static const char *cause_of(enum operation operation, int error)
{
	return dh_cause_find(causes, ARRAY_SIZE(causes), (int)operation, -error);
}

const char *dh_module_load_hint(int error)
{
	return cause_of(LOAD, error);
}

const char *dh_module_unload_hint(int error, const struct dh_module *module, struct dh_maybe remove,
				  char out[DH_MODULE_HINT_MAX])
{
	const struct dh_kmod *kmod = &module->kmod;
	bool sim = !strcmp(module->alias, "sim");

	if (error != -EBUSY && error != -EAGAIN) {
		const char *cause = cause_of(UNLOAD, error);

		return cause ? cause : cause_of(LOAD, error);
	}

	if (*kmod->holders)
		snprintf(out, DH_MODULE_HINT_MAX, "used by module%s %s",
			 strchr(kmod->holders, ',') ? "s" : "", kmod->holders);
	else if (sim && remove.known && !remove.value)
		return "the kernel cannot remove heaps (it lacks dma_heap_remove()), so the module "
		       "stays loaded until the next boot";
	else if (!kmod->refs.known || !kmod->refs.value)
		return "the module was in use, was being loaded or unloaded, or has no exit "
		       "function";
	else
		snprintf(out, DH_MODULE_HINT_MAX, "reference count %llu: %s",
			 (unsigned long long)kmod->refs.value,
			 sim ? "buffers of its heaps, open nodes, or in-kernel references to its "
			       "heaps"
			     : "open files of the module");
	return out;
}
