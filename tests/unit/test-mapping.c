// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * These tests use a memfd instead of a dma-buf. Some tests truncate the memfd to cause faults.
 * A memfd does not implement DMA_BUF_IOCTL_SYNC, so most tests pass DH_MAPPING_NO_SYNC. The guest
 * tests use real dma-bufs.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "action/fault.h"
#include "action/mapping.h"
#include "base/auto.h"
#include "base/crc32.h"

/* Four pages of 64 KiB, the largest page size of arm64. */
#define SIZE 262144

static const struct dh_pattern counter = { DH_PATTERN_COUNTER, 0 };

static int make_buffer(size_t size)
{
	int fd = memfd_create("buffer", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	return fd;
}

/* Returns a new descriptor for the memory of `fd`, with the access mode in `flags`. */
static int reopen(int fd, int flags)
{
	char path[64];
	int other;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, flags | O_CLOEXEC);
	assert_true(other >= 0);
	return other;
}

static int make_file(const void *content, size_t length)
{
	FILE *file = tmpfile();
	int fd;

	assert_non_null(file);
	fd = dup(fileno(file));
	assert_int_equal(fclose(file), 0);
	assert_int_equal(write(fd, content, length), length);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

TEST(mapping_fills_verifies_and_checksums)
{
	dh_auto(fd) int fd = make_buffer(SIZE);
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	struct dh_mismatch mismatch;
	unsigned char copy[SIZE];
	uint64_t nanoseconds;
	uint32_t crc;

	assert_int_equal(dh_mapping_open(fd, DH_MAPPING_NO_SYNC, &mapping), 0);
	assert_int_equal(mapping.size, SIZE);
	assert_true(mapping.writable);
	assert_int_equal(dh_mapping_fill(&mapping, &counter, &nanoseconds), 0);
	assert_int_equal(dh_mapping_verify(&mapping, &counter, &mismatch), 0);
	assert_int_equal(dh_mapping_read(&mapping, &nanoseconds), 0);
	assert_int_equal(pread(fd, copy, SIZE, 0), SIZE);
	assert_int_equal(dh_mapping_crc32(&mapping, &crc), 0);
	assert_int_equal(crc, dh_crc32(0, copy, SIZE));

	assert_int_equal(pwrite(fd, "\x99", 1, 5001), 1);
	assert_int_equal(dh_mapping_verify(&mapping, &counter, &mismatch), -EBADMSG);
	assert_int_equal(mismatch.offset, 5001);
	assert_int_equal(mismatch.found, 0x99);
	assert_int_equal(mismatch.expected, dh_pattern_byte(&counter, 5001));
}

TEST(copy_rejects_ranges_beyond_the_buffer)
{
	dh_auto(fd) int fd = make_buffer(SIZE);
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	unsigned char copy[16] = { 0 };

	assert_int_equal(pwrite(fd, "0123456789", 10, SIZE - 10), 10);
	assert_int_equal(dh_mapping_open(fd, DH_MAPPING_NO_SYNC, &mapping), 0);
	assert_int_equal(dh_mapping_copy(&mapping, SIZE - 10, copy, 10), 0);
	assert_memory_equal(copy, "0123456789", 10);
	assert_int_equal(dh_mapping_copy(&mapping, SIZE, copy, 0), 0);
	assert_int_equal(dh_mapping_copy(&mapping, SIZE - 10, copy, 11), -EINVAL);
	assert_int_equal(dh_mapping_copy(&mapping, SIZE + 1, copy, 0), -EINVAL);
	assert_int_equal(dh_mapping_copy(&mapping, UINT64_MAX, copy, 2), -EINVAL);
}

TEST(read_only_descriptor_rejects_writes)
{
	dh_auto(fd) int fd = make_buffer(SIZE);
	dh_auto(fd) int readable = reopen(fd, O_RDONLY);
	dh_auto(fd) int source = make_file("text", 4);
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	struct dh_mismatch mismatch;
	uint64_t loaded;

	assert_int_equal(dh_mapping_open(readable, DH_MAPPING_NO_SYNC, &mapping), 0);
	assert_false(mapping.writable);
	assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), -EACCES);
	assert_int_equal(dh_mapping_load(&mapping, source, &loaded), -EACCES);
	assert_int_equal(dh_mapping_verify(&mapping, &counter, &mismatch), -EBADMSG);
	assert_int_equal(mismatch.offset, 8);
	assert_int_equal(dh_mapping_read(&mapping, NULL), 0);
}

TEST(read_only_mapping_of_a_writable_descriptor_rejects_writes)
{
	dh_auto(fd) int fd = make_buffer(SIZE);
	dh_auto(fd) int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	dh_auto(mapping) struct dh_mapping mapping = { 0 };

	assert_int_equal(dh_mapping_open(fd, DH_MAPPING_NO_SYNC | DH_MAPPING_READ_ONLY, &mapping),
			 0);
	assert_true(mapping.no_sync);
	assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), -EACCES);
	assert_int_equal(dh_mapping_read(&mapping, NULL), 0);
	/* The memory itself is not writable: the kernel cannot store the result of read(). */
	assert_true(zero >= 0);
	assert_int_equal(read(zero, mapping.memory, 1), -1);
	assert_int_equal(errno, EFAULT);
}

TEST(write_only_descriptor_cannot_be_mapped)
{
	dh_auto(fd) int fd = make_buffer(SIZE);
	dh_auto(fd) int writable = reopen(fd, O_WRONLY);
	struct dh_mapping mapping = { 0 };

	assert_int_equal(dh_mapping_open(writable, DH_MAPPING_NO_SYNC, &mapping), -EACCES);
	assert_null(mapping.memory);
	dh_mapping_close(&mapping);
}

TEST(pipe_and_closed_descriptor_cannot_be_mapped)
{
	struct dh_mapping mapping = { 0 };
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(dh_mapping_open(ends[0], DH_MAPPING_NO_SYNC, &mapping), -ESPIPE);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(dh_mapping_open(ends[0], DH_MAPPING_NO_SYNC, &mapping), -EBADF);
}

TEST(buffer_that_exceeds_the_address_space_cannot_be_mapped)
{
	dh_auto(fd) int fd = make_buffer(0);
	dh_auto(mapping) struct dh_mapping mapping = { 0 };

	/*
	 * A sparse memfd can have a size of 2^60 bytes, which exceeds the user address space of
	 * x86-64 and arm64.
	 */
	assert_int_equal(ftruncate(fd, (off_t)1 << 60), 0);
	assert_int_equal(dh_mapping_open(fd, DH_MAPPING_NO_SYNC, &mapping), -EFBIG);
	assert_null(mapping.memory);
}

/* A memfd rejects the sync ioctl, so the memory must not be accessed. */
TEST(failed_sync_prevents_access)
{
	dh_auto(fd) int fd = make_buffer(SIZE);
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	struct dh_maybe median, mean, pairs;
	char byte;

	assert_int_equal(dh_mapping_open(fd, 0, &mapping), 0);
	assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), -ENOTTY);
	assert_int_equal(pread(fd, &byte, 1, 8), 1);
	assert_int_equal(byte, 0);
	dh_mapping_sync_cost(&mapping, &median, &mean, &pairs);
	assert_false(median.known || mean.known || pairs.known);
}

/* --- Faults ----------------------------------------------------------------- */

TEST(fault_returns_an_error)
{
	dh_auto(fd) int fd = make_buffer(SIZE);
	dh_auto(fd) int source = make_file("0123456789", 10);
	dh_auto(fd) int sink = make_file("", 0);
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	struct dh_mismatch mismatch;
	unsigned char copy[16];
	uint64_t moved;
	uint32_t crc;

	assert_int_equal(dh_mapping_open(fd, DH_MAPPING_NO_SYNC, &mapping), 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	/* Each access installs and restores the signal handlers, so repeated faults are caught. */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), -EFAULT);
		assert_int_equal(dh_mapping_verify(&mapping, &counter, &mismatch), -EFAULT);
		assert_int_equal(dh_mapping_read(&mapping, NULL), -EFAULT);
		assert_int_equal(dh_mapping_crc32(&mapping, &crc), -EFAULT);
		assert_int_equal(dh_mapping_copy(&mapping, 100, copy, 16), -EFAULT);
		assert_int_equal(dh_mapping_load(&mapping, source, &moved), -EFAULT);
		assert_int_equal(moved, 0);
		assert_int_equal(dh_mapping_save(&mapping, sink, &moved), -EFAULT);
		assert_int_equal(moved, 0);
	}
	/* Access succeeds after the memfd has its full size again. */
	assert_int_equal(ftruncate(fd, SIZE), 0);
	assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), 0);
}

TEST(save_stops_at_a_fault)
{
	long page = sysconf(_SC_PAGESIZE);
	dh_auto(fd) int fd = make_buffer(SIZE);
	dh_auto(fd) int sink = make_file("", 0);
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	uint64_t saved;

	assert_int_equal(dh_mapping_open(fd, DH_MAPPING_NO_SYNC, &mapping), 0);
	assert_int_equal(ftruncate(fd, page), 0);
	assert_int_equal(dh_mapping_save(&mapping, sink, &saved), -EFAULT);
	assert_int_equal(saved, page);
}

static void no_work(void *data)
{
	(void)data;
}

static void write_to(void *data)
{
	*(volatile char *)data = 1;
}

static void raise_bus(void *data)
{
	(void)data;
	raise(SIGBUS);
}

static volatile sig_atomic_t caught;

static void count_signal(int sig)
{
	caught += sig;
}

TEST(signal_handlers_are_restored)
{
	struct sigaction mine = { .sa_handler = count_signal }, bus, segv, former;
	char byte = 0;

	sigemptyset(&mine.sa_mask);
	assert_int_equal(sigaction(SIGBUS, &mine, &former), 0);
	assert_int_equal(sigaction(SIGSEGV, NULL, &segv), 0);
	assert_int_equal(dh_fault_run(&byte, 1, no_work, NULL), 0);
	assert_int_equal(sigaction(SIGBUS, NULL, &bus), 0);
	assert_true(bus.sa_handler == count_signal);
	/* A signal from kill() or raise() is not a fault. The previous handler receives it. */
	assert_int_equal(dh_fault_run(&byte, 1, raise_bus, NULL), 0);
	assert_int_equal(caught, SIGBUS);
	assert_int_equal(sigaction(SIGBUS, NULL, &bus), 0);
	assert_true(bus.sa_handler == count_signal);
	sigaction(SIGBUS, &former, NULL);
	sigaction(SIGSEGV, NULL, &bus);
	assert_true(bus.sa_handler == segv.sa_handler);
}

/*
 * Runs `work` in a child that catches faults in `size` bytes at `guarded`. Returns the signal that
 * killed the child, or 0.
 */
static int signal_of_child(void (*work)(void *data), void *data, const void *guarded, size_t size)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		struct rlimit none = { 0, 0 };

		/* Remove the signal handlers of the sanitizers and of the test runner. */
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		setrlimit(RLIMIT_CORE, &none);
		dh_fault_run(guarded, size, work, data);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST(fault_outside_the_buffer_is_fatal)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(pages != MAP_FAILED);
	assert_int_equal(signal_of_child(write_to, pages + page, pages + page, page), 0);
	assert_int_equal(signal_of_child(write_to, pages + 2 * page - 1, pages + page, page), 0);
	assert_int_equal(signal_of_child(write_to, pages + page - 1, pages + page, page), SIGSEGV);
	assert_int_equal(signal_of_child(write_to, pages + 2 * page, pages + page, page), SIGSEGV);
	assert_int_equal(signal_of_child(raise_bus, NULL, pages, 3 * page), SIGBUS);
	munmap(pages, 3 * page);
}

/* --- Files ------------------------------------------------------------------ */

TEST(load_leaves_the_rest_unchanged)
{
	static const size_t lengths[] = { 1, 4095, 4096, 4097, SIZE - 1, SIZE };
	unsigned char content[SIZE], copy[SIZE];

	dh_pattern_fill(&(struct dh_pattern){ DH_PATTERN_RANDOM, 3 }, content, 0, SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		dh_auto(fd) int fd = make_buffer(SIZE);
		dh_auto(fd) int source = make_file(content, lengths[i]);
		dh_auto(mapping) struct dh_mapping mapping = { 0 };
		uint64_t loaded;

		assert_int_equal(dh_mapping_open(fd, DH_MAPPING_NO_SYNC, &mapping), 0);
		memset(mapping.memory, 0x77, SIZE);
		assert_int_equal(dh_mapping_load(&mapping, source, &loaded), 0);
		assert_int_equal(loaded, lengths[i]);
		assert_int_equal(pread(fd, copy, SIZE, 0), SIZE);
		assert_memory_equal(copy, content, lengths[i]);
		for (size_t at = lengths[i]; at < SIZE; at++)
			assert_int_equal(copy[at], 0x77);
	}
}

TEST(load_starts_at_the_file_offset)
{
	dh_auto(fd) int fd = make_buffer(SIZE);
	dh_auto(fd) int source = make_file("0123456789", 10);
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	uint64_t loaded;

	assert_int_equal(dh_mapping_open(fd, DH_MAPPING_NO_SYNC, &mapping), 0);
	assert_int_equal(lseek(source, 6, SEEK_SET), 6);
	assert_int_equal(dh_mapping_load(&mapping, source, &loaded), 0);
	assert_int_equal(loaded, 4);
	assert_memory_equal(mapping.memory, "6789\0", 5);
	assert_int_equal(dh_mapping_load(&mapping, source, &loaded), 0);
	assert_int_equal(loaded, 0);
}

/* stat() reports a size of 0 for a file in /proc, but read() returns data. */
TEST(load_reads_a_file_of_proc)
{
	dh_auto(fd) int fd = make_buffer(SIZE);
	dh_auto(fd) int source = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	uint64_t loaded;

	assert_int_equal(dh_mapping_open(fd, DH_MAPPING_NO_SYNC, &mapping), 0);
	assert_int_equal(dh_mapping_load(&mapping, source, &loaded), 0);
	assert_memory_equal(mapping.memory, "Name:", 5);
}

TEST(load_rejects_a_longer_file_before_writing)
{
	unsigned char content[SIZE + 1];
	dh_auto(fd) int fd = make_buffer(SIZE);
	dh_auto(fd) int source = make_file(memset(content, 'x', sizeof(content)), sizeof(content));
	dh_auto(fd) int endless = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	struct dh_mismatch mismatch;
	uint64_t loaded;

	assert_int_equal(dh_mapping_open(fd, DH_MAPPING_NO_SYNC, &mapping), 0);
	assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), 0);
	assert_int_equal(dh_mapping_load(&mapping, source, &loaded), -EFBIG);
	assert_int_equal(dh_mapping_load(&mapping, endless, &loaded), -EFBIG);
	assert_int_equal(loaded, 0);
	assert_int_equal(dh_mapping_verify(&mapping, &counter, &mismatch), 0);
}

/*
 * Writes `length` bytes to a pipe in pieces of 776 bytes, and loads them. With pages of 4 KiB, the
 * capacity of the pipe is smaller than the buffer. dh_mapping_load() must return `expected`.
 */
static void loads_from_a_pipe(size_t length, int expected)
{
	dh_auto(fd) int fd = make_buffer(SIZE);
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	struct dh_mismatch mismatch;
	unsigned char piece[776];
	uint64_t loaded;
	pid_t child;
	int ends[2], status;

	assert_int_equal(dh_mapping_open(fd, DH_MAPPING_NO_SYNC, &mapping), 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		for (size_t at = 0; at < length; at += sizeof(piece)) {
			size_t n = length - at < sizeof(piece) ? length - at : sizeof(piece);

			dh_pattern_fill(&counter, piece, at, n);
			if (write(ends[1], piece, n) != (ssize_t)n)
				_exit(1);
		}
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(dh_mapping_load(&mapping, ends[0], &loaded), expected);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(loaded, expected ? 0 : length);
	assert_int_equal(dh_mapping_verify(&mapping, &counter, &mismatch),
			 loaded == SIZE ? 0 : -EBADMSG);
	if (loaded > 8 && loaded < SIZE)
		assert_int_equal(mismatch.offset, (loaded + 7) / 8 * 8);
}

TEST(load_reads_pipes)
{
	loads_from_a_pipe(0, 0);
	loads_from_a_pipe(1000, 0);
	loads_from_a_pipe(SIZE, 0);
	loads_from_a_pipe(SIZE + 1, -EFBIG);
}

TEST(save_and_load_report_file_errors)
{
	dh_auto(fd) int fd = make_buffer(SIZE);
	dh_auto(fd) int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	dh_auto(fd) int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dh_auto(fd) int sink = make_file("", 0);
	dh_auto(mapping) struct dh_mapping mapping = { 0 };
	unsigned char copy[SIZE];
	uint64_t moved;

	assert_int_equal(dh_mapping_open(fd, DH_MAPPING_NO_SYNC, &mapping), 0);
	assert_int_equal(dh_mapping_fill(&mapping, &counter, NULL), 0);
	assert_int_equal(dh_mapping_save(&mapping, full, &moved), -ENOSPC);
	assert_int_equal(moved, 0);
	assert_int_equal(dh_mapping_load(&mapping, folder, &moved), -EISDIR);
	assert_int_equal(dh_mapping_save(&mapping, sink, &moved), 0);
	assert_int_equal(moved, SIZE);
	assert_int_equal(pread(sink, copy, SIZE, 0), SIZE);
	assert_memory_equal(copy, mapping.memory, SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mapping_fills_verifies_and_checksums),
		cmocka_unit_test(copy_rejects_ranges_beyond_the_buffer),
		cmocka_unit_test(read_only_descriptor_rejects_writes),
		cmocka_unit_test(read_only_mapping_of_a_writable_descriptor_rejects_writes),
		cmocka_unit_test(write_only_descriptor_cannot_be_mapped),
		cmocka_unit_test(pipe_and_closed_descriptor_cannot_be_mapped),
		cmocka_unit_test(buffer_that_exceeds_the_address_space_cannot_be_mapped),
		cmocka_unit_test(failed_sync_prevents_access),
		cmocka_unit_test(fault_returns_an_error),
		cmocka_unit_test(save_stops_at_a_fault),
		cmocka_unit_test(signal_handlers_are_restored),
		cmocka_unit_test(fault_outside_the_buffer_is_fatal),
		cmocka_unit_test(load_leaves_the_rest_unchanged),
		cmocka_unit_test(load_starts_at_the_file_offset),
		cmocka_unit_test(load_reads_a_file_of_proc),
		cmocka_unit_test(load_rejects_a_longer_file_before_writing),
		cmocka_unit_test(load_reads_pipes),
		cmocka_unit_test(save_and_load_report_file_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
