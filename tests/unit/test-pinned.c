// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "discover/holders.h"
#include "discover/pinned.h"

static struct dh_listed_buffer entries[8];
static size_t n_entries;

static int keep(void *data, const struct dh_listed_buffer *entry)
{
	(void)data;
	if (n_entries == ARRAY_SIZE(entries))
		return -ENOSPC;
	entries[n_entries++] = *entry;
	return 0;
}

static int pinned(const char *text)
{
	n_entries = 0;
	put("sys/" DH_PINNED_PATH, text);
	return dh_pinned_read(&root, keep, NULL);
}

TEST(pinned_iterator_lists_buffers)
{
	assert_int_equal(dh_pinned_read(&root, keep, NULL), -ENOENT);
	assert_int_equal(pinned(""), 0);
	assert_int_equal(n_entries, 0);

	assert_int_equal(
		pinned("7\n4096\nlabel\nsystem\n18446744073709551615\n8192\n\nlinux,cma\n"), 0);
	assert_int_equal(n_entries, 2);
	expect_known(entries[0].inode, 7);
	assert_int_equal(entries[0].size, 4096);
	assert_string_equal(entries[0].name, "label");
	assert_string_equal(entries[0].exporter, "system");
	expect_known(entries[1].inode, UINT64_MAX);
	assert_int_equal(entries[1].size, 8192);
	assert_string_equal(entries[1].name, "");
	assert_string_equal(entries[1].exporter, "linux,cma");
	/* Processes choose the names of buffers, so a name can contain control characters. */
	assert_int_equal(pinned("7\n0\n4096 \t\033[31m\nsystem\n"), 0);
	assert_string_equal(entries[0].name, "4096 \t\033[31m");
}

TEST(malformed_pinned_text_is_rejected)
{
	static const char *const texts[] = {
		"\n",
		"hello\n",
		"7\n",
		"7\n4096\n",
		"7\n4096\nlabel\n",
		"7\n4096\nlabel\nsystem\n8\n",
		"7\n4096\nlabel\n\n", /* no exporter */
		"0\n4096\nlabel\nsystem\n",
		"-7\n4096\nlabel\nsystem\n",
		"+7\n4096\nlabel\nsystem\n",
		" 7\n4096\nlabel\nsystem\n",
		"7 \n4096\nlabel\nsystem\n",
		"07\n4096\nlabel\nsystem\n",
		"0x7\n4096\nlabel\nsystem\n",
		"18446744073709551616\n4096\nlabel\nsystem\n",
		"7\n\nlabel\nsystem\n",
		"7\n4096K\nlabel\nsystem\n",
		"7\n4096\n12345678901234567890123456789012\nsystem\n", /* a name of 32 bytes */
		"7\n4096\nlabel\nsystem\n\n",
		"7\n4096\na\nb\nsystem\n8\n4096\n\nsystem\n", /* a newline in a name */
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(pinned(texts[i]), -EBADMSG);
	put_bytes("sys/" DH_PINNED_PATH, "7\n4096\nla\0el\nsystem\n", 20);
	assert_int_equal(dh_pinned_read(&root, keep, NULL), -EBADMSG);
	put_bytes("sys/" DH_PINNED_PATH, "7\n4096\nlabel\nsys\0em\n", 20);
	assert_int_equal(dh_pinned_read(&root, keep, NULL), -EBADMSG);
}

TEST(pinned_list_has_limits)
{
	static char text[DH_EXPORTER_MAX + 32];
	struct dh_pinned many = { .visit = keep, .n = DH_PINNED_MAX };
	char exporter[DH_EXPORTER_MAX + 1];

	memset(exporter, 'x', DH_EXPORTER_MAX);
	exporter[DH_EXPORTER_MAX] = '\0';
	snprintf(text, sizeof(text), "7\n4096\n\n%s\n", exporter);
	assert_int_equal(pinned(text), -EBADMSG);
	snprintf(text, sizeof(text), "7\n4096\n\n%s\n", exporter + 1);
	assert_int_equal(pinned(text), 0);
	assert_string_equal(entries[0].exporter, exporter + 1);

	assert_int_equal(dh_pinned_line(&many, "7", 1), 0);
	assert_int_equal(dh_pinned_line(&many, "4096", 4), 0);
	assert_int_equal(dh_pinned_line(&many, "", 0), 0);
	assert_int_equal(dh_pinned_line(&many, "system", 6), -EFBIG);
	/* If the visitor returns an error, the read ends and returns the error. */
	memset(text, 0, sizeof(text));
	for (size_t i = 0; i <= ARRAY_SIZE(entries); i++)
		strcat(text, "7\n1\n\nx\n");
	assert_int_equal(pinned(text), -ENOSPC);
}

static void put_mapper(void)
{
	put("proc/1/maps", "1000-2000 rw-s 0 00:0d 9 /dmabuf:\n");
	put("proc/1/comm", "mapper\n");
	put_folder("proc/1/fd");
	put_folder("proc/1/fdinfo");
}

/* The iterator also lists buffers that are only mapped, and buffers that no process holds. */
TEST(holders_use_the_pinned_iterator_without_debugfs)
{
	dh_auto(holders) struct dh_holders holders = { 0 };
	const struct dh_holders_filter all = { 0 };
	dh_auto(free) struct dh_holder_row *rows = NULL;
	struct dh_holders_summary summary;
	size_t n;

	put_mapper();
	put("sys/" DH_PINNED_PATH, "5\n4096\nleft\nsystem\n9\n8192\n\nudmabuf\n");
	reopen();
	assert_int_equal(dh_holders_read(&root, &holders), 0);
	assert_true(holders.listed);
	assert_int_equal(holders.list_error, -ENOENT);
	assert_int_equal(dh_holders_rows(&holders, &all, false, &rows, &n, &summary), 0);
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].buffer->inode, 5);
	assert_string_equal(rows[0].buffer->name, "left");
	assert_string_equal(rows[0].buffer->exporter, "system");
	assert_null(rows[0].process);
	assert_null(rows[0].buffer->devices);
	assert_false(rows[0].buffer->attachments.known);
	assert_false(rows[0].buffer->references.known);
	assert_int_equal(rows[1].process->pid, 1);
	assert_string_equal(rows[1].buffer->exporter, "udmabuf");
	expect_known(rows[1].rss, 8192);
	expect_known(summary.kernel_only, 1);
	expect_known(summary.kernel_only_bytes, 4096);
	assert_non_null(strstr(notes, "bufinfo: ENOENT"));
	assert_non_null(strstr(notes, "iter_dmabuf: buffers: 2"));
}

/*
 * bufinfo contains more fields than the iterator prints. If bufinfo is truncated, the tool discards
 * its buffers, and reads the iterator.
 */
TEST(debugfs_takes_precedence_over_the_pinned_iterator)
{
	static const char bufinfo[] =
		"\nDma-buf Objects:\n"
		"size    \tflags   \tmode    \tcount   \texp_name\tino     \tname\n"
		"00004096\t00000002\t00080007\t00000002\tsystem\t00000006\tfirst\n"
		"\tAttached Devices:\n\tvgem\nTotal 1 devices attached\n\n"
		"\nTotal 1 objects, 4096 bytes\n";
	struct dh_holders holders;

	put_mapper();
	put("sys/" DH_PINNED_PATH, "9\n8192\n\nudmabuf\n");
	put("sys/kernel/debug/dma_buf/bufinfo", bufinfo);
	reopen();
	assert_int_equal(dh_holders_read(&root, &holders), 0);
	assert_true(holders.listed);
	assert_int_equal(holders.list_error, 0);
	assert_string_equal(dh_holders_find(&holders, 6)->devices, "vgem");
	assert_null(dh_holders_find(&holders, 9)->exporter);
	dh_holders_clear(&holders);

	put_bytes("sys/kernel/debug/dma_buf/bufinfo", bufinfo, sizeof(bufinfo) - 10);
	assert_int_equal(dh_holders_read(&root, &holders), 0);
	assert_true(holders.listed);
	assert_int_equal(holders.list_error, -EBADMSG);
	assert_null(dh_holders_find(&holders, 6));
	assert_string_equal(dh_holders_find(&holders, 9)->exporter, "udmabuf");
	dh_holders_clear(&holders);

	put("sys/" DH_PINNED_PATH, "5\n4096\n\nsystem\n9\n8192\n\n");
	assert_int_equal(dh_holders_read(&root, &holders), 0);
	assert_false(holders.listed);
	assert_null(dh_holders_find(&holders, 5));
	dh_holders_clear(&holders);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(pinned_iterator_lists_buffers),
		tree_test(malformed_pinned_text_is_rejected),
		tree_test(pinned_list_has_limits),
		tree_test(holders_use_the_pinned_iterator_without_debugfs),
		tree_test(debugfs_takes_precedence_over_the_pinned_iterator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
