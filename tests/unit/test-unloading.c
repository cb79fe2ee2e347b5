// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "discover/modules.h"
#include "task/module.h"

#define LIST "sys/kernel/debug/dmaheap_sim/heaps"

TEST(heaps_of_sim_are_read_from_debugfs)
{
	dh_auto(sim_heaps) struct dh_sim_heaps heaps = { 0 };

	assert_int_equal(dh_sim_heaps_read(&root, &heaps), -ENOENT);
	assert_int_equal(heaps.n, 0);

	put(LIST, "heap=protected kind=protected size=1 used=0\n"
		  "heap=a\\x20b\\x2cc kind=slow\n"
		  "heap=bad\\x kind=slow\n"
		  "heap=bad,too kind=slow\n"
		  "name=x kind=slow\n"
		  "\n"
		  "heap=protected kind=slow removed=yes\n"
		  "heap=odd kind=carveout size=1 used=x\n"
		  "heap=last");
	reopen();
	assert_int_equal(dh_sim_heaps_read(&root, &heaps), 0);
	assert_int_equal(heaps.n, 5);
	assert_string_equal(heaps.each[0].name, "protected");
	assert_string_equal(heaps.each[1].name, "a b,c");
	assert_string_equal(heaps.each[2].name, "protected");
	assert_true(heaps.each[2].is_removed);
	assert_string_equal(heaps.each[3].name, "odd");
	assert_false(heaps.each[3].size.known);
	assert_string_equal(heaps.each[4].name, "last");
}

/*
 * Sets the parameter "heaps" of dmaheap_sim to `parameter`, and returns the remarks about the users
 * of the module `alias`.
 */
static const char *remark_users(const char *alias, const char *parameter, bool quiet)
{
	struct dh_env env = { .quiet = quiet };
	struct dh_module module = { 0 };

	assert_true(dh_module_from_name(alias, &module));
	put("sys/module/dmaheap_sim/parameters/heaps", parameter);
	reopen();
	env.root = root;
	capture();
	dh_module_users_remark(&env, &module);
	return captured();
}

/*
 * Makes dev/dma_heap/`name` a symlink to `device`. Process 7 has this node open as descriptor `fd`.
 * The tests use devices of mem(4) as nodes of heaps, because these devices have fixed numbers.
 */
static void put_open(const char *fd, const char *name, const char *device)
{
	char at[64], path[64], target[PATH_MAX + 64];

	snprintf(path, sizeof(path), "dev/dma_heap/%s", name);
	put_link(path, device);
	snprintf(at, sizeof(at), "proc/7/fd/%s", fd);
	snprintf(target, sizeof(target), "%s/%s", tree, path);
	put_link(at, target);
}

static void put_users(void)
{
	put("proc/devices", "Character devices:\n  1 dma_heap\n\nBlock devices:\n");
	put("sys/class/dma_heap/first/uevent", "MAJOR=1\nMINOR=3\nDEVNAME=dma_heap/first\n");
	put("sys/class/dma_heap/late,1/uevent", "MAJOR=1\nMINOR=5\nDEVNAME=dma_heap/late,1\n");
	put("sys/class/dma_heap/system/uevent", "MAJOR=1\nMINOR=8\nDEVNAME=dma_heap/system\n");
	put("proc/7/comm", "seven\n");
	put_open("3", "late,1", "/dev/zero");
	put_open("4", "first", "/dev/null");
	put_open("5", "system", "/dev/random");
	put("sys/kernel/debug/dma_buf/bufinfo",
	    "\nDma-buf Objects:\nsize    \tflags   \tmode    \tcount   \texp_name\tino     \tname\n"
	    "00004096\t00000002\t00080007\t00000001\tlate,1\t00000009\tlabel\n"
	    "\tAttached Devices:\n"
	    "Total 0 devices attached\n\n"
	    "00004096\t00000002\t00080007\t00000001\tsystem\t00000010\tlabel\n"
	    "\tAttached Devices:\n"
	    "Total 0 devices attached\n\n"
	    "\nTotal 2 objects, 8192 bytes\n");
}

TEST(users_of_all_heaps_of_sim_are_named)
{
	const char *said;

	put_users();
	put(LIST, "heap=first kind=protected size=1\nheap=late\\x2c1 kind=slow size=1\n");
	said = remark_users("sim", "first", false);
	contains(said, "heap 'first': node is open in process 7 (seven)\n");
	contains(said, "heap 'late,1': node is open in process 7 (seven)\n");
	contains(said, "heap 'late,1': only the kernel holds buffer 9, 4 KiB\n");
	lacks(said, "system");
	lacks(said, "unknown");
	lacks(said, "no process");
	lacks(said, "removed");

	/* Heaps in the parameter belong to the module, even if the list in debugfs omits them. */
	put(LIST, "heap=late\\x2c1 kind=slow size=1\n");
	said = remark_users("sim", "first:slow;second", false);
	contains(said, "heap 'first': node is open");
	contains(said, "heap 'late,1': node is open");

	said = remark_users("sim", "first", true);
	assert_string_equal(said, "");
	said = remark_users("debug", "first", false);
	assert_string_equal(said, "");
}

/* A file that is not a node can have the name of a node, and a node can be renamed. */
TEST(only_the_device_number_identifies_a_heap)
{
	char target[PATH_MAX + 64];
	const char *said;

	put(LIST, "heap=first kind=protected size=1\n");
	put("proc/devices", "Character devices:\n  1 dma_heap\n");
	put("sys/class/dma_heap/first/uevent", "MAJOR=1\nMINOR=3\nDEVNAME=dma_heap/first\n");
	put("proc/7/comm", "seven\n");
	/* These paths are a regular file, a directory, and a device of another driver. */
	put("dma_heap/first", "");
	snprintf(target, sizeof(target), "%s/dma_heap/first", tree);
	put_link("proc/7/fd/3", target);
	put("other/dma_heap/first/file", "");
	snprintf(target, sizeof(target), "%s/other/dma_heap/first", tree);
	put_link("proc/7/fd/4", target);
	put_open("5", "first", "/dev/tty");
	said = remark_users("sim", "first", false);
	lacks(said, "is open");

	put_open("6", "renamed", "/dev/null");
	said = remark_users("sim", "first", false);
	contains(said, "heap 'first': node is open in process 7 (seven)\n");

	put_open("8", "second (deleted)", "/dev/full");
	said = remark_users("sim", "first", false);
	contains(said, "heap 'second' (removed): node is open in process 7 (seven)\n");
}

/* An unreadable process may have a node open or hold a buffer. */
TEST(unreadable_processes_are_reported)
{
	const char *said;

	put_users();
	put(LIST, "heap=other kind=protected\n");
	/* A symbolic link is not the directory of a process: process 8 counts as unreadable. */
	put_link("proc/8", "7");
	said = remark_users("sim", "other", false);
	contains(said, "1 unreadable process may have a node open or hold a buffer\n");
	lacks(said, "no process");

	/* If /proc does not show process 1, the tool assumes that /proc is mounted with hidepid. */
	put("proc/1/comm", "");
	contains(said, "/proc hides processes");
	put_folder("proc/1/fd");
	said = remark_users("sim", "other", false);
	lacks(said, "/proc hides processes");
}

TEST(users_of_added_heaps_are_unknown_without_debugfs)
{
	const char *said;

	put_users();
	said = remark_users("sim", "first", false);
	contains(said, "heap 'first': node is open in process 7 (seven)\n");
	lacks(said, "heap 'late,1'");
	contains(said, "heaps that the module parameters do not list: users unknown: ");
	contains(said, "dmaheap_sim/heaps: No such file or directory\n");

	put_folder("proc/1/fd");
	put("proc/1/maps", "");
	said = remark_users("sim", "other", false);
	contains(said, "no process has a node open or holds a buffer of the heaps in ");
	contains(said, " unknown: ");
}

TEST(unused_heaps_are_reported)
{
	const char *said;

	put_users();
	put_folder("proc/1/fd");
	put("proc/1/maps", "");
	put(LIST, "heap=other kind=protected\n");
	said = remark_users("sim", "other", false);
	contains(said, "no process has a node open or holds a buffer of the heaps of the module (");
	lacks(said, "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(heaps_of_sim_are_read_from_debugfs),
		tree_test(users_of_all_heaps_of_sim_are_named),
		tree_test(only_the_device_number_identifies_a_heap),
		tree_test(unreadable_processes_are_reported),
		tree_test(users_of_added_heaps_are_unknown_without_debugfs),
		tree_test(unused_heaps_are_reported),
	};

	return cmocka_run_group_tests_name("unloading", tests, NULL, NULL);
}
