// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "model/inventory.h"
#include "model/selection.h"

static void expect_kind(const char *name, enum dh_heap_kind expected)
{
	const char *reason;

	assert_int_equal(dh_kind_from_name(name, &reason), expected);
	assert_true(!!reason == (expected != DH_KIND_UNKNOWN));
}

TEST(kind_is_inferred_from_the_name)
{
	expect_kind("system", DH_KIND_SYSTEM);
	expect_kind("system-uncached", DH_KIND_SYSTEM);
	expect_kind("system-dma32", DH_KIND_SYSTEM);
	expect_kind("linux,cma", DH_KIND_CMA);
	expect_kind("reserved", DH_KIND_CMA);
	expect_kind("default-pool", DH_KIND_CMA);
	expect_kind("default_cma_region", DH_KIND_CMA);
	expect_kind("linux,cma-uncached", DH_KIND_CMA);
	expect_kind("default_cma_region-uncached", DH_KIND_CMA);
	expect_kind("cma-uncached", DH_KIND_CMA);
	expect_kind("protected,secure-video", DH_KIND_PROTECTED);
	expect_kind("mtk_svp_region", DH_KIND_PROTECTED);
	expect_kind("system_cc_shared", DH_KIND_SYSTEM);
	expect_kind("qcom,system", DH_KIND_SYSTEM);
	expect_kind("qcom,system-uncached", DH_KIND_SYSTEM);
	expect_kind("mtk_mm-uncached", DH_KIND_SYSTEM);
	expect_kind("reserved-uncached", DH_KIND_CMA);
	expect_kind("system-secure-vstream", DH_KIND_PROTECTED);
	expect_kind("system-secure-vstream-uncached", DH_KIND_PROTECTED);
	expect_kind("qcom,secure-pixel", DH_KIND_PROTECTED);
	expect_kind("vframe-secure", DH_KIND_PROTECTED);
	expect_kind("secure_vpu", DH_KIND_PROTECTED);
	expect_kind("mtk_prot_region", DH_KIND_PROTECTED);
	expect_kind("video-protection-region", DH_KIND_PROTECTED);
	expect_kind("-secure", DH_KIND_PROTECTED);
	expect_kind("mtk_2d_fr_region-aligned", DH_KIND_PROTECTED);
	expect_kind("mtk_sapu_data_shm_region", DH_KIND_PROTECTED);
	expect_kind("qcom,qseecom", DH_KIND_UNKNOWN);
	expect_kind("insecure", DH_KIND_UNKNOWN);
	expect_kind("-uncached", DH_KIND_UNKNOWN);
	expect_kind("memory@42000000", DH_KIND_UNKNOWN);
	expect_kind("systemd", DH_KIND_UNKNOWN);
	expect_kind("reserved2", DH_KIND_UNKNOWN);
	expect_kind("", DH_KIND_UNKNOWN);

	assert_int_equal(dh_kind_by_name("protected"), DH_KIND_PROTECTED);
	assert_int_equal(dh_kind_by_name("unknown"), DH_KIND_UNKNOWN);
	assert_string_equal(dh_kind_name(DH_KIND_CMA), "cma");
}

static void add_heaps(struct dh_inventory *inventory, const char *const names[])
{
	for (; *names; names++) {
		struct dh_heap *heap = dh_inventory_add_heap(inventory, *names);

		heap->seen = DH_SEEN_SYSFS | DH_SEEN_NODE;
	}
}

/*
 * A node that was not found is missing if /dev/dma_heap was read or does not exist. Otherwise its
 * state is unknown.
 */
TEST(missing_node_differs_from_unreadable_node)
{
	static const struct {
		int class_error, node_dir_error, node_error;
		unsigned int seen;
		const char *problem;
	} cases[] = {
		{ 0, 0, 0, DH_SEEN_SYSFS | DH_SEEN_NODE, NULL },
		{ 0, 0, 0, DH_SEEN_SYSFS, "registered, but the node is missing" },
		{ 0, -ENOENT, 0, DH_SEEN_SYSFS, "registered, but the node is missing" },
		{ 0, -EIO, 0, DH_SEEN_SYSFS, "registered, but /dev/dma_heap is not readable" },
		{ 0, 0, -EIO, DH_SEEN_SYSFS | DH_SEEN_NODE,
		  "registered, but the node is not accessible" },
		{ 0, 0, 0, DH_SEEN_NODE, "the node belongs to no registered heap" },
		{ -ENOENT, 0, 0, DH_SEEN_NODE,
		  "the node exists, but /sys/class/dma_heap does not" },
		{ -EIO, 0, 0, DH_SEEN_NODE, "registration unknown: sysfs is not readable" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		dh_auto(inventory) struct dh_inventory inventory = {
			.class_error = cases[i].class_error,
			.node_dir_error = cases[i].node_dir_error,
		};
		struct dh_heap *heap = dh_inventory_add_heap(&inventory, "a");

		heap->seen = cases[i].seen;
		heap->node_error = cases[i].node_error;
		dh_inventory_infer(&inventory);
		if (cases[i].problem)
			assert_string_equal(inventory.heaps[0].problem, cases[i].problem);
		else
			assert_null(inventory.heaps[0].problem);
	}
}

TEST(each_heap_has_one_record)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };

	add_heaps(&inventory, (const char *const[]){ "system", "b", "system", "a", NULL });
	assert_int_equal(inventory.n_heaps, 3);
	dh_inventory_infer(&inventory);
	assert_string_equal(inventory.heaps[0].name, "a");
	assert_string_equal(inventory.heaps[2].name, "system");
	assert_non_null(dh_inventory_find(&inventory, "b"));
	assert_null(dh_inventory_find(&inventory, "c"));
}

TEST(default_cma_names_share_one_region)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };
	const struct dh_heap *heap;

	add_heaps(&inventory,
		  (const char *const[]){ "linux,cma", "system", "default_cma_region", NULL });
	dh_inventory_add_region(&inventory, "linux,cma")->size = dh_known(64 << 20);
	dh_inventory_infer(&inventory);

	heap = dh_inventory_find(&inventory, "default_cma_region");
	assert_string_equal(heap->alias, "linux,cma");
	assert_int_equal(dh_heap_region(&inventory, heap)->size.value, 64 << 20);
	assert_string_equal(dh_inventory_find(&inventory, "linux,cma")->alias,
			    "default_cma_region");
	assert_null(dh_inventory_find(&inventory, "system")->alias);
	assert_null(dh_heap_region(&inventory, dh_inventory_find(&inventory, "system")));
}

TEST(heap_uses_the_region_of_its_name)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };
	const struct dh_heap *heap;

	add_heaps(&inventory, (const char *const[]){ "memory@42000000", "reserved", NULL });
	dh_inventory_add_region(&inventory, "memory@42000000");
	dh_inventory_add_region(&inventory, "reserved");
	dh_inventory_infer(&inventory);

	heap = dh_inventory_find(&inventory, "memory@42000000");
	assert_int_equal(heap->kind, DH_KIND_CMA);
	assert_null(heap->alias);
	assert_string_equal(dh_heap_region(&inventory, heap)->name, "memory@42000000");
}

TEST(uncached_twin_has_the_kind_and_the_region_of_its_heap)
{
	static const char *const heaps[] = { "camera", "camera-uncached", "system-uncached", NULL };
	dh_auto(inventory) struct dh_inventory inventory = { 0 };
	const struct dh_heap *twin;

	add_heaps(&inventory, heaps);
	dh_inventory_add_region(&inventory, "cam");
	dh_inventory_add_region(&inventory, "camera");
	dh_inventory_infer(&inventory);

	twin = dh_inventory_find(&inventory, "camera-uncached");
	assert_int_equal(twin->kind, DH_KIND_CMA);
	assert_string_equal(dh_heap_region(&inventory, twin)->name, "camera");
	assert_string_equal(twin->alias, "camera");
	assert_null(dh_inventory_find(&inventory, "system-uncached")->alias);
}

TEST(region_with_the_exact_name_is_preferred_to_that_of_the_twin)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };

	add_heaps(&inventory, (const char *const[]){ "camera-uncached", NULL });
	dh_inventory_add_region(&inventory, "camera-uncached");
	dh_inventory_add_region(&inventory, "camera");
	dh_inventory_infer(&inventory);
	assert_int_equal(inventory.heaps[0].region, 0);
}

TEST(problem_names_missing_stray_and_foreign_nodes)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };
	struct dh_heap *heap;

	add_heaps(&inventory, (const char *const[]){ "fine", NULL });
	dh_inventory_add_heap(&inventory, "nodeless")->seen = DH_SEEN_SYSFS;
	dh_inventory_add_heap(&inventory, "stray")->seen = DH_SEEN_NODE;
	heap = dh_inventory_add_heap(&inventory, "swapped");
	heap->seen = DH_SEEN_SYSFS | DH_SEEN_NODE;
	heap->has_dev = heap->has_node_facts = true;
	heap->dev = 1;
	heap->node_dev = 2;
	heap->permission.mode = S_IFCHR | 0600;
	dh_inventory_infer(&inventory);

	assert_null(dh_inventory_find(&inventory, "fine")->problem);
	assert_non_null(strstr(dh_inventory_find(&inventory, "nodeless")->problem, "missing"));
	assert_non_null(strstr(dh_inventory_find(&inventory, "stray")->problem, "no registered"));
	assert_non_null(strstr(dh_inventory_find(&inventory, "swapped")->problem, "differs"));
}

static const struct dh_heap *select_heap(const struct dh_inventory *inventory, const char *what,
					 int ret, size_t n_candidates)
{
	dh_auto(free) const struct dh_heap **candidates = NULL;
	const struct dh_heap *heap;
	bool by_class;
	size_t n;

	assert_int_equal(dh_select_heap(inventory, what, &heap, &by_class, &candidates, &n), ret);
	if (ret == -ENOTUNIQ || ret == -ENODATA) {
		assert_int_equal(n, n_candidates);
		assert_non_null(candidates);
	}
	return ret ? NULL : heap;
}

TEST(class_prefers_the_cached_heap_of_two_twins)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };

	add_heaps(&inventory, (const char *const[]){ "qcom,system-uncached", "qcom,system", NULL });
	dh_inventory_infer(&inventory);
	assert_string_equal(select_heap(&inventory, "system", 0, 0)->name, "qcom,system");
}

TEST(class_selects_its_default_heap)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };

	assert_null(select_heap(&inventory, "cma", -ENOENT, 0));

	add_heaps(&inventory,
		  (const char *const[]){ "system", "system-uncached", "linux,cma",
					 "default_cma_region", "carveout-a", "carveout-b",
					 "protected,secure-video", "protected,trusted-ui", NULL });
	dh_inventory_infer(&inventory);

	/* The name of a heap takes precedence over a class with the same name. */
	assert_string_equal(select_heap(&inventory, "system", 0, 0)->name, "system");
	/*
	 * linux,cma and default_cma_region share a region. The class selects the heap with the
	 * newer name.
	 */
	assert_string_equal(select_heap(&inventory, "cma", 0, 0)->name, "default_cma_region");
	assert_string_equal(select_heap(&inventory, "protected", 0, 0)->name,
			    "protected,secure-video");
	assert_string_equal(select_heap(&inventory, "protected,trusted-ui", 0, 0)->name,
			    "protected,trusted-ui");
	assert_null(select_heap(&inventory, "carveout", -ENOTUNIQ, 2));
	assert_null(select_heap(&inventory, "nosuch", -ENOENT, 0));
	assert_null(select_heap(&inventory, "unknown", -ENOENT, 0));
	assert_null(select_heap(&inventory, "", -ENOENT, 0));
}

TEST(device_tree_marks_the_default_cma_heap)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };

	add_heaps(&inventory, (const char *const[]){ "camera", "display", "reserved", NULL });
	dh_inventory_add_region(&inventory, "camera");
	dh_inventory_add_region(&inventory, "display");
	dh_inventory_infer(&inventory);
	assert_string_equal(select_heap(&inventory, "cma", 0, 0)->name, "reserved");
	inventory.regions[0].is_default = true;
	dh_inventory_add_region(&inventory, "linux,cma");
	dh_inventory_infer(&inventory);
	assert_string_equal(select_heap(&inventory, "cma", 0, 0)->name, "camera");
	assert_string_equal(
		dh_heap_region(&inventory, dh_inventory_find(&inventory, "reserved"))->name,
		"camera");

	/* default_cma_region, the newer name of the default heap, also uses the marked region. */
	add_heaps(&inventory, (const char *const[]){ "default_cma_region", NULL });
	dh_inventory_infer(&inventory);
	assert_string_equal(select_heap(&inventory, "cma", 0, 0)->name, "default_cma_region");
}

static void set_largest(struct dh_inventory *inventory, const char *name, uint64_t bytes)
{
	dh_inventory_add_region(inventory, name)->largest = dh_known(bytes);
}

TEST(cma_largest_selects_the_longest_free_run)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };

	add_heaps(&inventory, (const char *const[]){ "cma-a", "cma-b", "cma-c", NULL });
	dh_inventory_add_region(&inventory, "cma-a");
	set_largest(&inventory, "cma-b", 0);
	set_largest(&inventory, "cma-c", 8192);
	dh_inventory_infer(&inventory);
	assert_null(select_heap(&inventory, "cma", -ENOTUNIQ, 3));
	/* The longest free run of cma-a is unknown. */
	assert_null(select_heap(&inventory, "cma:largest", -ENODATA, 3));
	set_largest(&inventory, "cma-a", 4096);
	assert_string_equal(select_heap(&inventory, "cma:largest", 0, 0)->name, "cma-c");
	set_largest(&inventory, "cma-a", 8193);
	assert_string_equal(select_heap(&inventory, "cma:largest", 0, 0)->name, "cma-a");
}

static size_t count_answers(const struct dh_inventory *inventory, const char *what)
{
	size_t n = 0;

	for (size_t i = 0; i < inventory->n_heaps; i++)
		n += dh_heap_matches(inventory, inventory->heaps[i].name, what);
	return n;
}

TEST(heap_matches_its_name_and_class)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };

	add_heaps(&inventory, (const char *const[]){ "system", "system-uncached", "linux,cma",
						     "default_cma_region", NULL });
	dh_inventory_infer(&inventory);
	/* A heap with the name of a class does not hide the other heaps of the class. */
	assert_int_equal(count_answers(&inventory, "system"), 2);
	assert_int_equal(count_answers(&inventory, "sys*"), 2);
	assert_int_equal(count_answers(&inventory, "*"), 4);
	assert_int_equal(count_answers(&inventory, "linux,cma"), 1);
	/* The class cma matches linux,cma and default_cma_region, although they share a region. */
	assert_int_equal(count_answers(&inventory, "cma"), 2);
	/* A heap whose name equals the pattern takes precedence over the heaps that match it. */
	add_heaps(&inventory, (const char *const[]){ "*", NULL });
	dh_inventory_infer(&inventory);
	assert_int_equal(count_answers(&inventory, "*"), 1);
	assert_int_equal(count_answers(&inventory, "protected"), 0);
	assert_int_equal(count_answers(&inventory, "unknown"), 0);
	assert_int_equal(count_answers(&inventory, ""), 0);
}

static void add_device(struct dh_inventory *inventory, const char *node, const char *driver,
		       const char *parent, enum dh_role role)
{
	struct dh_device *device = dh_inventory_add_device(inventory, node, role);

	device->driver = strdup(driver);
	device->parent = strdup(parent);
	if (asprintf(&device->id, "%s:%s:%s", strrchr(parent, '/') + 1, driver,
		     dh_role_name(role)) < 0)
		abort();
}

static void expect_nodes(const struct dh_inventory *inventory, const char *what, int ret,
			 const char *const expected[])
{
	dh_auto(free) const struct dh_device **nodes = NULL;
	size_t n, i;

	assert_int_equal(dh_select_devices(inventory, what, &nodes, &n), ret);
	for (i = 0; !ret && expected[i]; i++)
		assert_string_equal(nodes[i]->node, expected[i]);
	if (!ret)
		assert_int_equal(n, i);
}

TEST(device_option_selects_nodes_and_queues)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };

	expect_nodes(&inventory, NULL, -ENOENT, NULL);
	add_device(&inventory, "/dev/dri/card10", "cirrus", "/pci/1", DH_ROLE_PRIMARY);
	add_device(&inventory, "/dev/dri/card2", "vgem", "/platform/vgem", DH_ROLE_PRIMARY);
	add_device(&inventory, "/dev/dri/renderD128", "vgem", "/platform/vgem", DH_ROLE_RENDER);
	add_device(&inventory, "/dev/dri/renderD129", "panfrost", "/soc/gpu", DH_ROLE_RENDER);
	add_device(&inventory, "/dev/accel/accel0", "ivpu", "/pci/2", DH_ROLE_ACCEL);
	add_device(&inventory, "/dev/video0", "hantro-vpu", "/soc/codec", DH_ROLE_OUTPUT);
	add_device(&inventory, "/dev/video0", "hantro-vpu", "/soc/codec", DH_ROLE_CAPTURE);
	dh_inventory_infer(&inventory);

	expect_nodes(&inventory, NULL, 0,
		     (const char *const[]){ "/dev/accel/accel0", "/dev/dri/card2",
					    "/dev/dri/card10", "/dev/dri/renderD129", NULL });
	expect_nodes(&inventory, "accel", 0, (const char *const[]){ "/dev/accel/accel0", NULL });
	expect_nodes(&inventory, "2:ivpu:accel", 0,
		     (const char *const[]){ "/dev/accel/accel0", NULL });
	expect_nodes(&inventory, "render", 0,
		     (const char *const[]){ "/dev/dri/renderD128", "/dev/dri/renderD129", NULL });
	expect_nodes(&inventory, "primary", 0,
		     (const char *const[]){ "/dev/dri/card2", "/dev/dri/card10", NULL });
	expect_nodes(&inventory, "driver:vgem", 0,
		     (const char *const[]){ "/dev/dri/card2", "/dev/dri/renderD128", NULL });
	expect_nodes(&inventory, "/dev/dri/renderD128", 0,
		     (const char *const[]){ "/dev/dri/renderD128", NULL });
	expect_nodes(&inventory, "vgem:vgem:render", 0,
		     (const char *const[]){ "/dev/dri/renderD128", NULL });
	/* A V4L2 node can have two queues. */
	expect_nodes(&inventory, "/dev/video0", 0,
		     (const char *const[]){ "/dev/video0", "/dev/video0", NULL });
	expect_nodes(&inventory, "driver:hantro-vpu", 0,
		     (const char *const[]){ "/dev/video0", "/dev/video0", NULL });
	expect_nodes(&inventory, "capture", 0, (const char *const[]){ "/dev/video0", NULL });
	expect_nodes(&inventory, "codec:hantro-vpu:output", 0,
		     (const char *const[]){ "/dev/video0", NULL });
	expect_nodes(&inventory, "codec:hantro-vpu:output1", -ENOENT, NULL);
	expect_nodes(&inventory, "vgem:nosuch:render", -ENOENT, NULL);
	expect_nodes(&inventory, "driver:nosuch", -ENOENT, NULL);
	expect_nodes(&inventory, "/dev/dri/card3", -ENOENT, NULL);
	expect_nodes(&inventory, "card2", -EINVAL, NULL);
	expect_nodes(&inventory, "driver:", -EINVAL, NULL);
	expect_nodes(&inventory, "", -EINVAL, NULL);
}

static void expect_attached(const struct dh_inventory *inventory, const char *what,
			    const char *const expected[])
{
	dh_auto(free) const char **names = NULL;
	size_t n, i;

	assert_int_equal(dh_select_attached(inventory, what, &names, &n), 0);
	for (i = 0; expected[i]; i++)
		assert_string_equal(names[i], expected[i]);
	assert_int_equal(n, i);
}

TEST(attached_device_has_the_name_of_the_parent_of_its_nodes)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };

	add_device(&inventory, "/dev/dri/card2", "vgem", "/platform/vgem", DH_ROLE_PRIMARY);
	add_device(&inventory, "/dev/dri/card3", "i915", "/pci/0000:00:02.0", DH_ROLE_PRIMARY);
	dh_inventory_infer(&inventory);

	expect_attached(&inventory, "/dev/dri/card3",
			(const char *const[]){ "/dev/dri/card3", "0000:00:02.0", NULL });
	expect_attached(&inventory, "vgem:vgem:primary",
			(const char *const[]){ "vgem:vgem:primary", "vgem", NULL });
	expect_attached(&inventory, "primary",
			(const char *const[]){ "primary", "vgem", "0000:00:02.0", NULL });
	/* The names of other devices can look like an ID. */
	expect_attached(&inventory, "0000:00:03.0", (const char *const[]){ "0000:00:03.0", NULL });
	expect_attached(&inventory, "fe000000.codec",
			(const char *const[]){ "fe000000.codec", NULL });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kind_is_inferred_from_the_name),
		cmocka_unit_test(each_heap_has_one_record),
		cmocka_unit_test(missing_node_differs_from_unreadable_node),
		cmocka_unit_test(default_cma_names_share_one_region),
		cmocka_unit_test(heap_uses_the_region_of_its_name),
		cmocka_unit_test(uncached_twin_has_the_kind_and_the_region_of_its_heap),
		cmocka_unit_test(region_with_the_exact_name_is_preferred_to_that_of_the_twin),
		cmocka_unit_test(class_prefers_the_cached_heap_of_two_twins),
		cmocka_unit_test(problem_names_missing_stray_and_foreign_nodes),
		cmocka_unit_test(class_selects_its_default_heap),
		cmocka_unit_test(device_tree_marks_the_default_cma_heap),
		cmocka_unit_test(cma_largest_selects_the_longest_free_run),
		cmocka_unit_test(heap_matches_its_name_and_class),
		cmocka_unit_test(device_option_selects_nodes_and_queues),
		cmocka_unit_test(attached_device_has_the_name_of_the_parent_of_its_nodes),
	};

	return cmocka_run_group_tests_name("inventory", tests, NULL, NULL);
}
