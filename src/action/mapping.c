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
#include "base/memory.h"
#include "model/tally.h"

/* What read() and write() are asked for at once: they take no more than 2 GiB - 1 page. */
#define TRANSFER ((size_t)1 << 30)

/* How long a sync is repeated on EAGAIN, in nanoseconds. */
#define SYNC_PATIENCE UINT64_C(5000000000)

int dh_mapping_open(int fd, bool no_sync, struct dh_mapping *mapping)
{
	int flags = fcntl(fd, F_GETFL);
	off_t size = flags < 0 ? -1 : lseek(fd, 0, SEEK_END);
	bool writable = (flags & O_ACCMODE) != O_RDONLY;
	void *memory;

	if (size < 0)
		return -errno;
	if ((uintmax_t)size > SIZE_MAX)
		return -EFBIG;
	memory = mmap(NULL, (size_t)size, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd,
		      0);
	if (memory == MAP_FAILED)
		return -errno;
	*mapping = (struct dh_mapping){
		.memory = memory,
		.size = (size_t)size,
		.fd = fd,
		.writable = writable,
		.no_sync = no_sync,
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

/* Callers are to repeat it on EAGAIN and EINTR (dma-buf.h), but an exporter may be stuck. */
static int sync_once(const struct dh_mapping *mapping, uint64_t flags)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct dma_buf_sync sync = { .flags = flags };
	uint64_t began = 0;

	while (ioctl(mapping->fd, DMA_BUF_IOCTL_SYNC, &sync)) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		if (began && dh_clock_now() - began > SYNC_PATIENCE)
			return -ETIMEDOUT;
		began = began ? began : dh_clock_now();
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* Without memory for it a sample is lost, not the work that it was measured on. */
static void note_sync(struct dh_mapping *mapping, uint64_t nanoseconds)
{
	uint64_t *time = dh_array_add(&mapping->sync_times, &mapping->n_sync_times);

	if (time)
		*time = nanoseconds;
}

/* One START, the guarded work, one END: also after a fault, since START was granted. */
static int touch(struct dh_mapping *mapping, uint64_t direction, void (*work)(void *data),
		 void *data, uint64_t *nanoseconds)
{
	uint64_t began = dh_clock_now(), started, worked;
	int error = 0, ended = 0;

	if (!mapping->no_sync)
		error = sync_once(mapping, direction | DMA_BUF_SYNC_START);
	if (error)
		return error;
	started = dh_clock_now();
	error = dh_fault_run(mapping->memory, mapping->size, work, data);
	worked = dh_clock_now();
	if (!mapping->no_sync) {
		ended = sync_once(mapping, direction | DMA_BUF_SYNC_END);
		if (!ended)
			note_sync(mapping, started - began + dh_clock_now() - worked);
	}
	if (nanoseconds)
		*nanoseconds = worked - started;
	return error ? error : ended;
}

/* --- What is done between the syncs ---------------------------------------- */

struct pattern_work {
	const struct dh_mapping *mapping;
	const struct dh_pattern *pattern;
	size_t good;
	uint8_t found;
};

static void do_fill(void *data)
{
	const struct pattern_work *work = data;

	dh_pattern_fill(work->pattern, work->mapping->memory, 0, work->mapping->size);
}

int dh_mapping_fill(struct dh_mapping *mapping, const struct dh_pattern *pattern,
		    uint64_t *nanoseconds)
{
	struct pattern_work work = { .mapping = mapping, .pattern = pattern };

	if (!mapping->writable)
		return -EACCES;
	return touch(mapping, DMA_BUF_SYNC_WRITE, do_fill, &work, nanoseconds);
}

static void do_verify(void *data)
{
	struct pattern_work *work = data;
	const struct dh_mapping *mapping = work->mapping;

	work->good = dh_pattern_verify(work->pattern, mapping->memory, 0, mapping->size);
	if (work->good < mapping->size)
		work->found = mapping->memory[work->good];
}

int dh_mapping_verify(struct dh_mapping *mapping, const struct dh_pattern *pattern,
		      struct dh_mismatch *mismatch)
{
	struct pattern_work work = { .mapping = mapping, .pattern = pattern };
	int error = touch(mapping, DMA_BUF_SYNC_READ, do_verify, &work, NULL);

	if (error)
		return error;
	if (work.good == mapping->size)
		return 0;
	*mismatch = (struct dh_mismatch){
		.offset = work.good,
		.expected = dh_pattern_byte(pattern, work.good),
		.found = work.found,
	};
	return -EBADMSG;
}

struct sum_work {
	const struct dh_mapping *mapping;
	uint64_t sum;
	uint32_t crc;
};

/* Four sums, so that no addition waits for the one before it. */
static void do_read(void *data)
{
	struct sum_work *work = data;
	const unsigned char *memory = work->mapping->memory;
	size_t size = work->mapping->size, at;
	uint64_t sums[4] = { 0 };

	for (at = 0; size - at >= sizeof(sums); at += sizeof(sums)) {
		uint64_t words[4];

		memcpy(words, memory + at, sizeof(words));
		for (int i = 0; i < 4; i++)
			sums[i] += words[i];
	}
	for (; at < size; at++)
		sums[0] += memory[at];
	work->sum = sums[0] + sums[1] + sums[2] + sums[3];
}

int dh_mapping_read(struct dh_mapping *mapping, uint64_t *nanoseconds)
{
	struct sum_work work = { .mapping = mapping };

	return touch(mapping, DMA_BUF_SYNC_READ, do_read, &work, nanoseconds);
}

static void do_crc32(void *data)
{
	struct sum_work *work = data;

	work->crc = dh_crc32(0, work->mapping->memory, work->mapping->size);
}

int dh_mapping_crc32(struct dh_mapping *mapping, uint32_t *crc)
{
	struct sum_work work = { .mapping = mapping };
	int error = touch(mapping, DMA_BUF_SYNC_READ, do_crc32, &work, NULL);

	if (!error)
		*crc = work.crc;
	return error;
}

struct copy_work {
	void *to;
	const void *from;
	size_t length;
};

static void do_copy(void *data)
{
	const struct copy_work *work = data;

	memcpy(work->to, work->from, work->length);
}

int dh_mapping_copy(struct dh_mapping *mapping, uint64_t offset, void *to, size_t length)
{
	struct copy_work work = { .to = to, .length = length };

	if (offset > mapping->size || length > mapping->size - offset)
		return -EINVAL;
	work.from = mapping->memory + offset;
	return touch(mapping, DMA_BUF_SYNC_READ, do_copy, &work, NULL);
}

/* --- Files ------------------------------------------------------------------ */

struct transfer {
	int fd;
	bool to_fd; /* from memory; otherwise from the descriptor to memory */
	unsigned char *memory;
	size_t length;
	size_t done;
	int error;
};

/* Until `length`, or the end of input. The kernel answers EFAULT for memory that is not there. */
static void do_transfer(void *data)
{
	struct transfer *transfer = data;

	while (transfer->done < transfer->length && !transfer->error) {
		unsigned char *at = transfer->memory + transfer->done;
		size_t left = transfer->length - transfer->done;
		size_t piece = left < TRANSFER ? left : TRANSFER;
		ssize_t n = transfer->to_fd ? write(transfer->fd, at, piece)
					    : read(transfer->fd, at, piece);

		if (n > 0)
			transfer->done += (size_t)n;
		else if (n < 0 && errno != EINTR)
			transfer->error = -errno;
		else if (!n && !transfer->to_fd)
			return;
		else if (!n) /* A device that takes nothing will never take it. */
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
	/* RW: a write of part of the buffer must not carry stale neighbours with it. */
	error = touch(mapping, DMA_BUF_SYNC_RW, do_transfer, &transfer, NULL);
	*loaded = transfer.done;
	return error ? error : transfer.error;
}

/* What cannot tell its length is taken into memory, one byte more than there is room. */
static int load_stream(struct dh_mapping *mapping, int source, uint64_t *loaded)
{
	struct transfer transfer = { .fd = source, .length = mapping->size + 1 };
	struct copy_work copy = { .to = mapping->memory };
	void *spool = mmap(NULL, transfer.length, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int error;

	if (spool == MAP_FAILED)
		return -errno;
	transfer.memory = spool;
	do_transfer(&transfer);
	error = transfer.error;
	if (!error && transfer.done == transfer.length)
		error = -EFBIG;
	if (error)
		goto out;
	copy.from = spool;
	copy.length = transfer.done;
	error = touch(mapping, DMA_BUF_SYNC_RW, do_copy, &copy, NULL);
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
	/* Files of /proc say that they are regular, and empty. */
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
	int error = touch(mapping, DMA_BUF_SYNC_READ, do_transfer, &transfer, NULL);

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
