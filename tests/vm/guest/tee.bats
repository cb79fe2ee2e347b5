#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The heap of a TEE comes and goes with it, on a kernel with kernel/patches.
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
	# bats looks at the last status only.
	[[ ! -e /dev/dma_heap/$heap ]] && no_buffers
}

@test "a TEE's heap allocates, is refused to another of its use, and goes with the TEE" {
	run_tool 0 list --json
	is "$(field ".heaps[] | select(.name == \"$heap\") | .name")" "$heap"
	run_tool 0 alloc --heap $heap --size 1M
	run_tool 1 alloc --heap $heap --size 2M
	run_tool 1 map --heap $heap --size 4K
	dmesg | grep 'dmaheap_tee: the second of a use got -' | tail -n 1 >"$out"
	has "$out" 'got -(16|17)$'
	rmmod dmaheap_tee
	[[ ! -e /dev/dma_heap/$heap && ! -e /sys/class/dma_heap/$heap ]]
	run_tool 3 alloc --heap $heap --size 4K
}

@test "a TEE that comes back has its heap back, twenty times" {
	local i
	for ((i = 0; i < 20; i++)); do
		dmaheapctl alloc --heap $heap --size 64K >"$out" 2>"$err"
		rmmod dmaheap_tee
		[[ ! -e /sys/class/dma_heap/$heap ]]
		insmod /usr/lib/modules/extra/dmaheap_tee.ko
	done
}

@test "an open node does not keep the TEE, and then gives no buffer" {
	keep_open $heap
	kept_gives 0
	rmmod dmaheap_tee
	kept_gives 19
	insmod /usr/lib/modules/extra/dmaheap_tee.ko
	kept_gives 19
	run_tool 0 alloc --heap $heap --size 1M
	close_kept
}

@test "a TEE waits for its buffers, while its heap is gone" {
	start $heap alloc --heap $heap --size 1M --hold
	# With the end of the pipe that the tool waits for, each would wait for the other.
	rmmod dmaheap_tee 3>&- {end}>&- &
	local leaving=$!
	await has_no /proc/modules '^dmaheap_tee .* Live '
	run_tool 3 alloc --heap $heap --size 4K
	kill -0 "$leaving"
	finish 0
	wait "$leaving"
}
