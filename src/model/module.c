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

static const struct {
	const char *alias;
	const char *name;
} known[] = {
	{ "debug", "dmaheap_debug" },
	{ "sim", "dmaheap_sim" },
};

void dh_module_clear(struct dh_module *module)
{
	free(module->version);
	free(module->parameters);
	*module = (struct dh_module){ .alias = module->alias, .name = module->name };
}

bool dh_module_from_name(const char *word, struct dh_module *module)
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
	*quoted = dh_text_format("%.*s=%s%s%s", (int)(equals - argument), argument,
				 blanks ? "\"" : "", equals + 1, blanks ? "\"" : "");
	return *quoted ? 0 : -ENOMEM;
}

bool dh_sim_has_heap(const char *heaps, const char *heap)
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

/* What these mean in the kernel's loader of modules (kernel/module), and in base/kmod.h. */
enum operation { LOAD, UNLOAD };

static const char privileges[] =
	"this takes root (CAP_SYS_MODULE), and a kernel that is not locked down and has "
	"kernel.modules_disabled at 0";
static const char signature[] =
	"the kernel does not accept the signature of the file, or it has none";
static const char parameters[] =
	"the module did not accept its parameters, or this kernel not the module";
static const char indexes[] =
	"libkmod failed; damaged indexes of /lib/modules do that, and depmod(8) makes them anew";

static const struct dh_cause causes[] = {
	{ LOAD, EPERM, privileges },
	{ LOAD, EACCES, privileges },
	{ LOAD, ENOKEY, signature },
	{ LOAD, EKEYREJECTED, signature },
	{ LOAD, EBADMSG, signature },
	{ LOAD, ENOPKG, signature },
	{ LOAD, ENOEXEC, "the file is made for another kernel, or damaged" },
	{ LOAD, ENOENT,
	  "it needs a symbol that this kernel, with the modules loaded now, does not have" },
	{ LOAD, EINVAL, parameters },
	{ LOAD, ERANGE, parameters },
	{ LOAD, ENOSPC, parameters },
	{ LOAD, EOPNOTSUPP, "this kernel lacks what the module builds upon" },
	{ LOAD, ENOSYS, "the kernel was built without modules (CONFIG_MODULES)" },
	{ LOAD, ECANCELED,
	  "a file of /etc/modprobe.d has an 'install' command for it, which modprobe would run, "
	  "and dmaheapctl does not" },
	{ LOAD, ENOTRECOVERABLE, indexes },
	{ LOAD, ETIMEDOUT, indexes },
	{ UNLOAD, ENOSYS,
	  "the kernel was built without the unloading of modules (CONFIG_MODULE_UNLOAD)" },
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
		snprintf(out, DH_MODULE_HINT_MAX, "it is in use by the module%s %s",
			 strchr(kmod->holders, ',') ? "s" : "", kmod->holders);
	else if (sim && remove.known && !remove.value)
		return "this kernel cannot remove heaps (it has no dma_heap_remove), so that the "
		       "module holds on to itself until the next boot";
	else if (!kmod->refs.known || !kmod->refs.value)
		return "it is just being loaded or unloaded, or cannot be unloaded at all";
	else
		snprintf(out, DH_MODULE_HINT_MAX, "it is in use by %llu: %s",
			 (unsigned long long)kmod->refs.value,
			 sim ? "buffers of its heaps, nodes that are open, or drivers that found "
			       "them"
			     : "files of it that are open");
	return out;
}
