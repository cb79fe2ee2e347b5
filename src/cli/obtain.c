// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/obtain.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "action/buffer.h"
#include "action/process.h"
#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/diagnose.h"
#include "cli/status.h"
#include "discover/discover.h"
#include "discover/memory.h"
#include "discover/regions.h"
#include "model/selection.h"

/* DMA_HEAP_VALID_FD_FLAGS of uapi/linux/dma-heap.h, which is action/buffer.c's alone. */
#define KNOWN_FD_FLAGS ((uint32_t)(O_CLOEXEC | O_ACCMODE))

const char *dh_obtained_subject(const struct dh_obtained *obtained, char out[160])
{
	char safe[128];

	if (obtained->heap)
		snprintf(out, 160, "heap '%s'",
			 dh_text_escape_into(obtained->heap->name, safe, sizeof(safe)));
	else
		snprintf(out, 160, "descriptor %d", obtained->fds ? obtained->fds[0] : -1);
	return out;
}

void dh_obtained_release(struct dh_obtained *obtained)
{
	for (uint64_t i = 0; !obtained->inherited && i < obtained->tally.done; i++)
		close(obtained->fds[i]);
	free(obtained->fds);
	free(obtained->facts);
	dh_inventory_clear(&obtained->inventory);
	*obtained = (struct dh_obtained){ 0 };
}

/* "'a', 'b'": names of heaps in a sentence, cut where there are too many. */
static const char *name_list(const struct dh_heap *const *heaps, size_t n, char *out, size_t size)
{
	char safe[128];
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n && length < size; i++)
		length += (size_t)snprintf(out + length, size - length, "%s'%s'", i ? ", " : "",
					   dh_text_escape_into(heaps[i]->name, safe, sizeof(safe)));
	return out;
}

int dh_obtain_absent(const struct dh_context *context, const struct dh_inventory *inventory,
		     const char *what)
{
	char safe[128], list[1024];
	dh_auto(free) const struct dh_heap **all = calloc(inventory->n_heaps + 1, sizeof(*all));
	bool is_class = dh_kind_by_name(what) != DH_KIND_UNKNOWN;
	int status;

	dh_text_escape_into(what, safe, sizeof(safe));
	if (!inventory->n_heaps)
		return dh_diagnose_absence(context, inventory);
	status = dh_diagnose_unread(context, inventory);
	if (!status && inventory->class_error == -DH_NOT_MOUNTED)
		status = DH_EXIT_REFUSED;
	if (status)
		return dh_fail((enum dh_status)status, "heap '%s': whether it exists is unknown",
			       safe);
	if (!all)
		return dh_fail(DH_EXIT_REFUSED, "heap '%s': %s", safe, strerror(ENOMEM));
	for (size_t i = 0; i < inventory->n_heaps; i++)
		all[i] = &inventory->heaps[i];
	name_list(all, inventory->n_heaps, list, sizeof(list));
	return dh_fail(DH_EXIT_NOT_FOUND, "heap '%s': no %s; there is %s", safe,
		       is_class ? "heap of this name or class" : "such heap", list);
}

int dh_obtain_heap(struct dh_context *context, const char *what, struct dh_obtained *obtained)
{
	dh_auto(free) const struct dh_heap **candidates = NULL;
	char safe[128], list[1024];
	bool by_class;
	size_t n;
	int ret;

	ret = dh_discover(&context->root, DH_WANT_HEAPS, &obtained->inventory);
	if (ret)
		return dh_fail(DH_EXIT_REFUSED, "looking for heaps: %s", strerror(-ret));

	ret = dh_select_heap(&obtained->inventory, what, &obtained->heap, &by_class, &candidates,
			     &n);
	if (ret == -ENOENT)
		return DH_EXIT_DONE;
	if (ret == -ENOTUNIQ)
		return dh_fail(DH_EXIT_NOT_FOUND, "class '%s': which of %s? Name one with --heap",
			       what, name_list(candidates, n, list, sizeof(list)));
	if (ret)
		return dh_fail(DH_EXIT_REFUSED, "looking for heap '%s': %s",
			       dh_text_escape_into(what, safe, sizeof(safe)), strerror(-ret));
	if (by_class)
		dh_remark(context, "class '%s' is heap '%s'", what,
			  dh_text_escape_into(obtained->heap->name, safe, sizeof(safe)));
	return DH_EXIT_DONE;
}

/* What `list` says of a node that did not open, said of this one. */
static void explain_access(const struct dh_context *context, const struct dh_heap *heap, int error)
{
	struct dh_heap refused = *heap;

	refused.access = DH_ACCESS_REFUSED;
	refused.access_error = -error;
	dh_diagnose_access(context, &refused, 1);
}

static int open_heap(const struct dh_context *context, const struct dh_obtained *obtained, int *fd)
{
	char subject[160];
	int status;

	*fd = dh_heap_open(&context->root, obtained->heap);
	if (*fd >= 0)
		return DH_EXIT_DONE;

	dh_obtained_subject(obtained, subject);
	switch (-*fd) {
	case ENOENT:
		return dh_fail(DH_EXIT_NOT_FOUND,
			       "%s: its node is missing, though the kernel has registered it",
			       subject);
	case ENODEV:
		return dh_fail(DH_EXIT_NOT_FOUND,
			       "%s: its node belongs to no heap that the kernel registered; not "
			       "opened",
			       subject);
	case ESTALE:
	case ELOOP:
	case EXDEV:
		return dh_fail(DH_EXIT_REFUSED,
			       "%s: its node is not the device that the kernel registered; not "
			       "opened",
			       subject);
	default:
		status = dh_fail(dh_status_of(*fd), "%s: opening its node: %s", subject,
				 strerror(-*fd));
		if (status == DH_EXIT_PERMISSION)
			explain_access(context, obtained->heap, *fd);
		return status;
	}
}

/* " (region is 64 MiB, 1.5 MiB free)", as far as it is known. */
static const char *region_words(const struct dh_obtained *obtained, char *out, size_t size)
{
	const struct dh_region *region = dh_heap_region(&obtained->inventory, obtained->heap);
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
static struct dh_maybe bound_of(const struct dh_context *context,
				const struct dh_obtained *obtained, const char **what)
{
	const struct dh_region *region = dh_heap_region(&obtained->inventory, obtained->heap);
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
	if (obtained->heap->kind == DH_KIND_SYSTEM || obtained->heap->kind == DH_KIND_UNKNOWN)
		(void)dh_memory_read(&context->root, &memory);
	return memory.available;
}

int dh_obtain_check(const struct dh_context *context, const struct dh_new_options *options,
		    uint64_t count, const struct dh_obtained *obtained)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), rounded, total;
	char size[DH_UNIT_MAX], left[DH_UNIT_MAX], times[32] = "", subject[160];
	const char *what;
	struct dh_maybe bound;

	if (options->force)
		return DH_EXIT_DONE;
	bound = bound_of(context, obtained, &what);
	if (!bound.known)
		return DH_EXIT_DONE;

	if (!__builtin_add_overflow(options->size, page - 1, &rounded)) {
		rounded &= ~(page - 1);
		if (!__builtin_mul_overflow(rounded, count, &total) && total <= bound.value)
			return DH_EXIT_DONE;
	}

	if (count > 1)
		snprintf(times, sizeof(times), "%" PRIu64 " times ", count);
	return dh_fail(DH_EXIT_REFUSED,
		       "%s: allocating %s%s: not tried, since only %s %s; --force tries it",
		       dh_obtained_subject(obtained, subject), times,
		       dh_format_size(options->size, size), dh_format_size(bound.value, left),
		       what);
}

/* Why a heap refused, as far as what was asked for tells. */
static const char *alloc_reason(const struct dh_new_options *options,
				const struct dh_obtained *obtained, char *out, size_t size)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	switch (-obtained->tally.first_error) {
	case EINVAL:
		if (options->fd_flags & ~KNOWN_FD_FLAGS)
			snprintf(out, size,
				 "; fd flags 0x%" PRIx32 " have bits beyond O_CLOEXEC and the "
				 "access mode, which kernels refuse",
				 options->fd_flags);
		else if (options->heap_flags)
			snprintf(out, size,
				 "; heap flags 0x%" PRIx64 ": mainline kernels know none, "
				 "this one refuses them",
				 options->heap_flags);
		else if (options->size > UINT64_MAX - page + 1)
			snprintf(out, size,
				 "; rounded up to pages this length is 2^64, which the kernel "
				 "refuses");
		else
			snprintf(out, size, "; the heap does not take this size");
		return out;
	case ENOMEM:
		return region_words(obtained, out, size);
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

int dh_obtain_refused(const struct dh_context *context, const struct dh_new_options *options,
		      struct dh_obtained *obtained)
{
	const struct dh_tally *tally = &obtained->tally;
	char subject[160], size[DH_UNIT_MAX], reason[256], part[96] = "";

	/* What was free before these buffers were made explains nothing. */
	(void)dh_regions_read(&context->root, &obtained->inventory);
	if (tally->wanted > 1)
		snprintf(part, sizeof(part), " (buffer %" PRIu64 " of %" PRIu64 ")",
			 tally->done + 1, tally->wanted);
	return dh_fail(tally->first_error == -ENOTTY ? DH_EXIT_UNSUPPORTED : DH_EXIT_REFUSED,
		       "%s: allocating %s%s: %s%s", dh_obtained_subject(obtained, subject),
		       dh_format_size(options->size, size), part, strerror(-tally->first_error),
		       alloc_reason(options, obtained, reason, sizeof(reason)));
}

/* Names and describes what was allocated. */
static int finish_buffers(const struct dh_context *context, const struct dh_new_options *options,
			  const uint64_t *nanoseconds, bool describe, struct dh_obtained *obtained)
{
	char subject[160];
	int status = DH_EXIT_DONE, ret;

	dh_obtained_subject(obtained, subject);
	for (uint64_t i = 0; options->label && !status && i < obtained->tally.done; i++) {
		ret = dh_buffer_name(obtained->fds[i], options->label);
		if (ret)
			status = dh_fail(DH_EXIT_REFUSED, "%s: naming buffer %" PRIu64 ": %s",
					 subject, i + 1, strerror(-ret));
	}

	/* The kernel rounds every one alike, so one of them tells what all of them take. */
	for (uint64_t i = 0; i < (describe ? obtained->tally.done : !!obtained->tally.done); i++) {
		struct dh_buffer_facts facts = {
			.heap = obtained->heap->name,
			.fd = obtained->fds[i],
			.nanoseconds = dh_known(nanoseconds[i]),
		};

		ret = dh_buffer_describe(&context->root, obtained->fds[i], &facts);
		if (ret && !status)
			status = dh_fail(DH_EXIT_REFUSED, "%s: describing buffer %" PRIu64 ": %s",
					 subject, i + 1, strerror(-ret));
		if (!ret)
			obtained->tally.bytes = obtained->tally.done * facts.size;
		if (describe)
			obtained->facts[i] = facts;
	}
	return status;
}

static int make_room(const struct dh_obtained *obtained, uint64_t count, uint64_t descriptors)
{
	char subject[160];
	uint64_t most;

	if (!dh_process_room_for(descriptors, &most))
		return DH_EXIT_DONE;
	return dh_fail(DH_EXIT_REFUSED,
		       "%s: %" PRIu64 " buffers need %" PRIu64
		       " descriptors, more than the hard limit of open files, %" PRIu64
		       " (ulimit -Hn)",
		       dh_obtained_subject(obtained, subject), count, descriptors, most);
}

int dh_obtain_new(struct dh_context *context, const struct dh_new_options *options, uint64_t count,
		  uint64_t descriptors, bool describe, struct dh_obtained *obtained)
{
	const struct dh_alloc_request request = {
		.length = options->size,
		.fd_flags = options->fd_flags,
		.heap_flags = options->heap_flags,
	};
	dh_auto(free) uint64_t *nanoseconds = NULL;
	dh_auto(fd) int heap = -1;
	int status, ret;

	*obtained = (struct dh_obtained){ .fd_flags = options->fd_flags };
	status = dh_obtain_heap(context, options->heap, obtained);
	if (!status && !obtained->heap)
		status = dh_obtain_absent(context, &obtained->inventory, options->heap);
	if (!status)
		status = open_heap(context, obtained, &heap);
	if (!status)
		status = dh_obtain_check(context, options, count, obtained);
	if (!status)
		status = make_room(obtained, count, descriptors);
	if (status)
		return status;

	obtained->fds = calloc(count, sizeof(*obtained->fds));
	nanoseconds = calloc(count, sizeof(*nanoseconds));
	if (describe)
		obtained->facts = calloc(count, sizeof(*obtained->facts));
	if (!obtained->fds || !nanoseconds || (describe && !obtained->facts))
		return dh_fail(DH_EXIT_REFUSED, "keeping account of %" PRIu64 " buffers: %s", count,
			       strerror(ENOMEM));

	ret = dh_process_volunteer();
	if (ret)
		dh_note(&context->log, "/proc/self/oom_score_adj: %s", dh_errno_name(-ret));

	obtained->tally.wanted = count;
	dh_buffer_alloc_batch(heap, &request, obtained->fds, nanoseconds, &obtained->tally);
	if (obtained->tally.failed)
		status = dh_obtain_refused(context, options, obtained);

	ret = finish_buffers(context, options, nanoseconds, describe, obtained);
	dh_tally_spread(&obtained->tally, nanoseconds, obtained->tally.done);
	return status ? status : ret;
}

static int take_over(struct dh_context *context, const struct dh_fd_options *options,
		     struct dh_obtained *obtained)
{
	int fd = options->fd, ret;

	*obtained = (struct dh_obtained){ .inherited = true };
	obtained->fds = calloc(1, sizeof(*obtained->fds));
	obtained->facts = calloc(1, sizeof(*obtained->facts));
	if (!obtained->fds || !obtained->facts)
		return dh_fail(DH_EXIT_REFUSED, "descriptor %d: %s", fd, strerror(ENOMEM));

	obtained->fds[0] = fd;
	ret = options->open ? dh_buffer_describe(&context->root, fd, obtained->facts) : -EBADF;
	if (ret == -EBADF)
		return dh_fail(DH_EXIT_NOT_FOUND, "descriptor %d: not open; was it inherited?", fd);
	if (ret == -EBADFD)
		return dh_fail(DH_EXIT_NOT_FOUND, "descriptor %d: open, but not of a dma-buf", fd);
	if (ret)
		return dh_fail(DH_EXIT_REFUSED, "descriptor %d: describing it: %s", fd,
			       strerror(-ret));

	obtained->fd_flags = obtained->facts->fd_flags;
	obtained->tally =
		(struct dh_tally){ .wanted = 1, .done = 1, .bytes = obtained->facts->size };
	return DH_EXIT_DONE;
}

int dh_obtain_one(struct dh_context *context, const struct dh_new_options *options,
		  const struct dh_fd_options *fd, struct dh_obtained *obtained)
{
	*obtained = (struct dh_obtained){ 0 };
	if (fd->fd >= 0 && (options->heap || options->size))
		return dh_fail(
			DH_EXIT_USAGE,
			"--fd stands for a buffer that is there; --heap and --size for a new one");
	if (fd->fd >= 0)
		return take_over(context, fd, obtained);
	if (!options->heap || !options->size)
		return dh_fail(DH_EXIT_USAGE,
			       "which buffer? --heap and --size make one, --fd takes one");
	return dh_obtain_new(context, options, 1, 1, true, obtained);
}
