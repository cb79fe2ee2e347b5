// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/module.h"
#include "present/schemas.h"

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
static const struct dh_column module_columns[] = {
	{ "MODULE", "module", DH_SHOWN, get_alias, .help = "debug or sim" },
	{ "STATE", "state", DH_SHOWN, get_state,
	  .help = "absent, loadable, loaded, builtin or unknown" },
	{ "FILE", "file", DH_SHOWN, get_file, .help = "file in the indexes of depmod" },
	{ "VERSION", "version", DH_SHOWN, get_version, .help = "version of the loaded module" },
	{ "PARAMETERS", "parameters", DH_SHOWN, get_parameters,
	  .help = "parameter values of the loaded module" },
	{ "REFS", "refs", DH_SHOWN | DH_RIGHT, get_refs, .help = "reference count" },
	{ "HOLDERS", "holders", DH_SHOWN, get_holders, .help = "modules that use it" },
	{ "NAME", "name", 0, get_name, .help = "name of the module in the kernel" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_modules, "modules", module_columns);

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

/* clang-format off */
#define ACCESSOR(name, key, get) \
	{ name, key, DH_SHOWN, get, .heading = key, \
	  .help = "whether the kernel has the function " key "()" }

static const struct dh_column kernel_columns[] = {
	{ "RELEASE", "release", DH_SHOWN, kernel_release,
	  .help = "release of the running kernel", .heading = "kernel" },
	ACCESSOR("DMA-HEAP-ADD", "dma_heap_add", kernel_add),
	ACCESSOR("DMA-HEAP-REMOVE", "dma_heap_remove", kernel_remove),
	ACCESSOR("DMA-HEAP-FIND", "dma_heap_find", kernel_find),
	ACCESSOR("DMA-HEAP-FIND-BY-NAME", "dma_heap_find_by_name", kernel_find_by_name),
	ACCESSOR("DMA-HEAP-PUT", "dma_heap_put", kernel_put),
	ACCESSOR("DMA-HEAP-BUFFER-ALLOC", "dma_heap_buffer_alloc", kernel_buffer_alloc),
	ACCESSOR("DMA-HEAP-BUFFERFD-ALLOC", "dma_heap_bufferfd_alloc", kernel_bufferfd_alloc),
};
/* clang-format on */

DH_SCHEMA(dh_schema_kernel, "kernel", kernel_columns);
