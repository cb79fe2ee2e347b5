#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of charging buffers to the memory cgroup of a process, with dma_heap.mem_accounting=1.
#
#   tests/vm/suite own-7.3-series charge

load guest
load debug

group=/sys/fs/cgroup/charge
size=$((16 << 20))

setup() {
	local accounting=/sys/module/dma_heap/parameters/mem_accounting
	[[ -e $accounting ]] || skip "this kernel cannot charge a cgroup for heaps"
	[[ $(<$accounting) == Y ]]
	mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir $group
	# Move this shell, and thus all processes that it starts from here on, to the cgroup.
	echo $BASHPID >$group/cgroup.procs
	before=$(charged)
}

teardown() {
	nothing_left || return
	! loaded dmaheap_client || rmmod dmaheap_client
	[[ ! -d $group ]] || { echo $BASHPID >/sys/fs/cgroup/cgroup.procs && rmdir $group; }
}

charged() {
	cat $group/memory.current
}

@test "a buffer is charged to the cgroup of the allocating process until the buffer is freed" {
	start system alloc --heap system --size $size --hold
	(($(charged) - before >= size))
	finish 0
	no_buffers
	uncharged() { (($(charged) - before < size / 2)); }
	await uncharged
}

@test "a buffer that a driver allocates is charged to the cgroup of the calling process" {
	act
	before=$(charged)
	start "^map +ok" kernel hold --heap system --size $size
	echo "charged before: $before, now: $(charged)"
	(($(charged) - before >= size)) || return 1
	finish 0
	uncharged() { (($(charged) - before < size / 2)); }
	await uncharged
}

@test "alloc does not attempt an allocation that would exceed memory.max of the cgroup" {
	echo $((before + size / 2)) >$group/memory.max
	run_tool 1 alloc --heap system --size $size
	has "$err" "not attempted \(only .* available in cgroup '/charge'\); use --force"
	run_tool 0 alloc --heap system --size 64K
	echo max >$group/memory.max
	run_tool 0 alloc --heap system --size $size
}
