// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "action/fault.h"
#include "base/clock.h"
#include "base/crc32.h"
#include "base/interrupt.h"
#include "base/memory.h"
#include "base/progress.h"
#include "model/tally.h"

/*
 * Maximum number of bytes that are accessed between two checks for an interrupt. sum_up() adds 32
 * bytes at a time, so the number is a multiple of 32: single bytes then remain only at the end of
 * the buffer.
 */
#define PIECE_MAX ((size_t)4 << 20)

/* Time limit in nanoseconds for repeating a sync that fails with EAGAIN. */
#define SYNC_TIMEOUT UINT64_C(5000000000)

/* Returns true if the address space has no free range of `size` bytes. */
static bool exceeds_address_space(size_t size)
{
	void *range =
		mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (range != MAP_FAILED)
		munmap(range, size);
	return range == MAP_FAILED && errno == ENOMEM;
}

int dh_mapping_open(int fd, unsigned int flags, struct dh_mapping *mapping)
{
	int mode = fcntl(fd, F_GETFL);
	off_t size = mode < 0 ? -1 : lseek(fd, 0, SEEK_END);
	bool writable = (mode & O_ACCMODE) != O_RDONLY && !(flags & DH_MAPPING_READ_ONLY);
	void *memory;
	int error = 0;

	if (size < 0)
		return -errno;
	if ((uintmax_t)size > SIZE_MAX)
		return -EFBIG;
	memory = mmap(NULL, (size_t)size, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd,
		      0);
	if (memory == MAP_FAILED)
		error = -errno;
	if (error == -ENOMEM && exceeds_address_space((size_t)size))
		error = -EFBIG;
	if (error)
		return error;
	*mapping = (struct dh_mapping){
		.memory = memory,
		.size = (size_t)size,
		.fd = fd,
		.writable = writable,
		.no_sync = flags & DH_MAPPING_NO_SYNC,
	};
	return 0;
}

void dh_mapping_close(struct dh_mapping *mapping)
{
	if (mapping->memory)
		munmap(mapping->memory, mapping->size);
	free(mapping->sync_times);
	*mapping = (struct dh_mapping){ .fd = -1 };
}

/*
 * drivers/dma-buf/dma-buf.c ("cpu access") requires callers to repeat DMA_BUF_IOCTL_SYNC on EAGAIN
 * and EINTR. The timeout limits the wait for an exporter that always returns EAGAIN. An interrupt
 * ends the retries of DMA_BUF_SYNC_START, but not those of DMA_BUF_SYNC_END, because each
 * successful START requires an END.
 */
static int sync_buffer(const struct dh_mapping *mapping, uint64_t flags)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct dma_buf_sync sync = { .flags = flags };
	uint64_t began = 0;

	while (ioctl(mapping->fd, DMA_BUF_IOCTL_SYNC, &sync)) {
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
		if (dh_interrupted() && !(flags & DMA_BUF_SYNC_END))
			return -EINTR;
		if (errno == EINTR)
			continue;
		if (began && dh_clock_now() - began > SYNC_TIMEOUT)
			return -ETIMEDOUT;
		began = began ? began : dh_clock_now();
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* If out of memory, drops the sample: the access itself must not fail. */
static void add_sync_time(struct dh_mapping *mapping, uint64_t nanoseconds)
{
	uint64_t *time = dh_array_add(&mapping->sync_times, &mapping->n_sync_times);

	if (time)
		*time = nanoseconds;
}

/*
 * Runs `work` between DMA_BUF_SYNC_START and DMA_BUF_SYNC_END, or without them if no_sync is set.
 * END follows every successful START, even after a fault in `work`. Returns -EINTR if
 * dh_interrupted() is true before or after `work`: then the access may be incomplete.
 */
static int run_synced(struct dh_mapping *mapping, uint64_t direction, void (*work)(void *data),
		      void *data, uint64_t *nanoseconds)
{
	uint64_t began = dh_clock_now(), started, worked;
	int error = dh_interrupted() ? -EINTR : 0, ended = 0;

	if (!error && !mapping->no_sync)
		error = sync_buffer(mapping, direction | DMA_BUF_SYNC_START);
	if (error)
		return error;
	started = dh_clock_now();
	error = dh_fault_run(mapping->memory, mapping->size, work, data);
	worked = dh_clock_now();
	if (!error && dh_interrupted())
		error = -EINTR;
	if (!mapping->no_sync) {
		ended = sync_buffer(mapping, direction | DMA_BUF_SYNC_END);
		if (!ended)
			add_sync_time(mapping, started - began + dh_clock_now() - worked);
	}
	if (nanoseconds)
		*nanoseconds = worked - started;
	return error ? error : ended;
}

/* --- Accesses --------------------------------------------------------------- */

/* Arguments and results of an access to the whole mapping. Each access uses only some members. */
struct access {
	const struct dh_mapping *mapping;
	/*
	 * Accesses `length` bytes at `memory`, whose offset in the mapping is `at`. Returns false
	 * to end the access.
	 */
	bool (*piece)(struct access *access, unsigned char *memory, size_t length);
	size_t at;
	const struct dh_pattern *pattern;
	bool differs;  /* the byte at `at` differs from the pattern */
	uint8_t found; /* value of that byte */
	uint64_t sum;
	uint32_t crc;
};

static void access_pieces(void *data)
{
	struct access *access = data;
	const struct dh_mapping *mapping = access->mapping;
	size_t length;

	for (; access->at < mapping->size && !dh_interrupted(); access->at += length) {
		length = mapping->size - access->at;
		if (length > PIECE_MAX)
			length = PIECE_MAX;
		if (!access->piece(access, mapping->memory + access->at, length))
			return;
		dh_progress_add(0, length);
	}
}

static bool fill(struct access *access, unsigned char *memory, size_t length)
{
	dh_pattern_fill(access->pattern, memory, access->at, length);
	return true;
}

int dh_mapping_fill(struct dh_mapping *mapping, const struct dh_pattern *pattern,
		    uint64_t *nanoseconds)
{
	struct access access = { .mapping = mapping, .piece = fill, .pattern = pattern };

	if (!mapping->writable)
		return -EACCES;
	return run_synced(mapping, DMA_BUF_SYNC_WRITE, access_pieces, &access, nanoseconds);
}

static bool verify(struct access *access, unsigned char *memory, size_t length)
{
	size_t matching = dh_pattern_verify(access->pattern, memory, access->at, length);

	if (matching == length)
		return true;
	access->differs = true;
	access->found = memory[matching];
	access->at += matching;
	return false;
}

int dh_mapping_verify(struct dh_mapping *mapping, const struct dh_pattern *pattern,
		      struct dh_mismatch *mismatch)
{
	struct access access = { .mapping = mapping, .piece = verify, .pattern = pattern };
	int error = run_synced(mapping, DMA_BUF_SYNC_READ, access_pieces, &access, NULL);

	if (error || !access.differs)
		return error;
	*mismatch = (struct dh_mismatch){
		.offset = access.at,
		.expected = dh_pattern_byte(pattern, access.at),
		.found = access.found,
	};
	return -EBADMSG;
}

/* Uses four independent sums, so that the CPU can execute the additions in parallel. */
static bool sum_up(struct access *access, unsigned char *memory, size_t length)
{
	uint64_t sums[4] = { 0 };
	size_t at;

	for (at = 0; length - at >= sizeof(sums); at += sizeof(sums)) {
		uint64_t words[4];

		memcpy(words, memory + at, sizeof(words));
		for (int i = 0; i < 4; i++)
			sums[i] += words[i];
	}
	for (; at < length; at++)
		sums[0] += memory[at];
	access->sum += sums[0] + sums[1] + sums[2] + sums[3];
	return true;
}

int dh_mapping_read(struct dh_mapping *mapping, uint64_t *nanoseconds)
{
	struct access access = { .mapping = mapping, .piece = sum_up };

	return run_synced(mapping, DMA_BUF_SYNC_READ, access_pieces, &access, nanoseconds);
}

static bool calculate_crc32(struct access *access, unsigned char *memory, size_t length)
{
	access->crc = dh_crc32(access->crc, memory, length);
	return true;
}

int dh_mapping_crc32(struct dh_mapping *mapping, uint32_t *crc)
{
	struct access access = { .mapping = mapping, .piece = calculate_crc32 };
	int error = run_synced(mapping, DMA_BUF_SYNC_READ, access_pieces, &access, NULL);

	if (!error)
		*crc = access.crc;
	return error;
}

struct copy {
	void *to;
	const void *from;
	size_t length;
};

static void copy_bytes(void *data)
{
	const struct copy *copy = data;

	memcpy(copy->to, copy->from, copy->length);
}

int dh_mapping_copy(struct dh_mapping *mapping, uint64_t offset, void *to, size_t length)
{
	struct copy copy = { .to = to, .length = length };

	if (offset > mapping->size || length > mapping->size - offset)
		return -EINVAL;
	copy.from = mapping->memory + offset;
	return run_synced(mapping, DMA_BUF_SYNC_READ, copy_bytes, &copy, NULL);
}

/* --- Files ------------------------------------------------------------------ */

struct transfer {
	int fd;
	bool to_fd; /* write the memory to fd; otherwise read fd into the memory */
	unsigned char *memory;
	size_t length;
	size_t done;
	int error;
};

/*
 * Transfers transfer->length bytes. Stops early at the end of the input, when dh_interrupted()
 * returns true, or after an error, which it stores in transfer->error. If an access to the memory
 * faults, read() or write() fails with EFAULT, and no signal is raised.
 */
static void transfer_bytes(void *data)
{
	struct transfer *transfer = data;

	while (transfer->done < transfer->length && !transfer->error && !dh_interrupted()) {
		unsigned char *at = transfer->memory + transfer->done;
		size_t left = transfer->length - transfer->done;
		size_t piece = left < PIECE_MAX ? left : PIECE_MAX;
		ssize_t n = transfer->to_fd ? write(transfer->fd, at, piece)
					    : read(transfer->fd, at, piece);

		if (n > 0) {
			transfer->done += (size_t)n;
			dh_progress_add(0, (uint64_t)n);
		} else if (n < 0 && errno != EINTR)
			transfer->error = -errno;
		else if (!n && !transfer->to_fd)
			return;
		else if (!n) /* Retrying a write() that returns 0 could loop forever. */
			transfer->error = -EIO;
	}
}

static int load_file(struct dh_mapping *mapping, int source, uint64_t length, uint64_t *loaded)
{
	struct transfer transfer = { .fd = source, .memory = mapping->memory };
	int error;

	if (length > mapping->size)
		return -EFBIG;
	transfer.length = (size_t)length;
	/*
	 * Use DMA_BUF_SYNC_RW, because the file may fill only a part of the buffer. After
	 * DMA_BUF_SYNC_WRITE alone, stale cache lines could overwrite the rest.
	 */
	error = run_synced(mapping, DMA_BUF_SYNC_RW, transfer_bytes, &transfer, NULL);
	*loaded = transfer.done;
	return error ? error : transfer.error;
}

/*
 * Reads a source of unknown length into temporary memory, then copies the data to the buffer. Reads
 * up to one byte more than the size of the buffer: that byte shows that the source is too long.
 */
static int load_stream(struct dh_mapping *mapping, int source, uint64_t *loaded)
{
	struct transfer transfer = { .fd = source, .length = mapping->size + 1 };
	struct copy copy = { .to = mapping->memory };
	void *spool = mmap(NULL, transfer.length, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int error;

	if (spool == MAP_FAILED)
		return -errno;
	transfer.memory = spool;
	transfer_bytes(&transfer);
	error = dh_interrupted() ? -EINTR : transfer.error;
	if (!error && transfer.done == transfer.length)
		error = -EFBIG;
	if (error)
		goto out;
	copy.from = spool;
	copy.length = transfer.done;
	error = run_synced(mapping, DMA_BUF_SYNC_RW, copy_bytes, &copy, NULL);
	if (!error)
		*loaded = copy.length;
out:
	munmap(spool, transfer.length);
	return error;
}

int dh_mapping_load(struct dh_mapping *mapping, int source, uint64_t *loaded)
{
	struct stat stat;
	off_t at;

	*loaded = 0;
	if (!mapping->writable)
		return -EACCES;
	if (fstat(source, &stat))
		return -errno;
	/* The st_size of a regular file in /proc is 0, even if the file has contents. */
	if (!S_ISREG(stat.st_mode) || stat.st_size == 0)
		return load_stream(mapping, source, loaded);
	at = lseek(source, 0, SEEK_CUR);
	if (at < 0)
		return -errno;
	return load_file(mapping, source, at < stat.st_size ? (uint64_t)(stat.st_size - at) : 0,
			 loaded);
}

int dh_mapping_save(struct dh_mapping *mapping, int sink, uint64_t *saved)
{
	struct transfer transfer = {
		.fd = sink,
		.to_fd = true,
		.memory = mapping->memory,
		.length = mapping->size,
	};
	int error = run_synced(mapping, DMA_BUF_SYNC_READ, transfer_bytes, &transfer, NULL);

	*saved = transfer.done;
	return error ? error : transfer.error;
}

void dh_mapping_sync_cost(struct dh_mapping *mapping, struct dh_maybe *median,
			  struct dh_maybe *mean, struct dh_maybe *pairs)
{
	struct dh_tally tally = { 0 };
	uint64_t total = 0;
	size_t n = mapping->n_sync_times;

	*median = *mean = *pairs = (struct dh_maybe){ 0 };
	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		total += mapping->sync_times[i];
	dh_tally_spread(&tally, mapping->sync_times, n);
	*median = tally.median;
	*mean = dh_known(total / n);
	*pairs = dh_known(n);
}
