// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/cpu.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/units.h"

static const struct dh_pattern zeros = { .kind = DH_PATTERN_BYTE };

/* Next step in a message about a new buffer. */
static const char use_rdwr[] = "; allocate the buffer with --fd-flags rdwr";

int dh_cpu_map(const struct dh_buffer_facts *facts, unsigned int flags, struct dh_cpu_view *view)
{
	int error = dh_mapping_open(facts->fd, flags, &view->mapping);
	struct dh_mapping_report *report = view->report;

	*report = (struct dh_mapping_report){
		.heap = facts->heap,
		.fd = facts->fd,
		.inode = facts->inode,
		.size = facts->size,
		.fresh = facts->heap != NULL,
		.map_error = -error,
	};
	if (!error || dh_cpu_denied(facts, error))
		report->mappable = dh_known(!error);
	if (!error)
		report->writable = dh_known(view->mapping.writable);
	return error;
}

static bool write_only(const struct dh_buffer_facts *facts)
{
	return (facts->fd_flags & O_ACCMODE) == O_WRONLY;
}

bool dh_cpu_denied(const struct dh_buffer_facts *facts, int error)
{
	/* The excluded errors concern the descriptor or this process, not the buffer. */
	return error && !(error == -EACCES && write_only(facts)) && error != -ENOMEM &&
	       error != -EFBIG && error != -EBADF;
}

enum dh_status dh_cpu_map_failed(const char *subject, const struct dh_buffer_facts *facts,
				 int error)
{
	const char *cause = "", *next = "";
	char size[DH_UNIT_MAX];

	if (error == -EFBIG)
		return dh_fail(DH_EXIT_ERROR, 0,
			       "%s: mapping: address space too small for a buffer of %s", subject,
			       dh_format_size(facts->size, size));
	if (error == -EACCES && write_only(facts)) {
		cause = " (the descriptor is write-only, and mmap() requires a descriptor that is "
			"open for reading)";
		next = facts->heap ? use_rdwr : "";
	} else if (dh_cpu_denied(facts, error)) {
		cause = " (the exporter denies CPU access, as protected heaps do)";
		next = "; only devices can access this buffer";
	}
	return dh_fail(DH_EXIT_ERROR, error, "%s: mapping: %m%s%s", subject, cause, next);
}

/*
 * Prints a message for `error`, the -errno from an access to the mapping. `operation` names the
 * access, such as "filling". Returns DH_EXIT_INTERRUPTED for -EINTR, DH_EXIT_TIMEOUT for
 * -ETIMEDOUT, otherwise DH_EXIT_ERROR.
 */
static enum dh_status fail(const struct dh_cpu_view *view, const char *operation, int error)
{
	const char *cause = "DMA_BUF_IOCTL_SYNC failed", *next = "; use --no-sync to skip it";

	if (error == -EINTR)
		return dh_fail(DH_EXIT_INTERRUPTED, 0, "%s: %s: interrupted", view->subject,
			       operation);
	if (error == -ETIMEDOUT) {
		cause = "the exporter returns EAGAIN for DMA_BUF_IOCTL_SYNC";
	} else if (error == -EFAULT) {
		cause = "the buffer can be mapped, but its memory is not accessible to the CPU";
		next = "";
	} else if (error == -EACCES) {
		cause = "the descriptor is read-only";
		next = view->report->fresh ? use_rdwr : "";
	}
	return dh_fail(error == -ETIMEDOUT ? DH_EXIT_TIMEOUT : DH_EXIT_ERROR, error,
		       "%s: %s: %m (%s)%s", view->subject, operation, cause, next);
}

enum dh_status dh_cpu_check_zeroed(const struct dh_env *env, struct dh_cpu_view *view)
{
	struct dh_mismatch mismatch;
	int error = dh_mapping_verify(&view->mapping, &zeros, &mismatch);

	if (error && error != -EBADMSG)
		return fail(view, "checking for zeros", error);
	view->report->zeroed = dh_known(!error);
	if (!error)
		return DH_EXIT_DONE;
	view->report->nonzero = dh_known(mismatch.offset);
	if (view->report->fresh)
		dh_remark(env, "%s: new buffer is not zeroed: byte %" PRIu64 " is 0x%02x",
			  view->subject, mismatch.offset, mismatch.found);
	return DH_EXIT_DONE;
}

uint64_t dh_cpu_accesses(const struct dh_fill *fill, uint64_t passes)
{
	/*
	 * A pass may write even without --fill. The computation of the CRC-32 reads the buffer once
	 * more after the passes.
	 */
	uint64_t each = passes ? 2U + fill->verify : (uint64_t)fill->fill + fill->verify;

	return 1 + (passes ? passes * each + 1 : each);
}

static struct dh_maybe rate(uint64_t bytes, uint64_t passes, uint64_t nanoseconds)
{
	if (nanoseconds == 0 || passes == 0)
		return (struct dh_maybe){ 0 };
	return dh_known((uint64_t)((double)bytes * (double)passes * 1e9 / (double)nanoseconds));
}

struct times {
	uint64_t writing, reading; /* total nanoseconds */
	uint64_t writes, reads;
};

/*
 * Fills the buffer with `write`, reads it if `measure` is true, and compares it with `expected`. If
 * a pattern is NULL, skips its step. Sets `*operation` to the name of the step that ran last.
 * Returns 0 or -errno: -EBADMSG for a mismatch, which the report describes.
 */
static int do_pass(struct dh_mapping *mapping, const struct dh_pattern *write,
		   const struct dh_pattern *expected, bool measure, struct times *times,
		   struct dh_mapping_report *report, const char **operation)
{
	struct dh_mismatch mismatch;
	uint64_t nanoseconds;
	int error;

	if (write) {
		*operation = "filling";
		error = dh_mapping_fill(mapping, write, &nanoseconds);
		if (error)
			return error;
		times->writing += nanoseconds;
		times->writes++;
	}
	if (measure) {
		*operation = "reading";
		error = dh_mapping_read(mapping, &nanoseconds);
		if (error)
			return error;
		times->reading += nanoseconds;
		times->reads++;
	}
	if (!expected)
		return 0;
	*operation = "verifying";
	error = dh_mapping_verify(mapping, expected, &mismatch);
	if (error && error != -EBADMSG)
		return error;
	report->verified = dh_known(!error);
	if (error) {
		report->mismatch = dh_known(mismatch.offset);
		report->expected = mismatch.expected;
		report->found = mismatch.found;
	}
	return error;
}

enum dh_status dh_cpu_write_and_check(struct dh_cpu_view *view, const struct dh_fill *fill,
				      uint64_t passes)
{
	const struct dh_pattern *expected = fill->verify ? &fill->expected.pattern : NULL;
	const struct dh_pattern *write = NULL;
	struct dh_mapping_report *report = view->report;
	struct dh_mapping *mapping = &view->mapping;
	const char *operation = "";
	struct times times = { 0 };
	uint32_t crc;
	int error = 0;

	/* Writing zeros to a zeroed buffer measures the rate and does not change the contents. */
	if (fill->fill)
		write = &fill->pattern;
	else if (passes && report->fresh && report->zeroed.known && report->zeroed.value &&
		 !report->loaded.known && mapping->writable)
		write = &zeros;
	if (!write && !expected && !passes)
		return DH_EXIT_DONE;

	do {
		error = do_pass(mapping, write, expected, passes > 0, &times, report, &operation);
		if (!error)
			report->passes++;
	} while (!error && report->passes < passes);
	report->write_rate = rate(mapping->size, times.writes, times.writing);
	report->read_rate = rate(mapping->size, times.reads, times.reading);
	if (error && error != -EBADMSG)
		return fail(view, operation, error);

	if (passes) {
		int crc_error = dh_mapping_crc32(mapping, &crc);

		if (crc_error)
			return fail(view, "computing the CRC-32", crc_error);
		report->crc32 = dh_known(crc);
	}
	if (!error)
		return DH_EXIT_DONE;
	return dh_fail(DH_EXIT_ERROR, 0,
		       "%s: verifying: byte %" PRIu64 " is 0x%02x instead of 0x%02x", view->subject,
		       report->mismatch.value, report->found, report->expected);
}

enum dh_status dh_cpu_open_source(const char *path, int *source)
{
	*source = -1;
	if (!path)
		return DH_EXIT_DONE;
	*source = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
	if (*source >= 0)
		return DH_EXIT_DONE;
	return dh_fail(DH_EXIT_ERROR, errno, "file '%s': opening: %m", path);
}

enum dh_status dh_cpu_load(struct dh_cpu_view *view, const char *path, int source)
{
	char size[DH_UNIT_MAX];
	uint64_t loaded;
	int error = dh_mapping_load(&view->mapping, source, &loaded);

	if (!error) {
		view->report->loaded = dh_known(loaded);
		return DH_EXIT_DONE;
	}
	if (error == -EFBIG)
		return dh_fail(DH_EXIT_ERROR, 0,
			       "%s: loading '%s': file is longer than the buffer of %s; nothing "
			       "written",
			       view->subject, path, dh_format_size(view->report->size, size));
	if (error == -EACCES || error == -EFAULT || error == -EINTR)
		return fail(view, "loading", error);
	return dh_fail(DH_EXIT_ERROR, error, "%s: loading '%s': %m (after %" PRIu64 " bytes)",
		       view->subject, path, loaded);
}

enum dh_status dh_cpu_copy(struct dh_cpu_view *view, uint64_t offset, void *to, size_t length)
{
	int error = dh_mapping_copy(&view->mapping, offset, to, length);

	return error ? fail(view, "dumping", error) : DH_EXIT_DONE;
}

enum dh_status dh_cpu_save(struct dh_cpu_view *view, const char *path)
{
	int sink = strcmp(path, "-") ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
				     : dup(STDOUT_FILENO);
	uint64_t saved;
	int error;

	if (sink < 0)
		return dh_fail(DH_EXIT_ERROR, errno, "%s: saving to '%s': %m", view->subject, path);
	error = dh_mapping_save(&view->mapping, sink, &saved);
	if (close(sink) && !error)
		error = -errno;
	view->report->saved = dh_known(saved);
	if (!error)
		return DH_EXIT_DONE;
	if (error == -EFAULT || error == -EINTR)
		return fail(view, "saving", error);
	return dh_fail(DH_EXIT_ERROR, error,
		       "%s: saving to '%s': %m (after %" PRIu64 " of %zu bytes)", view->subject,
		       path, saved, view->mapping.size);
}

void dh_auto_cpu_view(struct dh_cpu_view *view)
{
	struct dh_mapping_report *report = view->report;

	if (!view->mapping.memory)
		return;
	dh_mapping_sync_cost(&view->mapping, &report->sync_median, &report->sync_mean,
			     &report->sync_pairs);
	dh_mapping_close(&view->mapping);
}

enum dh_status dh_cpu_test(const struct dh_env *env, const char *subject,
			   const struct dh_buffer_facts *facts, const struct dh_fill *fill,
			   struct dh_mapping_report *report)
{
	dh_auto(cpu_view) struct dh_cpu_view view = { .subject = subject, .report = report };
	enum dh_status status;
	int error = dh_cpu_map(facts, fill->no_sync ? DH_MAPPING_NO_SYNC : 0, &view);

	if (error)
		return dh_cpu_map_failed(subject, facts, error);
	status = dh_cpu_check_zeroed(env, &view);
	return status ? status : dh_cpu_write_and_check(&view, fill, 0);
}
