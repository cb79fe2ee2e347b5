// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of the messages about denied access, rejected sizes, failed allocations, the choice of a
 * heap or importer, and failed mappings.
 */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "discover/discover.h"
#include "task/cpu.h"
#include "task/heap.h"
#include "task/heaps.h"
#include "task/importers.h"

/* --- Denied access ------------------------------------------------------------- */

static const char *remark_access(const struct dh_heap *heaps, size_t n)
{
	struct dh_env env = { .root = root };

	capture();
	dh_heaps_remark_access(&env, heaps, n);
	return captured();
}

/*
 * Returns a heap whose node belongs to the user of this process. Opening the node failed with
 * `error`.
 */
static struct dh_heap denied_heap(const char *name, int error)
{
	return (struct dh_heap){
		.name = (char *)name,
		.access = DH_ACCESS_REFUSED,
		.access_error = error,
		.has_node_facts = true,
		.permission = { .mode = S_IFCHR | 0600, .uid = geteuid() },
		.owner = (char *)"me",
		.group = (char *)"root",
	};
}

TEST(eacces_despite_mode_and_owner_is_the_decision_of_a_security_module)
{
	struct dh_heap heaps[2] = { denied_heap("a", EACCES), denied_heap("b", EACCES) };
	const char *said = remark_access(heaps, 2);

	assert_string_equal(said,
			    "dmaheapctl: heaps 'a', 'b': Permission denied (denied by a security "
			    "module, not by mode 0600, owner me, group root)\n");

	heaps[1].nodev = true;
	said = remark_access(heaps, 2);
	contains(said, "heap 'a': Permission denied (denied by a security module, not by ");
	contains(said, "heap 'b': Permission denied (denied by the mount option nodev, not by ");
	lacks(said, "udev");
}

TEST(eacces_of_the_mode_suggests_a_rule_and_names_the_acl)
{
	static struct dh_acl_entry acl[] = {
		{ ACL_USER_OBJ, 6, -1U }, { ACL_USER, 4, 4711 }, { ACL_GROUP_OBJ, 4, -1U },
		{ ACL_GROUP, 7, 44 },	  { ACL_GROUP, 6, 45 },	 { ACL_MASK, 6, -1U },
		{ ACL_OTHER, 0, -1U },
	};
	struct dh_heap heaps[2] = { denied_heap("a", EACCES), denied_heap("b", EACCES) };
	const char *said;

	put("etc/group", "video:x:44:\n");
	reopen();
	/*
	 * The tool assumes that the user namespace does not map the owner 65534. Not even root can
	 * access such a node, so the test also passes as root.
	 */
	heaps[0].permission = (struct dh_permission){
		.mode = S_IFCHR | 0660,
		.uid = 65534,
		.gid = 65534,
		.acl = acl,
		.n_acl = ARRAY_SIZE(acl),
	};
	heaps[1].permission = heaps[0].permission;
	heaps[1].permission.acl_unknown = true;
	heaps[1].permission.n_acl = 0;
	said = remark_access(heaps, 2);
	contains(said, "heap 'a': Permission denied (mode 0660+, owner me, group root, ACL "
		       "user:4711:r-- group:video:rw- group:45:rw-; caller: user ");
	contains(said, "heap 'b': Permission denied (mode 0660, owner me, group root; caller: ");
	contains(said, "to grant access to a group, add this rule ");
	lacks(said, "security module");
}

TEST(eperm_is_the_decision_of_a_device_cgroup)
{
	struct dh_heap heap = denied_heap("a", EPERM);

	assert_string_equal(remark_access(&heap, 1),
			    "dmaheapctl: heap 'a': Operation not permitted (denied by the device "
			    "cgroup of a container or by a security policy; mode 0600, owner me, "
			    "group root)\n");
}

TEST(eacces_of_the_folder_is_reported_without_a_mode)
{
	struct dh_heap heap = denied_heap("a", EACCES);

	heap.has_node_facts = false;
	assert_string_equal(remark_access(&heap, 1),
			    "dmaheapctl: heap 'a': Permission denied (/dev/dma_heap is not "
			    "accessible to this user)\n");
}

/* --- The size check, and allocation failures -------------------------------------- */

/* Adds the heap `name` with `kind` to `inventory`, and returns the choice of this heap. */
static struct dh_heap_choice choose(const char *name, enum dh_heap_kind kind)
{
	struct dh_heap *heap = dh_inventory_add_heap(&inventory, name);

	assert_non_null(heap);
	heap->kind = kind;
	return (struct dh_heap_choice){ .inventory = inventory, .heap = heap };
}

/* Returns the message of dh_heap_check_cgroup() for `count` buffers of 1 MiB, or "". */
static const char *check_cgroup(const char *name, enum dh_heap_kind kind, uint64_t count,
				bool force)
{
	const struct dh_buffer_request request = { .size = 1 << 20, .force = force };
	struct dh_heap_choice choice;
	struct dh_env env;
	enum dh_status status;
	const char *said;

	reopen();
	env = (struct dh_env){ .root = root };
	choice = choose(name, kind);
	capture();
	status = dh_heap_check_cgroup(&env, &choice, &request, count);
	said = captured();
	assert_int_equal(status, *said ? DH_EXIT_ERROR : DH_EXIT_DONE);
	return said;
}

TEST(an_allocation_beyond_memory_max_is_not_attempted)
{
	put("proc/self/cgroup", "0::/box\n");
	put("sys/fs/cgroup/box/memory.max", "3145728\n");
	put("sys/fs/cgroup/box/memory.current", "1048576\n");
	assert_string_equal(check_cgroup("system", DH_KIND_SYSTEM, 3, false), "");

	put("sys/module/dma_heap/parameters/mem_accounting", "Y\n");
	assert_string_equal(check_cgroup("system", DH_KIND_SYSTEM, 2, false), "");
	assert_string_equal(check_cgroup("system", DH_KIND_SYSTEM, 3, false),
			    "dmaheapctl: heap 'system': allocating 3 buffers of 1 MiB: not "
			    "attempted (only 2 MiB available in cgroup '/box'); use --force to "
			    "allocate anyway\n");
	assert_string_equal(check_cgroup("system", DH_KIND_SYSTEM, 3, true), "");
	/* Only buffers of the system heap count towards memory.max. */
	assert_string_equal(check_cgroup("reserved", DH_KIND_CMA, 3, false), "");
}

TEST(an_allocation_beyond_dmem_max_is_not_attempted)
{
	put("proc/self/cgroup", "0::/box\n");
	put("sys/fs/cgroup/box/dmem.max", "cma/reserved 2097152\n");
	put("sys/fs/cgroup/box/dmem.current", "cma/reserved 524288\n");
	assert_string_equal(check_cgroup("reserved", DH_KIND_CMA, 1, false), "");
	assert_string_equal(check_cgroup("other", DH_KIND_CMA, 9, false), "");
	assert_string_equal(check_cgroup("reserved", DH_KIND_CMA, 2, false),
			    "dmaheapctl: heap 'reserved': allocating 2 buffers of 1 MiB: not "
			    "attempted (only 1.5 MiB left for dmem region 'cma/reserved' in cgroup "
			    "'/box'); use --force to allocate anyway\n");
}

/* Returns the message of dh_heap_alloc_failed() for a buffer of `size` bytes and for `error`. */
static const char *fail_alloc(struct dh_heap_choice *choice, uint64_t size, int error)
{
	const struct dh_env env = { .root = root };
	const struct dh_buffer_request request = { .size = size };
	const struct dh_tally tally = { .requested = 1, .failed = 1, .first_error = -error };

	capture();
	assert_int_equal(dh_heap_alloc_failed(&env, choice, &request, &tally), DH_EXIT_ERROR);
	return captured();
}

TEST(eagain_has_a_reason)
{
	struct dh_heap_choice choice = choose("reserved", DH_KIND_CMA);

	assert_string_equal(fail_alloc(&choice, 1 << 20, EAGAIN),
			    "dmaheapctl: heap 'reserved': allocating 1 MiB: Resource temporarily "
			    "unavailable (the heap's driver returned this error; no dmem limit was "
			    "found)\n");
	put("proc/self/cgroup", "0::/box\n");
	put("sys/fs/cgroup/box/dmem.max", "cma/reserved 2097152\n");
	put("sys/fs/cgroup/box/dmem.current", "cma/reserved 2097152\n");
	assert_string_equal(
		fail_alloc(&choice, 1 << 20, EAGAIN),
		"dmaheapctl: heap 'reserved': allocating 1 MiB: Resource temporarily "
		"unavailable (cgroup '/box' limits dmem region 'cma/reserved' to 2 MiB, "
		"0 bytes left)\n");
}

/* Writes the figures of the 64 MiB CMA region "reserved". The parameters are in 4 KiB pages. */
static void put_region(const char *used, const char *largest, const char *failed)
{
	put("proc/meminfo", "CmaTotal: 65536 kB\n");
	put("sys/kernel/debug/cma/reserved/count", "16384\n");
	put("sys/kernel/debug/cma/reserved/used", used);
	put("sys/kernel/debug/cma/reserved/maxchunk", largest);
	put("sys/kernel/mm/cma/reserved/alloc_pages_fail", failed);
}

TEST(enomem_of_a_cma_heap_has_one_of_three_causes)
{
	static const char head[] = "dmaheapctl: heap 'reserved': allocating 8 MiB: Cannot allocate "
				   "memory (region is 64 MiB, ";
	struct dh_heap_choice choice;
	const char *said;

	put("sys/class/dma_heap/reserved/uevent",
	    "MAJOR=252\nMINOR=1\nDEVNAME=dma_heap/reserved\n");
	put_region("15000\n", "2048\n", "0\n");
	reopen();
	assert_int_equal(dh_discover(&root, DH_WANT_HEAPS, &inventory), 0);
	choice = (struct dh_heap_choice){ .inventory = inventory,
					  .heap = dh_inventory_find(&inventory, "reserved") };
	said = fail_alloc(&choice, 8 << 20, ENOMEM);
	contains(said, head);
	contains(said, "5.4 MiB free, longest free run 8 MiB; "
		       "the buffer is larger than the free memory)\n");

	put_region("8192\n", "2047\n", "2048\n");
	said = fail_alloc(&choice, 8 << 20, ENOMEM);
	contains(said, "32 MiB free, longest free run 7.9 MiB; the region is fragmented)\n");

	/* CONFIG_CMA_ALIGNMENT is unknown, so the alignment can be as large as the buffer. */
	put_region("8192\n", "2500\n", "4096\n");
	said = fail_alloc(&choice, 8 << 20, ENOMEM);
	contains(said, "longest free run 9.7 MiB; the free run may be too short for an alignment "
		       "of up to 8 MiB, or its pages could not be moved)\n");

	put("proc/config.gz", "CONFIG_CMA_ALIGNMENT=8\n");
	put_region("8192\n", "2302\n", "6144\n");
	said = fail_alloc(&choice, 8 << 20, ENOMEM);
	contains(said, "longest free run 8.9 MiB; the free run may be too short for an alignment "
		       "of up to 1 MiB, or its pages could not be moved)\n");
	put_region("8192\n", "2303\n", "8192\n");
	said = fail_alloc(&choice, 8 << 20, ENOMEM);
	contains(said, "longest free run 8.9 MiB; pages in the free run could not be moved: the "
		       "counter of failed allocations rose by 8 MiB)\n");

	/* The counter of failed allocations has not risen, so the message names no cause. */
	said = fail_alloc(&choice, 8 << 20, ENOMEM);
	contains(said, "longest free run 8.9 MiB)\n");
	put_region("0\n", "unknown\n", "8192\n");
	said = fail_alloc(&choice, 8 << 20, ENOMEM);
	contains(said, "(region is 64 MiB, 64 MiB free)\n");
	inventory = choice.inventory;
}

/* Asserts that choosing a heap by `class` fails with `status`. Returns the message. */
static const char *fail_choose(const char *class, enum dh_status status)
{
	const struct dh_env env = { .root = root };
	dh_auto(heap_choice) struct dh_heap_choice choice = { 0 };

	capture();
	assert_int_equal(dh_heap_choose(&env, class, &choice), status);
	assert_null(choice.heap);
	return captured();
}

TEST(the_candidates_of_a_class_have_figures)
{
	put("sys/class/dma_heap/cma-a/uevent", "MAJOR=252\nMINOR=1\nDEVNAME=dma_heap/cma-a\n");
	put("sys/class/dma_heap/cma-b/uevent", "MAJOR=252\nMINOR=2\nDEVNAME=dma_heap/cma-b\n");
	put("sys/class/dma_heap/system-secure-a/uevent",
	    "MAJOR=252\nMINOR=3\nDEVNAME=dma_heap/system-secure-a\n");
	put("sys/class/dma_heap/system-secure-b/uevent",
	    "MAJOR=252\nMINOR=4\nDEVNAME=dma_heap/system-secure-b\n");
	put("proc/meminfo", "CmaTotal: 12288 kB\n");
	put("sys/kernel/mm/cma/cma-a/total_pages", "2048\n");
	put("sys/kernel/mm/cma/cma-b/total_pages", "1024\n");
	put("sys/kernel/mm/cma/cma-b/available_pages", "0\n");
	put("sys/kernel/debug/cma/cma-b/count", "1024\n");
	put("sys/kernel/debug/cma/cma-b/maxchunk", "0\n");
	reopen();
	assert_string_equal(
		fail_choose("cma", DH_EXIT_AMBIGUOUS),
		"dmaheapctl: class 'cma': matches several heaps: 'cma-a' (8 MiB, free not "
		"reported, longest free run not reported), 'cma-b' (4 MiB, free 0 bytes, longest "
		"free run 0 bytes); select one by name\n");
	contains(fail_choose("cma:largest", DH_EXIT_ERROR),
		 "longest free run of a heap unknown: 'cma-a' (8 MiB, free not reported, longest "
		 "free run not reported), 'cma-b' (4 MiB, ");
	contains(fail_choose("protected", DH_EXIT_AMBIGUOUS),
		 "'system-secure-a' (size not reported), 'system-secure-b' (size not reported); ");
}

/* Asserts that a search for DRM devices in the tree finds none. Returns the message. */
static const char *fail_find(void)
{
	const struct dh_env env = { .root = root };
	const struct dh_import_request request = { 0 };
	dh_auto(importers) struct dh_importers importers = { 0 };

	capture();
	assert_int_equal(dh_importers_find(&env, &request, &importers), DH_EXIT_NOT_FOUND);
	return captured();
}

TEST(a_system_with_v4l2_devices_only_has_no_default_importer)
{
	if (!dh_drm_available())
		skip();
	put_folder("sys/class/drm");
	reopen();
	lacks(fail_find(), "V4L2");
	put("sys/class/video4linux/video0/uevent", "MAJOR=81\nMINOR=0\nDEVNAME=video0\n");
	reopen();
	contains(fail_find(), "no DRM device; select a V4L2 device such as /dev/video0");
}

/* --- Mapping ----------------------------------------------------------------------- */

static const char *fail_map(uint32_t fd_flags, int error)
{
	const struct dh_buffer_facts facts = { .size = UINT64_C(5) << 30, .fd_flags = fd_flags };

	capture();
	assert_int_equal(dh_cpu_map_failed("descriptor 5", &facts, -error), DH_EXIT_ERROR);
	return captured();
}

TEST(mapping_errors_have_different_sentences)
{
	assert_string_equal(fail_map(O_RDWR, EFBIG),
			    "dmaheapctl: descriptor 5: mapping: address space too small for a "
			    "buffer of 5 GiB\n");
	assert_string_equal(
		fail_map(O_RDWR, EINVAL),
		"dmaheapctl: descriptor 5: mapping: Invalid argument (the exporter "
		"denies CPU access, as protected heaps do); only devices can access this "
		"buffer\n");
	assert_string_equal(fail_map(O_WRONLY, EACCES),
			    "dmaheapctl: descriptor 5: mapping: Permission denied (the descriptor "
			    "is write-only, and mmap() requires a descriptor that is open for "
			    "reading)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(eacces_despite_mode_and_owner_is_the_decision_of_a_security_module),
		tree_test(eacces_of_the_mode_suggests_a_rule_and_names_the_acl),
		tree_test(eperm_is_the_decision_of_a_device_cgroup),
		tree_test(eacces_of_the_folder_is_reported_without_a_mode),
		tree_test(an_allocation_beyond_memory_max_is_not_attempted),
		tree_test(an_allocation_beyond_dmem_max_is_not_attempted),
		tree_test(eagain_has_a_reason),
		tree_test(the_candidates_of_a_class_have_figures),
		tree_test(enomem_of_a_cma_heap_has_one_of_three_causes),
		tree_test(a_system_with_v4l2_devices_only_has_no_default_importer),
		tree_test(mapping_errors_have_different_sentences),
	};

	return cmocka_run_group_tests_name("heaps", tests, NULL, NULL);
}
