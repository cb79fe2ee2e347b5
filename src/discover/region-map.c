// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/region-map.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/units.h"

#define FOLDER	   "kernel/debug/cma"
#define WORD_BITS  32
#define ORDER_MAX  20
#define PAGES_MAX  ((uint64_t)1 << 40)
#define RANGES_MAX 64

struct bitmap {
	uint64_t bits; /* number of bits of the region */
	uint64_t at;   /* number of bits that were read */
	uint64_t used[DH_MAP_CELLS];
};

static uint64_t cell_count(const struct bitmap *bitmap)
{
	return bitmap->bits < DH_MAP_CELLS ? bitmap->bits : DH_MAP_CELLS;
}

/* Returns the first bit of a cell. The cells divide the bits as evenly as possible. */
static uint64_t cell_start(const struct bitmap *bitmap, uint64_t cell)
{
	const uint64_t cells = cell_count(bitmap);

	return (cell * bitmap->bits + cells - 1) / cells;
}

static int add_word(struct bitmap *bitmap, uint64_t word)
{
	for (int i = 0; i < WORD_BITS; i++, bitmap->at++) {
		if (!(word >> i & 1))
			continue;
		if (bitmap->at >= bitmap->bits)
			return -EBADMSG;
		bitmap->used[bitmap->at * cell_count(bitmap) / bitmap->bits]++;
	}
	return 0;
}

/* Returns 0, -ENOENT if the file does not exist, -EBADMSG, or another -errno. */
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

		if (!dh_digits_parse(digits, strlen(digits), 10, 1, &word) || word > UINT32_MAX)
			return -EBADMSG;
		ret = add_word(bitmap, word);
	}
	if (ferror(file))
		return -EIO;
	return ret || feof(file) ? ret : -EBADMSG;
}

/* Reads the bitmap, or the bitmaps of all ranges in their order. Returns 0 or -errno. */
static int read_bitmaps(const struct dh_root *root, const char *folder, struct bitmap *bitmap)
{
	char path[PATH_MAX];
	int ret, n = 0;

	do {
		snprintf(path, sizeof(path), FOLDER "/%s/ranges/%d/bitmap", folder, n);
		ret = read_bitmap(root, path, bitmap);
	} while (!ret && ++n < RANGES_MAX);
	if (ret == -ENOENT && !n) {
		snprintf(path, sizeof(path), FOLDER "/%s/bitmap", folder);
		ret = read_bitmap(root, path, bitmap);
		n = 1;
	} else if (ret == -ENOENT) {
		ret = 0;
	}
	if (ret)
		return ret;
	/* The last number of a bitmap may have unused bits, after which no other range may begin.
	 */
	if (bitmap->at < bitmap->bits || bitmap->at - bitmap->bits >= WORD_BITS ||
	    (n > 1 && bitmap->at != bitmap->bits))
		return -EBADMSG;
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
	struct bitmap bitmap = { 0 };
	uint64_t pages, order;
	int ret;

	/* On these machines, the kernel prints the halves of each 64-bit word in reverse order. */
	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ && sizeof(long) > sizeof(uint32_t))
		return -EOPNOTSUPP;
	if (!region->debugfs)
		return -ENOENT;
	ret = read_number(root, region->debugfs, "count", PAGES_MAX, &pages);
	if (!ret)
		ret = read_number(root, region->debugfs, "order_per_bit", ORDER_MAX, &order);
	if (ret)
		return ret;
	bitmap.bits = (pages + (UINT64_C(1) << order) - 1) >> order;
	if (!bitmap.bits)
		return -EBADMSG;
	ret = read_bitmaps(root, region->debugfs, &bitmap);
	if (ret)
		return ret;
	for (uint64_t i = 0; i < cell_count(&bitmap); i++) {
		uint64_t size = cell_start(&bitmap, i + 1) - cell_start(&bitmap, i);

		region->map[i] = !bitmap.used[i] ? '.' : bitmap.used[i] == size ? '#' : '+';
	}
	return 0;
}
