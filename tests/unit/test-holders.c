// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "discover/holders.h"
#include "discover/lines.h"
#include "discover/task-refs.h"

#define HEADING \
	"\nDma-buf Objects:\nsize    \tflags   \tmode    \tcount   \texp_name\tino     \tname\n"
#define ROW(ino, name) "00004096\t00000002\t00080007\t00000002\tsystem\t0000000" ino "\t" name "\n"
#define NO_DEVICES     "\tAttached Devices:\nTotal 0 devices attached\n\n"
#define FDINFO	       "pos:\t0\nflags:\t02000002\nmnt_id:\t14\n"

/* --- Lines -------------------------------------------------------------------------- */

static int count_line(void *data, const char *line, size_t length)
{
	size_t *sum = data;

	(void)line;
	*sum = 1000 * *sum + length;
	return 0;
}

TEST(lines_are_split_and_cut)
{
	static struct dh_lines lines;
	dh_auto(free) char *large = malloc(3 * DH_LINE_MAX);
	size_t sum = 0;

	lines = (struct dh_lines){ .visit = count_line, .data = &sum };
	assert_int_equal(dh_lines_feed(&lines, "ab", 2), 0);
	assert_int_equal(dh_lines_feed(&lines, "c\n\nd", 4), 0);
	assert_int_equal(dh_lines_end(&lines), 0);
	assert_int_equal(sum, 3000001);

	/* A line longer than DH_LINE_MAX is truncated. The next line is complete. */
	memset(large, 'x', 3 * DH_LINE_MAX);
	sum = 0;
	assert_int_equal(dh_lines_feed(&lines, large, 3 * DH_LINE_MAX), 0);
	assert_int_equal(dh_lines_feed(&lines, large, 3 * DH_LINE_MAX), 0);
	assert_int_equal(dh_lines_feed(&lines, "\nab\n", 4), 0);
	assert_int_equal(sum, 1000 * DH_LINE_MAX + 2);
}

/* --- Grouping -------------------------------------------------------------------- */

static struct dh_holders holders;
static struct dh_holder_row *rows;
static size_t n_rows;
static struct dh_holders_summary summary;

static int setup(void **state)
{
	holders = (struct dh_holders){ 0 };
	rows = NULL;
	return tree_setup(state);
}

static int teardown(void **state)
{
	dh_holders_clear(&holders);
	free(rows);
	return tree_teardown(state);
}

static void group(struct dh_holders_filter filter, bool by_process)
{
	free(rows);
	assert_int_equal(dh_holders_rows(&holders, &filter, by_process, &rows, &n_rows, &summary),
			 0);
}

static void hold(uint64_t inode, size_t process, uint64_t size)
{
	struct dh_held_buffer *buffer = dh_holders_add_buffer(&holders, inode);

	buffer->size = dh_known(size);
	dh_holders_add_holding(&holders, buffer, process)->fds++;
}

TEST(shares_of_a_buffer_add_up_to_its_size)
{
	uint64_t sum = 0;

	for (pid_t pid = 1; pid <= 3; pid++) {
		dh_holders_add_process(&holders, pid);
		hold(9, (size_t)(pid - 1), 4096);
	}
	hold(5, 0, 1000);
	assert_int_equal(dh_holders_group(&holders), 0);
	group((struct dh_holders_filter){ 0 }, false);
	assert_int_equal(n_rows, 4);
	assert_int_equal(rows[0].buffer->inode, 5);
	assert_int_equal(rows[1].process->pid, 1);
	for (size_t i = 1; i < n_rows; i++) {
		expect_known(rows[i].holders, 3);
		expect_known(rows[i].rss, 4096);
		sum += rows[i].pss.value;
	}
	assert_int_equal(sum, 4096);
	expect_known(summary.bytes, 5096);
	assert_int_equal(summary.buffers.value, 2);
	assert_int_equal(summary.processes.value, 3);

	group((struct dh_holders_filter){ 0 }, true);
	assert_int_equal(n_rows, 3);
	assert_int_equal(rows[0].process->pid, 1);
	assert_int_equal(rows[0].buffers, 2);
	expect_known(rows[0].rss, 5096);
	expect_known(rows[0].pss, 1000 + 1366);
	expect_known(summary.bytes, 5096);

	/* A filter by process does not change the number of holders of a buffer. */
	group((struct dh_holders_filter){ .pids = (const pid_t[]){ 2 },
					  .n_pids = 1,
					  .own_rows = true },
	      false);
	assert_int_equal(n_rows, 1);
	expect_known(rows[0].holders, 3);
	assert_int_equal(summary.processes.value, 1);
	group((struct dh_holders_filter){ .by_inode = true, .inode = 5 }, false);
	assert_int_equal(n_rows, 1);
	expect_known(summary.bytes, 1000);
}

TEST(buffers_are_sorted_and_found_by_inode)
{
	for (size_t p = 0; p < 100; p++) {
		dh_holders_add_process(&holders, (pid_t)(1000 + p));
		for (uint64_t i = 0; i < 1000; i++)
			hold(p * 1000 + i + (i % 7 ? 1 : 0), p, 4096);
	}
	assert_int_equal(dh_holders_group(&holders), 0);
	for (size_t i = 1; i < holders.n_buffers; i++)
		assert_true(holders.buffers[i - 1].inode < holders.buffers[i].inode);
	assert_non_null(dh_holders_find(&holders, 2));
	assert_null(dh_holders_find(&holders, 1000000));
	group((struct dh_holders_filter){ 0 }, true);
	assert_int_equal(n_rows, 100);
	expect_known(summary.bytes, 4096 * holders.n_buffers);
}

TEST(unknown_size_of_an_unheld_buffer_makes_the_total_unknown)
{
	dh_holders_add_buffer(&holders, 5)->listed = 2;
	holders.listed = true;
	assert_int_equal(dh_holders_group(&holders), 0);
	group((struct dh_holders_filter){ 0 }, false);
	expect_known(summary.kernel_only, 1);
	assert_false(summary.kernel_only_bytes.known);
}

TEST(unknown_size_makes_totals_unknown)
{
	dh_holders_add_process(&holders, 4);
	dh_holders_add_holding(&holders, dh_holders_add_buffer(&holders, 3), 0)->mappings++;
	hold(4, 0, 4096);
	assert_int_equal(dh_holders_group(&holders), 0);
	group((struct dh_holders_filter){ 0 }, true);
	assert_false(rows[0].rss.known);
	assert_false(rows[0].pss.known);
	assert_false(summary.bytes.known);
	assert_false(summary.kernel_only.known);
	group((struct dh_holders_filter){ .exporters = (const char *const[]){ "none" } }, false);
	assert_int_equal(n_rows, 0);
}

TEST(filter_selects_buffers_of_a_device)
{
	const char *const gpu[] = { "x", "gpu" };
	struct dh_holders_filter filter = { .devices = gpu, .n_devices = 2 };

	dh_holders_add_process(&holders, 3);
	hold(5, 0, 4096);
	hold(6, 0, 4096);
	hold(7, 0, 4096);
	hold(8, 0, 4096);
	dh_holders_find(&holders, 5)->devices = strdup("card,gpu");
	dh_holders_find(&holders, 6)->devices = strdup("gpu2,igpu");
	dh_holders_find(&holders, 7)->devices = strdup("");
	assert_int_equal(dh_holders_group(&holders), 0);
	group(filter, false);
	assert_int_equal(n_rows, 1);
	assert_int_equal(rows[0].buffer->inode, 5);
	expect_known(summary.buffers, 1);
	/* The devices of buffer 8 are unknown, so the number of selected buffers is unknown. */
	filter.n_devices = 1;
	group(filter, false);
	assert_int_equal(n_rows, 0);
	assert_false(summary.buffers.known);
}

TEST(filter_selects_buffers_that_all_processes_hold)
{
	const pid_t pids[] = { 4, 3 };
	struct dh_holders_filter filter = { .pids = pids, .n_pids = 2 };

	for (pid_t pid = 3; pid < 6; pid++)
		dh_holders_add_process(&holders, pid);
	hold(5, 0, 4096);
	hold(6, 0, 4096);
	hold(6, 1, 4096);
	hold(6, 2, 4096);
	hold(7, 1, 4096);
	assert_int_equal(dh_holders_group(&holders), 0);
	/* The rows of a selected buffer include those of its other holders. */
	group(filter, false);
	assert_int_equal(n_rows, 3);
	assert_int_equal(rows[0].buffer->inode, 6);
	expect_known(summary.buffers, 1);
	expect_known(summary.processes, 3);
	/* An unreadable process that the filter does not name leaves the selection complete. */
	dh_holders_add_process(&holders, 6)->state = DH_PROCESS_REFUSED;
	dh_holders_add_process(&holders, 7);
	filter.pids = (const pid_t[]){ 3, 7 };
	group(filter, false);
	assert_int_equal(n_rows, 0);
	expect_known(summary.buffers, 0);
	filter.pids = (const pid_t[]){ 7, 6 };
	group(filter, false);
	assert_false(summary.buffers.known);
}

/* --- A recorded system -------------------------------------------------------------- */

static void put_fd(int pid, int fd, const char *link_text, const char *info)
{
	char path[64];

	snprintf(path, sizeof(path), "proc/%d/fd/%d", pid, fd);
	put_link(path, link_text);
	snprintf(path, sizeof(path), "proc/%d/fdinfo/%d", pid, fd);
	put(path, info);
}

static void put_process(int pid, const char *name, const char *mappings)
{
	char path[64];

	snprintf(path, sizeof(path), "proc/%d/comm", pid);
	put(path, name);
	snprintf(path, sizeof(path), "proc/%d/maps", pid);
	put(path, mappings);
}

TEST(holders_merge_descriptors_mappings_and_bufinfo)
{
	put("proc/version", "Linux\n");
	put_process(12, "owner\n",
		    "1000-2000 rw-s 0 00:0d 7 /dmabuf:label\n"
		    "3000-5000 rw-s 0 00:0d 7 /dmabuf:label\n"
		    "5000-6000 r--p 0 fe:01 7 /usr/bin/x\n");
	put_fd(12, 3, "/dmabuf:label",
	       FDINFO "ino:\t7\nsize:\t4096\ncount:\t3\nexp_name:\tsystem\nname:\tlabel\n");
	put_fd(12, 4, "/dmabuf:label",
	       FDINFO "ino:\t7\nsize:\t4096\ncount:\t3\nexp_name:\tsystem\nname:\tlabel\n");
	put_fd(12, 5, "/tmp/x", FDINFO "ino:\t7\n");
	/* The link resembles that of a buffer, but fdinfo lacks the fields of a buffer. */
	put_fd(12, 6, "/dmabuf:spoof", FDINFO "ino:\t8\n");
	put_process(100, "mapper\n", "1000-2000 rw-s 0 00:0d 9 /dmabuf:\n");
	put_folder("proc/100/fd");
	put("sys/kernel/debug/dma_buf/bufinfo",
	    HEADING ROW("7", "label") NO_DEVICES ROW(
		    "5", "left") "\tAttached Devices:\n\tvgem\nTotal 1 devices attached\n\n"
				 "\nTotal 2 objects, 8192 bytes\n");

	assert_int_equal(dh_holders_read(&root, &holders), 0);
	group((struct dh_holders_filter){ 0 }, false);
	assert_int_equal(n_rows, 3);

	assert_int_equal(rows[0].buffer->inode, 5);
	assert_null(rows[0].process);
	assert_string_equal(rows[0].buffer->devices, "vgem");
	expect_known(rows[0].holders, 0);

	assert_int_equal(rows[1].process->pid, 12);
	assert_string_equal(rows[1].process->name, "owner");
	expect_known(rows[1].fds, 2);
	expect_known(rows[1].mappings, 2);
	expect_known(rows[1].mapped, 0x3000);

	assert_int_equal(rows[2].buffer->inode, 9);
	expect_known(rows[2].fds, 0);
	expect_known(rows[2].mappings, 1);
	assert_false(rows[2].rss.known);
	assert_null(rows[2].buffer->exporter);

	expect_known(summary.kernel_only, 1);
	expect_known(summary.kernel_only_bytes, 4096);
	expect_known(summary.unreadable, 0);
}

TEST(threads_are_read_after_the_main_thread_ended)
{
	put("proc/12/comm", "x\n");
	put("proc/12/maps", "");
	put_folder("proc/12/fd");
	put_link("proc/12/task/13/fd/3", "/dmabuf:");
	put("proc/12/task/13/fdinfo/3",
	    FDINFO "ino:\t7\nsize:\t4096\ncount:\t1\nexp_name:\tsystem\n");
	put("proc/12/task/13/maps", "1000-2000 r--p 0 fe:01 7 /usr/bin/x\n");
	put("proc/12/task/14/maps", "1000-2000 r--s 0 00:0d 7 /dmabuf:\n");
	put_folder("proc/12/task/12/fd");
	assert_int_equal(dh_holders_read(&root, &holders), 0);
	group((struct dh_holders_filter){ 0 }, false);
	assert_int_equal(n_rows, 1);
	assert_int_equal(rows[0].process->pid, 12);
	expect_known(rows[0].mappings, 0);
	/*
	 * Only thread 13 has the descriptor. The tool can duplicate only descriptors of the main
	 * thread, so it does not report the number of this descriptor.
	 */
	assert_int_equal(holders.holdings[0].fds, 1);
	assert_false(holders.holdings[0].descriptor.known);
	assert_int_equal(holders.processes[0].state, DH_PROCESS_READ);
}

TEST(one_process_is_read_to_find_a_descriptor)
{
	const struct dh_holding *holding;

	put_process(12, "x\n", "1000-2000 rw-s 0 00:0d 9 /dmabuf:\n");
	put_fd(12, 3, "/tmp/x", FDINFO "ino:\t7\n");
	put_fd(12, 14, "/dmabuf:", FDINFO "ino:\t7\nsize:\t4096\ncount:\t2\nexp_name:\tsystem\n");
	put_process(13, "y\n", "1-2 r--p 0 fe:01 7 /x\n");
	put_fd(13, 3, "/dmabuf:", FDINFO "ino:\t8\nsize:\t4096\ncount:\t2\nexp_name:\tsystem\n");
	put_link("proc/12/fd/4", "anon_inode:sync_file");
	put_link("proc/13/fd/4", "anon_inode:sync_file");
	assert_int_equal(dh_holders_read_process(&root, 12, &holders), 0);
	assert_int_equal(holders.sync_files, 1);
	assert_int_equal(holders.n_processes, 1);
	assert_int_equal(holders.processes[0].state, DH_PROCESS_READ);
	assert_null(dh_holders_find(&holders, 8));

	holding = dh_holders_find_holding(&holders, dh_holders_find(&holders, 7), 12);
	assert_non_null(holding);
	expect_known(holding->descriptor, 14);
	assert_null(dh_holders_find_holding(&holders, dh_holders_find(&holders, 7), 13));
	holding = dh_holders_find_holding(&holders, dh_holders_find(&holders, 9), 12);
	assert_non_null(holding);
	assert_false(holding->descriptor.known);

	dh_holders_clear(&holders);
	assert_int_equal(dh_holders_read_process(&root, 14, &holders), 0);
	assert_int_equal(holders.processes[0].state, DH_PROCESS_VANISHED);
}

/*
 * Unless the main thread has ended, the tool reads the descriptor tables of other threads only if a
 * listed buffer seems to have no holder.
 */
TEST(descriptor_tables_of_threads_are_read)
{
	static const char *const threads[] = { "12", "13", "14", "15" };

	put_process(12, "x\n", "1-2 r--p 0 fe:01 7 /x\n");
	put_fd(12, 3, "/dmabuf:", FDINFO "ino:\t7\nsize:\t4096\ncount:\t1\nexp_name:\tsystem\n");
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		char path[64];

		/* Threads 12 and 13 share one table, and threads 14 and 15 share another table. */
		snprintf(path, sizeof(path), "proc/12/task/%s/fd/3", threads[i]);
		put_link(path, "/dmabuf:own");
		snprintf(path, sizeof(path), "proc/12/task/%s/fdinfo/3", threads[i]);
		put(path, i < 2 ? "ino:\t7\nsize:\t4096\ncount:\t1\nexp_name:\tsystem\n"
				: "ino:\t9\nsize:\t4096\ncount:\t1\nexp_name:\tsystem\n"
				  "name:\town\n");
	}
	assert_int_equal(dh_holders_read(&root, &holders), 0);
	group((struct dh_holders_filter){ 0 }, false);
	assert_int_equal(n_rows, 1);

	dh_holders_clear(&holders);
	put("sys/kernel/debug/dma_buf/bufinfo",
	    HEADING ROW("7", "") NO_DEVICES ROW("9", "own") NO_DEVICES
	    "\nTotal 2 objects, 8192 bytes\n");
	reopen();
	assert_int_equal(dh_holders_read(&root, &holders), 0);
	group((struct dh_holders_filter){ 0 }, false);
	assert_int_equal(n_rows, 2);
	assert_int_equal(rows[0].buffer->inode, 7);
	expect_known(rows[0].fds, 1);
	assert_int_equal(rows[1].buffer->inode, 9);
	expect_known(rows[1].fds, 1);
	assert_string_equal(rows[1].process->name, "x");
	expect_known(summary.kernel_only, 0);
}

/*
 * Between the reads of the link and of fdinfo, the process can close the descriptor and reuse its
 * number for another buffer.
 */
TEST(name_belongs_to_the_inode_in_fdinfo)
{
	put_process(12, "x\n", "1-2 r--p 0 fe:01 7 /x\n");
	put_fd(12, 3, "/dmabuf:first",
	       "ino:\t7\nsize:\t1\ncount:\t1\nexp_name:\tsystem\nname:\tsecond\n");
	put_fd(12, 4, "/dmabuf:first", "ino:\t8\nsize:\t1\ncount:\t1\nexp_name:\tsystem\n");
	put_fd(12, 5, "/dmabuf:", "ino:\t9\nsize:\t1\ncount:\t1\nexp_name:\tsystem\nname:\tx\n");
	put_fd(12, 6, "/dmabuf:a",
	       "ino:\t10\nsize:\t1\ncount:\t1\nexp_name:\tsystem\nname:\ta\nmore:\tb\n");
	assert_int_equal(dh_holders_read(&root, &holders), 0);
	assert_int_equal(holders.n_buffers, 4);
	assert_string_equal(holders.buffers[0].name, "second");
	assert_null(holders.buffers[1].name);
	assert_string_equal(holders.buffers[2].name, "x");
	assert_string_equal(holders.buffers[3].name, "a");
}

TEST(unreadable_processes_are_counted)
{
	/*
	 * Process 3 has exited. Process 4 has neither memory nor descriptors. The fdinfo of process
	 * 5 lacks the inode number. The descriptor of process 6 is not a link.
	 */
	put_folder("proc/3");
	put("proc/4/maps", "");
	put_folder("proc/4/fd");
	put_process(5, "old\n", "1-2 r--p 0 fe:01 7 /x\n");
	put_fd(5, 3, "/dmabuf:", FDINFO "size:\t4096\ncount:\t1\nexp_name:\tsystem\n");
	put_process(6, "lost\n", "1-2 r--p 0 fe:01 7 /x\n");
	put("proc/6/fd/3", "");
	put_folder("proc/99999999999");
	put_folder("proc/007x");
	put_folder("proc/004");
	assert_int_equal(dh_holders_read(&root, &holders), 0);
	assert_int_equal(holders.n_processes, 4);
	assert_int_equal(holders.processes[0].state, DH_PROCESS_VANISHED);
	assert_int_equal(holders.processes[1].state, DH_PROCESS_BARE);
	assert_int_equal(holders.processes[2].state, DH_PROCESS_READ);
	assert_int_equal(holders.processes[3].state, DH_PROCESS_REFUSED);
	assert_int_equal(holders.unidentified, 1);
	assert_true(dh_holders_incomplete(&holders));
	assert_int_equal(holders.list_error, -ENOENT);
	assert_non_null(strstr(notes, "proc: processes read: 1, unreadable: 1, ended: 1"));
}

TEST(task_refs_are_found_by_process)
{
	struct dh_task_ref all[] = {
		{ 5, 5, DH_TASK_REF_MAPPING }, { 7, 7, 3 }, { 7, 7, 9 }, { 7, 8, 3 }, { 90, 90, 1 },
	};
	const struct dh_task_refs none = { 0 }, some = { .all = all, .n = ARRAY_SIZE(all) };
	const struct dh_task_ref *first;

	assert_int_equal(dh_task_refs_find(&none, 7, &first), 0);
	assert_int_equal(dh_task_refs_find(&some, 7, &first), 3);
	assert_ptr_equal(first, &all[1]);
	assert_int_equal(dh_task_refs_find(&some, 5, &first), 1);
	assert_ptr_equal(first, &all[0]);
	assert_int_equal(dh_task_refs_find(&some, 90, &first), 1);
	assert_int_equal(dh_task_refs_find(&some, 1, &first), 0);
	assert_int_equal(dh_task_refs_find(&some, 8, &first), 0);
	assert_int_equal(dh_task_refs_find(&some, 91, &first), 0);
}

int main(void)
{
#define holders_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_split_and_cut),
		holders_test(shares_of_a_buffer_add_up_to_its_size),
		holders_test(buffers_are_sorted_and_found_by_inode),
		holders_test(unknown_size_of_an_unheld_buffer_makes_the_total_unknown),
		holders_test(unknown_size_makes_totals_unknown),
		holders_test(filter_selects_buffers_of_a_device),
		holders_test(filter_selects_buffers_that_all_processes_hold),
		holders_test(holders_merge_descriptors_mappings_and_bufinfo),
		holders_test(threads_are_read_after_the_main_thread_ended),
		holders_test(one_process_is_read_to_find_a_descriptor),
		holders_test(descriptor_tables_of_threads_are_read),
		holders_test(name_belongs_to_the_inode_in_fdinfo),
		holders_test(unreadable_processes_are_counted),
		cmocka_unit_test(task_refs_are_found_by_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
