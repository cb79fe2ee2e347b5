#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of the heap of a TEE. With kernel/patches, removing the TEE removes the heap.
#
#   tests/vm/suite own-7.3-series tee

load guest

heap=protected,secure-video

setup() {
	[[ -e /usr/lib/modules/extra/dmaheap_tee.ko ]]
	! grep -q '^dmaheap_tee ' /proc/modules || rmmod dmaheap_tee
	insmod /usr/lib/modules/extra/dmaheap_tee.ko
}

teardown() {
	nothing_left
	! grep -q '^dmaheap_tee ' /proc/modules || await rmmod dmaheap_tee
	# bats checks only the status of the last command of a teardown.
	[[ ! -e /dev/dma_heap/$heap ]] && no_buffers
}

@test "the heap of a TEE allocates buffers, cannot be registered twice, and is removed with the TEE" {
	run_tool 0 list --json
	is "$(field ".heaps[] | select(.name == \"$heap\") | .name")" "$heap"
	run_tool 0 alloc --heap $heap --size 1M
	run_tool 1 alloc --heap $heap --size 2M
	run_tool 1 map --heap $heap --size 4K
	dmesg | grep 'dmaheap_tee: registering a second heap with the same ID returned -' | tail -n 1 >"$out"
	has "$out" 'returned -(16|17)$'
	rmmod dmaheap_tee
	[[ ! -e /dev/dma_heap/$heap && ! -e /sys/class/dma_heap/$heap ]]
	run_tool 3 alloc --heap $heap --size 4K
}

@test "the heap of a TEE can be added and removed twenty times" {
	local i
	for ((i = 0; i < 20; i++)); do
		dmaheapctl alloc --heap $heap --size 64K >"$out" 2>"$err"
		rmmod dmaheap_tee
		[[ ! -e /sys/class/dma_heap/$heap ]]
		insmod /usr/lib/modules/extra/dmaheap_tee.ko
	done
}

@test "a TEE can be removed while the node of its heap is open, and an allocation through the node then returns ENODEV" {
	keep_open $heap
	kept_gives 0
	rmmod dmaheap_tee
	kept_gives 19
	insmod /usr/lib/modules/extra/dmaheap_tee.ko
	kept_gives 19
	run_tool 0 alloc --heap $heap --size 1M
	close_kept
}

@test "removing a TEE removes its heap, and waits until the last buffer is freed" {
	start $heap alloc --heap $heap --size 1M --hold
	# If rmmod inherited the pipe to the stdin of the tool, finish could not end the tool.
	rmmod dmaheap_tee 3>&- {end}>&- &
	local leaving=$!
	await has_no /proc/modules '^dmaheap_tee .* Live '
	run_tool 3 alloc --heap $heap --size 4K
	kill -0 "$leaving"
	finish 0
	wait "$leaving"
}
