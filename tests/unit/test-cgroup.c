// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include "discover/cgroup.h"

#define CGROUP "sys/fs/cgroup"

static struct dh_cgroup_limit read_limit(const char *region)
{
	struct dh_cgroup_limit limit;

	reopen();
	dh_cgroup_limit_read(&root, region, &limit);
	return limit;
}

TEST(charging_follows_the_parameter)
{
	assert_false(dh_cgroup_charging_read(&root).known);
	put("sys/module/dma_heap/parameters/mem_accounting", "N\n");
	expect_known(dh_cgroup_charging_read(&root), 0);
	put("sys/module/dma_heap/parameters/mem_accounting", "Y\n");
	expect_known(dh_cgroup_charging_read(&root), 1);
}

TEST(the_tightest_memory_limit_of_the_ancestors_counts)
{
	struct dh_cgroup_limit limit;

	assert_false(read_limit(NULL).left.known);
	put("proc/self/cgroup", "4:memory:/old\n0::/a/b/c\n");
	assert_false(read_limit(NULL).left.known);

	put(CGROUP "/a/b/c/memory.max", "max\n");
	put(CGROUP "/a/b/c/memory.current", "10\n");
	assert_false(read_limit(NULL).left.known);

	put(CGROUP "/a/b/memory.max", "1000\n");
	put(CGROUP "/a/b/memory.current", "900\n");
	put(CGROUP "/a/memory.max", "5000\n");
	put(CGROUP "/a/memory.current", "1000\n");
	limit = read_limit(NULL);
	expect_known(limit.left, 100);
	assert_int_equal(limit.max, 1000);
	assert_string_equal(limit.cgroup, "/a/b");

	put(CGROUP "/a/b/memory.stat", "anon 5\ninactive_file 40\nactive_file 60\nfile 500\n");
	expect_known(read_limit(NULL).left, 200);
	put(CGROUP "/a/b/memory.stat", "inactive_file 5000\n");
	expect_known(read_limit(NULL).left, 1000);

	put(CGROUP "/a/b/memory.current", "2000\n");
	put(CGROUP "/a/b/memory.stat", "");
	expect_known(read_limit(NULL).left, 0);
}

TEST(a_container_has_the_limit_of_its_root)
{
	struct dh_cgroup_limit limit;

	put("proc/self/cgroup", "0::/\n");
	put(CGROUP "/memory.max", "1000\n");
	put(CGROUP "/memory.current", "1\n");
	limit = read_limit(NULL);
	expect_known(limit.left, 999);
	assert_string_equal(limit.cgroup, "/");

	/* A cgroup outside the namespace is not visible, so its limit is unknown. */
	put("proc/self/cgroup", "0::/../outside\n");
	assert_false(read_limit(NULL).left.known);
}

TEST(a_dmem_limit_belongs_to_one_region)
{
	struct dh_cgroup_limit limit;

	put("proc/self/cgroup", "0::/a\n");
	put(CGROUP "/a/dmem.max",
	    "drm/0000:03:00.0/vram0 max\ncma/reserved-2 10\ncma/reserved 500\n");
	put(CGROUP "/a/dmem.current",
	    "drm/0000:03:00.0/vram0 7\ncma/reserved-2 1\ncma/reserved 100\n");
	limit = read_limit("cma/reserved");
	expect_known(limit.left, 400);
	assert_int_equal(limit.max, 500);
	assert_false(read_limit("drm/0000:03:00.0/vram0").left.known);
	assert_false(read_limit("cma/other").left.known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(charging_follows_the_parameter),
		tree_test(the_tightest_memory_limit_of_the_ancestors_counts),
		tree_test(a_container_has_the_limit_of_its_root),
		tree_test(a_dmem_limit_belongs_to_one_region),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
