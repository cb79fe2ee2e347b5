/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The companion modules, and what the kernel has for drivers that use heaps.
 */
#ifndef DH_MODEL_MODULE_H
#define DH_MODEL_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/kmod.h"
#include "base/maybe.h"

struct dh_module {
	const char *alias; /* "debug"; not owned */
	const char *name;  /* "dmaheap_debug"; not owned */
	struct dh_kmod kmod;
	char *version;	  /* of what is loaded; owned, NULL: unknown or not loaded */
	char *parameters; /* the same: "a=1 b=\"2 3\"", as dh_module_parameter_quote() has them */
};

/* Functions of the kernel's heaps that a kernel may have or not, for use inside the kernel. */
enum dh_accessor {
	DH_ACCESSOR_ADD,
	DH_ACCESSOR_REMOVE,
	DH_ACCESSOR_FIND,
	DH_ACCESSOR_FIND_BY_NAME,
	DH_ACCESSOR_PUT,
	DH_ACCESSOR_BUFFER_ALLOC,
	DH_ACCESSOR_BUFFERFD_ALLOC,
	DH_ACCESSORS,
};

struct dh_module_kernel {
	char release[72];			 /* "" unknown */
	struct dh_maybe accessors[DH_ACCESSORS]; /* 0 or 1 */
};

/* What was read; the names stay. */
void dh_module_clear(struct dh_module *module);

/*
 * The modules of this project: `word` is an alias ("sim") or a name ("dmaheap_sim"). Fills
 * alias and name of an otherwise zeroed record; false where it is none of them.
 */
bool dh_module_from_name(const char *word, struct dh_module *module);

/* The aliases, in order; NULL from the last on. */
const char *dh_module_alias(size_t index);

/* "absent", "loadable", "loaded", "builtin", "unknown". */
const char *dh_module_state_name(enum dh_module_state state);

/* "dma_heap_find", ... */
const char *dh_accessor_name(enum dh_accessor accessor);

/*
 * "NAME=VALUE" as the kernel's parser takes it (next_arg() in lib/cmdline.c): a value with
 * blanks gets quotes. 0 and a text that the caller frees; -EINVAL where it is not of that
 * form; -EILSEQ for a value with a quote, which the kernel has no way to take; -ENOMEM.
 */
int dh_module_parameter_quote(const char *argument, char **quoted);

/* Is `heap` one of those that this value of the parameter "heaps" of dmaheap_sim names? */
bool dh_sim_has_heap(const char *heaps, const char *heap);

/* What an -errno of dh_kmod_load() usually means, or NULL. The kernel's log says more. */
const char *dh_module_load_hint(int error);

#define DH_MODULE_HINT_MAX 1200

/*
 * The same for dh_kmod_unload(). `module` was read after the refusal, and `remove` tells
 * whether the kernel has dma_heap_remove(). The text may stand in `out`.
 */
const char *dh_module_unload_hint(int error, const struct dh_module *module, struct dh_maybe remove,
				  char out[DH_MODULE_HINT_MAX]);

#endif
