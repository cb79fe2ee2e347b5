// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/auto.h"
#include "model/module.h"
#include "present/schemas.h"

/* --- Modules ------------------------------------------------------------------ */

#define MODULE(name, statement) DH_GETTER(struct dh_module, get_##name, statement)

MODULE(alias, dh_cell_text(cell, of->alias))
MODULE(name, dh_cell_text(cell, of->name))
MODULE(file, dh_cell_nonempty(cell, of->kmod.file))
MODULE(version, dh_cell_text(cell, of->version))
MODULE(parameters, dh_cell_text(cell, of->parameters))
MODULE(state, dh_cell_text(cell, dh_module_state_name(of->kmod.state)))
MODULE(refs, dh_cell_maybe(cell, DH_CELL_COUNT, of->kmod.refs))
MODULE(holders, dh_cell_text(cell, of->kmod.refs.known ? of->kmod.holders : NULL))

/* clang-format off */
static const struct dh_column modules[] = {
	{ .name = "MODULE", .key = "module", .shown = true, .get = get_alias,
	  .help = "debug or sim" },
	{ .name = "STATE", .key = "state", .shown = true, .get = get_state,
	  .help = "absent, loadable, loaded, builtin or unknown" },
	{ .name = "FILE", .key = "file", .shown = true, .get = get_file,
	  .help = "the file that depmod has in its indexes" },
	{ .name = "VERSION", .key = "version", .shown = true, .get = get_version,
	  .help = "version of what is loaded" },
	{ .name = "PARAMETERS", .key = "parameters", .shown = true, .get = get_parameters,
	  .help = "values of the parameters, where it is loaded" },
	{ .name = "REFS", .key = "refs", .shown = true, .right = true, .get = get_refs,
	  .help = "in use by so many" },
	{ .name = "HOLDERS", .key = "holders", .shown = true, .get = get_holders,
	  .help = "modules that use it" },
	{ .name = "NAME", .key = "name", .get = get_name,
	  .help = "the kernel's name of the module" },
};
/* clang-format on */

const struct dh_schema dh_schema_modules = {
	.key = "modules",
	.columns = modules,
	.n = ARRAY_SIZE(modules),
};

/* --- The kernel ----------------------------------------------------------------- */

#define KERNEL(name, statement) DH_GETTER(struct dh_module_kernel, kernel_##name, statement)

KERNEL(release, dh_cell_nonempty(cell, of->release))

#define TRUTH(name, field) KERNEL(name, dh_cell_maybe(cell, DH_CELL_TRUTH, of->field))

TRUTH(add, accessors[DH_ACCESSOR_ADD])
TRUTH(remove, accessors[DH_ACCESSOR_REMOVE])
TRUTH(find, accessors[DH_ACCESSOR_FIND])
TRUTH(find_by_name, accessors[DH_ACCESSOR_FIND_BY_NAME])
TRUTH(put, accessors[DH_ACCESSOR_PUT])
TRUTH(buffer_alloc, accessors[DH_ACCESSOR_BUFFER_ALLOC])
TRUTH(bufferfd_alloc, accessors[DH_ACCESSOR_BUFFERFD_ALLOC])

#define ACCESSOR(title, spelling, getter)                                                          \
	{                                                                                          \
		.name = title, .key = spelling, .heading = spelling, .shown = true, .get = getter, \
		.help = "whether the kernel has the function " spelling "()"                       \
	}

/* clang-format off */
static const struct dh_column kernel[] = {
	{ .name = "RELEASE", .key = "release", .heading = "kernel", .shown = true,
	  .get = kernel_release,
	  .help = "release of the running kernel" },
	ACCESSOR("DMA-HEAP-ADD", "dma_heap_add", kernel_add),
	ACCESSOR("DMA-HEAP-REMOVE", "dma_heap_remove", kernel_remove),
	ACCESSOR("DMA-HEAP-FIND", "dma_heap_find", kernel_find),
	ACCESSOR("DMA-HEAP-FIND-BY-NAME", "dma_heap_find_by_name", kernel_find_by_name),
	ACCESSOR("DMA-HEAP-PUT", "dma_heap_put", kernel_put),
	ACCESSOR("DMA-HEAP-BUFFER-ALLOC", "dma_heap_buffer_alloc", kernel_buffer_alloc),
	ACCESSOR("DMA-HEAP-BUFFERFD-ALLOC", "dma_heap_bufferfd_alloc", kernel_bufferfd_alloc),
};
/* clang-format on */

const struct dh_schema dh_schema_kernel = {
	.key = "kernel",
	.columns = kernel,
	.n = ARRAY_SIZE(kernel),
};
