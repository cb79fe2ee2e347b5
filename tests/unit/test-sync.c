// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DMA_BUF_IOCTL_SYNC around each access. A memfd stands in for a dma-buf, and this program's
 * ioctl() answers in place of the kernel.
 */
#include "unit.h"

#include <errno.h>
#include <linux/dma-buf.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "action/mapping.h"
#include "base/auto.h"

#define SIZE 262144

static const struct dh_pattern counter = { DH_PATTERN_COUNTER, 0 };

/* The errors that the next calls return, and the flags of all calls. */
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

/* The flags since the last call, as text: "R(" is the start of a read, "R)" its end. */
static const char *seen(void)
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

static int make_buffer(bool no_sync, struct dh_mapping *mapping)
{
	int fd = memfd_create("buffer", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, SIZE), 0);
	assert_int_equal(dh_mapping_open(fd, no_sync, mapping), 0);
	memset(&syncs, 0, sizeof(syncs));
	return fd;
}

static void test_directions(void **state)
{
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	dh_auto(fd) int fd = make_buffer(false, &mapping);
	dh_auto(fd) int file = memfd_create("file", MFD_CLOEXEC);
	struct dh_mismatch mismatch;
	uint64_t moved;
	uint32_t crc;
	char byte;

	(void)state;
	assert_int_equal(write(file, "text", 4), 4);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), 0);
	assert_string_equal(seen(), "W(W)");
	assert_int_equal(dh_mapping_verify(&mapping, &counter, &mismatch), 0);
	assert_string_equal(seen(), "R(R)");
	assert_int_equal(dh_mapping_read(&mapping, NULL), 0);
	assert_string_equal(seen(), "R(R)");
	assert_int_equal(dh_mapping_crc32(&mapping, &crc), 0);
	assert_string_equal(seen(), "R(R)");
	assert_int_equal(dh_mapping_copy(&mapping, 0, &byte, 1), 0);
	assert_string_equal(seen(), "R(R)");
	/* Part of a buffer is written: its other bytes must not become stale. */
	assert_int_equal(dh_mapping_load(&mapping, file, &moved), 0);
	assert_string_equal(seen(), "RW(RW)");
	assert_int_equal(dh_mapping_save(&mapping, file, &moved), 0);
	assert_string_equal(seen(), "R(R)");
}

static void test_repeated(void **state)
{
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	dh_auto(fd) int fd = make_buffer(false, &mapping);

	(void)state;
	fail_next(EINTR, EAGAIN, EAGAIN);
	assert_int_equal(dh_mapping_read(&mapping, NULL), 0);
	assert_string_equal(seen(), "R(R(R(R(R)");
}

static void test_refused(void **state)
{
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	dh_auto(fd) int fd = make_buffer(false, &mapping);
	struct dh_maybe median, mean, pairs;
	char byte;

	(void)state;
	fail_next(EPERM, 0, 0);
	assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), -EPERM);
	assert_string_equal(seen(), "W(");
	assert_int_equal(pread(fd, &byte, 1, 8), 1);
	assert_int_equal(byte, 0);
	fail_next(0, EIO, 0);
	assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), -EIO);
	assert_string_equal(seen(), "W(W)");
	dh_mapping_sync_cost(&mapping, &median, &mean, &pairs);
	assert_false(median.known || mean.known || pairs.known);
}

/* The kernel has granted the start, so it gets the end after a fault, too. */
static void test_fault(void **state)
{
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	dh_auto(fd) int fd = make_buffer(false, &mapping);

	(void)state;
	assert_int_equal(ftruncate(fd, 0), 0);
	fail_next(0, EIO, 0);
	assert_int_equal(dh_mapping_read(&mapping, NULL), -EFAULT);
	assert_string_equal(seen(), "R(R)");
}

static void test_without(void **state)
{
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	dh_auto(fd) int fd = make_buffer(true, &mapping);
	struct dh_maybe median, mean, pairs;

	(void)state;
	assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), 0);
	assert_string_equal(seen(), "");
	dh_mapping_sync_cost(&mapping, &median, &mean, &pairs);
	assert_false(median.known || mean.known || pairs.known);
}

/* More than the first room for samples. */
static void test_cost(void **state)
{
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	dh_auto(fd) int fd = make_buffer(false, &mapping);
	struct dh_maybe median, mean, pairs;

	(void)state;
	for (int i = 0; i < 200; i++) {
		assert_int_equal(dh_mapping_read(&mapping, NULL), 0);
		assert_string_equal(seen(), "R(R)");
	}
	dh_mapping_sync_cost(&mapping, &median, &mean, &pairs);
	assert_true(median.known && mean.known && pairs.known);
	assert_int_equal(pairs.value, 200);
	assert_true(median.value > 0 && median.value < 1000000000);
	assert_true(mean.value > 0 && mean.value < 1000000000);
}

static void test_close(void **state)
{
	struct dh_mapping mapping = { 0 };
	dh_auto(fd) int fd = make_buffer(true, &mapping);
	void *memory = mapping.memory;

	(void)state;
	assert_int_equal(msync(memory, SIZE, MS_ASYNC), 0);
	dh_mapping_close(&mapping);
	assert_null(mapping.memory);
	assert_int_equal(msync(memory, SIZE, MS_ASYNC), -1);
	assert_int_equal(errno, ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_directions), cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_refused),	   cmocka_unit_test(test_fault),
		cmocka_unit_test(test_without),	   cmocka_unit_test(test_cost),
		cmocka_unit_test(test_close),
	};

	return cmocka_run_group_tests_name("sync", tests, NULL, NULL);
}
