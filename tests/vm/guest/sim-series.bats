#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of dmaheap_sim on a kernel that can remove heaps. On such a kernel, the module can remove
# heaps at run time, and can be unloaded unless one of its heaps is in use.
#
#   tests/vm/suite own-6.12-series sim-series

load guest
load debug

facts=/sys/kernel/debug/dmaheap_sim

setup() {
	can_remove_heaps || skip "this kernel cannot remove heaps"
	# The module can still be loaded from an earlier test file.
	! loaded dmaheap_sim || rmmod dmaheap_sim
	insmod $extra/dmaheap_sim.ko "heaps=${heaps:-protected:protected:8M;carve:carveout:4M}"
}

teardown() {
	nothing_left && { ! loaded dmaheap_sim || await rmmod dmaheap_sim; }
}

control() {
	# shellcheck disable=SC2016
	bash -c 'printf "%s\n" "$1" >"$2"' - "$1" $facts/control 2>"$err"
}

# in_use: fails if the module can be unloaded, or if its heap "protected" has no node.
in_use() {
	if rmmod dmaheap_sim 2>"$err"; then
		echo "the module was unloaded"
		return 1
	fi
	has "$err" 'in use|temporarily unavailable'
	[[ -c /dev/dma_heap/protected ]]
}

absent() {
	[[ ! -e $1 ]]
}

@test "adding and removing a heap sends uevents, and udev initializes the device" {
	udevadm monitor --udev --subsystem-match=dma_heap >"$out" 3>&- &
	tool=$!
	await grep -q UDEV "$out"
	control 'add late,1:carveout:1M'
	await grep -q 'add .*/devices/virtual/dma_heap/late,1 ' "$out"
	udevadm wait --initialized=true --timeout=30 /dev/dma_heap/late,1
	dmaheapctl alloc --heap late,1 --size 1M
	control 'remove late,1'
	await grep -q 'remove .*/devices/virtual/dma_heap/late,1 ' "$out"
	await absent /dev/dma_heap/late,1
	absent /sys/class/dma_heap/late,1
	has_no $facts/heaps '^heap=late'
	rmmod dmaheap_sim
	await grep -q 'remove .*/devices/virtual/dma_heap/protected ' "$out"
	await grep -q 'remove .*/devices/virtual/dma_heap/carve ' "$out"
	is "$(grep -c '^UDEV .* add ' "$out")" 1
	is "$(grep -c '^UDEV .* remove ' "$out")" 3
}

# waits STATUS TEXT: fails unless the process $tool exits with STATUS and its output is TEXT.
waits() {
	local status=0
	wait "$tool" || status=$?
	is "$status $(cat "$out")" "$1 $2"
}

# list_in_background ARG...: starts list in the background, and sets $tool to its PID. Fails if list
# ends within a second.
list_in_background() {
	dmaheapctl list --raw --no-headings -o NAME,ACCESS "$@" >"$out" 2>"$err" 3>&- &
	tool=$!
	sleep 1
	kill -0 "$tool"
}

@test "list --wait ends when a heap is added, and list --gone when it is removed" {
	list_in_background --wait=60s late,1 protected
	control 'add late,1:carveout:1M'
	waits 0 $'late,1 yes\nprotected yes'
	run_tool 7 list --gone=200ms late,1
	list_in_background --gone=60s late,1
	control 'remove late,1'
	waits 0 ''
	list_in_background --gone=60s protected carve
	rmmod dmaheap_sim
	waits 0 ''
}

@test "dmaheap_sim cannot be unloaded while the node of one of its heaps is open" {
	exec {open}</dev/dma_heap/protected
	in_use
	exec {open}<&-
	rmmod dmaheap_sim
	absent /dev/dma_heap/protected
	absent $facts
}

@test "dmaheap_sim cannot be unloaded while a buffer of one of its heaps exists, even if the heap was removed" {
	start 'protected' alloc --heap protected --size 1M --hold
	in_use
	control 'remove carve'
	in_use
	control 'remove protected'
	has $facts/heaps '^heap=protected .* buffers=1 .* removed=yes'
	refused rmmod dmaheap_sim
	finish 0
	await has_no $facts/heaps '^heap='
	await rmmod dmaheap_sim
}

@test "dmaheap_sim cannot be unloaded while a driver holds a reference to one of its heaps" {
	grep -q ' dma_heap_find_by_name$' /proc/kallsyms || skip "drivers cannot find heaps on this kernel"
	watch
	act
	exec {client}<>$client_folder/client
	echo 'find protected' >&"$client"
	in_use
	echo put >&"$client"
	rmmod dmaheap_sim
	exec {client}<&-
	rmmod dmaheap_client dmaheap_debug
}

@test "a buffer of a removed heap can still be mapped, written, synced, imported and freed" {
	# shellcheck disable=SC2016
	run_tool 0 alloc --heap carve --size 4M -- bash -ec '
		echo "remove carve" >/sys/kernel/debug/dmaheap_sim/control
		test ! -e /dev/dma_heap/carve
		# The name can be used again, but the buffer still holds its memory.
		echo "add carve:slow:1M:delay=1" >/sys/kernel/debug/dmaheap_sim/control
		dmaheapctl map --fd 3 --fill random:5 --verify --passes 2
		dmaheapctl alloc --heap carve --size 4K
		dmaheapctl inspect --fd 3 || test $? = 5
		modprobe vgem
		dmaheapctl export --fd 3 --device driver:vgem
		grep -q "^heap=carve size=4194304 segments=1 " /sys/kernel/debug/dmaheap_sim/buffers'
	no_buffers
	await has_no $facts/heaps 'removed=yes'
	is "$(grep -c '^heap=carve ' $facts/heaps)" 1
}

@test "an allocation that is waiting in a slow heap returns ENODEV when the heap is removed" {
	control 'add sleepy:slow:1M:delay=600000'
	dmaheapctl alloc --heap sleepy --size 4K >"$out" 2>"$err" 3>&- &
	tool=$!
	await grep -q '^heap=sleepy .* requests=1 ' $facts/heaps
	SECONDS=0
	bash -c "echo remove sleepy >$facts/control"
	local status=0
	wait "$tool" || status=$?
	((status != 0 && SECONDS < 60))
	has "$err" "heap 'sleepy': allocating .*: No such device"
}

@test "an allocation through an open node of a removed heap returns ENODEV, even if a heap of the same name is added" {
	keep_open carve
	kept_gives 0
	control 'remove carve'
	kept_gives 19
	control 'add carve:carveout:1M'
	kept_gives 19
	refused rmmod dmaheap_sim
	run_tool 0 alloc --heap carve --size 1M
	close_kept
}

@test "dmaheap_sim can be loaded, used and unloaded twenty times" {
	rmmod dmaheap_sim
	local round
	for round in {1..20}; do
		insmod $extra/dmaheap_sim.ko 'heaps="a b;carve:carveout:4M;fail:failing;slow:slow:1M:delay=1"'
		dmaheapctl alloc --heap carve --size 4M >/dev/null
		dmaheapctl alloc --heap 'a b' --size 1M >/dev/null
		await rmmod dmaheap_sim 2>/dev/null
		absent /dev/dma_heap/carve
		absent $facts
	done
}

@test "module unload names the users of heaps that were added or removed after the load" {
	control 'add late,1:slow:1M:delay=1'
	exec {open}</dev/dma_heap/late,1
	start 'late,1' alloc --heap late,1 --size 64K --hold
	run_tool 1 module unload sim
	has "$err" "reference count [0-9]+: buffers of its heaps, open nodes"
	has "$err" "heap 'late,1': node is open in process $$ \(bash\)"
	has "$err" "heap 'late,1': process $tool \(dmaheapctl\) holds buffer [0-9]+, 64 KiB"
	control 'remove late,1'
	run_tool 1 module unload sim
	has "$err" "heap 'late,1' \(removed\): node is open in process $$ \(bash\)"
	has "$err" "heap 'late,1': process $tool \(dmaheapctl\) holds buffer [0-9]+, 64 KiB"
	finish 0
	no_buffers
	run_tool 1 module unload sim
	has "$err" "heap 'late,1' \(removed\): node is open"
	has_no "$err" 'holds buffer|no process'
	exec {open}<&-
	run_tool 0 module unload sim
	absent $facts
}

@test "dmaheap_sim can be unloaded if the kernel can remove heaps, even if it was built for one that cannot" {
	local other=/usr/lib/modules/unpatched/dmaheap_sim.ko
	[[ -e $other ]]
	rmmod dmaheap_sim
	insmod $other
	exec {open}</dev/dma_heap/protected
	refused rmmod dmaheap_sim
	exec {open}<&-
	rmmod dmaheap_sim
	absent /dev/dma_heap/protected
}
