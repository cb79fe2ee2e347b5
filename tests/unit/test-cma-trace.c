// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "model/cma-trace.h"

#define PAGE 4096

/* These lines have the format of Linux 6.12. */
#define EVENT	 "      dmaheapctl-88      [000] .....    13.122564: "
#define EVENT_1	 "        modprobe-1234567 [001] d..1.    13.122999: "
#define STACK	 "<stack trace>\n"
#define ALLOC	 "cma_alloc_finish: name=reserved "
#define RELEASE	 "cma_release: name=reserved "
#define PAGES_16 "pfn=0x18000 page=000000006e3b1094 count=16"
#define FINISH	 " align=4 errorno=0\n"
#define HEAP_FRAMES                                               \
	" => trace_event_raw_event_cma_alloc_finish+0xe6/0x140\n" \
	" => __cma_alloc+0x3e2/0x490\n"                           \
	" => cma_heap_allocate+0xd0/0x200\n"                      \
	" => dma_heap_ioctl+0x10e/0x260\n"                        \
	" => entry_SYSCALL_64_after_hwframe+0x4b/0x53\n"
#define DRIVER_FRAMES                                              \
	" => __traceiter_cma_alloc_finish+0x40/0x80\n"             \
	" => __cma_alloc+0x3e2/0x490\n"                            \
	" => dma_alloc_contiguous.constprop.0+0x18/0x30\n"         \
	" => dma_direct_alloc+0x79/0x1e0\n"                        \
	" => dma_alloc_attrs+0x8a/0xd0\n"                          \
	" => dmaheap_contig_allocate+0x2c/0x60 [dmaheap_contig]\n" \
	" => do_one_initcall+0x50/0x210\n"

static struct dh_cma_trace trace;

static int setup(void **state)
{
	(void)state;
	trace = (struct dh_cma_trace){ .region = "reserved", .page_size = PAGE };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	dh_cma_trace_clear(&trace);
	return 0;
}

/* Adds all lines of a text, and ends the trace. */
static void add(const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		assert_int_equal(dh_cma_trace_add(&trace, text, length), 0);
		text += length + (text[length] == '\n');
	}
	assert_int_equal(dh_cma_trace_end(&trace), 0);
}

static void is_caller(size_t index, const char *caller, const char *module, const char *process,
		      uint64_t pid)
{
	const struct dh_cma_caller *row = &trace.callers[index];

	assert_true(index < trace.n_callers);
	if (caller)
		assert_string_equal(row->caller, caller);
	else
		assert_null(row->caller);
	if (module)
		assert_string_equal(row->module, module);
	else
		assert_null(row->module);
	assert_string_equal(row->process, process);
	assert_true(row->pid.known);
	assert_int_equal(row->pid.value, pid);
}

static void counts(size_t index, uint64_t allocations, uint64_t releases, uint64_t bytes,
		   uint64_t held)
{
	const struct dh_cma_caller *row = &trace.callers[index];

	assert_true(row->allocations.known && row->releases.known && row->bytes.known);
	assert_int_equal(row->allocations.value, allocations);
	assert_int_equal(row->releases.value, releases);
	assert_int_equal(row->bytes.value, bytes);
	assert_true(row->held.known);
	assert_int_equal(row->held.value, held);
}

TEST(the_caller_is_the_first_function_outside_the_allocator)
{
	add(EVENT ALLOC PAGES_16 FINISH EVENT STACK HEAP_FRAMES EVENT_1 ALLOC
	    "pfn=0x18010 page=000000006e3b1095 count=32" FINISH EVENT_1 STACK DRIVER_FRAMES);
	assert_int_equal(trace.n_callers, 2);
	is_caller(0, "dmaheap_contig_allocate+0x2c", "dmaheap_contig", "modprobe", 1234567);
	counts(0, 1, 0, 32 * PAGE, 32 * PAGE);
	is_caller(1, "cma_heap_allocate+0xd0", NULL, "dmaheapctl", 88);
	counts(1, 1, 0, 16 * PAGE, 16 * PAGE);
	assert_true(trace.lost.known && trace.older.known);
	assert_int_equal(trace.lost.value + trace.older.value, 0);
}

TEST(a_stack_belongs_to_the_last_event_of_its_cpu)
{
	add(EVENT ALLOC PAGES_16 FINISH EVENT_1 ALLOC
	    "pfn=0x18010 page=000000006e3b1095 count=8" FINISH EVENT_1 STACK DRIVER_FRAMES EVENT
		    STACK HEAP_FRAMES);
	assert_int_equal(trace.n_callers, 2);
	is_caller(0, "cma_heap_allocate+0xd0", NULL, "dmaheapctl", 88);
	is_caller(1, "dmaheap_contig_allocate+0x2c", "dmaheap_contig", "modprobe", 1234567);
}

TEST(a_release_lowers_the_memory_of_the_caller_that_allocated_it)
{
	add(EVENT ALLOC PAGES_16 FINISH EVENT STACK HEAP_FRAMES EVENT_1 RELEASE PAGES_16
	    "\n" EVENT_1 STACK " => cma_release+0xbc/0xc0\n");
	assert_int_equal(trace.n_callers, 1);
	counts(0, 1, 1, 16 * PAGE, 0);
	assert_int_equal(trace.older.value, 0);
}

TEST(a_release_can_have_a_part_of_an_allocation_or_older_memory)
{
	add(EVENT ALLOC PAGES_16 FINISH EVENT STACK HEAP_FRAMES
		    /*
		     * These events release the middle of the buffer, its end together with 4 older
		     * pages, its start, and its start a second time.
		     */
		    EVENT RELEASE "pfn=0x18004 page=000000006e3b1094 count=4\n" EVENT RELEASE
				  "pfn=0x1800c page=000000006e3b1094 count=8\n" EVENT RELEASE
				  "pfn=0x18000 page=000000006e3b1094 count=2\n" EVENT RELEASE
				  "pfn=0x18000 page=000000006e3b1094 count=2\n");
	counts(0, 1, 3, 16 * PAGE, 6 * PAGE);
	assert_int_equal(trace.older.value, 6 * PAGE);
}

TEST(an_allocation_of_the_same_pages_implies_a_release)
{
	add(EVENT ALLOC PAGES_16 FINISH EVENT STACK HEAP_FRAMES EVENT ALLOC PAGES_16 FINISH EVENT
		    STACK HEAP_FRAMES);
	counts(0, 2, 1, 32 * PAGE, 16 * PAGE);
}

TEST(a_failed_allocation_has_no_page)
{
	add(EVENT ALLOC
	    "pfn=0x18000 page=0000000000000000 count=16 align=4 errorno=-16\n" EVENT STACK
		    HEAP_FRAMES);
	is_caller(0, "cma_heap_allocate+0xd0", NULL, "dmaheapctl", 88);
	counts(0, 0, 0, 0, 0);
	assert_int_equal(trace.callers[0].failures.value, 1);
}

TEST(events_of_other_regions_and_their_stacks_are_ignored)
{
	add(EVENT "cma_alloc_finish: name=reserved2 " PAGES_16 FINISH EVENT STACK HEAP_FRAMES EVENT
		  "cma_release: name=other " PAGES_16 "\n" EVENT
		  "cma_alloc_start: name=reserved count=16 align=4\n");
	assert_int_equal(trace.n_callers, 0);
	assert_int_equal(trace.older.value, 0);
}

TEST(an_allocation_without_a_stack_has_no_caller)
{
	add(EVENT ALLOC PAGES_16 FINISH EVENT
	    "cma_alloc_finish: name=other " PAGES_16 FINISH EVENT STACK HEAP_FRAMES);
	assert_int_equal(trace.n_callers, 1);
	is_caller(0, NULL, NULL, "dmaheapctl", 88);
}

TEST(lost_events_make_the_held_memory_unknown)
{
	add(EVENT ALLOC PAGES_16 FINISH "CPU:0 [LOST 23 EVENTS]\n" EVENT STACK HEAP_FRAMES
					"CPU:1 [LOST 2 EVENTS]\n");
	is_caller(0, NULL, NULL, "dmaheapctl", 88);
	assert_false(trace.callers[0].held.known || trace.older.known);
	assert_true(trace.lost.known);
	assert_int_equal(trace.lost.value, 25);
}

TEST(the_number_of_lost_events_can_be_unknown)
{
	add("CPU:3 [LOST EVENTS]\nCPU:3 [LOST 5 EVENTS]\n");
	assert_false(trace.lost.known || trace.older.known);
}

TEST(the_name_of_a_process_can_contain_any_text)
{
	static const char *const names[] = { "a b-1 [0] . 1: ",
					     "x: [LOST] -2 ",
					     "\n => evil+1/2",
					     "\nCPU:0 [LOST 9",
					     "-1 [000] . 1.2:",
					     "\x1b[31m%n%s",
					     "" };
	char text[1024];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *shown = strchr(names[i], '\n') ? strchr(names[i], '\n') + 1 : names[i];

		snprintf(text, sizeof(text),
			 "%16s-7       [000] .....  1.000001: " ALLOC PAGES_16 FINISH
			 "%16s-7       [000] .....  1.000002: " STACK HEAP_FRAMES,
			 names[i], names[i]);
		add(text);
		assert_int_equal(trace.n_callers, 1);
		is_caller(0, "cma_heap_allocate+0xd0", NULL, shown + strspn(shown, " "), 7);
		assert_true(trace.lost.known);
		assert_int_equal(trace.lost.value, 0);
		teardown(NULL);
		setup(NULL);
	}
}

TEST(an_unknown_process_has_no_name)
{
	add("           <...>-88      [000] .....    13.122564: " ALLOC PAGES_16 FINISH);
	assert_int_equal(trace.n_callers, 1);
	assert_null(trace.callers[0].process);
}

static void add_name(const char *line)
{
	assert_int_equal(dh_cma_trace_add_name(&trace, line, strlen(line)), 0);
}

TEST(an_unknown_process_gets_the_name_that_the_kernel_saved)
{
	add("           <...>-88      [000] .....    13.122564: " ALLOC PAGES_16 FINISH EVENT_1
		    ALLOC PAGES_16 FINISH);
	assert_true(dh_cma_trace_unnamed(&trace));
	add_name("8 other");
	add_name("88");
	add_name("");
	add_name("88x y");
	add_name("88 <...>");
	assert_true(dh_cma_trace_unnamed(&trace));
	add_name("88 a b");
	add_name("88 later");
	add_name("1234567 other");
	assert_false(dh_cma_trace_unnamed(&trace));
	is_caller(0, NULL, NULL, "modprobe", 1234567);
	is_caller(1, NULL, NULL, "a b", 88);
}

TEST(the_text_of_linux_5_13_has_no_prefix_and_no_errno)
{
	add(EVENT ALLOC "pfn=18000 page=000000006e3b1094 count=16 align=4\n" EVENT RELEASE PAGES_16
			"\n");
	counts(0, 1, 1, 16 * PAGE, 0);
}

TEST(malformed_lines_are_ignored)
{
	char line[5000];

	memset(line, 'x', sizeof(line));
	assert_int_equal(dh_cma_trace_add(&trace, line, sizeof(line)), 0);
	add("\n => frame+0x1/0x2\n" EVENT ALLOC "pfn=\n" EVENT STACK EVENT RELEASE
	    "pfn=0x1 page=1\n" EVENT "cma_release: name=\n" EVENT
	    "cma_release: name=reserved\nCPU: [LOST EVENTS]\n-\n");
	assert_int_equal(trace.n_callers, 0);
	assert_true(trace.lost.known);
}

TEST(callers_beyond_the_maximum_share_a_row)
{
	char text[256];

	for (unsigned int i = 0; i < DH_CMA_CALLERS_MAX + 10; i++) {
		int length = snprintf(text, sizeof(text),
				      "               a-%-7u [000] .....  1.000001: " ALLOC
				      "pfn=0x%x page=0000000000001000 count=1 align=0 errorno=0",
				      i + 1, i);

		assert_int_equal(dh_cma_trace_add(&trace, text, (size_t)length), 0);
	}
	assert_int_equal(dh_cma_trace_end(&trace), 0);
	assert_int_equal(trace.n_callers, DH_CMA_CALLERS_MAX);
	assert_string_equal(trace.callers[0].caller, DH_CMA_OTHER);
	assert_false(trace.callers[0].pid.known);
	assert_int_equal(trace.callers[0].allocations.value, 11);
}

/* The records have the format of page_owner in Linux 6.12. */
#define OWNER(order, process)                                                                     \
	"Page allocated via order " order ", mask 0xcc0(GFP_KERNEL), pid 92, tgid 90 (" process   \
	"), ts 12000151 ns\nPFN 0x1c000 type Unmovable Block 224 type CMA Flags "                 \
	"0x100000000000000(node=0|zone=1)\n"
#define CALLEES " post_alloc_hook+0xb1/0xc0\n split_free_pages+0x59/0xc0\n"

static void add_page(const char *record)
{
	assert_int_equal(dh_cma_trace_add_page(&trace, record), 0);
}

static void holds(size_t index, uint64_t held)
{
	const struct dh_cma_caller *row = &trace.callers[index];

	assert_false(row->allocations.known || row->failures.known || row->releases.known ||
		     row->bytes.known);
	assert_true(row->held.known);
	assert_int_equal(row->held.value, held);
}

TEST(the_owner_of_a_page_is_the_caller_of_the_allocator)
{
	const char *driver = OWNER("0", "modprobe") CALLEES
		" alloc_contig_range_noprof+0x2a9/0x3b0\n"
		" __cma_alloc+0x3e2/0x490\n"
		" dma_alloc_contiguous+0x18/0x30\n"
		" dma_direct_alloc+0x79/0x1e0\n"
		" dmaheap_contig_allocate+0x2c/0x60 [dmaheap_contig]\n"
		" do_one_initcall+0x50/0x210\n\n";

	add_page(driver);
	add_page(driver);
	add_page(OWNER("3", "dmaheapctl") CALLEES " cma_alloc+0x2/0x4\n"
						  " cma_heap_allocate+0xd0/0x200\n"
						  "Charged to memcg /x\n evil+0x1/0x2\n\n");
	add_page(OWNER("1", "sh") " post_alloc_hook+0xb1/0xc0\n wp_page_copy+0x1/0x2\n\n");
	dh_cma_trace_end_pages(&trace);
	assert_int_equal(trace.n_callers, 2);
	is_caller(0, "cma_heap_allocate+0xd0", NULL, "dmaheapctl", 92);
	holds(0, 8 * PAGE);
	is_caller(1, "dmaheap_contig_allocate+0x2c", "dmaheap_contig", "modprobe", 92);
	holds(1, 2 * PAGE);
	assert_true(trace.movable.known);
	assert_int_equal(trace.movable.value, 2 * PAGE);
	assert_false(trace.lost.known || trace.older.known || trace.elapsed.known);
}

TEST(the_process_of_a_page_can_have_any_name)
{
	static const char *const names[] = { "", ")", "), ts 1 ns\nPFN", "\n cma_alloc+0x1",
					     "\nPFN 0x1 \n a+1", "(), pid 1, tg", "%n%s" };
	char text[1024];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(text, sizeof(text),
			 OWNER("0", "%s") " cma_alloc+0x2/0x4\n drv+0x1/0x2\n\n", names[i]);
		add_page(text);
		assert_int_equal(trace.n_callers, 1);
		is_caller(0, "drv+0x1", NULL, names[i] + (*names[i] == ' '), 92);
		snprintf(text, sizeof(text), OWNER("0", "%s") " movable+0x2/0x4\n\n", names[i]);
		add_page(text);
		assert_int_equal(trace.n_callers, 1);
		assert_int_equal(trace.movable.value, PAGE);
		teardown(NULL);
		setup(NULL);
	}
}

TEST(malformed_owners_are_ignored)
{
	add_page("");
	add_page("Page allocated via order 0");
	add_page(OWNER("99", "x") " cma_alloc+0x2/0x4\n");
	add_page("Page allocated via order 0, mask 0xcc0(x), pid 1, tgid 1 (too long for a name "
		 "of a process), ts 1 ns\nPFN 0x1 type Movable\n cma_alloc+0x2/0x4\n");
	add_page("Page allocated via order 0, mask 0xcc0(x), pid 1, tgid 1 (x), ts 1 ns\nPFN ");
	dh_cma_trace_end_pages(&trace);
	assert_int_equal(trace.n_callers, 0);
	assert_int_equal(trace.movable.value, 0);
}

#define trace_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		trace_test(the_caller_is_the_first_function_outside_the_allocator),
		trace_test(a_stack_belongs_to_the_last_event_of_its_cpu),
		trace_test(a_release_lowers_the_memory_of_the_caller_that_allocated_it),
		trace_test(a_release_can_have_a_part_of_an_allocation_or_older_memory),
		trace_test(an_allocation_of_the_same_pages_implies_a_release),
		trace_test(a_failed_allocation_has_no_page),
		trace_test(events_of_other_regions_and_their_stacks_are_ignored),
		trace_test(an_allocation_without_a_stack_has_no_caller),
		trace_test(lost_events_make_the_held_memory_unknown),
		trace_test(the_number_of_lost_events_can_be_unknown),
		trace_test(the_name_of_a_process_can_contain_any_text),
		trace_test(an_unknown_process_has_no_name),
		trace_test(an_unknown_process_gets_the_name_that_the_kernel_saved),
		trace_test(the_text_of_linux_5_13_has_no_prefix_and_no_errno),
		trace_test(malformed_lines_are_ignored),
		trace_test(callers_beyond_the_maximum_share_a_row),
		trace_test(the_owner_of_a_page_is_the_caller_of_the_allocator),
		trace_test(the_process_of_a_page_can_have_any_name),
		trace_test(malformed_owners_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
