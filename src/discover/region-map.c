// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/region-map.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/units.h"

#define FOLDER	   "kernel/debug/cma"
#define WORD_BITS  32
#define ORDER_MAX  20
#define PAGES_MAX  ((uint64_t)1 << 40)
#define RANGES_MAX 64

struct bitmap {
	struct dh_region_map *map;
	uint64_t at; /* number of bits read so far */
};

static int add_word(struct bitmap *bitmap, uint64_t word)
{
	int ret = 0;

	for (int i = 0; i < WORD_BITS && !ret; i++, bitmap->at++) {
		if (!(word >> i & 1))
			continue;
		if (bitmap->at >= bitmap->map->bits)
			return -EBADMSG;
		ret = dh_region_map_set(bitmap->map, bitmap->at);
	}
	return ret;
}

/*
 * Reads one bitmap file. Returns 0; -ENOENT if the file does not exist; -EBADMSG if it is malformed
 * or has used bits beyond the region; or another -errno.
 */
static int read_bitmap(const struct dh_root *root, const char *path, struct bitmap *bitmap)
{
	dh_auto(fd) int fd = dh_file_open(root->sys, path, O_RDONLY);
	dh_auto(file) FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char digits[11];
	int ret = 0;

	if (fd < 0)
		return fd;
	if (!file)
		return -errno;
	dh_steal_fd(&fd);
	while (!ret && fscanf(file, " %10[0-9]", digits) == 1) {
		uint64_t word;

		if (!dh_digits_parse(digits, strlen(digits), 10, &word) || word > UINT32_MAX)
			return -EBADMSG;
		ret = add_word(bitmap, word);
	}
	if (ferror(file))
		return -EIO;
	return ret || feof(file) ? ret : -EBADMSG;
}

/*
 * Reads the bitmap, or the bitmaps of all ranges in order. Sets `*n_ranges` to the number of
 * bitmaps. Returns 0 or -errno.
 */
static int read_bitmaps(const struct dh_root *root, const char *folder, struct dh_region_map *map,
			int *n_ranges)
{
	struct bitmap bitmap = { .map = map };
	char path[PATH_MAX];
	int ret, n = 0;

	do {
		snprintf(path, sizeof(path), FOLDER "/%s/ranges/%d/bitmap", folder, n);
		ret = read_bitmap(root, path, &bitmap);
	} while (!ret && ++n < RANGES_MAX);
	if (ret == -ENOENT && !n) {
		snprintf(path, sizeof(path), FOLDER "/%s/bitmap", folder);
		ret = read_bitmap(root, path, &bitmap);
		n = 1;
	} else if (ret == -ENOENT) {
		ret = 0;
	}
	if (ret)
		return ret;
	/*
	 * The last number of a bitmap may have unused bits. With several ranges, unused bits would
	 * shift the bits of the next range, so reject them.
	 */
	if (bitmap.at < map->bits || bitmap.at - map->bits >= WORD_BITS ||
	    (n > 1 && bitmap.at != map->bits))
		return -EBADMSG;
	*n_ranges = n;
	return 0;
}

static int read_number(const struct dh_root *root, const char *folder, const char *file,
		       uint64_t max, uint64_t *value)
{
	char path[PATH_MAX];
	int ret;

	snprintf(path, sizeof(path), FOLDER "/%s/%s", folder, file);
	ret = dh_file_read_u64(root->sys, path, value);
	return ret || *value <= max ? ret : -EBADMSG;
}

int dh_region_map_read(const struct dh_root *root, struct dh_region *region)
{
	dh_auto(region_map) struct dh_region_map map = { 0 };
	uint64_t pages, order, pfn, page_size;
	int ret, n_ranges;

	/*
	 * On 64-bit big-endian machines, the kernel prints the halves of each word in reverse
	 * order, which this function does not support.
	 */
	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ && sizeof(long) > sizeof(uint32_t))
		return -EOPNOTSUPP;
	if (!region->debugfs)
		return -ENOENT;
	ret = read_number(root, region->debugfs, "count", PAGES_MAX, &pages);
	if (!ret)
		ret = read_number(root, region->debugfs, "order_per_bit", ORDER_MAX, &order);
	if (ret)
		return ret;
	map.bits = (pages + (UINT64_C(1) << order) - 1) >> order;
	if (!map.bits)
		return -EBADMSG;
	ret = read_bitmaps(root, region->debugfs, &map, &n_ranges);
	if (ret)
		return ret;
	dh_region_map_draw(&map);

	page_size = region->size.known ? region->size.value / pages : 0;
	map.bit_size = page_size << order;
	if (map.bit_size && n_ranges == 1 &&
	    !read_number(root, region->debugfs, "base_pfn", UINT64_MAX / page_size, &pfn))
		map.base = dh_known(pfn * page_size);
	dh_region_map_clear(&region->map);
	region->map = map;
	map.runs = NULL;
	return 0;
}

int dh_page_owner_read(const struct dh_root *root, uint64_t first, uint64_t pages,
		       int (*visit)(void *data, const char *record), void *data)
{
	dh_auto(fd) int fd = dh_file_open(root->sys, "kernel/debug/page_owner", O_RDONLY);
	/* The kernel limits a record to the size of a page. */
	char record[4097];
	off_t next;
	int ret = 0;

	if (fd < 0)
		return fd;
	/* The offset in this file is a page frame number. */
	next = lseek(fd, (off_t)first, SEEK_SET);
	if (next < 0)
		return errno == ESPIPE ? -EOPNOTSUPP : -errno;
	while (!ret) {
		/* read() returns one record, and advances the offset past its page frame. */
		ssize_t got = dh_interrupted() ? -1 : read(fd, record, sizeof(record) - 1);

		if (got < 0)
			return dh_interrupted() ? -EINTR : -errno;
		next = lseek(fd, 0, SEEK_CUR);
		if (next < 0)
			return -errno;
		if (!got || (uint64_t)next > first + pages)
			return 0;
		record[got] = '\0';
		ret = visit(data, record);
	}
	return ret;
}
