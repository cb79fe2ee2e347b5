// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/module.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

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
	if (asprintf(quoted, "%.*s=%s%s%s", (int)(equals - argument), argument,
		     blanks ? "\"" : "", equals + 1, blanks ? "\"" : "") < 0) {
		*quoted = NULL;
		return -ENOMEM;
	}
	return 0;
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

const char *dh_module_load_hint(int error)
{
	switch (-error) {
	case EPERM:
	case EACCES:
		return "this takes root (CAP_SYS_MODULE), and a kernel that is not locked down and "
		       "has kernel.modules_disabled at 0";
	case ENOKEY:
	case EKEYREJECTED:
	case EBADMSG:
	case ENOPKG:
		return "the kernel does not accept the signature of the file, or it has none";
	case ENOEXEC:
		return "the file is made for another kernel, or damaged";
	case ENOENT:
		return "it needs a symbol that this kernel, with the modules loaded now, does not "
		       "have";
	case EINVAL:
	case ERANGE:
	case ENOSPC:
		return "the module did not accept its parameters, or this kernel not the module";
	case EOPNOTSUPP:
		return "this kernel lacks what the module builds upon";
	case ENOSYS:
		return "the kernel was built without modules (CONFIG_MODULES)";
	case ECANCELED:
		return "a file of /etc/modprobe.d has an 'install' command for it, which modprobe "
		       "would run, and dmaheapctl does not";
	case ENOTRECOVERABLE:
	case ETIMEDOUT:
		return "libkmod failed; damaged indexes of /lib/modules do that, and depmod(8) "
		       "makes them anew";
	default:
		return NULL;
	}
}

const char *dh_module_unload_hint(int error, const struct dh_module *module, struct dh_maybe remove,
				  char out[DH_MODULE_HINT_MAX])
{
	const struct dh_kmod *kmod = &module->kmod;
	bool sim = !strcmp(module->alias, "sim");

	switch (-error) {
	case ENOSYS:
		return "the kernel was built without the unloading of modules "
		       "(CONFIG_MODULE_UNLOAD)";
	case EBUSY:
	case EAGAIN:
		break;
	default:
		return dh_module_load_hint(error);
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
			       "them" :
			       "files of it that are open");
	return out;
}
