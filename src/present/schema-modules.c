// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/module.h"
#include "present/schemas.h"

#define MODULE(name, statement)	   DH_GETTER(struct dh_module, get_##name, statement)
#define MODULE_VALUE(member, kind) DH_VALUE(struct dh_module, member, kind)

static void set_holders(struct dh_cell *cell, const struct dh_kmod *kmod)
{
	if (kmod->refs.known)
		dh_cell_list(cell, kmod->holders, kmod->holders, ',');
}

MODULE(file, dh_cell_nonempty(cell, of->kmod.file))
MODULE(parameters, dh_cell_list(cell, of->parameters, of->parameter_lines, '\n'))
MODULE(state, dh_cell_text(cell, dh_module_state_name(of->kmod.state)))
MODULE(holders, set_holders(cell, &of->kmod))

/* clang-format off */
static const struct dh_column module_columns[] = {
	{ "MODULE", "module", DH_SHOWN, MODULE_VALUE(alias, TEXT), .help = "debug, client or sim" },
	{ "STATE", "state", DH_SHOWN, get_state,
	  .help = "absent, loadable, loaded, builtin or unknown" },
	{ "FILE", "file", 0, get_file,
	  .help = "path of the module file according to the indexes of depmod" },
	{ "VERSION", "version", DH_SHOWN, MODULE_VALUE(version, TEXT),
	  .help = "version of the loaded module" },
	{ "PARAMETERS", "parameters", DH_WRAP, get_parameters,
	  .help = "parameter values of the loaded module" },
	{ "REFS", "refs", DH_SHOWN | DH_RIGHT, MODULE_VALUE(kmod.refs, COUNT),
	  .help = "reference count" },
	{ "HOLDERS", "holders", DH_SHOWN, get_holders,
	  .help = "modules that depend on this module" },
	{ "NAME", "name", 0, MODULE_VALUE(name, TEXT), .help = "name of the module in the kernel" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_modules, "modules", module_columns);

#define KERNEL(name, statement) DH_GETTER(struct dh_module_kernel, kernel_##name, statement)

KERNEL(release, dh_cell_nonempty(cell, of->release))

/* clang-format off */
#define ACCESSOR(name, key, accessor) \
	{ name, key, DH_SHOWN, DH_VALUE(struct dh_module_kernel, accessors[accessor], TRUTH), \
	  .heading = key, \
	  .help = "whether the kernel has the function " key "()" }

static const struct dh_column kernel_columns[] = {
	{ "RELEASE", "release", DH_SHOWN, kernel_release,
	  .help = "release of the running kernel", .heading = "kernel" },
	ACCESSOR("DMA-HEAP-ADD", "dma_heap_add", DH_ACCESSOR_ADD),
	ACCESSOR("DMA-HEAP-REMOVE", "dma_heap_remove", DH_ACCESSOR_REMOVE),
	ACCESSOR("DMA-HEAP-FIND", "dma_heap_find", DH_ACCESSOR_FIND),
	ACCESSOR("DMA-HEAP-FIND-BY-NAME", "dma_heap_find_by_name", DH_ACCESSOR_FIND_BY_NAME),
	ACCESSOR("DMA-HEAP-PUT", "dma_heap_put", DH_ACCESSOR_PUT),
	ACCESSOR("DMA-HEAP-BUFFER-ALLOC", "dma_heap_buffer_alloc", DH_ACCESSOR_BUFFER_ALLOC),
	ACCESSOR("DMA-HEAP-BUFFERFD-ALLOC", "dma_heap_bufferfd_alloc", DH_ACCESSOR_BUFFERFD_ALLOC),
};
/* clang-format on */

DH_SCHEMA(dh_schema_kernel, "accessors", kernel_columns);
