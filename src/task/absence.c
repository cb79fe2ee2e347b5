// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/absence.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "base/units.h"
#include "discover/fallbacks.h"
#include "discover/kernel-config.h"
#include "discover/meminfo.h"

/* The first version of Linux with TEE heaps (drivers/tee/tee_heap.c). */
#define TEE_HEAPS_MAJOR 6
#define TEE_HEAPS_MINOR 18

enum dh_status dh_absence_of_class(const struct dh_env *env, const char *hint)
{
	struct dh_kernel_config config;

	dh_kernel_config_read(&env->root, &config);
	if (!*config.path)
		return dh_fail(DH_EXIT_UNSUPPORTED, 0,
			       "no heaps: /sys/class/dma_heap does not exist, and no kernel "
			       "configuration is readable (heaps require CONFIG_DMABUF_HEAPS)%s",
			       hint);
	if (config.heaps)
		return dh_fail(DH_EXIT_UNSUPPORTED, 0,
			       "heaps missing or hidden: CONFIG_DMABUF_HEAPS is set in %s, but "
			       "/sys/class/dma_heap does not exist",
			       config.path);
	return dh_fail(DH_EXIT_UNSUPPORTED, 0,
		       "kernel built without heaps: CONFIG_DMABUF_HEAPS is not set in %s",
		       config.path);
}

static void explain_cma(const struct dh_env *env, const struct dh_inventory *inventory, char *out,
			size_t size)
{
	struct dh_kernel_config config;
	struct dh_memory memory;
	char total[DH_UNIT_MAX];

	dh_kernel_config_read(&env->root, &config);
	if (*config.path && !config.cma_heap)
		snprintf(out, size, " (CONFIG_DMABUF_HEAPS_CMA is not set in %s)", config.path);
	else if (dh_meminfo_read(&env->root, &memory) || !memory.total.known)
		return;
	else if (!memory.cma_total.known)
		snprintf(out, size, " (kernel built without CMA: /proc/meminfo has no CmaTotal)");
	else if (!memory.cma_total.value)
		snprintf(out, size, " (no CMA region is reserved: CmaTotal is 0)");
	else
		snprintf(out, size, " (CMA regions total %s, but %s)",
			 dh_format_size(memory.cma_total.value, total),
			 inventory->class_error ? "/dev/dma_heap has no node of a CMA heap"
						: "no CMA heap is registered");
}

static void explain_protected(const struct dh_env *env, char *out, size_t size)
{
	char release[64];
	unsigned int major, minor;

	if (dh_file_read(env->root.proc, "sys/kernel/osrelease", release, sizeof(release)) < 0 ||
	    sscanf(release, "%u.%u", &major, &minor) != 2)
		return;
	if (major < TEE_HEAPS_MAJOR || (major == TEE_HEAPS_MAJOR && minor < TEE_HEAPS_MINOR))
		snprintf(out, size, " (TEE heaps require Linux %d.%d, but the kernel is %s)",
			 TEE_HEAPS_MAJOR, TEE_HEAPS_MINOR, release);
}

const char *dh_absence_of_kind(const struct dh_env *env, const struct dh_inventory *inventory,
			       enum dh_heap_kind kind, char *out, size_t size)
{
	*out = '\0';
	if (kind == DH_KIND_CMA)
		explain_cma(env, inventory, out, size);
	else if (kind == DH_KIND_PROTECTED)
		explain_protected(env, out, size);
	return out;
}

enum dh_status dh_absence_fallbacks_read(const struct dh_env *env, struct dh_fallbacks *fallbacks)
{
	int ret = dh_fallbacks_read(&env->root, fallbacks);

	if (ret == -ENOMEM)
		return dh_fail(DH_EXIT_ERROR, ret, "reading devices: %m");
	if (ret)
		dh_remark(env,
			  "/dev/rk_dma_heap: devices unknown: reading /sys/class/rk_dma_heap: %s",
			  dh_error_text(-ret));
	return DH_EXIT_DONE;
}

static void remark_udmabuf(const struct dh_env *env, const struct dh_fallback *udmabuf)
{
	char size[DH_UNIT_MAX], limits[128] = "";

	if (udmabuf->size_limit.known && udmabuf->list_limit.known)
		snprintf(limits, sizeof(limits),
			 ", at most %s (size_limit_mb) and %" PRIu64
			 " memfd ranges (list_limit) per buffer",
			 dh_format_size(udmabuf->size_limit.value, size),
			 udmabuf->list_limit.value);
	dh_remark(env,
		  "%s: not a dma-heap, but creates dma-bufs from memfds%s; programs can use it "
		  "instead",
		  udmabuf->node, limits);
}

void dh_absence_fallbacks_remark(const struct dh_env *env, const struct dh_fallbacks *fallbacks,
				 bool udmabuf)
{
	char names[512] = "";

	for (size_t i = 0; i < fallbacks->n; i++)
		if (fallbacks->each[i].kind == DH_FALLBACK_ROCKCHIP)
			dh_text_append(names, sizeof(names), "%s%s", *names ? ", " : "",
				       dh_fallback_name(&fallbacks->each[i]));
	if (*names)
		dh_remark(env,
			  "/dev/rk_dma_heap: not dma-heaps, but Rockchip's heaps with their own "
			  "ioctls: %s; programs can use them instead",
			  names);
	for (size_t i = 0; i < fallbacks->n && udmabuf; i++)
		if (fallbacks->each[i].kind == DH_FALLBACK_UDMABUF)
			remark_udmabuf(env, &fallbacks->each[i]);
}
