// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "discover/kernel.h"
#include "discover/loaded.h"
#include "discover/opens.h"
#include "model/module.h"

static void test_names(void **state)
{
	struct dh_module module = { 0 };

	(void)state;
	assert_true(dh_module_named("sim", &module));
	assert_string_equal(module.name, "dmaheap_sim");
	assert_true(dh_module_named("dmaheap_debug", &module));
	assert_string_equal(module.alias, "debug");
	assert_false(dh_module_named("vgem", &module));
	assert_false(dh_module_named("", &module));
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

static void test_values(void **state)
{
	(void)state;
	assert_true(dh_module_value_same("int", "64", "0x40"));
	assert_false(dh_module_value_same("int", "64", "65"));
	assert_false(dh_module_value_same("int", "-1", "1"));
	assert_true(dh_module_value_same("bool", "Y", "1"));
	assert_true(dh_module_value_same("bool", "N", "off"));
	assert_false(dh_module_value_same("bool", "Y", "off"));
	assert_false(dh_module_value_same("bool", "Y", ""));
	assert_false(dh_module_value_same("charp", "64", "0x40"));
	assert_true(dh_module_value_same(NULL, "a", "a"));
	assert_false(dh_module_value_same(NULL, "a", "b"));
}

static void test_vermagic(void **state)
{
	struct dh_module_kernel kernel = { .release = "6.12.1" };

	(void)state;
	assert_true(dh_vermagic_fits("6.12.1 SMP", &kernel));
	assert_false(dh_vermagic_fits("6.12.10 SMP", &kernel));
	assert_false(dh_vermagic_fits("6.12 SMP", &kernel));
	assert_true(dh_vermagic_fits("6.12.2 SMP modversions", &kernel));

	kernel.vermagic = strdup("6.12.1 SMP modversions");
	assert_true(dh_vermagic_fits("6.12.2 SMP modversions", &kernel));
	assert_false(dh_vermagic_fits("6.12.1 SMP preempt modversions", &kernel));
	assert_false(dh_vermagic_fits("6.12.1 SMP", &kernel));
	dh_module_kernel_clear(&kernel);
	assert_null(kernel.vermagic);
}

static void expect_reason(char *reason, const char *wanted)
{
	if (!wanted) {
		assert_null(reason);
		return;
	}
	assert_non_null(reason);
	if (!strstr(reason, wanted))
		fail_msg("'%s' is not in '%s'", wanted, reason);
	free(reason);
}

static void test_load_reasons(void **state)
{
	struct dh_module module = { .name = "dmaheap_sim", .state = DH_MODULE_LOADABLE };
	struct dh_module_kernel kernel = { .release = "6.12.1" };

	(void)state;
	expect_reason(dh_module_load_reason(-EPERM, &module, &kernel), "security policy");
	kernel.privileged = dh_known(0);
	expect_reason(dh_module_load_reason(-EPERM, &module, &kernel), "CAP_SYS_MODULE");
	kernel.privileged = dh_known(1);
	strcpy(kernel.lockdown, "integrity");
	expect_reason(dh_module_load_reason(-EPERM, &module, &kernel), "key of the signature");
	module.is_signed = dh_known(0);
	expect_reason(dh_module_load_reason(-EPERM, &module, &kernel), "not signed");
	expect_reason(dh_module_load_reason(-EKEYREJECTED, &module, &kernel), "not signed");
	kernel.modules_disabled = dh_known(1);
	expect_reason(dh_module_load_reason(-EPERM, &module, &kernel), "modules_disabled");
	module.is_signed = dh_known(1);
	expect_reason(dh_module_load_reason(-ENOKEY, &module, &kernel), "does not accept");
	expect_reason(dh_module_load_reason(-ENOEXEC, &module, &kernel), "no module of this");
	module.vermagic = (char *)"5.10.0 SMP";
	expect_reason(dh_module_load_reason(-ENOEXEC, &module, &kernel),
		      "'5.10.0 SMP', that of the running one '6.12.1'");
	module.vermagic = (char *)"6.12.1 SMP";
	expect_reason(dh_module_load_reason(-ENOEXEC, &module, &kernel), "damaged");
	expect_reason(dh_module_load_reason(-ENOENT, &module, &kernel), "symbol");
	expect_reason(dh_module_load_reason(-EINVAL, &module, &kernel), "parameters");
	expect_reason(dh_module_load_reason(-ECANCELED, &module, &kernel), "install");
	expect_reason(dh_module_load_reason(-ENOMEM, &module, &kernel), NULL);
}

static void test_unload_reasons(void **state)
{
	struct dh_module module = { .alias = "sim", .state = DH_MODULE_LIVE };
	struct dh_module_kernel kernel = { 0 };

	(void)state;
	expect_reason(dh_module_unload_reason(-EBUSY, &module, &kernel), "just being");
	module.refs = dh_known(2);
	expect_reason(dh_module_unload_reason(-EAGAIN, &module, &kernel), "in use by 2: buffers");
	kernel.accessors[DH_ACCESSOR_REMOVE] = dh_known(0);
	expect_reason(dh_module_unload_reason(-EAGAIN, &module, &kernel), "dma_heap_remove");
	module.holders = (char *)"a";
	expect_reason(dh_module_unload_reason(-EAGAIN, &module, &kernel), "by the module a");
	module.holders = (char *)"a,b";
	expect_reason(dh_module_unload_reason(-EAGAIN, &module, &kernel), "by the modules a,b");
	module.alias = "debug";
	module.holders = (char *)"";
	expect_reason(dh_module_unload_reason(-EAGAIN, &module, &kernel), "files of it");
	expect_reason(dh_module_unload_reason(-ENOSYS, &module, &kernel), "MODULE_UNLOAD");
	expect_reason(dh_module_unload_reason(-EPERM, &module, &kernel), "security policy");
}

static void test_heaps_of_sim(void **state)
{
	static const char heaps[] = "protected;a heap:carveout:1M;x,y:failing:after=2;z";

	(void)state;
	assert_true(dh_module_sim_has(heaps, "protected"));
	assert_true(dh_module_sim_has(heaps, "a heap"));
	assert_true(dh_module_sim_has(heaps, "x,y"));
	assert_true(dh_module_sim_has(heaps, "z"));
	assert_false(dh_module_sim_has(heaps, "a"));
	assert_false(dh_module_sim_has(heaps, "carveout"));
	assert_false(dh_module_sim_has(heaps, "protected;a heap"));
	assert_false(dh_module_sim_has(heaps, ""));
	assert_false(dh_module_sim_has("", "x"));
	assert_false(dh_module_sim_has(";;", ""));
}

static int note_open(void *data, const struct dh_open_node *node)
{
	char *text = data;

	sprintf(text + strlen(text), "%d %s %s %u;", (int)node->pid, node->process, node->heap,
		node->fds);
	return 0;
}

static void test_opens(void **state)
{
	char text[512] = "";

	(void)state;
	put("proc/7/comm", "seven\n");
	put_link("proc/7/fd/3", "/dev/dma_heap/system");
	put_link("proc/7/fd/4", "/dev/dma_heap/a heap");
	put_link("proc/7/fd/5", "/dev/dma_heap/system");
	put_link("proc/7/fd/6", "/tmp/dma_heap.d/system");
	put_link("proc/7/fd/7", "dma_heap/x");
	put_link("proc/7/fd/8", "socket:[1]");
	put_link("proc/12/fd/0", "/srv/container/dev/dma_heap/linux,cma");
	put("proc/13/comm", "none\n");
	put_link("proc/self/fd/3", "/dev/dma_heap/system");
	reopen();
	assert_int_equal(dh_opens_each(&root, note_open, text), 0);
	assert_string_equal(text, "12  linux,cma 1;7 seven system 2;7 seven a heap 1;");
}

struct sight {
	const char *heap;
	bool gone;
	size_t n;
};

static int count_own(void *data, const struct dh_open_node *node)
{
	struct sight *sight = data;

	sight->n += node->pid == getpid() && node->gone == sight->gone &&
		    !strcmp(node->heap, sight->heap);
	return 0;
}

/* In this very process, since the kernel's own links tell that a file is gone. */
static void test_opens_of_what_is_gone(void **state)
{
	struct sight gone = { .heap = "late", .gone = true };
	struct sight named = { .heap = "late (deleted)" };
	dh_auto(root) struct dh_root live = { -1, -1, -1, -1, .live = true };
	dh_auto(fd) int late = -1;
	dh_auto(fd) int odd = -1;
	char path[600];

	(void)state;
	assert_int_equal(dh_root_open(&live, NULL, NULL), 0);
	put("dma_heap/late", "");
	put("dma_heap/late (deleted)", "");
	snprintf(path, sizeof(path), "%s/dma_heap/late (deleted)", tree);
	odd = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s/dma_heap/late", tree);
	late = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(odd >= 0 && late >= 0);
	assert_int_equal(unlink(path), 0);

	assert_int_equal(dh_opens_each(&live, count_own, &gone), 0);
	assert_int_equal(gone.n, 1);
	assert_int_equal(dh_opens_each(&live, count_own, &named), 0);
	assert_int_equal(named.n, 1);
}

static void test_loaded(void **state)
{
	dh_auto(module) struct dh_module module = { 0 };

	(void)state;
	dh_module_named("sim", &module);
	put_folder("sys/module");
	reopen();
	assert_int_equal(dh_loaded_read(&root, &module), 0);
	assert_int_equal(module.state, DH_MODULE_UNKNOWN);

	put("sys/module/dmaheap_sim/initstate", "coming\n");
	put("sys/module/dmaheap_sim/parameters/heaps", "a b\n");
	put("sys/module/dmaheap_sim/parameters/n", "3\n");
	put("sys/module/dmaheap_sim/refcnt", "two\n");
	put("sys/module/dmaheap_sim/holders/x/y", "");
	reopen();
	assert_int_equal(dh_loaded_read(&root, &module), 0);
	assert_int_equal(module.state, DH_MODULE_LIVE);
	assert_false(module.refs.known);
	assert_null(module.taint);
	assert_string_equal(module.holders, "x");
	assert_string_equal(module.values, "heaps=\"a b\" n=3");
	assert_string_equal(dh_module_parameter(&module, "n")->value, "3");
	assert_null(dh_module_parameter(&module, "nn"));
}

static void test_kernel(void **state)
{
	dh_auto(module_kernel) struct dh_module_kernel kernel = { 0 };

	(void)state;
	put("proc/sys/kernel/osrelease", "../../etc\n");
	reopen();
	dh_kernel_read(&root, tree, &kernel);
	assert_string_equal(kernel.release, "");
	assert_false(kernel.folder_seen);
	expect_known(kernel.modules, 0);
	assert_false(kernel.modules_disabled.known);
	assert_false(kernel.sig_enforce.known);
	assert_false(kernel.privileged.known);
	assert_string_equal(kernel.lockdown, "");

	put("sys/kernel/security/lockdown", "none [confidentiality\n");
	put("proc/kallsyms", "0 T dma_heap_finder\n0 T xdma_heap_find\n0 t dma_heap_put\t[m]\n"
			     "0 T dma_heap_find_by_name");
	reopen();
	dh_kernel_read(&root, tree, &kernel);
	assert_string_equal(kernel.lockdown, "");
	assert_int_equal(dh_kernel_accessors_read(&root, &kernel), 0);
	expect_known(kernel.accessors[DH_ACCESSOR_FIND], 0);
	expect_known(kernel.accessors[DH_ACCESSOR_FIND_BY_NAME], 1);
	expect_known(kernel.accessors[DH_ACCESSOR_PUT], 1);
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
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_vermagic),
		cmocka_unit_test(test_load_reasons),
		cmocka_unit_test(test_unload_reasons),
		cmocka_unit_test(test_heaps_of_sim),
		tree_test(test_opens),
		tree_test(test_opens_of_what_is_gone),
		tree_test(test_loaded),
		tree_test(test_kernel),
		cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
