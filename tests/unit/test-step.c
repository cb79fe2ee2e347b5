// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dmaheap_debug.h"

#include "action/client.h"
#include "action/debug.h"
#include "base/auto.h"
#include "model/step.h"

/* Parses `text` as the module's answer to a step of `kind`. Returns 0 or -errno. */
static int answer(enum dh_step_kind kind, const char *text, struct dh_step *step)
{
	dh_auto(free) char *copy = strdup(text);

	*step = (struct dh_step){ .kind = kind };
	assert_non_null(copy);
	return dh_client_parse_step(copy, step);
}

TEST(answers_of_the_module_are_parsed)
{
	struct dh_step step;

	assert_int_equal(answer(DH_STEP_FIND, "ok command=find\n", &step), 0);
	assert_int_equal(step.verdict, DH_OK);

	assert_int_equal(answer(DH_STEP_FIND, "error command=find errno=2\n", &step), 0);
	assert_int_equal(step.verdict, DH_FAILED);
	assert_int_equal(step.error, ENOENT);

	assert_int_equal(
		answer(DH_STEP_PUT, "unsupported command=put symbol=dma_heap_put\n", &step), 0);
	assert_int_equal(step.verdict, DH_UNSUPPORTED);
	assert_string_equal(step.symbol, "dma_heap_put");

	assert_int_equal(answer(DH_STEP_ALLOC, "ok command=alloc size=65536\n", &step), 0);
	assert_true(step.size.known);
	assert_int_equal(step.size.value, 65536);
	/* The parser ignores keys that a later version of the module may add. */
	assert_int_equal(answer(DH_STEP_ALLOC, "ok command=alloc size=4096 later=x\n", &step), 0);
	assert_int_equal(step.size.value, 4096);

	assert_int_equal(answer(DH_STEP_VMAP, "ok command=vmap iomem=no\n", &step), 0);
	assert_true(step.iomem.known);
	assert_int_equal(step.iomem.value, 0);

	assert_int_equal(answer(DH_STEP_MAP,
				"ok command=map segments=3 bytes=65536 largest=32768 contiguous=no "
				"lowest=0x4a00000 highest=0x4a5ffff below_4g=yes size=4096 "
				"later=1\n",
				&step),
			 0);
	assert_int_equal(step.layout.segments.value, 3);
	assert_int_equal(step.layout.highest.value, 0x4a5ffff);
	assert_true(step.layout.contiguous.known);
	assert_int_equal(step.layout.contiguous.value, 0);
	assert_true(step.layout.below_4g.known);
	assert_int_equal(step.layout.below_4g.value, 1);
	/* A size in the answer to "map" is the size of the layout, not that of the step. */
	assert_int_equal(step.layout.size.value, 4096);
	assert_false(step.size.known);
}

/* Parses `text` as the module's answer to inspect. Returns 0 or -errno. */
static int inspection(const char *text, struct dh_inspection *found)
{
	dh_auto(free) char *copy = strdup(text);

	*found = (struct dh_inspection){ 0 };
	assert_non_null(copy);
	return dh_client_parse_inspection(copy, found);
}

TEST(inspections_are_parsed)
{
	struct dh_inspection found;

	assert_int_equal(inspection("inspect exporter=my\\x20heap size=8192 ino=7 segments=- "
				    "contiguous=- below_4g=no\n",
				    &found),
			 0);
	assert_string_equal(found.exporter, "my heap");
	assert_int_equal(found.size.value, 8192);
	assert_int_equal(found.inode.value, 7);
	assert_false(found.segments.known);
	assert_false(found.contiguous.known);
	assert_true(found.below_4g.known);
	assert_int_equal(found.below_4g.value, 0);

	assert_int_equal(inspection("inspect exporter=my\\x2\n", &found), -EBADMSG);
	assert_int_equal(inspection("inspect below_4g=maybe\n", &found), -EBADMSG);
	assert_int_equal(inspection("inspection size=8192\n", &found), -EBADMSG);
}

TEST(recorded_tree_is_read_only)
{
	const struct dh_root recorded = { .sys = -1, .proc = -1, .dev = -1, .etc = -1 };

	assert_int_equal(dh_debug_reset(&recorded, NULL), -EROFS);
	assert_int_equal(dh_client_open(&recorded, DMAHEAP_CLIENT_CLIENT_FILE), -EROFS);
}

TEST(other_major_versions_of_the_module_are_rejected)
{
	const char *const folder = "sys/kernel/debug/dmaheap_client/";
	char version[64], client[64];
	int fd;

	snprintf(version, sizeof(version), "%sversion", folder);
	snprintf(client, sizeof(client), "%sclient", folder);
	put(client, "");
	put(version, "version major=2 minor=0 module=9.9\n");
	root.live = true;
	assert_int_equal(dh_client_open(&root, DMAHEAP_CLIENT_INSPECT_FILE), -EPROTO);
	put(version, "version\n");
	assert_int_equal(dh_client_open(&root, DMAHEAP_CLIENT_CLIENT_FILE), -EBADMSG);
	put(version, "version major=1 minor=7 module=9.9\n");
	fd = dh_client_open(&root, DMAHEAP_CLIENT_CLIENT_FILE);
	assert_true(fd >= 0);
	close(fd);
}

TEST(malformed_answers_are_rejected)
{
	static const char *const texts[] = {
		"",
		"\n",
		"ok command=find",
		"ok command=put\n",
		"maybe command=find\n",
		"ok command=find\nok command=find\n",
		"error command=find\n",
		"error command=find errno=0\n",
		"error command=find errno=-2\n",
		"error command=find errno=99999999999\n",
		"unsupported command=find\n",
		"unsupported command=find symbol=\\x0\n",
		"ok  command=find\n",
		"ok command\n",
	};
	struct dh_step step;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (answer(DH_STEP_FIND, texts[i], &step) != -EBADMSG)
			fail_msg("accepted: '%s'", texts[i]);
	assert_int_equal(answer(DH_STEP_ALLOC, "ok command=alloc size=x\n", &step), -EBADMSG);
	assert_int_equal(answer(DH_STEP_VMAP, "ok command=vmap iomem=7\n", &step), -EBADMSG);
}

/*
 * Plans the steps and sets the verdict of each step that is due. Step `refused` fails; if `refused`
 * is negative, no step fails. Asserts the result of dh_steps_failure(). Returns one letter for each
 * step that was due.
 */
static const char *steps_run(bool buffer, bool device, bool vmap, int refused)
{
	static char letters[DH_STEPS + 1];
	struct dh_step steps[DH_STEPS];
	size_t n = 0;

	dh_steps_plan(buffer, device, vmap, steps);
	for (int i = 0; i < DH_STEPS; i++) {
		if (!dh_step_due(steps, i))
			continue;
		steps[i].verdict = i == refused ? DH_FAILED : DH_OK;
		letters[n++] = "famvwWMAFp"[i];
	}
	letters[n] = '\0';
	if (refused < 0 || refused == DH_STEP_VMAP)
		assert_null(dh_steps_failure(steps));
	else
		assert_ptr_equal(dh_steps_failure(steps), &steps[refused]);
	return letters;
}

TEST(steps_run_in_the_order_of_a_driver)
{
	assert_string_equal(steps_run(true, true, true, -1), "famvwWMAFp");
	assert_string_equal(steps_run(true, true, false, -1), "famvMAFp");
	assert_string_equal(steps_run(true, false, false, -1), "faFp");
	assert_string_equal(steps_run(true, false, true, -1), "fawWFp");
	assert_string_equal(steps_run(false, false, false, -1), "fp");
}

TEST(clean_up_follows_a_failed_step)
{
	assert_string_equal(steps_run(true, true, true, DH_STEP_FIND), "f");
	assert_string_equal(steps_run(true, true, true, DH_STEP_ALLOC), "fap");
	assert_string_equal(steps_run(true, true, true, DH_STEP_ATTACH), "famFp");
	assert_string_equal(steps_run(true, true, true, DH_STEP_MAP), "famvAFp");
	/* If vmap fails, all steps except vunmap run. */
	assert_string_equal(steps_run(true, true, true, DH_STEP_VMAP), "famvwMAFp");
	/* If a clean-up step fails, the clean-up steps after it run, too. */
	assert_string_equal(steps_run(true, true, false, DH_STEP_UNMAP), "famvMAFp");
}

TEST(steps_have_details)
{
	struct dh_step step = { .kind = DH_STEP_ALLOC,
				.verdict = DH_OK,
				.size = dh_known(4 << 20) };

	dh_step_explain(&step);
	assert_string_equal(step.detail, "4 MiB");

	step = (struct dh_step){ .kind = DH_STEP_VMAP, .verdict = DH_FAILED, .error = EINVAL };
	dh_step_explain(&step);
	assert_string_equal(step.detail, "the exporter does not allow kernel mappings");
	step.error = ENOTTY;
	dh_step_explain(&step);
	assert_string_equal(step.detail, "");

	step = (struct dh_step){ .kind = DH_STEP_FIND,
				 .verdict = DH_UNSUPPORTED,
				 .symbol = "dma_heap_find" };
	dh_step_explain(&step);
	assert_string_equal(step.detail, "the kernel does not export dma_heap_find()");

	/* The longest possible detail fits into its field. */
	step = (struct dh_step){
		.kind = DH_STEP_MAP,
		.verdict = DH_OK,
		.layout = { .segments = dh_known(UINT64_MAX),
			    .lowest = dh_known(UINT64_MAX),
			    .highest = dh_known(UINT64_MAX),
			    .largest = dh_known(UINT64_MAX),
			    .contiguous = dh_known(0),
			    .below_4g = dh_known(0) },
	};
	dh_step_explain(&step);
	assert_non_null(strstr(step.detail, "18446744073709551615 segments, "));
	assert_true(strlen(step.detail) < sizeof(step.detail) - 1);

	/* The detail omits the largest segment if it is the only one, or if its size is unknown. */
	step.layout.segments = dh_known(1);
	dh_step_explain(&step);
	assert_null(strstr(step.detail, "largest"));
	step.layout.segments = dh_known(2);
	step.layout.largest = (struct dh_maybe){ 0 };
	dh_step_explain(&step);
	assert_non_null(strstr(step.detail, "2 segments, "));
	assert_null(strstr(step.detail, "largest"));
}

TEST(steps_have_names)
{
	for (int i = 0; i < DH_STEPS; i++)
		assert_non_null(dh_step_name(i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_of_the_module_are_parsed),
		cmocka_unit_test(malformed_answers_are_rejected),
		cmocka_unit_test(inspections_are_parsed),
		cmocka_unit_test(recorded_tree_is_read_only),
		tree_test(other_major_versions_of_the_module_are_rejected),
		cmocka_unit_test(steps_run_in_the_order_of_a_driver),
		cmocka_unit_test(clean_up_follows_a_failed_step),
		cmocka_unit_test(steps_have_details),
		cmocka_unit_test(steps_have_names),
	};

	return cmocka_run_group_tests_name("step", tests, NULL, NULL);
}
