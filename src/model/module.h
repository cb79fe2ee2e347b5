/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The companion modules, and what of the kernel decides whether they load.
 */
#ifndef DH_MODEL_MODULE_H
#define DH_MODEL_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/maybe.h"

enum dh_module_state {
	DH_MODULE_UNKNOWN,  /* libkmod is absent, or could not tell */
	DH_MODULE_ABSENT,   /* neither loaded nor in /lib/modules */
	DH_MODULE_LOADABLE, /* there is a file, and it is not loaded */
	DH_MODULE_LIVE,	    /* loaded */
	DH_MODULE_BUILTIN,
};

/* Strings below are owned by the record unless it is said otherwise. */
struct dh_module_parameter {
	const char *module; /* the module's alias; not owned */
	char *name;
	char *type;  /* "charp", "int"; NULL where no file tells */
	char *value; /* NULL: not loaded, or sysfs does not show it */
	char *help;
};

struct dh_module {
	const char *alias; /* "debug"; not owned */
	const char *name;  /* "dmaheap_debug"; not owned */
	enum dh_module_state state;
	char *file;	  /* NULL: none was found */
	bool listed;	  /* the indexes of depmod have that file */
	char *version;	  /* of what is loaded, else of the file */
	char *srcversion; /* the same */
	char *vermagic;	  /* of the file, without blanks at the end */
	struct dh_maybe is_signed;
	char *signer;
	struct dh_module_parameter *parameters;
	size_t n_parameters;
	bool parameters_known; /* a file was read: there are no others */
	char *values;	       /* dh_module_join_values(); NULL: not loaded */
	struct dh_maybe refs;  /* in use by so many, holders included */
	char *holders;	       /* names of modules joined by commas, "" for none */
	char *taint;	       /* letters as in /sys/module/NAME/taint, "" for none */
	char *why;	       /* why it could not be loaded, as far as that is known */
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
	char release[72];
	char folder[512];		  /* where its modules are: /lib/modules/RELEASE */
	bool folder_seen;		  /* it can be read */
	char *vermagic;			  /* NULL: unknown */
	struct dh_maybe modules;	  /* 0 or 1: it was built with modules */
	struct dh_maybe modules_disabled; /* 0 or 1: none can be loaded until the next boot */
	struct dh_maybe sig_enforce;	  /* 0 or 1 */
	char lockdown[32];		  /* "none", "integrity", "confidentiality"; "" unknown */
	struct dh_maybe privileged;	  /* 0 or 1: this caller has CAP_SYS_MODULE */
	struct dh_maybe accessors[DH_ACCESSORS]; /* 0 or 1 */
};

void dh_module_clear(struct dh_module *module);
void dh_module_kernel_clear(struct dh_module_kernel *kernel);

static inline void dh_auto_module(struct dh_module *module)
{
	dh_module_clear(module);
}

static inline void dh_auto_module_kernel(struct dh_module_kernel *kernel)
{
	dh_module_kernel_clear(kernel);
}

/* MODULE_NAME_LEN of <linux/module.h> on 64 bits, without the NUL. */
#define DH_MODULE_NAME_MAX 55

/*
 * Can the kernel have a module of that name? libkmod copies a name into a buffer of PATH_MAX
 * without a check, so no other may reach it.
 */
bool dh_module_name_valid(const char *name);

/*
 * The modules of this project: `word` is an alias ("sim") or a name ("dmaheap_sim"). Fills
 * alias and name of an otherwise zeroed record; false where it is none of them.
 */
bool dh_module_named(const char *word, struct dh_module *module);

/* The aliases, in order; NULL from the last on. */
const char *dh_module_alias(size_t index);

/* "absent", "loadable", "loaded", "builtin", "unknown". */
const char *dh_module_state_name(enum dh_module_state state);

/* "dma_heap_find", ... */
const char *dh_accessor_name(enum dh_accessor accessor);

/* The record of that parameter, '-' and '_' being the same, or NULL. */
struct dh_module_parameter *dh_module_parameter(const struct dh_module *module, const char *name);

/* The same, made where there is none. NULL without memory. */
struct dh_module_parameter *dh_module_parameter_add(struct dh_module *module, const char *name);

/* Makes module->values of the parameters: "a=1 b=2", in the form below. 0 or -ENOMEM. */
int dh_module_join_values(struct dh_module *module);

/*
 * "NAME=VALUE" as the kernel's parser takes it (next_arg() in lib/cmdline.c): a value with
 * blanks gets quotes. 0 and a text that the caller frees; -EINVAL where it is not of that
 * form; -EILSEQ for a value with a quote, which the kernel has no way to take; -ENOMEM.
 */
int dh_module_parameter_quote(const char *argument, char **quoted);

/* Do these two texts set a parameter of that type (or NULL) to the same? */
bool dh_module_value_same(const char *type, const char *a, const char *b);

/* Is `heap` one of those that this value of the parameter "heaps" of dmaheap_sim names? */
bool dh_module_sim_has(const char *heaps, const char *heap);

/*
 * Would the kernel take that vermagic? As same_magic() in kernel/module/version.c has it;
 * where the kernel's own is not known, only the release is compared.
 */
bool dh_vermagic_fits(const char *vermagic, const struct dh_module_kernel *kernel);

/*
 * Why this module could not be loaded now, as far as that can be told without trying:
 * a text that the caller frees, NULL where nothing is known to stand in the way, or
 * without memory.
 */
char *dh_module_obstacle(const struct dh_module *module, const struct dh_module_kernel *kernel);

/*
 * What it usually means that the kernel refused to load, or to unload, with this -errno. A
 * text that the caller frees, or NULL. For unloading, `module` was read after the refusal.
 */
char *dh_module_load_reason(int error, const struct dh_module *module,
			    const struct dh_module_kernel *kernel);
char *dh_module_unload_reason(int error, const struct dh_module *module,
			      const struct dh_module_kernel *kernel);

#endif
