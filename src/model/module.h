/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The companion modules, and the kernel functions that drivers call to provide and use heaps.
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
	/* Owned. NULL if unknown, or if the module is not loaded. */
	char *version;
	char *parameters;      /* "a=1 b=\"2 3\"", quoted by dh_module_parameter_quote() */
	char *parameter_lines; /* "a=1\nb=2 3", not quoted */
};

/* Kernel functions that drivers call to provide and use heaps. A kernel may lack some of them. */
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
	char release[72];			 /* "" if unknown */
	struct dh_maybe accessors[DH_ACCESSORS]; /* 0 or 1: the kernel has the function */
};

/* Frees and resets all members except alias and name. */
void dh_module_clear(struct dh_module *module);

/*
 * Sets alias and name of a companion module. `word` is an alias ("sim") or a name ("dmaheap_sim").
 * Returns false for any other word.
 */
bool dh_module_from_name(const char *word, struct dh_module *module);

/* Returns the alias at `index`, or NULL after the last one. */
const char *dh_module_alias(size_t index);

/* Returns "absent", "loadable", "loaded", "builtin" or "unknown". */
const char *dh_module_state_name(enum dh_module_state state);

/* Returns the name of the kernel function: "dma_heap_find" and so on. */
const char *dh_accessor_name(enum dh_accessor accessor);

/*
 * Quotes VALUE of "NAME=VALUE" for the kernel's parser (next_arg() in lib/cmdline.c) if VALUE
 * contains blanks or bytes outside printable ASCII. Returns 0 and sets `*quoted` to a text that the
 * caller frees. Returns -EINVAL for malformed text, or -ENOMEM. Returns -EILSEQ if VALUE contains a
 * double quote, because the parser has no escape for it.
 */
int dh_module_parameter_quote(const char *argument, char **quoted);

/* Returns true if `heaps`, a value of the parameter "heaps" of dmaheap_sim, contains `heap`. */
bool dh_sim_has_heap(const char *heaps, const char *heap);

/*
 * Returns static text with the usual cause of an -errno from dh_kmod_load() or dh_kmod_find(), or
 * NULL.
 */
const char *dh_module_load_hint(int error);

#define DH_MODULE_HINT_MAX 1200

/*
 * Returns the usual cause of an -errno from dh_kmod_unload(), or NULL. `module` is the state after
 * the failure. `remove` is 1 if the kernel has dma_heap_remove(), 0 if it lacks the function, or
 * unknown. The text is static or in `out`.
 */
const char *dh_module_unload_hint(int error, const struct dh_module *module, struct dh_maybe remove,
				  char out[DH_MODULE_HINT_MAX]);

#endif
