#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of unbinding OP-TEE from its driver. The tests need a kernel with kernel/patches, because
# other kernels cannot remove a heap.
#
#   tests/vm/suite own-7.3-arm64-series unbind
#   tests/vm/suite own-7.3-arm64-series dynamic

load guest

heap=protected,secure-video
driver=/sys/bus/platform/drivers/optee

setup() {
	cd $driver
	device=$(echo *optee*)
	[[ -e $device ]]
}

teardown() {
	[[ -e $driver/$device ]] || bind
	# bats checks only the status of the last command of a teardown.
	nothing_left
}

unbind() {
	echo "$device" >$driver/unbind
}

bind() {
	echo "$device" >$driver/bind
}

@test "unbinding OP-TEE removes its heap, and binding it adds the heap again" {
	local i
	for i in 1 2 3; do
		run_tool 0 alloc --heap $heap --size 1M
		unbind
		[[ ! -e /dev/dma_heap/$heap && ! -e /sys/class/dma_heap/$heap ]]
		run_tool 3 alloc --heap $heap --size 4K
		bind
	done
	run_tool 0 alloc --heap $heap --size 1M
}

@test "OP-TEE can be unbound while the node of its heap is open, and an allocation through the node then returns ENODEV" {
	keep_open $heap
	kept_gives 0
	unbind
	kept_gives 19
	bind
	kept_gives 19
	run_tool 0 alloc --heap $heap --size 1M
	close_kept
}

@test "in the selftest of the series, an allocation from a removed heap returns ENODEV" {
	dmabuf-heap $driver "$device" $heap >"$out" 2>"$err" </dev/null
	has "$out" '^# Totals: pass:3 fail:0 '
}

@test "unbinding OP-TEE removes its heap, and waits until the last buffer is freed" {
	# With a dynamic pool, Linux 7.3 without kernel/patches would wait forever: the driver
	# closes its context before it waits, but releasing the pool needs the context.
	start $heap alloc --heap $heap --size 1M --hold
	# If the background job inherited the pipe to the stdin of the tool, finish could not end
	# the tool.
	unbind 3>&- {end}>&- &
	local leaving=$!
	await test ! -e /sys/class/dma_heap/$heap
	run_tool 3 alloc --heap $heap --size 4K
	kill -0 "$leaving"
	finish 0
	wait "$leaving"
	bind
	run_tool 0 alloc --heap $heap --size 1M
}
