#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of a kernel with kernel/patches: its KUnit suite, and heaps in modules.
#
#   tests/vm/suite own-6.12-series series

load guest

setup() {
	grep -q ' dma_heap_find_by_name$' /proc/kallsyms || skip "this kernel does not have the series"
}

teardown() {
	modprobe system_heap
	modprobe cma_heap
}

in_use() {
	run rmmod "$1"
	[[ $status -ne 0 && $output == *"in use"* ]] && return
	echo "rmmod $1: status $status: $output"
	return 1
}

@test "all 15 KUnit tests of dma-heap pass and none is skipped" {
	modprobe st-dma-heap
	cp /sys/kernel/debug/kunit/dma-heap/results "$out"
	rmmod st-dma-heap
	cat "$out"
	has "$out" '^# dma-heap: pass:15 fail:0 skip:0 total:15$'
	has "$out" '^ok 1 dma-heap$'
}

@test "a heap disappears when its module is unloaded, and returns when the module is loaded again" {
	local heap
	for heap in system:system_heap reserved:cma_heap; do
		[[ -c /dev/dma_heap/${heap%:*} ]]
		rmmod "${heap#*:}"
		await test ! -e "/dev/dma_heap/${heap%:*}"
		run_tool 3 alloc --heap "${heap%:*}" --size 4K
		modprobe "${heap#*:}"
		run_tool 0 alloc --heap "${heap%:*}" --size 4K
	done
}

@test "the module of a heap cannot be unloaded while the heap's node is open" {
	exec 8<>/dev/dma_heap/system
	in_use system_heap
	exec 8>&-
	rmmod system_heap
}

@test "the module of a heap cannot be unloaded while a buffer of the heap exists" {
	start 'reserved' alloc --heap reserved --size 64K --hold
	in_use cma_heap
	finish 0
	rmmod cma_heap
}

@test "unloading and loading the module of a heap sends uevents" {
	udevadm monitor --udev --subsystem-match=dma_heap >"$out" 2>&1 &
	local monitor=$!
	await has "$out" 'UDEV - '
	rmmod system_heap
	modprobe system_heap
	await has "$out" 'add .*/virtual/dma_heap/system'
	kill $monitor
	has "$out" 'remove .*/virtual/dma_heap/system'
}
