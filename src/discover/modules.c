// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/modules.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/record.h"
#include "base/stream.h"
#include "base/text.h"
#include "discover/lines.h"

/* Maximum size of a sysfs attribute with 4 KiB pages, plus a NUL. Longer values are skipped. */
#define VALUE_MAX 4097

struct parameters {
	const struct dh_root *root;
	const char *dir;
	struct dh_stream text;	/* for dh_module.parameters */
	struct dh_stream lines; /* for dh_module.parameter_lines */
	bool any;
};

static int add_parameter(void *data, const char *name)
{
	struct parameters *parameters = data;
	dh_auto(free) char *pair = NULL;
	dh_auto(free) char *quoted = NULL;
	char path[320], value[VALUE_MAX];

	snprintf(path, sizeof(path), "%s/%s", parameters->dir, name);
	if (dh_file_read(parameters->root->sys, path, value, sizeof(value)) < 0)
		return 0;
	pair = dh_text_format("%s=%s", name, value);
	if (!pair)
		return -ENOMEM;
	/*
	 * A value with a double quote cannot be quoted, because the kernel's parser of module
	 * parameters has no escape for it. Show such a value unquoted.
	 */
	if (dh_module_parameter_quote(pair, &quoted) == -ENOMEM)
		return -ENOMEM;
	fprintf(parameters->text.file, "%s%s", parameters->any ? " " : "", quoted ? quoted : pair);
	fprintf(parameters->lines.file, "%s%s", parameters->any ? "\n" : "", pair);
	parameters->any = true;
	return 0;
}

static int read_parameters(const struct dh_root *root, struct dh_module *module)
{
	char dir[96];
	struct parameters parameters = { .root = root, .dir = dir };
	int ret;

	snprintf(dir, sizeof(dir), "module/%s/parameters", module->name);
	ret = dh_stream_open(&parameters.text);
	if (!ret)
		ret = dh_stream_open(&parameters.lines);
	if (!ret)
		ret = dh_dir_each(root->sys, dir, add_parameter, &parameters);
	if (dh_stream_close(&parameters.text))
		ret = -ENOMEM;
	if (dh_stream_close(&parameters.lines))
		ret = -ENOMEM;
	module->parameters = dh_steal_ptr(parameters.text.text);
	module->parameter_lines = dh_steal_ptr(parameters.lines.text);
	/* Ignore other errors: a module without parameters has no such directory. */
	return ret == -ENOMEM ? ret : 0;
}

int dh_module_read(const struct dh_root *root, struct dh_module *module)
{
	const struct dh_kmod *kmod = &module->kmod;
	char path[96], version[256];
	int ret;

	dh_module_clear(module);
	ret = dh_kmod_find(module->name, root->log, &module->kmod);
	dh_note(root->log, "module %s: %s", module->name,
		ret ? strerror(-ret) : dh_module_state_name(kmod->state));
	if (ret || (kmod->state != DH_MODULE_LIVE && kmod->state != DH_MODULE_BUILTIN))
		return ret;

	snprintf(path, sizeof(path), "module/%s/version", module->name);
	if (dh_file_read(root->sys, path, version, sizeof(version)) >= 0 &&
	    dh_text_copy(&module->version, version))
		return -ENOMEM;
	return read_parameters(root, module);
}

/* --- Kernel functions --------------------------------------------------------------- */

/*
 * Parses a line such as "ffffffff81a0b0c0 T dma_heap_add". In a line for a symbol of a module,
 * "\t[NAME]" follows.
 */
static int visit_symbol(void *data, const char *line, size_t length)
{
	struct dh_module_kernel *kernel = data;
	const char *symbol = memmem(line, length, " dma_heap_", strlen(" dma_heap_"));

	/* With the patches in kernel/patches, dma_heap_add() is a macro for __dma_heap_add(). */
	if (!symbol) {
		symbol = memmem(line, length, " __dma_heap_add", strlen(" __dma_heap_add"));
		if (!symbol)
			return 0;
		symbol += strlen("__");
	}
	symbol++;
	length -= (size_t)(symbol - line);
	for (int i = 0; i < DH_ACCESSORS; i++) {
		const char *name = dh_accessor_name(i);
		size_t n = strlen(name);

		if (length >= n && !memcmp(symbol, name, n) &&
		    (length == n || symbol[n] == '\t' || symbol[n] == ' '))
			kernel->accessors[i] = dh_known(true);
	}
	return 0;
}

int dh_accessors_read(const struct dh_root *root, struct dh_module_kernel *kernel)
{
	uint64_t length;
	int ret;

	*kernel = (struct dh_module_kernel){ 0 };
	if (dh_file_read(root->proc, "sys/kernel/osrelease", kernel->release,
			 sizeof(kernel->release)) < 0)
		*kernel->release = '\0';
	ret = dh_lines_read_file(root->proc, "kallsyms", visit_symbol, kernel, &length);
	if (!ret && !length)
		ret = -ENODATA;
	/* Without the whole file, a symbol that was not found may exist: set all to unknown. */
	for (int i = 0; i < DH_ACCESSORS; i++)
		kernel->accessors[i] =
			ret ? (struct dh_maybe){ 0 } : dh_known(kernel->accessors[i].known);
	return ret;
}

/* --- The heaps of dmaheap_sim ------------------------------------------------------- */

/* Parses a line such as "heap=NAME kind=carveout size=65536 used=4096 largest=61440". */
static int visit_sim_heap(void *data, const char *line, size_t length)
{
	struct dh_sim_heaps *heaps = data;
	dh_auto(free) char *copy = strndup(line, length);
	char *name = NULL, *kind = NULL, *removed = NULL;
	struct dh_sim_heap heap = { 0 }, *added;
	const struct dh_record_field fields[] = {
		{ .key = "heap", .text = &name },
		{ .key = "kind", .text = &kind },
		{ .key = "removed", .text = &removed },
		{ .key = "size", .number = &heap.size },
		{ .key = "used", .number = &heap.used },
		{ .key = "largest", .number = &heap.largest },
	};
	int ret;

	if (!copy)
		return -ENOMEM;
	ret = dh_record_fields(copy, fields, ARRAY_SIZE(fields));
	if (!name || dh_record_unescape(name))
		return 0;
	/* The heap exists even if the rest of the line is malformed. */
	if (ret)
		heap = (struct dh_sim_heap){ 0 };
	heap.name = strdup(name);
	added = heap.name ? dh_array_add(&heaps->each, &heaps->n) : NULL;
	if (!added) {
		free(heap.name);
		return -ENOMEM;
	}
	heap.is_removed = removed;
	heap.is_carveout = kind && !strcmp(kind, "carveout");
	*added = heap;
	return 0;
}

int dh_sim_heaps_read(const struct dh_root *root, struct dh_sim_heaps *heaps)
{
	return dh_lines_read_file(root->sys, "kernel/debug/dmaheap_sim/heaps", visit_sim_heap,
				  heaps, NULL);
}

void dh_sim_heaps_clear(struct dh_sim_heaps *heaps)
{
	for (size_t i = 0; i < heaps->n; i++)
		free(heaps->each[i].name);
	free(heaps->each);
	*heaps = (struct dh_sim_heaps){ 0 };
}
