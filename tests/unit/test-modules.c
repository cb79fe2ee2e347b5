// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/kmod.h"
#include "discover/kernel-log.h"
#include "discover/modules.h"
#include "discover/open-nodes.h"
#include "model/module.h"

TEST(modules_are_found_by_name_and_alias)
{
	struct dh_module module = { 0 };

	assert_true(dh_module_from_name("sim", &module));
	assert_string_equal(module.name, "dmaheap_sim");
	assert_true(dh_module_from_name("dmaheap_debug", &module));
	assert_string_equal(module.alias, "debug");
	assert_false(dh_module_from_name("vgem", &module));
	assert_false(dh_module_from_name("", &module));
	assert_string_equal(dh_module_alias(0), "debug");
	assert_string_equal(dh_module_alias(1), "client");
	assert_null(dh_module_alias(3));
}

static void expect_quote(const char *argument, int ret, const char *expected)
{
	dh_auto(free) char *quoted = NULL;

	assert_int_equal(dh_module_parameter_quote(argument, &quoted), ret);
	if (expected)
		assert_string_equal(quoted, expected);
	else
		assert_null(quoted);
}

TEST(parameters_are_quoted)
{
	expect_quote("heaps=a;b", 0, "heaps=a;b");
	expect_quote("heaps=", 0, "heaps=");
	expect_quote("a=b=c", 0, "a=b=c");
	expect_quote("a=b c", 0, "a=\"b c\"");
	expect_quote("a=\n", 0, "a=\"\n\"");
	expect_quote("a=\xc3\xa0", 0, "a=\"\xc3\xa0\"");
	expect_quote("a=\"b\"", -EILSEQ, NULL);
	expect_quote("heaps", -EINVAL, NULL);
	expect_quote("=x", -EINVAL, NULL);
	expect_quote("", -EINVAL, NULL);
	expect_quote("a b=c", -EINVAL, NULL);
	expect_quote("-a=c", -EINVAL, NULL);
	expect_quote("a.b=c", -EINVAL, NULL);
}

static void expect_hint(const char *hint, const char *expected)
{
	assert_non_null(hint);
	if (!strstr(hint, expected))
		fail_msg("'%s' is not in '%s'", expected, hint);
}

TEST(load_errors_have_hints)
{
	expect_hint(dh_module_load_hint(-EPERM), "CAP_SYS_MODULE");
	expect_hint(dh_module_load_hint(-EKEYREJECTED), "signature");
	expect_hint(dh_module_load_hint(-ENOEXEC), "another kernel");
	expect_hint(dh_module_load_hint(-ENOENT), "symbol");
	expect_hint(dh_module_load_hint(-EINVAL), "parameter");
	expect_hint(dh_module_load_hint(-ECANCELED), "install");
	expect_hint(dh_module_load_hint(-ENOTRECOVERABLE), "damaged");
	assert_null(dh_module_load_hint(-ENOMEM));
}

TEST(unload_errors_have_hints)
{
	struct dh_module module = { .alias = "sim", .kmod.state = DH_MODULE_LIVE };
	struct dh_maybe unknown = { 0 }, without = dh_known(0), with = dh_known(1);
	char out[DH_MODULE_HINT_MAX];

	expect_hint(dh_module_unload_hint(-EBUSY, &module, unknown, out), "being loaded");
	module.kmod.refs = dh_known(2);
	expect_hint(dh_module_unload_hint(-EAGAIN, &module, unknown, out),
		    "reference count 2: buffers");
	expect_hint(dh_module_unload_hint(-EAGAIN, &module, with, out),
		    "reference count 2: buffers");
	expect_hint(dh_module_unload_hint(-EAGAIN, &module, without, out), "dma_heap_remove");
	strcpy(module.kmod.holders, "a");
	expect_hint(dh_module_unload_hint(-EAGAIN, &module, without, out), "used by module a");
	strcpy(module.kmod.holders, "a,b");
	expect_hint(dh_module_unload_hint(-EAGAIN, &module, without, out), "used by modules a,b");
	module.alias = "debug";
	*module.kmod.holders = '\0';
	expect_hint(dh_module_unload_hint(-EAGAIN, &module, without, out), "open files");
	expect_hint(dh_module_unload_hint(-ENOSYS, &module, without, out), "MODULE_UNLOAD");
	expect_hint(dh_module_unload_hint(-EPERM, &module, without, out), "CAP_SYS_MODULE");
}

TEST(heaps_parameter_contains_whole_names)
{
	static const char heaps[] = "protected;a heap:carveout:1M;x,y:failing:after=2;z";

	assert_true(dh_sim_has_heap(heaps, "protected"));
	assert_true(dh_sim_has_heap(heaps, "a heap"));
	assert_true(dh_sim_has_heap(heaps, "x,y"));
	assert_true(dh_sim_has_heap(heaps, "z"));
	assert_false(dh_sim_has_heap(heaps, "a"));
	assert_false(dh_sim_has_heap(heaps, "carveout"));
	assert_false(dh_sim_has_heap(heaps, "protected;a heap"));
	assert_false(dh_sim_has_heap(heaps, ""));
	assert_false(dh_sim_has_heap("", "x"));
	assert_false(dh_sim_has_heap(";;", ""));
}

static void note_open(void *data, const struct dh_open_node *node)
{
	char *text = data;

	sprintf(text + strlen(text), "%d %s %s%s;", (int)node->pid, node->process_name, node->heap,
		node->removed ? " gone" : "");
}

/*
 * Makes `fd` a symlink to `path`, which is a symlink to `device`. If `path` is empty, `fd` is a
 * symlink to `device`. The tests use devices of mem(4) as heap nodes, because these devices have
 * fixed numbers.
 */
static void put_node(const char *fd, const char *path, const char *device)
{
	char target[PATH_MAX + 64];

	if (!*path) {
		put_link(fd, device);
		return;
	}
	put_link(path, device);
	snprintf(target, sizeof(target), "%s/%s", tree, path);
	put_link(fd, target);
}

TEST(open_nodes_are_identified_by_device_number)
{
	struct dh_open_nodes_unread unread;
	struct dh_heap *heap;
	char text[512] = "";

	put("proc/7/comm", "seven\n");
	put_node("proc/7/fd/3", "dev/dma_heap/system", "/dev/null");
	put_node("proc/7/fd/4", "dev/dma_heap/a heap", "/dev/zero");
	put_link("proc/7/fd/8", "socket:[1]");
	put_node("proc/7/fd/6", "tmp/dma_heap.d/system", "/dev/null");
	put_node("proc/7/fd/9", "", "/dev/null");
	put_node("proc/7/fd/91", "dev/dma_heap/tty", "/dev/tty");
	put("proc/1/comm", "one\n");
	put_folder("proc/1/fd");
	put_node("proc/12/fd/0", "srv/dev/dma_heap/late (deleted)", "/dev/full");
	put("proc/13/comm", "none\n");
	put_node("proc/self/fd/3", "self/dma_heap/system", "/dev/null");
	reopen();
	heap = dh_inventory_add_heap(&inventory, "system");
	heap->has_dev = true;
	heap->dev = makedev(1, 3);
	heap = dh_inventory_add_heap(&inventory, "a heap");
	heap->has_dev = true;
	heap->dev = makedev(1, 5);
	/* Without /proc/devices, the major number of heaps is unknown. */
	assert_int_equal(dh_open_nodes_each(&root, &inventory, note_open, text, &unread), -ENOENT);
	put("proc/devices", "Character devices:\n  5 tty\n");
	assert_int_equal(dh_open_nodes_each(&root, &inventory, note_open, text, &unread), 0);
	assert_string_equal(text, "");

	put("proc/devices", "Character devices:\n  1 dma_heap\n");
	assert_int_equal(dh_open_nodes_each(&root, &inventory, note_open, text, &unread), 0);
	assert_string_equal(text, "7 seven system;7 seven a heap;12  late gone;");
	assert_int_equal(unread.processes, 0);
	assert_false(unread.hidden);

	put_node("proc/7/fd/5", "dev/dma_heap/again", "/dev/null");
	*text = '\0';
	assert_int_equal(dh_open_nodes_each(&root, &inventory, note_open, text, &unread), 0);
	assert_string_equal(text, "7 seven system;7 seven a heap;12  late gone;");
}

TEST(accessors_are_read_from_kallsyms)
{
	struct dh_module_kernel kernel;

	put("proc/sys/kernel/osrelease", "6.12.1\n");
	reopen();
	assert_int_equal(dh_accessors_read(&root, &kernel), -ENOENT);
	assert_string_equal(kernel.release, "6.12.1");
	assert_false(kernel.accessors[DH_ACCESSOR_FIND].known);

	put("proc/kallsyms", "");
	assert_int_equal(dh_accessors_read(&root, &kernel), -ENODATA);
	assert_false(kernel.accessors[DH_ACCESSOR_FIND].known);

	put("proc/kallsyms", "0 T dma_heap_finder\n0 T xdma_heap_find\n0 t dma_heap_put\t[m]\n"
			     "0 T dma_heap_find_by_name");
	assert_int_equal(dh_accessors_read(&root, &kernel), 0);
	expect_known(kernel.accessors[DH_ACCESSOR_FIND], 0);
	expect_known(kernel.accessors[DH_ACCESSOR_FIND_BY_NAME], 1);
	expect_known(kernel.accessors[DH_ACCESSOR_PUT], 1);
	expect_known(kernel.accessors[DH_ACCESSOR_ADD], 0);

	put("proc/kallsyms", "0 T __dma_heap_add\t[m]\n0 t __dma_heap_put\n");
	assert_int_equal(dh_accessors_read(&root, &kernel), 0);
	expect_known(kernel.accessors[DH_ACCESSOR_ADD], 1);
	expect_known(kernel.accessors[DH_ACCESSOR_PUT], 0);
}

TEST(invalid_module_names_are_rejected)
{
	struct dh_kmod found;
	char name[8192];
	int ret;

	/* libkmod does not check the length of a name, so dh_kmod_find() rejects long names. */
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(dh_kmod_find(name, NULL, &found), -EINVAL);
	assert_int_equal(found.state, DH_MODULE_UNKNOWN);
	assert_int_equal(dh_kmod_find("", NULL, &found), -EINVAL);
	assert_int_equal(dh_kmod_find("../vgem", NULL, &found), -EINVAL);
	assert_int_equal(dh_kmod_find("vg em", NULL, &found), -EINVAL);
	name[DH_MODULE_NAME_MAX + 1] = '\0';
	assert_int_equal(dh_kmod_unload(name, NULL), -EINVAL);

	ret = dh_kmod_find("no_such_module_anywhere", NULL, &found);
	if (ret == -ELIBACC) {
		assert_int_equal(found.state, DH_MODULE_UNKNOWN);
		return;
	}
	assert_int_equal(ret, 0);
	assert_true(found.state == DH_MODULE_ABSENT || found.state == DH_MODULE_UNKNOWN);
	assert_false(found.refs.known);
	assert_string_equal(found.file, "");
}

static void note_message(void *data, int severity, const char *message)
{
	char *all = data;

	sprintf(strchr(all, '\0'), "%d:%s|", severity, message);
}

/* Each read() of the socket returns one record, as with /dev/kmsg. */
TEST(kernel_log_records_are_parsed)
{
	static const char *const records[] = {
		"6,1,100,-;plain; text\n SUBSYSTEM=x\n",
		"30,2,101,-,caller=T1;daemon\n",
		"broken",
		"3,3,102,-;no newline",
	};
	char all[256] = "";
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	for (size_t i = 0; i < ARRAY_SIZE(records); i++)
		assert_int_equal(write(pair[0], records[i], strlen(records[i])),
				 strlen(records[i]));
	assert_int_equal(dh_kernel_log_each(pair[1], note_message, all), 0);
	assert_string_equal(all, "6:plain; text|6:daemon|3:no newline|");
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modules_are_found_by_name_and_alias),
		cmocka_unit_test(parameters_are_quoted),
		cmocka_unit_test(load_errors_have_hints),
		cmocka_unit_test(unload_errors_have_hints),
		cmocka_unit_test(heaps_parameter_contains_whole_names),
		tree_test(open_nodes_are_identified_by_device_number),
		tree_test(accessors_are_read_from_kallsyms),
		cmocka_unit_test(invalid_module_names_are_rejected),
		cmocka_unit_test(kernel_log_records_are_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
