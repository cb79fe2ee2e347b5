#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who is charged for a buffer, where the kernel can account for heaps: dma_heap.mem_accounting.
#
#   tests/vm/suite own-7.3-series charge

load guest
load debug

group=/sys/fs/cgroup/charge
size=$((16 << 20))

setup() {
	local accounting=/sys/module/dma_heap/parameters/mem_accounting
	[[ -e $accounting ]] || skip "this kernel does not account for heaps"
	[[ $(<$accounting) == Y ]]
	mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir $group
	# From here on, all that this test starts is in the group.
	echo $BASHPID >$group/cgroup.procs
	before=$(charged)
}

teardown() {
	nothing_left || return
	! loaded dmaheap_debug || rmmod dmaheap_debug
	[[ ! -d $group ]] || { echo $BASHPID >/sys/fs/cgroup/cgroup.procs && rmdir $group; }
}

charged() {
	cat $group/memory.current
}

@test "a process pays for the buffer that it allocates, and no longer than it lives" {
	start system alloc --heap system --size $size --hold
	(($(charged) - before >= size))
	finish 0
	no_buffers
	paid_back() { (($(charged) - before < size / 2)); }
	await paid_back
}

@test "a process does not pay for what a driver allocates, though the driver runs in it" {
	watch
	before=$(charged)
	start "^map +ok" kernel hold --heap system --size $size
	grep -q . /sys/kernel/debug/dma_buf/bufinfo
	! none_left || return 1
	echo "$before, then $(charged)"
	(($(charged) - before < size / 2)) || return 1
	finish 0
}
