// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/touch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "cli/status.h"

static const struct dh_pattern zeros = { .kind = DH_PATTERN_BYTE };

int dh_touch_map(const struct dh_buffer_facts *facts, bool no_sync, struct dh_mapping *mapping,
		 struct dh_mapping_report *report)
{
	int error = dh_mapping_open(facts->fd, no_sync, mapping);

	*report = (struct dh_mapping_report){
		.heap = facts->heap,
		.fd = facts->fd,
		.inode = facts->inode,
		.size = facts->size,
		.fresh = facts->heap != NULL,
		.map_error = -error,
	};
	if (!error || dh_touch_denied(facts, error))
		report->mappable = dh_known(!error);
	if (!error)
		report->writable = dh_known(mapping->writable);
	return error;
}

static bool write_only(const struct dh_buffer_facts *facts)
{
	return (facts->fd_flags & O_ACCMODE) == O_WRONLY;
}

bool dh_touch_denied(const struct dh_buffer_facts *facts, int error)
{
	/* These are about the descriptor and this process, not about the buffer. */
	return error && !(error == -EACCES && write_only(facts)) && error != -ENOMEM &&
	       error != -EFBIG && error != -EBADF;
}

int dh_touch_explain(const char *subject, const struct dh_buffer_facts *facts, int error)
{
	if (error == -EACCES && write_only(facts))
		return dh_fail(DH_EXIT_REFUSED,
			       "%s: mapping it: %s (the descriptor is write-only, and a shared "
			       "mapping has to be readable; --fd-flags rdwr makes one that maps)",
			       subject, strerror(-error));
	if (dh_touch_denied(facts, error))
		return dh_fail(DH_EXIT_REFUSED,
			       "%s: mapping it: %s (its exporter gives the CPU no access, as "
			       "protected heaps such as 'protected,secure-video' do not; only "
			       "devices reach such a buffer)",
			       subject, strerror(-error));
	return dh_fail(DH_EXIT_REFUSED, "%s: mapping it: %s", subject, strerror(-error));
}

int dh_touch_refused(const char *subject, const char *doing, int error)
{
	const char *hint;

	switch (error) {
	case -ETIMEDOUT:
		return dh_fail(DH_EXIT_TIMEOUT,
			       "%s: %s: %s (its exporter answers DMA_BUF_IOCTL_SYNC with EAGAIN; "
			       "--no-sync leaves it out)",
			       subject, doing, strerror(-error));
	case -EFAULT:
		return dh_fail(DH_EXIT_REFUSED,
			       "%s: %s: the access faulted (it can be mapped, but the memory "
			       "behind it is not there for the CPU)",
			       subject, doing);
	case -EACCES:
		hint = "the descriptor is read-only, and so is its mapping; --fd-flags rdwr makes "
		       "one that can be written";
		break;
	default:
		hint = "DMA_BUF_IOCTL_SYNC failed; --no-sync leaves it out";
		break;
	}
	return dh_fail(DH_EXIT_REFUSED, "%s: %s: %s (%s)", subject, doing, strerror(-error), hint);
}

int dh_touch_look(const struct dh_context *context, const char *subject, struct dh_mapping *mapping,
		  struct dh_mapping_report *report)
{
	struct dh_mismatch mismatch;
	int error = dh_mapping_verify(mapping, &zeros, &mismatch);

	if (error && error != -EBADMSG)
		return dh_touch_refused(subject, "looking whether it is zeroed", error);
	report->zeroed = dh_known(!error);
	if (!error)
		return DH_EXIT_DONE;
	report->nonzero = dh_known(mismatch.offset);
	if (report->fresh)
		dh_remark(context, "%s: the new buffer is not zeroed: byte %" PRIu64 " is 0x%02x",
			  subject, mismatch.offset, mismatch.found);
	return DH_EXIT_DONE;
}

static struct dh_maybe rate(uint64_t bytes, uint64_t passes, uint64_t nanoseconds)
{
	if (nanoseconds == 0 || passes == 0)
		return (struct dh_maybe){ 0 };
	return dh_known((uint64_t)((double)bytes * (double)passes * 1e9 / (double)nanoseconds));
}

struct times {
	uint64_t writing, reading; /* nanoseconds in all */
	uint64_t writes, reads;
};

/* One pass. A mismatch is put into the report and answered with -EBADMSG. */
static int pass(struct dh_mapping *mapping, const struct dh_pattern *write,
		const struct dh_pattern *wanted, bool measure, struct times *times,
		struct dh_mapping_report *report, const char **doing)
{
	struct dh_mismatch mismatch;
	uint64_t nanoseconds;
	int error;

	if (write) {
		*doing = "filling it";
		error = dh_mapping_fill(mapping, write, &nanoseconds);
		if (error)
			return error;
		times->writing += nanoseconds;
		times->writes++;
	}
	if (measure) {
		*doing = "reading it";
		error = dh_mapping_read(mapping, &nanoseconds);
		if (error)
			return error;
		times->reading += nanoseconds;
		times->reads++;
	}
	if (!wanted)
		return 0;
	*doing = "verifying it";
	error = dh_mapping_verify(mapping, wanted, &mismatch);
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

static int say_mismatch(const char *subject, const struct dh_mapping_report *report)
{
	return dh_fail(DH_EXIT_REFUSED,
		       "%s: verifying it: byte %" PRIu64 " is 0x%02x, and the pattern has 0x%02x",
		       subject, report->mismatch.value, report->found, report->expected);
}

int dh_touch_work(const char *subject, struct dh_mapping *mapping,
		  const struct dh_fill_options *fill, uint64_t passes,
		  struct dh_mapping_report *report)
{
	const struct dh_pattern *wanted = fill->verify ? &fill->wanted : NULL, *write = NULL;
	const char *doing = "";
	struct times times = { 0 };
	uint32_t crc;
	int error = 0;

	/* Zeros change nothing where zeros are, so writing can be measured there too. */
	if (fill->fill)
		write = &fill->pattern;
	else if (passes && report->fresh && report->zeroed.known && report->zeroed.value &&
		 !report->loaded.known && mapping->writable)
		write = &zeros;
	if (!write && !wanted && !passes)
		return DH_EXIT_DONE;

	do {
		error = pass(mapping, write, wanted, passes > 0, &times, report, &doing);
		if (!error)
			report->passes++;
	} while (!error && report->passes < passes);
	report->write_rate = rate(mapping->size, times.writes, times.writing);
	report->read_rate = rate(mapping->size, times.reads, times.reading);
	if (error && error != -EBADMSG)
		return dh_touch_refused(subject, doing, error);

	if (passes) {
		int crc_error = dh_mapping_crc32(mapping, &crc);

		if (crc_error)
			return dh_touch_refused(subject, "taking its CRC-32", crc_error);
		report->crc32 = dh_known(crc);
	}
	return error ? say_mismatch(subject, report) : DH_EXIT_DONE;
}

int dh_touch(const struct dh_context *context, const char *subject,
	     const struct dh_buffer_facts *facts, const struct dh_fill_options *fill,
	     uint64_t passes, struct dh_mapping_report *report)
{
	struct dh_mapping mapping = { .fd = -1 };
	int status, error = dh_touch_map(facts, fill->no_sync, &mapping, report);

	if (error)
		return dh_touch_explain(subject, facts, error);
	status = dh_touch_look(context, subject, &mapping, report);
	if (!status)
		status = dh_touch_work(subject, &mapping, fill, passes, report);
	dh_mapping_sync_cost(&mapping, &report->sync_median, &report->sync_mean,
			     &report->sync_pairs);
	dh_mapping_close(&mapping);
	return status;
}
