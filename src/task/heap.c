// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/heap.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "action/buffer.h"
#include "base/auto.h"
#include "base/units.h"
#include "discover/discover.h"
#include "discover/meminfo.h"
#include "discover/regions.h"
#include "model/heap-selection.h"
#include "task/heaps.h"

/* DMA_HEAP_VALID_FD_FLAGS of uapi/linux/dma-heap.h, which is action/buffer.c's alone. */
#define KNOWN_FD_FLAGS ((uint32_t)(O_CLOEXEC | O_ACCMODE))

void dh_heap_choice_release(struct dh_heap_choice *choice)
{
	dh_inventory_clear(&choice->inventory);
	choice->heap = NULL;
}

/* "'a', 'b'": names of heaps in a sentence, cut where there are too many. */
static const char *name_list(const struct dh_heap *const *heaps, size_t n, char *out, size_t size)
{
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n && length < size; i++)
		length += (size_t)snprintf(out + length, size - length, "%s'%s'", i ? ", " : "",
					   heaps[i]->name);
	return out;
}

enum dh_status dh_heap_absent(const struct dh_env *env, const struct dh_inventory *inventory,
			      const char *what)
{
	char list[1024];
	dh_auto(free) const struct dh_heap **all = calloc(inventory->n_heaps + 1, sizeof(*all));
	bool is_class = dh_kind_by_name(what) != DH_KIND_UNKNOWN;
	enum dh_status status;

	if (!inventory->n_heaps)
		return dh_heaps_absent(env, inventory);
	status = dh_heaps_unread(env, inventory);
	if (!status && inventory->class_error == -DH_NOT_MOUNTED)
		status = DH_EXIT_REFUSED;
	if (status)
		return dh_fail(status, "heap '%s': whether it exists is unknown", what);
	if (!all)
		return dh_fail(DH_EXIT_REFUSED, "heap '%s': %s", what, strerror(ENOMEM));
	for (size_t i = 0; i < inventory->n_heaps; i++)
		all[i] = &inventory->heaps[i];
	name_list(all, inventory->n_heaps, list, sizeof(list));
	return dh_fail(DH_EXIT_NOT_FOUND, "heap '%s': no %s; there is %s", what,
		       is_class ? "heap of this name or class" : "such heap", list);
}

enum dh_status dh_heap_choose(const struct dh_env *env, const char *what,
			      struct dh_heap_choice *choice)
{
	dh_auto(free) const struct dh_heap **candidates = NULL;
	char list[1024];
	bool by_class;
	size_t n;
	int ret;

	ret = dh_discover(&env->root, DH_WANT_HEAPS, &choice->inventory);
	if (ret)
		return dh_fail(DH_EXIT_REFUSED, "looking for heaps: %s", strerror(-ret));

	ret = dh_select_heap(&choice->inventory, what, &choice->heap, &by_class, &candidates, &n);
	if (ret == -ENOENT)
		return DH_EXIT_DONE;
	if (ret == -ENOTUNIQ)
		return dh_fail(DH_EXIT_NOT_FOUND, "class '%s': which of %s? Name one with --heap",
			       what, name_list(candidates, n, list, sizeof(list)));
	if (ret)
		return dh_fail(DH_EXIT_REFUSED, "looking for heap '%s': %s", what, strerror(-ret));
	if (by_class)
		dh_remark(env, "class '%s' is heap '%s'", what, choice->heap->name);
	return DH_EXIT_DONE;
}

/* What `list` says of a node that did not open, said of this one. */
static void explain_access(const struct dh_env *env, const struct dh_heap *heap, int error)
{
	struct dh_heap refused = *heap;

	refused.access = DH_ACCESS_REFUSED;
	refused.access_error = -error;
	dh_heaps_remark_access(env, &refused, 1);
}

enum dh_status dh_heap_open_chosen(const struct dh_env *env, const struct dh_heap_choice *choice,
				   int *fd)
{
	const char *name = choice->heap->name;
	enum dh_status status;

	*fd = dh_heap_open(&env->root, choice->heap);
	if (*fd >= 0)
		return DH_EXIT_DONE;

	switch (-*fd) {
	case ENOENT:
		return dh_fail(
			DH_EXIT_NOT_FOUND,
			"heap '%s': its node is missing, though the kernel has registered it",
			name);
	case ENODEV:
		return dh_fail(
			DH_EXIT_NOT_FOUND,
			"heap '%s': its node belongs to no heap that the kernel registered; not "
			"opened",
			name);
	case ESTALE:
	case ELOOP:
	case EXDEV:
		return dh_fail(
			DH_EXIT_REFUSED,
			"heap '%s': its node is not the device that the kernel registered; not "
			"opened",
			name);
	default:
		status = dh_fail(dh_status_of(*fd), "heap '%s': opening its node: %s", name,
				 strerror(-*fd));
		if (status == DH_EXIT_PERMISSION)
			explain_access(env, choice->heap, *fd);
		return status;
	}
}

/* " (region is 64 MiB, 1.5 MiB free)", as far as it is known. */
static const char *region_words(const struct dh_heap_choice *choice, char *out, size_t size)
{
	const struct dh_region *region = dh_heap_region(&choice->inventory, choice->heap);
	char whole[DH_UNIT_MAX], left[DH_UNIT_MAX], run[DH_UNIT_MAX];
	int length;

	out[0] = '\0';
	if (!region || !region->size.known)
		return out;
	length = snprintf(out, size, " (region is %s", dh_format_size(region->size.value, whole));
	if (region->free.known)
		length += snprintf(out + length, size - (size_t)length, ", %s free",
				   dh_format_size(region->free.value, left));
	if (region->largest.known)
		length += snprintf(out + length, size - (size_t)length, ", longest free run %s",
				   dh_format_size(region->largest.value, run));
	snprintf(out + length, size - (size_t)length, ")");
	return out;
}

/*
 * How much this heap can give at most. A request to the system heap beyond what is
 * available does not fail in the kernel: it has the OOM killer called.
 */
static struct dh_maybe bound_of(const struct dh_env *env, const struct dh_heap_choice *choice,
				const char **what)
{
	const struct dh_region *region = dh_heap_region(&choice->inventory, choice->heap);
	struct dh_memory memory = { 0 };

	if (region && region->free.known) {
		*what = "is free in its region";
		return region->free;
	}
	if (region && region->size.known) {
		*what = "is in its region";
		return region->size;
	}
	*what = "is available in the system";
	if (choice->heap->kind == DH_KIND_SYSTEM || choice->heap->kind == DH_KIND_UNKNOWN)
		(void)dh_meminfo_read(&env->root, &memory);
	return memory.available;
}

enum dh_status dh_heap_check(const struct dh_env *env, const struct dh_heap_choice *choice,
			     const struct dh_buffer_request *request, uint64_t count)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), rounded, total;
	char size[DH_UNIT_MAX], left[DH_UNIT_MAX], times[32] = "";
	const char *what;
	struct dh_maybe bound;

	if (request->force)
		return DH_EXIT_DONE;
	bound = bound_of(env, choice, &what);
	if (!bound.known)
		return DH_EXIT_DONE;

	if (!__builtin_add_overflow(request->size, page - 1, &rounded)) {
		rounded &= ~(page - 1);
		if (!__builtin_mul_overflow(rounded, count, &total) && total <= bound.value)
			return DH_EXIT_DONE;
	}

	if (count > 1)
		snprintf(times, sizeof(times), "%" PRIu64 " times ", count);
	return dh_fail(DH_EXIT_REFUSED,
		       "heap '%s': allocating %s%s: not tried, since only %s %s; --force tries it",
		       choice->heap->name, times, dh_format_size(request->size, size),
		       dh_format_size(bound.value, left), what);
}

/* Why a heap refused, as far as what was asked for tells. */
static const char *alloc_reason(const struct dh_buffer_request *request,
				const struct dh_heap_choice *choice, int error, char *out,
				size_t size)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	switch (-error) {
	case EINVAL:
		if (request->fd_flags & ~KNOWN_FD_FLAGS)
			snprintf(out, size,
				 "; fd flags 0x%" PRIx32 " have bits beyond O_CLOEXEC and the "
				 "access mode, which kernels refuse",
				 request->fd_flags);
		else if (request->heap_flags)
			snprintf(out, size,
				 "; heap flags 0x%" PRIx64 ": mainline kernels know none, "
				 "this one refuses them",
				 request->heap_flags);
		else if (request->size > UINT64_MAX - page + 1)
			snprintf(out, size,
				 "; rounded up to pages this length is 2^64, which the kernel "
				 "refuses");
		else
			snprintf(out, size, "; the heap does not take this size");
		return out;
	case ENOMEM:
		return region_words(choice, out, size);
	case EMFILE:
		snprintf(out, size, "; raise the hard limit of open files (ulimit -Hn)");
		return out;
	case ENOTTY:
		snprintf(out, size, "; its node does not speak DMA_HEAP_IOCTL_ALLOC");
		return out;
	case EINTR:
		snprintf(out, size, "; a signal came meanwhile");
		return out;
	default:
		out[0] = '\0';
		return out;
	}
}

enum dh_status dh_heap_refused(const struct dh_env *env, struct dh_heap_choice *choice,
			       const struct dh_buffer_request *request,
			       const struct dh_tally *tally)
{
	char size[DH_UNIT_MAX], reason[256], part[96] = "";
	int error = tally->first_error;

	/* What was free before these buffers were made explains nothing. */
	(void)dh_regions_read(&env->root, &choice->inventory);
	if (tally->requested > 1)
		snprintf(part, sizeof(part), " (buffer %" PRIu64 " of %" PRIu64 ")",
			 tally->done + 1, tally->requested);
	return dh_fail(error == -ENOTTY ? DH_EXIT_UNSUPPORTED : DH_EXIT_REFUSED,
		       "heap '%s': allocating %s%s: %s%s", choice->heap->name,
		       dh_format_size(request->size, size), part, strerror(-error),
		       alloc_reason(request, choice, error, reason, sizeof(reason)));
}
