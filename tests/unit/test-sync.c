// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of DMA_BUF_IOCTL_SYNC around each access. The tests use a memfd instead of a dma-buf, and
 * the ioctl() below instead of that of the C library.
 */
#include "unit.h"

#include <errno.h>
#include <limits.h>
#include <linux/dma-buf.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "action/mapping.h"
#include "base/auto.h"
#include "base/interrupt.h"

#define SIZE 262144

static const struct dh_pattern counter = { DH_PATTERN_COUNTER, 0 };

/* The errno values of the next calls to ioctl(), and the flags since the last take_syncs(). */
static struct {
	int errors[3];
	size_t n_errors;
	uint64_t flags[16];
	size_t n;
} syncs;

int ioctl(int fd, unsigned long request, ...)
{
	const struct dma_buf_sync *sync;
	va_list args;

	(void)fd;
	va_start(args, request);
	sync = va_arg(args, const struct dma_buf_sync *);
	va_end(args);
	assert_true(request == DMA_BUF_IOCTL_SYNC);
	assert_true(syncs.n < ARRAY_SIZE(syncs.flags));
	syncs.flags[syncs.n] = sync->flags;
	errno = syncs.n < syncs.n_errors ? syncs.errors[syncs.n] : 0;
	syncs.n++;
	return errno ? -1 : 0;
}

/* Returns the recorded flags as text and clears them. "R(" stands for the start of a read. */
static const char *take_syncs(void)
{
	static char text[4 * ARRAY_SIZE(syncs.flags) + 1];

	*text = '\0';
	for (size_t i = 0; i < syncs.n; i++) {
		if (syncs.flags[i] & DMA_BUF_SYNC_READ)
			strcat(text, "R");
		if (syncs.flags[i] & DMA_BUF_SYNC_WRITE)
			strcat(text, "W");
		strcat(text, syncs.flags[i] & DMA_BUF_SYNC_END ? ")" : "(");
	}
	memset(&syncs, 0, sizeof(syncs));
	return text;
}

static void fail_next(int first, int second, int third)
{
	syncs.errors[0] = first;
	syncs.errors[1] = second;
	syncs.errors[2] = third;
	syncs.n_errors = 3;
}

/* Number of calls for which dh_interrupted() still returns false. UINT_MAX means all calls. */
static unsigned int polls_left = UINT_MAX;

bool dh_interrupted(void)
{
	return polls_left == UINT_MAX ? false : !polls_left || !polls_left--;
}

static int make_buffer(bool no_sync, struct dh_mapping *mapping)
{
	int fd = memfd_create("buffer", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, SIZE), 0);
	assert_int_equal(dh_mapping_open(fd, no_sync ? DH_MAPPING_NO_SYNC : 0, mapping), 0);
	memset(&syncs, 0, sizeof(syncs));
	return fd;
}

TEST(sync_has_the_direction_of_the_access)
{
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	dh_auto(fd) int fd = make_buffer(false, &mapping);
	dh_auto(fd) int file = memfd_create("file", MFD_CLOEXEC);
	struct dh_mismatch mismatch;
	uint64_t moved;
	uint32_t crc;
	char byte;

	assert_int_equal(write(file, "text", 4), 4);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), 0);
	assert_string_equal(take_syncs(), "W(W)");
	assert_int_equal(dh_mapping_verify(&mapping, &counter, &mismatch), 0);
	assert_string_equal(take_syncs(), "R(R)");
	assert_int_equal(dh_mapping_read(&mapping, NULL), 0);
	assert_string_equal(take_syncs(), "R(R)");
	assert_int_equal(dh_mapping_crc32(&mapping, &crc), 0);
	assert_string_equal(take_syncs(), "R(R)");
	assert_int_equal(dh_mapping_copy(&mapping, 0, &byte, 1), 0);
	assert_string_equal(take_syncs(), "R(R)");
	/* A load may write part of the buffer and must keep the rest, so its sync needs RW. */
	assert_int_equal(dh_mapping_load(&mapping, file, &moved), 0);
	assert_string_equal(take_syncs(), "RW(RW)");
	assert_int_equal(dh_mapping_save(&mapping, file, &moved), 0);
	assert_string_equal(take_syncs(), "R(R)");
}

TEST(interrupted_sync_is_repeated)
{
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	dh_auto(fd) int fd = make_buffer(false, &mapping);

	fail_next(EINTR, EAGAIN, EAGAIN);
	assert_int_equal(dh_mapping_read(&mapping, NULL), 0);
	assert_string_equal(take_syncs(), "R(R(R(R(R)");
}

TEST(failed_sync_fails_the_access)
{
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	dh_auto(fd) int fd = make_buffer(false, &mapping);
	struct dh_maybe median, mean, pairs;
	char byte;

	fail_next(EPERM, 0, 0);
	assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), -EPERM);
	assert_string_equal(take_syncs(), "W(");
	assert_int_equal(pread(fd, &byte, 1, 8), 1);
	assert_int_equal(byte, 0);
	fail_next(0, EIO, 0);
	assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), -EIO);
	assert_string_equal(take_syncs(), "W(W)");
	dh_mapping_sync_cost(&mapping, &median, &mean, &pairs);
	assert_false(median.known || mean.known || pairs.known);
}

/* If the sync that starts an access succeeds, a sync must end the access even after a fault. */
TEST(sync_ends_after_a_fault)
{
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	dh_auto(fd) int fd = make_buffer(false, &mapping);

	assert_int_equal(ftruncate(fd, 0), 0);
	fail_next(0, EIO, 0);
	assert_int_equal(dh_mapping_read(&mapping, NULL), -EFAULT);
	assert_string_equal(take_syncs(), "R(R)");
}

TEST(no_sync_issues_no_ioctl)
{
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	dh_auto(fd) int fd = make_buffer(true, &mapping);
	struct dh_maybe median, mean, pairs;

	assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), 0);
	assert_string_equal(take_syncs(), "");
	dh_mapping_sync_cost(&mapping, &median, &mean, &pairs);
	assert_false(median.known || mean.known || pairs.known);
}

TEST(interrupt_ends_an_access_and_its_sync)
{
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	dh_auto(fd) int fd = make_buffer(false, &mapping);
	struct dh_mismatch mismatch;
	uint64_t moved;
	uint32_t crc;
	char byte;

	polls_left = 0;
	assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), -EINTR);
	assert_string_equal(take_syncs(), "");
	/* The first call to dh_interrupted() precedes the sync, and the second the access. */
	polls_left = 1;
	assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), -EINTR);
	assert_string_equal(take_syncs(), "W(W)");
	assert_int_equal(pread(fd, &byte, 1, 8), 1);
	assert_int_equal(byte, 0);
	polls_left = 1;
	assert_int_equal(dh_mapping_verify(&mapping, &counter, &mismatch), -EINTR);
	polls_left = 1;
	assert_int_equal(dh_mapping_read(&mapping, NULL), -EINTR);
	polls_left = 1;
	assert_int_equal(dh_mapping_crc32(&mapping, &crc), -EINTR);
	polls_left = 1;
	assert_int_equal(dh_mapping_save(&mapping, STDOUT_FILENO, &moved), -EINTR);
	assert_int_equal(moved, 0);
	assert_string_equal(take_syncs(), "R(R)R(R)R(R)R(R)");
	polls_left = UINT_MAX;
}

TEST(interrupt_ends_the_repetition_of_a_sync)
{
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	dh_auto(fd) int fd = make_buffer(false, &mapping);

	fail_next(EINTR, 0, 0);
	polls_left = 1;
	assert_int_equal(dh_mapping_read(&mapping, NULL), -EINTR);
	assert_string_equal(take_syncs(), "R(");
	/* A sync that ends an access is repeated even after an interrupt. */
	fail_next(0, EINTR, EAGAIN);
	polls_left = 2;
	assert_int_equal(dh_mapping_read(&mapping, NULL), -EINTR);
	assert_string_equal(take_syncs(), "R(R)R)R)");
	polls_left = UINT_MAX;
}

/* 200 pairs exceed the initial capacity of the array of durations. */
TEST(cost_is_measured_for_each_pair)
{
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	dh_auto(fd) int fd = make_buffer(false, &mapping);
	struct dh_maybe median, mean, pairs;

	for (int i = 0; i < 200; i++) {
		assert_int_equal(dh_mapping_read(&mapping, NULL), 0);
		assert_string_equal(take_syncs(), "R(R)");
	}
	dh_mapping_sync_cost(&mapping, &median, &mean, &pairs);
	assert_true(median.known && mean.known && pairs.known);
	assert_int_equal(pairs.value, 200);
	assert_true(median.value > 0 && median.value < 1000000000);
	assert_true(mean.value > 0 && mean.value < 1000000000);
}

TEST(close_unmaps_the_buffer)
{
	struct dh_mapping mapping = { 0 };
	dh_auto(fd) int fd = make_buffer(true, &mapping);
	void *memory = mapping.memory;

	assert_int_equal(msync(memory, SIZE, MS_ASYNC), 0);
	dh_mapping_close(&mapping);
	assert_null(mapping.memory);
	assert_int_equal(msync(memory, SIZE, MS_ASYNC), -1);
	assert_int_equal(errno, ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sync_has_the_direction_of_the_access),
		cmocka_unit_test(interrupted_sync_is_repeated),
		cmocka_unit_test(interrupt_ends_an_access_and_its_sync),
		cmocka_unit_test(interrupt_ends_the_repetition_of_a_sync),
		cmocka_unit_test(failed_sync_fails_the_access),
		cmocka_unit_test(sync_ends_after_a_fault),
		cmocka_unit_test(no_sync_issues_no_ioctl),
		cmocka_unit_test(cost_is_measured_for_each_pair),
		cmocka_unit_test(close_unmaps_the_buffer),
	};

	return cmocka_run_group_tests_name("sync", tests, NULL, NULL);
}
