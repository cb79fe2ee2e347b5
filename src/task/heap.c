// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/heap.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "action/buffer.h"
#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "discover/cgroup.h"
#include "discover/kernel-config.h"
#include "discover/meminfo.h"
#include "discover/regions.h"
#include "model/selection.h"
#include "task/heaps.h"

/* DMA_HEAP_VALID_FD_FLAGS of uapi/linux/dma-heap.h, which only action/buffer.c may include. */
#define KNOWN_FD_FLAGS ((uint32_t)(O_CLOEXEC | O_ACCMODE))

/* Size in bytes of a buffer for the name of a dmem region; see read_dmem(). */
#define DMEM_NAME_MAX 264

void dh_auto_heap_choice(struct dh_heap_choice *choice)
{
	dh_inventory_clear(&choice->inventory);
}

enum dh_status dh_heap_absent(const struct dh_env *env, const struct dh_inventory *inventory,
			      const char *name)
{
	enum dh_status status;

	if (!inventory->n_heaps)
		return dh_heaps_absent(env, inventory);
	status = dh_heaps_unread(env, inventory);
	if (!status && inventory->class_error == -DH_NOT_MOUNTED)
		status = DH_EXIT_ERROR;
	if (status)
		return dh_fail(status, 0, "heap '%s': cannot determine whether it exists", name);
	return dh_heaps_no_such(env, inventory, name, "heap");
}

/*
 * Returns " (region is 64 MiB, 1.5 MiB free, longest free run 1 MiB; CAUSE)" without the figures
 * that are unknown. `cause` is "; CAUSE" or "".
 */
static const char *describe_region(const struct dh_region *region, const char *cause, char *out,
				   size_t size)
{
	char text[DH_UNIT_MAX];

	snprintf(out, size, " (region is %s", dh_format_size(region->size.value, text));
	if (region->free.known)
		dh_text_append(out, size, ", %s free", dh_format_size(region->free.value, text));
	if (region->largest.known)
		dh_text_append(out, size, ", longest free run %s",
			       dh_format_size(region->largest.value, text));
	dh_text_append(out, size, "%s)", cause);
	return out;
}

/* Returns text such as " (64 MiB, free 1.5 MiB, longest free run not reported)". */
static const char *describe_candidate(const struct dh_inventory *inventory,
				      const struct dh_heap *heap, char *out, size_t size)
{
	const struct dh_region *region = dh_heap_region(inventory, heap);
	char whole[DH_UNIT_MAX], left[DH_UNIT_MAX], run[DH_UNIT_MAX];

	if (!region || !region->size.known)
		return " (size not reported)";
	snprintf(out, size, " (%s, free %s, longest free run %s)",
		 dh_format_size(region->size.value, whole),
		 region->free.known ? dh_format_size(region->free.value, left) : "not reported",
		 region->largest.known ? dh_format_size(region->largest.value, run)
				       : "not reported");
	return out;
}

/* Stores the names and sizes of the heaps in `out`, separated by commas. Returns `out`. */
static const char *describe_candidates(const struct dh_inventory *inventory,
				       const struct dh_heap *const *heaps, size_t n, char *out,
				       size_t size)
{
	char text[3 * DH_UNIT_MAX + 64];

	*out = '\0';
	for (size_t i = 0; i < n; i++)
		dh_text_append(out, size, "%s'%s'%s", i ? ", " : "", heaps[i]->name,
			       describe_candidate(inventory, heaps[i], text, sizeof(text)));
	return out;
}

enum dh_status dh_heap_choose(const struct dh_env *env, const char *name,
			      struct dh_heap_choice *choice)
{
	dh_auto(free) const struct dh_heap **candidates = NULL;
	enum dh_status status = dh_heaps_read_names(env, &choice->inventory);
	char list[2048];
	bool by_class;
	size_t n;
	int ret;

	if (status)
		return status;
	ret = dh_select_heap(&choice->inventory, name, &choice->heap, &by_class, &candidates, &n);
	if (ret == -ENOENT)
		return DH_EXIT_DONE;
	if (ret == -ENOTUNIQ)
		return dh_fail(
			DH_EXIT_AMBIGUOUS, 0,
			"class '%s': matches several heaps: %s; select one by name", name,
			describe_candidates(&choice->inventory, candidates, n, list, sizeof(list)));
	if (ret == -ENODATA)
		return dh_fail(
			DH_EXIT_ERROR, 0,
			"class '%s': longest free run of a heap unknown: %s (requires "
			"CONFIG_CMA_DEBUGFS and root); select one by name",
			name,
			describe_candidates(&choice->inventory, candidates, n, list, sizeof(list)));
	if (ret)
		return dh_fail(DH_EXIT_ERROR, ret, "heap '%s': selecting: %m", name);
	if (by_class)
		dh_remark(env, "class '%s': using heap '%s'", name, choice->heap->name);
	return DH_EXIT_DONE;
}

enum dh_status dh_heap_open_chosen(const struct dh_env *env, const struct dh_heap_choice *choice,
				   int *fd)
{
	const char *name = choice->heap->name;
	struct dh_heap denied = *choice->heap;
	enum dh_status status;

	*fd = dh_heap_open(&env->root, choice->heap);
	if (*fd >= 0)
		return DH_EXIT_DONE;

	switch (-*fd) {
	case ENOENT:
		return dh_fail(DH_EXIT_NOT_FOUND, ENOENT,
			       "heap '%s': opening node: %m (the heap is registered, but its "
			       "node is missing)",
			       name);
	case ENODEV:
		return dh_fail(DH_EXIT_NOT_FOUND, 0,
			       "heap '%s': node not opened: its device number belongs to no "
			       "registered heap",
			       name);
	case ESTALE:
	case ELOOP:
	case EXDEV:
		return dh_fail(DH_EXIT_ERROR, 0,
			       "heap '%s': node not opened: it is not the device that the kernel "
			       "registered",
			       name);
	default:
		status = dh_fail(dh_status_of(*fd), *fd, "heap '%s': opening node: %m", name);
	}
	if (status == DH_EXIT_PERMISSION) {
		denied.access = DH_ACCESS_REFUSED;
		denied.access_error = -*fd;
		dh_heaps_remark_access(env, &denied, 1);
	}
	return status;
}

/*
 * Returns the maximum total size of allocations from the heap, in bytes, or unknown. Sets `*where`
 * to the text after the size in the message, such as "free in the region".
 */
static struct dh_maybe find_limit(const struct dh_env *env, const struct dh_heap_choice *choice,
				  const char **where)
{
	const struct dh_region *region = dh_heap_region(&choice->inventory, choice->heap);
	struct dh_memory memory = { 0 };

	/* Do not apply the size of a simulated heap: tests need the kernel's error. */
	if (region && region->is_simulated)
		region = NULL;
	if (region && region->free.known) {
		*where = "free in the region";
		return region->free;
	}
	if (region && region->size.known) {
		*where = "in the region";
		return region->size;
	}
	*where = "available in the system";
	if (choice->heap->kind == DH_KIND_SYSTEM || choice->heap->kind == DH_KIND_UNKNOWN)
		(void)dh_meminfo_read(&env->root, &memory);
	return memory.available;
}

/*
 * Checks that `count` buffers fit into `limit` bytes. If they do not fit, prints an error. `where`
 * follows the limit in the error, as in "only 4 MiB free in the region".
 */
static enum dh_status check_limit(const struct dh_heap_choice *choice,
				  const struct dh_buffer_request *request, uint64_t count,
				  struct dh_maybe limit, const char *where)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), rounded, total;
	char size[DH_UNIT_MAX], limit_text[DH_UNIT_MAX], times[40] = "";

	if (!limit.known)
		return DH_EXIT_DONE;
	if (!__builtin_add_overflow(request->size, page - 1, &rounded)) {
		rounded &= ~(page - 1);
		if (!__builtin_mul_overflow(rounded, count, &total) && total <= limit.value)
			return DH_EXIT_DONE;
	}

	if (count > 1)
		snprintf(times, sizeof(times), "%" PRIu64 " buffers of ", count);
	return dh_fail(DH_EXIT_ERROR, 0,
		       "heap '%s': allocating %s%s: not attempted (only %s %s); use --force to "
		       "allocate anyway",
		       choice->heap->name, times, dh_format_size(request->size, size),
		       dh_format_size(limit.value, limit_text), where);
}

enum dh_status dh_heap_check(const struct dh_env *env, const struct dh_heap_choice *choice,
			     const struct dh_buffer_request *request, uint64_t count)
{
	const char *where;
	struct dh_maybe limit;

	if (request->force)
		return DH_EXIT_DONE;
	limit = find_limit(env, choice, &where);
	return check_limit(choice, request, count, limit, where);
}

/*
 * Reads the limit of the dmem region of the heap, if there is one. Kernel patches that add dmem
 * regions for CMA areas name a region "cma/", followed by the name of the area or of the heap.
 * Stores the name of the region in `name`.
 */
static void read_dmem(const struct dh_env *env, const struct dh_heap_choice *choice,
		      char name[DMEM_NAME_MAX], struct dh_cgroup_limit *limit)
{
	const struct dh_region *region = dh_heap_region(&choice->inventory, choice->heap);
	const char *names[] = { region ? region->name : choice->heap->name, choice->heap->name };

	*limit = (struct dh_cgroup_limit){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(names) && !limit->left.known; i++) {
		snprintf(name, DMEM_NAME_MAX, "cma/%s", names[i]);
		dh_cgroup_limit_read(&env->root, name, limit);
	}
}

enum dh_status dh_heap_check_cgroup(const struct dh_env *env, const struct dh_heap_choice *choice,
				    const struct dh_buffer_request *request, uint64_t count)
{
	char where[sizeof(((struct dh_cgroup_limit *)0)->cgroup) + DMEM_NAME_MAX + 64];
	char name[DMEM_NAME_MAX];
	struct dh_cgroup_limit limit = { 0 };

	if (request->force)
		return DH_EXIT_DONE;
	if (choice->heap->kind == DH_KIND_SYSTEM) {
		if (dh_cgroup_charging_read(&env->root).value)
			dh_cgroup_limit_read(&env->root, NULL, &limit);
		snprintf(where, sizeof(where), "available in cgroup '%s'", limit.cgroup);
	} else {
		read_dmem(env, choice, name, &limit);
		snprintf(where, sizeof(where), "left for dmem region '%s' in cgroup '%s'", name,
			 limit.cgroup);
	}
	return check_limit(choice, request, count, limit.left, where);
}

/* Returns the maximum alignment, in bytes, of a buffer of `size` bytes in a CMA heap. */
static uint64_t max_alignment(const struct dh_env *env, uint64_t size, uint64_t page)
{
	struct dh_kernel_config config;
	uint64_t alignment = page;

	dh_kernel_config_read(&env->root, &config);
	for (unsigned int order = 0; order < config.cma_alignment && alignment < size; order++)
		alignment *= 2;
	return alignment;
}

/*
 * Returns the text that explains why a heap with a region returned -ENOMEM, such as "; the region
 * is fragmented", or "" if the cause is unknown. In a CMA region, cma_alloc() requires an aligned
 * free run, and moves movable pages out of the run. The alignment is the size of the buffer,
 * rounded up to a power of two, but at most 2^CONFIG_CMA_ALIGNMENT pages. After a failure,
 * cma_alloc() adds the size to the counter region->failed. `failed` is the counter before the
 * allocation.
 */
static const char *explain_shortage(const struct dh_env *env, const struct dh_region *region,
				    uint64_t size, struct dh_maybe failed, char *out,
				    size_t out_size)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char text[DH_UNIT_MAX];
	uint64_t alignment;

	size = (size + page - 1) & ~(page - 1);
	if (region->size.known && region->size.value < size)
		return "; the buffer is larger than the region";
	if (region->free.known && region->free.value < size)
		return "; the buffer is larger than the free memory";
	if (!region->largest.known)
		return "";
	if (region->largest.value < size)
		return "; the region is fragmented";
	if (region->is_carveout)
		return "";
	alignment = max_alignment(env, size, page);
	if (region->largest.value - size < alignment - page) {
		snprintf(out, out_size,
			 "; the free run may be too short for an alignment of up to %s, or its "
			 "pages could not be moved",
			 dh_format_size(alignment, text));
		return out;
	}
	if (!failed.known || !region->failed.known || region->failed.value - failed.value < size)
		return "";
	snprintf(out, out_size,
		 "; pages in the free run could not be moved: the counter of failed allocations "
		 "rose by %s",
		 dh_format_size(region->failed.value - failed.value, text));
	return out;
}

/*
 * Returns the reason why the message for a shortage contains no figures and, unless `probing` is
 * true, a hint to probe the heap. Returns "" for a system or CMA heap.
 */
static const char *explain_unreported(const struct dh_heap *heap, bool probing, char *out,
				      size_t size)
{
	const char *firmware =
		heap->kind == DH_KIND_PROTECTED ? "; the firmware fixes the size of TEE heaps" : "";

	if (heap->kind == DH_KIND_SYSTEM || heap->kind == DH_KIND_CMA)
		return "";
	snprintf(out, size, " (Linux does not report the size of this heap%s)", firmware);
	if (!probing)
		dh_text_append(out, size, "; run 'dmaheapctl alloc --probe %s' to find the size",
			       heap->name);
	return out;
}

/* Explains EAGAIN, which the kernel returns at a limit of the dmem controller. */
static const char *explain_dmem(const struct dh_env *env, const struct dh_heap_choice *choice,
				char *out, size_t size)
{
	char name[DMEM_NAME_MAX], max[DH_UNIT_MAX], left[DH_UNIT_MAX];
	struct dh_cgroup_limit limit;

	read_dmem(env, choice, name, &limit);
	if (!limit.left.known)
		return " (the heap's driver returned this error; no dmem limit was found)";
	snprintf(out, size, " (cgroup '%s' limits dmem region '%s' to %s, %s left)", limit.cgroup,
		 name, dh_format_size(limit.max, max), dh_format_size(limit.left.value, left));
	return out;
}

/*
 * Returns " (cause)" or "; next step", or "" if the cause of the -errno `error` is unknown.
 * `failed` is the counter of the region before the allocation.
 */
static const char *explain_failure(const struct dh_env *env,
				   const struct dh_buffer_request *request,
				   const struct dh_heap_choice *choice, int error,
				   struct dh_maybe failed, char *out, size_t size)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const struct dh_region *region;
	char cause[256];

	switch (-error) {
	case EINVAL:
		if (request->fd_flags & ~KNOWN_FD_FLAGS)
			snprintf(out, size,
				 " (fd flags 0x%" PRIx32 ": only O_CLOEXEC and the access mode are "
				 "valid)",
				 request->fd_flags);
		else if (request->heap_flags)
			snprintf(out, size,
				 " (heap flags 0x%" PRIx64 ": mainline kernels define none)",
				 request->heap_flags);
		else if (request->size > UINT64_MAX - page + 1)
			return " (the size, rounded up to whole pages, exceeds 64 bits)";
		else
			return " (the heap rejects this size)";
		return out;
	case ENOMEM:
		region = dh_heap_region(&choice->inventory, choice->heap);
		if (!region || !region->size.known)
			return explain_unreported(choice->heap, request->probe, out, size);
		return describe_region(
			region,
			explain_shortage(env, region, request->size, failed, cause, sizeof(cause)),
			out, size);
	case EAGAIN:
		return explain_dmem(env, choice, out, size);
	case EMFILE:
		return "; raise the hard limit on open files (ulimit -Hn)";
	case ENOTTY:
		return " (the node does not support DMA_HEAP_IOCTL_ALLOC)";
	case EINTR:
		return " (a signal arrived)";
	default:
		return "";
	}
}

enum dh_status dh_heap_alloc_failed(const struct dh_env *env, struct dh_heap_choice *choice,
				    const struct dh_buffer_request *request,
				    const struct dh_tally *tally)
{
	char size[DH_UNIT_MAX], reason[1024], part[96] = "";
	const struct dh_region *region = dh_heap_region(&choice->inventory, choice->heap);
	struct dh_maybe failed = region ? region->failed : (struct dh_maybe){ 0 };
	int error = tally->first_error;

	/* Read the region again: figures from before the allocation do not explain the failure. */
	(void)dh_regions_read(&env->root, &choice->inventory);
	if (tally->requested > 1)
		snprintf(part, sizeof(part), " (buffer %" PRIu64 " of %" PRIu64 ")",
			 tally->done + 1, tally->requested);
	return dh_fail(
		error == -ENOTTY ? DH_EXIT_UNSUPPORTED : DH_EXIT_ERROR, error,
		"heap '%s': allocating %s%s: %m%s", choice->heap->name,
		dh_format_size(request->size, size), part,
		explain_failure(env, request, choice, error, failed, reason, sizeof(reason)));
}
