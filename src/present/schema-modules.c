// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/auto.h"
#include "model/module.h"
#include "present/schemas.h"

/* --- Modules ------------------------------------------------------------------ */

#define MODULE(name, statement) DH_GETTER(struct dh_module, get_##name, statement)

MODULE(alias, dh_cell_text(cell, of->alias))
MODULE(name, dh_cell_text(cell, of->name))
MODULE(file, dh_cell_text(cell, of->file))
MODULE(version, dh_cell_text(cell, of->version))
MODULE(values, dh_cell_text(cell, of->values))
MODULE(holders, dh_cell_text(cell, of->holders))
MODULE(taint, dh_cell_text(cell, of->taint))
MODULE(why, dh_cell_text(cell, of->why))
MODULE(vermagic, dh_cell_text(cell, of->vermagic))
MODULE(srcversion, dh_cell_text(cell, of->srcversion))
MODULE(state, dh_cell_text(cell, dh_module_state_name(of->state)))
MODULE(refs, dh_cell_maybe(cell, DH_CELL_COUNT, of->refs))

static void get_signature(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_module *module = row;

	(void)context;
	if (!module->is_signed.known)
		return;
	if (module->is_signed.value && module->signer)
		dh_cell_text(cell, module->signer);
	else
		dh_cell_text(cell, module->is_signed.value ? "signed" : "unsigned");
}

/* clang-format off */
static const struct dh_column modules[] = {
	{ .name = "MODULE", .key = "module", .shown = true, .get = get_alias,
	  .help = "debug or sim" },
	{ .name = "STATE", .key = "state", .shown = true, .get = get_state,
	  .help = "absent, loadable, loaded, builtin or unknown" },
	{ .name = "FILE", .key = "file", .shown = true, .get = get_file,
	  .help = "the file that loading takes" },
	{ .name = "VERSION", .key = "version", .shown = true, .get = get_version,
	  .help = "version of what is loaded, else of the file" },
	{ .name = "PARAMETERS", .key = "parameters", .shown = true, .get = get_values,
	  .help = "values of the parameters, where it is loaded" },
	{ .name = "REFS", .key = "refs", .shown = true, .right = true, .get = get_refs,
	  .help = "in use by so many" },
	{ .name = "HOLDERS", .key = "holders", .shown = true, .get = get_holders,
	  .help = "modules that use it" },
	{ .name = "TAINT", .key = "taint", .shown = true, .get = get_taint,
	  .help = "letters of what it taints the kernel with" },
	{ .name = "WHY", .key = "why", .shown = true, .get = get_why,
	  .help = "why it could not be loaded, as far as that is known" },
	{ .name = "NAME", .key = "name", .get = get_name,
	  .help = "the kernel's name of the module" },
	{ .name = "VERMAGIC", .key = "vermagic", .get = get_vermagic,
	  .help = "kernel that the file is made for" },
	{ .name = "SIGNATURE", .key = "signature", .get = get_signature,
	  .help = "who signed the file, or unsigned" },
	{ .name = "SRCVERSION", .key = "srcversion", .get = get_srcversion,
	  .help = "checksum of the sources of what is loaded, else of the file" },
};
/* clang-format on */

const struct dh_schema dh_schema_modules = {
	.key = "modules",
	.columns = modules,
	.n = ARRAY_SIZE(modules),
};

/* --- Parameters ----------------------------------------------------------------- */

#define PARAMETER(name) \
	DH_GETTER(struct dh_module_parameter, parameter_##name, dh_cell_text(cell, of->name))

PARAMETER(module)
PARAMETER(name)
PARAMETER(type)
PARAMETER(value)
PARAMETER(help)

/* clang-format off */
static const struct dh_column parameters[] = {
	{ .name = "MODULE", .key = "module", .shown = true, .get = parameter_module,
	  .help = "debug or sim" },
	{ .name = "PARAMETER", .key = "parameter", .shown = true, .get = parameter_name,
	  .help = "name of the parameter" },
	{ .name = "TYPE", .key = "type", .shown = true, .get = parameter_type,
	  .help = "what it takes: charp is a text" },
	{ .name = "VALUE", .key = "value", .shown = true, .get = parameter_value,
	  .help = "its value, where the module is loaded and shows it" },
	{ .name = "DESCRIPTION", .key = "description", .shown = true, .get = parameter_help,
	  .help = "what the module says of it" },
};
/* clang-format on */

const struct dh_schema dh_schema_parameters = {
	.key = "parameters",
	.columns = parameters,
	.n = ARRAY_SIZE(parameters),
};

/* --- The kernel ----------------------------------------------------------------- */

#define KERNEL(name, statement) DH_GETTER(struct dh_module_kernel, kernel_##name, statement)

KERNEL(release, dh_cell_filled(cell, of->release))
KERNEL(vermagic, dh_cell_text(cell, of->vermagic))
KERNEL(lockdown, dh_cell_filled(cell, of->lockdown))

#define TRUTH(name, field) KERNEL(name, dh_cell_maybe(cell, DH_CELL_TRUTH, of->field))

TRUTH(modules, modules)
TRUTH(modules_disabled, modules_disabled)
TRUTH(sig_enforce, sig_enforce)
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
	{ .name = "VERMAGIC", .key = "vermagic", .heading = "vermagic", .shown = true,
	  .get = kernel_vermagic,
	  .help = "what modules have to be made for" },
	{ .name = "MODULES", .key = "modules", .get = kernel_modules,
	  .help = "whether the kernel was built with modules" },
	{ .name = "DISABLED", .key = "modules_disabled", .get = kernel_modules_disabled,
	  .help = "whether none can be loaded until the next boot" },
	{ .name = "SIG-ENFORCE", .key = "sig_enforce", .heading = "sig_enforce", .shown = true,
	  .get = kernel_sig_enforce,
	  .help = "whether modules have to be signed" },
	{ .name = "LOCKDOWN", .key = "lockdown", .heading = "lockdown", .shown = true,
	  .get = kernel_lockdown,
	  .help = "none, integrity or confidentiality" },
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
