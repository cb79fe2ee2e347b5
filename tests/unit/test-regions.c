// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "discover/regions.h"

static const struct dh_region *region(const char *name)
{
	for (size_t i = 0; i < inventory.n_regions; i++)
		if (!strcmp(inventory.regions[i].name, name))
			return &inventory.regions[i];
	fail_msg("no region %s", name);
	return NULL;
}

static uint64_t pages(uint64_t n)
{
	return n * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Reads the regions of the tree with the page size of the host. */
static void read_regions(void)
{
	reopen();
	root.page_size = dh_known(pages(1));
	assert_int_equal(dh_regions_read(&root, &inventory), 0);
}

TEST(meminfo_alone_gives_no_region)
{
	read_regions();
	assert_int_equal(inventory.n_regions, 0);

	put("proc/meminfo", "CmaTotal: 1024 kB\nCmaFree: 10 kB\n");
	read_regions();
	assert_int_equal(inventory.n_regions, 0);
}

TEST(sim_gives_the_sizes_of_its_heaps)
{
	static const char *const heaps[] = { "a b", "carve", "bad", "beyond" };

	put("sys/kernel/debug/dmaheap_sim/heaps",
	    "heap=a\\x20b kind=protected size=65536 used=4096 peak=8192 largest=61440 buffers=1\n"
	    "heap=carve kind=carveout size=65536 used=65536 peak=65536 largest=0\n"
	    "heap=gone kind=carveout size=8192 used=0 largest=8192\n"
	    "heap=carve kind=slow size=4096 used=0 largest=0 removed=yes\n"
	    "heap=bad kind=slow size=x used=0 largest=0\n"
	    "heap=beyond kind=slow size=4096 used=8192 largest=0\n");
	reopen();
	for (size_t i = 0; i < ARRAY_SIZE(heaps); i++)
		assert_non_null(dh_inventory_add_heap(&inventory, heaps[i]));
	assert_int_equal(dh_regions_read(&root, &inventory), 0);
	dh_inventory_infer(&inventory);
	assert_int_equal(inventory.n_regions, 2);
	expect_known(region("a b")->size, 65536);
	expect_known(region("a b")->free, 61440);
	assert_false(region("a b")->largest.known);
	expect_known(region("carve")->free, 0);
	expect_known(region("carve")->largest, 0);
	assert_string_equal(region("carve")->source, "debugfs");
	/* The tool does not infer the kind of the heap from the file of dmaheap_sim. */
	assert_int_equal(dh_inventory_find(&inventory, "carve")->kind, DH_KIND_UNKNOWN);
}

TEST(sysfs_gives_sizes_and_failures)
{
	put("sys/kernel/mm/cma/linux,cma/total_pages", "100\n");
	put("sys/kernel/mm/cma/linux,cma/available_pages", "0\n");
	put("sys/kernel/mm/cma/linux,cma/alloc_pages_fail", "12\n");
	/* In Linux 6.12, sysfs contains counters of allocations, but no sizes. */
	put("sys/kernel/mm/cma/reserved/alloc_pages_fail", "0\n");
	put("proc/meminfo", "CmaTotal: 1024 kB\nCmaFree: 10 kB\n");
	read_regions();
	assert_int_equal(inventory.n_regions, 2);
	expect_known(region("linux,cma")->size, pages(100));
	expect_known(region("linux,cma")->free, 0);
	expect_known(region("linux,cma")->failed, pages(12));
	assert_false(region("linux,cma")->largest.known);
	assert_string_equal(region("linux,cma")->source, "sysfs");
	assert_false(region("reserved")->size.known);
	assert_false(region("reserved")->free.known);
	expect_known(region("reserved")->failed, 0);
}

static void expect_sizes(const char *meminfo, uint64_t size)
{
	put("proc/meminfo", meminfo);
	reopen();
	assert_int_equal(dh_regions_read(&root, &inventory), 0);
	if (size) {
		expect_known(region("a")->size, 100 * size);
		expect_known(region("b")->free, 7 * size);
		expect_known(region("a")->failed, 3 * size);
	} else {
		assert_false(region("a")->size.known);
		assert_false(region("b")->free.known);
		assert_false(region("a")->failed.known);
	}
}

TEST(page_size_of_a_recorded_system_is_inferred)
{
	put("sys/kernel/mm/cma/a/total_pages", "100\n");
	put("sys/kernel/mm/cma/a/alloc_pages_fail", "3\n");
	put("sys/kernel/mm/cma/b/total_pages", "28\n");
	put("sys/kernel/mm/cma/b/available_pages", "7\n");
	expect_sizes("CmaTotal: 512 kB\n", 4096);
	expect_sizes("CmaTotal: 2048 kB\n", 16384);
	expect_sizes("CmaTotal: 8192 kB\n", 65536);
	/* No page size matches the first three totals. The last meminfo has no CmaTotal. */
	expect_sizes("CmaTotal: 8196 kB\n", 0);
	expect_sizes("CmaTotal: 1536 kB\n", 0);
	expect_sizes("CmaTotal: 256 kB\n", 0);
	expect_sizes("MemTotal: 512 kB\n", 0);

	/* debugfs can contain the totals that sysfs lacks. */
	put("sys/kernel/mm/cma/c/alloc_pages_fail", "0\n");
	expect_sizes("CmaTotal: 2048 kB\n", 0);
	put("sys/kernel/debug/cma/a/count", "100\n");
	put("sys/kernel/debug/cma/b/count", "28\n");
	put("sys/kernel/debug/cma/c/count", "128\n");
	expect_sizes("CmaTotal: 4096 kB\n", 16384);
}

TEST(figures_are_read_again)
{
	put("sys/kernel/mm/cma/reserved/total_pages", "100\n");
	put("sys/kernel/mm/cma/reserved/available_pages", "70\n");
	put("sys/kernel/debug/cma/reserved/count", "100\n");
	put("sys/kernel/debug/cma/reserved/used", "30\n");
	put("sys/kernel/debug/cma/reserved/maxchunk", "60\n");
	read_regions();
	expect_known(region("reserved")->free, pages(70));
	put("sys/kernel/mm/cma/reserved/available_pages", "20\n");
	put("sys/kernel/debug/cma/reserved/maxchunk", "unreadable\n");
	/* read_regions() would clear the inventory, so call dh_regions_read() directly. */
	assert_int_equal(dh_regions_read(&root, &inventory), 0);
	assert_int_equal(inventory.n_regions, 1);
	expect_known(region("reserved")->size, pages(100));
	expect_known(region("reserved")->free, pages(20));
	assert_false(region("reserved")->largest.known);
}

TEST(debugfs_adds_size_and_longest_run)
{
	put("sys/kernel/mm/cma/reserved/alloc_pages_fail", "3\n");
	put("sys/kernel/debug/cma/reserved/count", "100\n");
	put("sys/kernel/debug/cma/reserved/used", "30\n");
	put("sys/kernel/debug/cma/reserved/maxchunk", "50\n");
	put("sys/kernel/debug/cma/lying/count", "100\n");
	put("sys/kernel/debug/cma/lying/used", "101\n");
	read_regions();
	assert_int_equal(inventory.n_regions, 2);
	expect_known(region("reserved")->size, pages(100));
	expect_known(region("reserved")->free, pages(70));
	expect_known(region("reserved")->largest, pages(50));
	assert_string_equal(region("reserved")->source, "sysfs,debugfs");
	expect_known(region("lying")->size, pages(100));
	assert_false(region("lying")->free.known);
	assert_string_equal(region("lying")->source, "debugfs");
}

TEST(debugfs_folders_of_older_kernels_have_a_prefix)
{
	/* The directory name is "cma-" and the area name, together truncated to 15 characters. */
	put("sys/kernel/mm/cma/linux,cma-pool-one/alloc_pages_fail", "0\n");
	put("sys/kernel/debug/cma/cma-linux,cma-p/count", "100\n");
	put("sys/kernel/debug/cma/cma-reserved/count", "7\n");
	read_regions();
	assert_int_equal(inventory.n_regions, 2);
	expect_known(region("linux,cma-pool-one")->size, pages(100));
	expect_known(region("reserved")->size, pages(7));
}

TEST(prefix_can_be_part_of_the_name)
{
	/* sysfs also lists "cma-uncached", so "cma-" is not the prefix that older kernels add. */
	put("sys/kernel/mm/cma/cma-uncached/alloc_pages_fail", "0\n");
	put("sys/kernel/debug/cma/cma-uncached/count", "100\n");
	read_regions();
	expect_known(region("cma-uncached")->size, pages(100));

	put("sys/kernel/debug/cma/reserved/count", "1\n");
	put("sys/kernel/debug/cma/cma-other/count", "2\n");
	read_regions();
	expect_known(region("cma-other")->size, pages(2));
}

TEST(meminfo_gives_the_figures_of_the_only_area)
{
	put_folder("sys/kernel");
	put_folder("sys/kernel/mm");
	put_folder("sys/kernel/mm/cma");
	put_folder("sys/kernel/mm/cma/reserved");
	put("proc/meminfo", "CmaTotal: 1024 kB\nCmaFree: 10 kB\n");
	read_regions();
	expect_known(region("reserved")->size, 1 << 20);
	expect_known(region("reserved")->free, 10240);
	assert_string_equal(region("reserved")->source, "meminfo");

	/*
	 * The size in sysfs takes precedence. The size differs from CmaTotal, so the tool ignores
	 * CmaFree.
	 */
	put("sys/kernel/mm/cma/reserved/total_pages", "1\n");
	read_regions();
	expect_known(region("reserved")->size, pages(1));
	assert_false(region("reserved")->free.known);
}

TEST(malformed_figures_are_unknown)
{
	static const char *const figures[] = { "",
					       "banana",
					       "-1",
					       "1 2",
					       "0x10",
					       "1.5",
					       "99999999999999999999",
					       "18446744073709551615" };
	dh_auto(free) char *large = calloc(1, 1 << 20);

	memset(large, '1', 1 << 20);
	for (size_t i = 0; i <= ARRAY_SIZE(figures); i++) {
		const char *text = i < ARRAY_SIZE(figures) ? figures[i] : large;
		size_t size = i < ARRAY_SIZE(figures) ? strlen(text) : 1 << 20;

		put_bytes("sys/kernel/mm/cma/x/total_pages", text, size);
		put_bytes("sys/kernel/debug/cma/x/count", text, size);
		put_bytes("sys/kernel/debug/cma/x/maxchunk", text, size);
		read_regions();
		assert_false(region("x")->size.known);
		assert_false(region("x")->free.known);
		assert_false(region("x")->largest.known);
		assert_null(region("x")->source);
	}
	assert_non_null(strstr(notes, "sys/kernel/mm/cma/x/total_pages: EBADMSG"));
	assert_non_null(strstr(notes, "EFBIG"));
}

#define RESERVED "sys/firmware/devicetree/base/reserved-memory/"

static void put_reserved(const char *name, const char *compatible, const char *property,
			 const void *bytes, size_t size)
{
	char path[256];

	snprintf(path, sizeof(path), RESERVED "%s/compatible", name);
	put_bytes(path, compatible, strlen(compatible) + 1);
	snprintf(path, sizeof(path), RESERVED "%s/reusable", name);
	put(path, "");
	snprintf(path, sizeof(path), RESERVED "%s/%s", name, property);
	put_bytes(path, bytes, size);
}

TEST(device_tree_gives_sizes_of_shared_pools)
{
	static const uint8_t reg[16] = { 0, 0, 0, 0, 0x42, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0 };
	/* The last byte is 10, which is a newline in text but part of the size here. */
	static const uint8_t size_only[8] = { 0, 0, 0, 1, 0, 0, 0, 10 };

	put_reserved("memory@42000000", "shared-dma-pool", "reg", reg, sizeof(reg));
	put_reserved("sized", "shared-dma-pool", "size", size_only, sizeof(size_only));
	put_reserved("short", "shared-dma-pool", "reg", reg, 5);
	put_reserved("firmware@1000", "vendor,firmware", "reg", reg, sizeof(reg));
	put_reserved("unmapped@2000", "shared-dma-pool", "reg", reg, sizeof(reg));
	put(RESERVED "unmapped@2000/no-map", "");
	put_bytes(RESERVED "#address-cells", "\0\0\0\2", 4);
	put_bytes(RESERVED "#size-cells", "\0\0\0\2", 4);
	put(RESERVED "ranges", "");
	read_regions();
	assert_int_equal(inventory.n_regions, 3);
	expect_known(region("memory@42000000")->size, 16 << 20);
	assert_string_equal(region("memory@42000000")->source, "device-tree");
	expect_known(region("sized")->size, 0x10000000aULL);
	assert_false(region("short")->size.known);
}

TEST(device_tree_of_32_bits_is_read)
{
	static const uint8_t reg[8] = { 0x42, 0, 0, 0, 0, 0x10, 0, 0 };

	put_reserved("memory@42000000", "shared-dma-pool", "reg", reg, sizeof(reg));
	put_bytes(RESERVED "#address-cells", "\0\0\0\1", 4);
	put_bytes(RESERVED "#size-cells", "\0\0\0\1", 4);
	put("proc/meminfo", "CmaTotal: 1024 kB\nCmaFree: 10 kB\n");
	read_regions();
	expect_known(region("memory@42000000")->size, 1 << 20);
	/* The size of this area equals CmaTotal, so no other area exists, and CmaFree applies. */
	expect_known(region("memory@42000000")->free, 10240);
	assert_string_equal(region("memory@42000000")->source, "meminfo,device-tree");
}

TEST(command_line_and_sysfs_override_the_device_tree)
{
	static const uint8_t reg[16] = { 0, 0, 0, 0, 0x42, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0 };

	put_reserved("linux,cma", "shared-dma-pool", "reg", reg, sizeof(reg));
	put(RESERVED "linux,cma/linux,cma-default", "");
	put("proc/cmdline", "console=ttyS0 cma=64M\n");
	read_regions();
	assert_int_equal(inventory.n_regions, 0);

	put("proc/cmdline", "console=ttyS0 nocma=64M\n");
	read_regions();
	assert_int_equal(inventory.n_regions, 1);

	/* sysfs lists all areas of the kernel, but not linux,cma: this area does not exist. */
	put("sys/kernel/mm/cma/reserved/alloc_pages_fail", "0\n");
	read_regions();
	assert_int_equal(inventory.n_regions, 1);
	region("reserved");
}

/* Returns the map of a region at address 65536. Of its 160 bits, 0 to 3, 10 and 159 are used. */
static struct dh_region_map map_of_160_bits(void)
{
	struct dh_region_map map = {
		.bits = 160,
		.bit_size = 8192,
		.base = dh_known(65536),
		.used = { [0] = 2, [1] = 2, [5] = 1, [79] = 1 },
	};

	dh_region_map_draw(&map);
	return map;
}

TEST(map_marks_the_cells_of_one_owner)
{
	struct dh_region_map map = map_of_160_bits();
	uint64_t used[DH_MAP_CELLS] = { 0 };
	char text[DH_MAP_CELLS + 1];
	struct dh_map_run run;

	assert_int_equal(strlen(map.text), 80);
	assert_memory_equal(map.text, "##...+..", 8);
	assert_int_equal(map.text[79], '+');

	/* The first buffer covers bits 0 and 1 and half of bit 2. The second covers bit 10. */
	assert_true(dh_region_map_locate(&map, 65536, 2 * 8192 + 4096, &run, used));
	assert_true(dh_region_map_locate(&map, 65536 + 10 * 8192, 8192, &run, used));
	memcpy(text, map.text, sizeof(text));
	assert_int_equal(run.first, 10);
	assert_int_equal(run.bits, 1);
	dh_region_map_mark(&map, used, 'B', text);
	assert_memory_equal(text, "B#...b..", 8);
	assert_int_equal(text[79], '+');
}

TEST(map_locates_no_memory_that_is_not_used_or_outside_the_region)
{
	struct dh_region_map map = map_of_160_bits();
	const uint64_t none[DH_MAP_CELLS] = { 0 };
	uint64_t used[DH_MAP_CELLS] = { 0 };
	struct dh_map_run run;

	assert_false(dh_region_map_locate(&map, 65535, 8192, &run, used));
	assert_false(dh_region_map_locate(&map, 65536 + 3 * 8192, 2 * 8192, &run, used));
	assert_false(dh_region_map_locate(&map, 65536 + 159 * 8192, 2 * 8192, &run, used));
	assert_false(dh_region_map_locate(&map, 65536, UINT64_MAX, &run, used));
	assert_false(dh_region_map_locate(&map, 65536, 0, &run, used));
	map.base.known = false;
	assert_false(dh_region_map_locate(&map, 65536, 8192, &run, used));
	assert_memory_equal(used, none, sizeof(none));
}

/*
 * Asserts that the buffers divide the runs of a map into the parts in `expected`:
 * "FIRST+BITS=INODE" for a part of a buffer, "FIRST+BITS" for any other part.
 */
static void divides(const struct dh_region_map *map, struct dh_map_part *buffers, size_t n,
		    const char *expected)
{
	struct dh_map_part *parts = NULL;
	size_t n_parts = 0;
	char text[256] = "", *end = text;

	assert_int_equal(dh_region_map_divide(map, 1, buffers, n, &parts, &n_parts), 0);
	for (size_t i = 0; i < n_parts; i++) {
		assert_int_equal(parts[i].region, 1);
		end += sprintf(end, "%s%d+%d", i ? " " : "", (int)parts[i].run.first,
			       (int)parts[i].run.bits);
		if (parts[i].inode.known)
			end += sprintf(end, "=%d", (int)parts[i].inode.value);
	}
	assert_string_equal(text, expected);
	free(parts);
}

TEST(map_divides_runs_at_the_ends_of_buffers)
{
	struct dh_region_map map = { .bits = 160, .bit_size = 8192 };
	struct dh_map_part buffers[] = {
		{ 1, { 12, 4 }, "cma", dh_known(3), dh_known(1), "a" },
		{ 1, { 2, 2 }, "cma", dh_known(1), dh_known(1), "a" },
		{ 0, { 4, 1 }, "other", dh_known(9), dh_known(1), "a" },
		/* Bits 8 and 9 of this buffer, and bit 159 of the next, are already free. */
		{ 1, { 6, 4 }, "cma", dh_known(2), dh_known(1), "a" },
		{ 1, { 158, 2 }, "cma", dh_known(4), dh_known(1), "a" },
	};

	divides(&map, buffers, 5, "");
	for (uint64_t bit = 0; bit < 8; bit++)
		assert_int_equal(dh_region_map_set(&map, bit), 0);
	for (uint64_t bit = 12; bit < 16; bit++)
		assert_int_equal(dh_region_map_set(&map, bit), 0);
	assert_int_equal(dh_region_map_set(&map, 158), 0);
	assert_int_equal(map.n_runs, 3);
	assert_int_equal(map.used[0], 2);
	divides(&map, buffers, 5, "0+2 2+2=1 4+2 6+2=2 12+4=3 158+1=4");
	divides(&map, buffers, 0, "0+8 12+4 158+1");
	dh_region_map_clear(&map);
}

TEST(map_omits_runs_beyond_the_maximum)
{
	struct dh_region_map map = { .bits = 2 * DH_MAP_RUNS_MAX + 2, .bit_size = 4096 };

	for (uint64_t i = 0; i < DH_MAP_RUNS_MAX; i++)
		assert_int_equal(dh_region_map_set(&map, 2 * i), 0);
	assert_int_equal(map.n_runs, DH_MAP_RUNS_MAX);
	assert_false(map.runs_omitted);
	assert_int_equal(dh_region_map_set(&map, 2 * DH_MAP_RUNS_MAX), 0);
	assert_int_equal(map.n_runs, 0);
	assert_true(map.runs_omitted);
	dh_region_map_clear(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(meminfo_alone_gives_no_region),
		tree_test(sim_gives_the_sizes_of_its_heaps),
		tree_test(sysfs_gives_sizes_and_failures),
		tree_test(page_size_of_a_recorded_system_is_inferred),
		tree_test(figures_are_read_again),
		tree_test(debugfs_adds_size_and_longest_run),
		tree_test(debugfs_folders_of_older_kernels_have_a_prefix),
		tree_test(prefix_can_be_part_of_the_name),
		tree_test(meminfo_gives_the_figures_of_the_only_area),
		tree_test(malformed_figures_are_unknown),
		tree_test(device_tree_gives_sizes_of_shared_pools),
		tree_test(device_tree_of_32_bits_is_read),
		tree_test(command_line_and_sysfs_override_the_device_tree),
		cmocka_unit_test(map_marks_the_cells_of_one_owner),
		cmocka_unit_test(map_locates_no_memory_that_is_not_used_or_outside_the_region),
		cmocka_unit_test(map_divides_runs_at_the_ends_of_buffers),
		cmocka_unit_test(map_omits_runs_beyond_the_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
