#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # variables of common.bash and assert.bash
#
# Tests of 'dmaheapctl alloc' in the testbed of umockdev. The library fake-heap.c provides the
# buffers. tests/vm/guest/alloc.bats tests the command on a real kernel.

load common

setup() {
	local heap file=$BATS_TEST_TMPDIR/heaps.umockdev
	type umockdev-run >/dev/null || { echo 'umockdev-run is not installed'; return 1; }
	export PRELOAD=$BATS_TEST_TMPDIR/fake-heap.so POOL_STATE=$BATS_TEST_TMPDIR/state
	export POOL=$((5 * 1024 * 1024))
	gcc -O1 -shared -fPIC -D_GNU_SOURCE -o "$PRELOAD" "$BATS_TEST_DIRNAME/fake-heap.c"
	for heap in system protected; do
		printf 'P: /devices/virtual/dma_heap/%s\nN: dma_heap/%s\n' $heap $heap
		printf 'E: DEVNAME=/dev/dma_heap/%s\nE: SUBSYSTEM=dma_heap\n' $heap
		# fake-heap.c opens /dev/null instead of the node, so use the numbers of /dev/null.
		printf 'E: MAJOR=1\nE: MINOR=3\nA: dev=1:3\n\n'
	done >"$file"
	# shellcheck disable=SC2016 # for the inner shell
	program=(umockdev-run --device "$file" -- sh -c
		'LD_PRELOAD="$PRELOAD:$LD_PRELOAD" exec "$0" "$@"' "$dmaheapctl")
}

# figures: prints the figures of the probe, in pages, and the list at_least.
figures() {
	# shellcheck disable=SC2016 # for jq
	field '.kernel.page_size as $page | .probe | [.probed_largest, .probed_total, .probed_step |
		if . then . / $page else . end] + .at_least | map(tostring) | join(" ")'
}

# pool_was PEAK: asserts that all buffers were freed, and that their largest total was PEAK bytes.
pool_was() {
	is "$(<"$POOL_STATE")" "0 $1"
}

# Without --force, alloc --probe requires the kernel's list of buffers. The tests use --force,
# because they also run where this list is not readable.

@test "alloc --probe finds the largest buffer and the total size that a heap can allocate, and frees all buffers" {
	run_tool 0 alloc --probe protected --force --json
	is "$(figures)" "$((POOL / $(pages 1))) $((POOL / $(pages 1))) 1"
	is "$(field '.probe.error')" ENOMEM
	pool_was "$POOL"
	run_tool 0 alloc --probe protected --force
	is "${lines[0]}" 'HEAP      PROBED-LARGEST PROBED-TOTAL PROBED-STEP AT-LEAST'
	[[ ${lines[1]} =~ ^protected\ +5M\ +5M\ +[0-9]+K\ -$ ]]
	POOL=$(pages 1) run_tool 0 alloc --probe protected --force --json
	is "$(figures)" '1 1 null'
}

@test "alloc --probe allocates at most --size bytes, and rejects a size below one page" {
	run_tool 0 alloc --probe protected --force --size 1M --json
	is "$(figures)" "$((1048576 / $(pages 1))) $((1048576 / $(pages 1))) 1 largest total"
	contains "$stderr" "heap 'protected': the probe ended at its limit, 1 MiB (the given size); use --size"
	pool_was 1048576
	run_tool 2 alloc --probe protected --force --size 1
	contains "$stderr" 'the given size is smaller than a page'
	pool_was 0
}

@test "after SIGINT, alloc --probe prints the figures that it found, and exits with 130" {
	INTERRUPT_AT=5 run_tool 130 alloc --probe protected --force --json
	is "$(figures)" '16 16 1 largest total'
	contains "$stderr" "heap 'protected': probing: interrupted after 5 allocations"
	pool_was "$(pages 16)"
	INTERRUPT_AT=1 run_tool 130 alloc --probe protected --force --json
	is "$(figures)" '1 1 null largest total'
}

@test "alloc --probe prints the figures that it found before the heap returned an error, and exits with 1" {
	FAIL_AT=5 run_tool 1 alloc --probe protected --force --json
	is "$(figures)" '8 8 1 largest total'
	contains "$stderr" ': Input/output error'
	FAIL_AT=1 run_tool 1 alloc --probe protected --force --json
	is "$(figures)" 'null null null largest total'
	# The heap is full, so the probe finds no size.
	POOL=0 run_tool 1 alloc --probe protected --force --json
	is "$(figures)" 'null null null largest total'
	contains "$stderr" 'Linux does not report the size of this heap'
	lacks "$stderr" 'alloc --probe'
}

@test "alloc suggests alloc --probe if an allocation fails and the size of the heap is not reported" {
	run_tool 0 alloc protected 5M
	fails_with 1 "; run 'dmaheapctl alloc --probe protected' to find the size" alloc protected 6M --json
	is "$(field .error.hint)" "run 'dmaheapctl alloc --probe protected' to find the size"
}

@test "alloc --probe rejects a system heap, even with --force" {
	run_tool 1 alloc --probe system --size 4K --force --json
	contains "$stderr" "heap 'system': probing: not attempted (the heap can allocate all memory of the machine)"
	is "$(field .probe)" null
	run_tool 1 alloc --probe system
	pool_was 0
	run_tool 3 alloc --probe nothing
}
