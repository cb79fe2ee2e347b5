// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "discover/bufinfo.h"

#define HEADING \
	"\nDma-buf Objects:\nsize    \tflags   \tmode    \tcount   \texp_name\tino     \tname\n"
#define ROW(ino, name) "00004096\t00000002\t00080007\t00000002\tsystem\t0000000" ino "\t" name "\n"
#define NO_DEVICES     "\tAttached Devices:\nTotal 0 devices attached\n\n"

static struct dh_listed_buffer entries[8];
static size_t n_entries;

static int keep(void *data, const struct dh_listed_buffer *entry)
{
	(void)data;
	entries[n_entries++] = *entry;
	return 0;
}

static int bufinfo(const char *text)
{
	n_entries = 0;
	put("sys/kernel/debug/dma_buf/bufinfo", text);
	return dh_bufinfo_read(&root, keep, NULL);
}

TEST(bufinfo_lists_buffers_and_their_devices)
{
	assert_int_equal(dh_bufinfo_read(&root, keep, NULL), -ENOENT);
	assert_int_equal(bufinfo(HEADING "\nTotal 0 objects, 0 bytes\n"), 0);
	assert_int_equal(n_entries, 0);

	assert_int_equal(
		bufinfo(HEADING ROW("7", "label") "\tkernel fence: drm vkms signalled\n"
						  "\tAttached Devices:\n\tvgem\n\tvgem\n\tcard0\n"
						  "Total 3 devices attached\n\n" ROW("8", "<none>")
							  NO_DEVICES
			"\nTotal 2 objects, 8192 bytes\n"),
		0);
	assert_int_equal(n_entries, 2);
	expect_known(entries[0].inode, 7);
	assert_int_equal(entries[0].size, 4096);
	expect_known(entries[0].references, 2);
	assert_string_equal(entries[0].exporter, "system");
	assert_string_equal(entries[0].name, "label");
	assert_string_equal(entries[0].devices, "vgem,card0");
	expect_known(entries[0].attachments, 3);
	assert_string_equal(entries[1].name, "");
	assert_string_equal(entries[1].devices, "");
	expect_known(entries[1].attachments, 0);
}

/* Asserts that tests/fuzz/corpus/bufinfo/`name` lists `n` buffers with a total size of `bytes`. */
static void read_recorded(const char *name, size_t n, uint64_t bytes)
{
	const char *top = getenv("top_srcdir");
	static char text[4096];
	char path[PATH_MAX];
	uint64_t sum = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/bufinfo/%s", top ? top : ".", name);
	file = fopen(path, "r");
	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	assert_int_equal(bufinfo(text), 0);
	assert_int_equal(n_entries, n);
	for (size_t i = 0; i < n; i++)
		sum += entries[i].size;
	assert_int_equal(sum, bytes);
}

TEST(bufinfo_reads_lists_of_old_and_vendor_kernels)
{
	/* Linux 5.10 prints no heading for the names, and no "<none>" for a missing name. */
	assert_int_equal(
		bufinfo("\nDma-buf Objects:\nsize    \tflags   \tmode    \tcount   \texp_name\t"
			"ino     \n" ROW("7", "") NO_DEVICES ROW("8", "x") NO_DEVICES
			"\nTotal 2 objects, 8192 bytes\n"),
		0);
	assert_int_equal(n_entries, 2);
	assert_string_equal(entries[0].name, "");
	assert_string_equal(entries[1].name, "x");

	read_recorded("5.10", 1, 4096);
	read_recorded("6.12", 2, 12288);
	read_recorded("5.19-radeon", 2, 12140544);
	assert_string_equal(entries[0].exporter, "drm");
	expect_known(entries[0].inode, 110);
	expect_known(entries[0].attachments, 0);
	expect_known(entries[1].inode, 106);
	assert_string_equal(entries[1].name, "");

	/* Linux 4.19 prints neither inode numbers nor names. */
	read_recorded("4.19", 1, 4096);
	assert_false(entries[0].inode.known);
	read_recorded("4.19-fences", 2, 8359936);
	assert_false(entries[0].inode.known);
	assert_string_equal(entries[0].exporter, "drm");
	assert_string_equal(entries[0].devices, "ff900000.vop");
	assert_string_equal(entries[1].exporter, "linux,cma");
	assert_string_equal(entries[1].name, "");

	/* Rockchip's kernel pads the name of the exporter with blanks, which the parser removes. */
	read_recorded("4.19-rockchip", 2, 3137536);
	assert_string_equal(entries[0].exporter, "rockchipdrm");
	expect_known(entries[0].inode, 2341);
	expect_known(entries[0].attachments, 2);
	assert_string_equal(entries[1].exporter, "linux,cma");
	assert_string_equal(entries[1].name, "camera");
}

TEST(bufinfo_keeps_the_blanks_of_an_exporter)
{
	assert_int_equal(bufinfo(HEADING "00004096\t00000002\t00080007\t00000002\t blanks \t"
					 "00000007\tx\n" NO_DEVICES
					 "\nTotal 1 objects, 4096 bytes\n"),
			 0);
	assert_int_equal(n_entries, 1);
	assert_string_equal(entries[0].exporter, " blanks ");
}

TEST(bufinfo_ignores_entries_that_the_kernel_skipped)
{
	assert_int_equal(bufinfo(HEADING "\tERROR locking buffer object: skipping\n" ROW("7", "x")
					 NO_DEVICES "\tERROR locking buffer object: skipping\n"
						    "\nTotal 1 objects, 4096 bytes\n"),
			 0);
	assert_int_equal(n_entries, 1);
	expect_known(entries[0].attachments, 0);
}

TEST(bufinfo_names_cannot_forge_entries)
{
	assert_int_equal(bufinfo(HEADING ROW("7", "x\nTotal 0 objects, 0 bytes") NO_DEVICES
				 "\nTotal 1 objects, 4096 bytes\n"),
			 0);
	assert_int_equal(n_entries, 1);
	expect_known(entries[0].attachments, 0);

	assert_int_equal(bufinfo(HEADING ROW("7", "a\n\tAttached Devices:\n\tevil") NO_DEVICES
				 "\nTotal 1 objects, 4096 bytes\n"),
			 0);
	assert_string_equal(entries[0].devices, "");
	expect_known(entries[0].attachments, 0);

	assert_int_equal(bufinfo(HEADING ROW("7", "a\nTotal 1 devices attached\n\tb") NO_DEVICES
				 "\nTotal 1 objects, 4096 bytes\n"),
			 0);
	expect_known(entries[0].attachments, 0);

	/* A line of a name can resemble a row, but only a row pads each number to 8 digits. */
	assert_int_equal(bufinfo(HEADING ROW("7", "\n1\t2\t3\t4\te\t9\tx") ROW("8", "two\nlines")
					 NO_DEVICES "\nTotal 2 objects, 8192 bytes\n"),
			 0);
	assert_int_equal(n_entries, 2);
	assert_string_equal(entries[0].name, "\n1\t2\t3\t4\te\t9\tx");
	assert_false(entries[0].attachments.known);
	assert_string_equal(entries[1].name, "two\nlines");
}

TEST(bufinfo_rejects_malformed_text)
{
	assert_int_equal(bufinfo(""), -EBADMSG);
	assert_int_equal(bufinfo("hello\n"), -EBADMSG);
	assert_int_equal(bufinfo(HEADING), -EBADMSG);
	assert_int_equal(bufinfo(HEADING "\nTotal 1 objects, 4096 bytes\n"), -EBADMSG);
	assert_int_equal(bufinfo(HEADING
				 "0000409x\t00000002\t00080007\t00000002\tsystem\t00000007\t\n"
				 "\nTotal 1 objects, 4096 bytes\n"),
			 -EBADMSG);
	/* The text ends before the line with the totals. */
	assert_int_equal(bufinfo(HEADING ROW("7", "label") NO_DEVICES), -EBADMSG);
	assert_int_equal(
		bufinfo(HEADING ROW("7", "label") NO_DEVICES "\nTotal 1 objects, 4097 bytes\n"),
		-EBADMSG);
	/* If the total differs from the number of listed devices, the parser discards both. */
	assert_int_equal(bufinfo(HEADING ROW("7", "label") "\tAttached Devices:\n\tvgem\n"
							   "Total 2 devices attached\n\n"
							   "\nTotal 1 objects, 4096 bytes\n"),
			 0);
	assert_false(entries[0].attachments.known);
	assert_string_equal(entries[0].devices, "");
}

TEST(bufinfo_truncates_a_long_device_list)
{
	dh_auto(free) char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	fputs(HEADING ROW("7", "") "\tAttached Devices:\n", out);
	for (int i = 0; i < 1000; i++)
		fprintf(out, "\tdevice%d\n", i);
	fputs("Total 1000 devices attached\n\n\nTotal 1 objects, 4096 bytes\n", out);
	fclose(out);
	assert_int_equal(bufinfo(text), 0);
	expect_known(entries[0].attachments, 1000);
	assert_non_null(strstr(entries[0].devices, ",..."));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(bufinfo_lists_buffers_and_their_devices),
		tree_test(bufinfo_reads_lists_of_old_and_vendor_kernels),
		tree_test(bufinfo_keeps_the_blanks_of_an_exporter),
		tree_test(bufinfo_ignores_entries_that_the_kernel_skipped),
		tree_test(bufinfo_names_cannot_forge_entries),
		tree_test(bufinfo_rejects_malformed_text),
		tree_test(bufinfo_truncates_a_long_device_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
