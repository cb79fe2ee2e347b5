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

static void test_names(void **state)
{
	struct dh_module module = { 0 };

	(void)state;
	assert_true(dh_module_from_name("sim", &module));
	assert_string_equal(module.name, "dmaheap_sim");
	assert_true(dh_module_from_name("dmaheap_debug", &module));
	assert_string_equal(module.alias, "debug");
	assert_false(dh_module_from_name("vgem", &module));
	assert_false(dh_module_from_name("", &module));
	assert_string_equal(dh_module_alias(0), "debug");
	assert_null(dh_module_alias(2));
}

static void expect_quote(const char *argument, int ret, const char *wanted)
{
	dh_auto(free) char *quoted = NULL;

	assert_int_equal(dh_module_parameter_quote(argument, &quoted), ret);
	if (wanted)
		assert_string_equal(quoted, wanted);
	else
		assert_null(quoted);
}

static void test_quotes(void **state)
{
	(void)state;
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

static void expect_hint(const char *hint, const char *wanted)
{
	assert_non_null(hint);
	if (!strstr(hint, wanted))
		fail_msg("'%s' is not in '%s'", wanted, hint);
}

static void test_load_hints(void **state)
{
	(void)state;
	expect_hint(dh_module_load_hint(-EPERM), "CAP_SYS_MODULE");
	expect_hint(dh_module_load_hint(-EKEYREJECTED), "signature");
	expect_hint(dh_module_load_hint(-ENOEXEC), "another kernel");
	expect_hint(dh_module_load_hint(-ENOENT), "symbol");
	expect_hint(dh_module_load_hint(-EINVAL), "parameters");
	expect_hint(dh_module_load_hint(-ECANCELED), "install");
	expect_hint(dh_module_load_hint(-ENOTRECOVERABLE), "damaged");
	assert_null(dh_module_load_hint(-ENOMEM));
}

static void test_unload_hints(void **state)
{
	struct dh_module module = { .alias = "sim", .kmod.state = DH_MODULE_LIVE };
	struct dh_maybe unknown = { 0 }, without = dh_known(0), with = dh_known(1);
	char out[DH_MODULE_HINT_MAX];

	(void)state;
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

static void test_heaps_of_sim(void **state)
{
	static const char heaps[] = "protected;a heap:carveout:1M;x,y:failing:after=2;z";

	(void)state;
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

static int note_open(void *data, const struct dh_open_node *node)
{
	char *text = data;

	sprintf(text + strlen(text), "%d %s %s %u%s;", (int)node->pid, node->process_name,
		node->heap, node->fds, node->removed ? " gone" : "");
	return 0;
}

/* Devices of memory stand in for nodes of heaps: their numbers are the same everywhere. */
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

static void test_opens(void **state)
{
	struct dh_open_nodes_unread unread;
	struct dh_heap *heap;
	char text[512] = "";

	(void)state;
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
	/* Without /proc/devices, which devices are heaps is unknown. */
	assert_int_equal(dh_open_nodes_each(&root, &inventory, note_open, text, &unread), -ENOENT);
	put("proc/devices", "Character devices:\n  5 tty\n");
	assert_int_equal(dh_open_nodes_each(&root, &inventory, note_open, text, &unread), 0);
	assert_string_equal(text, "");

	put("proc/devices", "Character devices:\n  1 dma_heap\n");
	assert_int_equal(dh_open_nodes_each(&root, &inventory, note_open, text, &unread), 0);
	assert_string_equal(text, "12  late 1 gone;7 seven system 1;7 seven a heap 1;");
	assert_int_equal(unread.processes, 0);
	assert_false(unread.hidden);

	put_node("proc/7/fd/5", "dev/dma_heap/again", "/dev/null");
	*text = '\0';
	assert_int_equal(dh_open_nodes_each(&root, &inventory, note_open, text, &unread), 0);
	assert_string_equal(text, "12  late 1 gone;7 seven system 2;7 seven a heap 1;");
}

static void test_kernel(void **state)
{
	struct dh_module_kernel kernel;

	(void)state;
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
}

static void test_kmod(void **state)
{
	struct dh_kmod found;
	char name[8192];
	int ret;

	(void)state;
	/* libkmod copies a name without looking at its length. */
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

/* A record at each read, as /dev/kmsg gives them. */
static void test_log(void **state)
{
	static const char *const records[] = {
		"6,1,100,-;plain; text\n SUBSYSTEM=x\n",
		"30,2,101,-,caller=T1;daemon\n",
		"broken",
		"3,3,102,-;no newline",
	};
	char all[256] = "";
	int pair[2];

	(void)state;
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
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_load_hints),
		cmocka_unit_test(test_unload_hints),
		cmocka_unit_test(test_heaps_of_sim),
		tree_test(test_opens),
		tree_test(test_kernel),
		cmocka_unit_test(test_kmod),
		cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
