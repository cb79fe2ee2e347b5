#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The modules on a kernel that refuses memory, one allocation after the other: what was
# asked for works or fails cleanly, and leaves nothing behind.
#
#   tests/vm/suite own-6.12-checked faults

load guest
load debug

faults=/sys/kernel/debug
facts=/sys/kernel/debug/dmaheap_sim

setup_file() {
	[[ -d $faults/failslab ]] || return 0
	# What fails here may well be told in the log, with a call trace.
	echo 'vm: allocations fail on purpose from here on' >/dev/kmsg
	echo N >$faults/failslab/ignore-gfp-wait
	echo 0 >$faults/failslab/verbose
	echo N >$faults/fail_page_alloc/ignore-gfp-wait
	echo N >$faults/fail_page_alloc/ignore-gfp-highmem
	echo 0 >$faults/fail_page_alloc/min-order
	echo 0 >$faults/fail_page_alloc/verbose
}

setup() {
	[[ -e /proc/self/fail-nth ]] || skip "this kernel cannot let allocations fail"
}

teardown() {
	nothing_left
}

removable() {
	grep -q ' dma_heap_remove$' /proc/kallsyms
}

# faulty [ERRNO|...] ARG...: of fail-nth; success and lack of memory, also by other numbers
# if such are given, are all that may come of it.
faulty() {
	local others=
	[[ $1 == [1-9]* ]] && others="|$1" && shift
	fail-nth "$@" >"$out" 2>"$err" || { cat "$err"; return 1; }
	echo "# fail-nth $*: $(tr '\n' ' ' <"$out")" >&3
	if grep '^errno=' "$out" | grep -vE "^errno=(12$others) "; then
		echo "not for lack of memory: fail-nth $*"
		return 1
	fi
}

# Each allocation was made to fail, and at least one failure mattered.
complete() {
	has "$out" '^end='
	has "$out" '^errno=12 '
}

# value HEAP KEY: of what dmaheap_sim knows.
value() {
	sed -n "s/^heap=$1 .* $2=\([^ ]*\).*/\1/p" $facts/heaps
}

# What dmaheap_sim knows of a heap adds up, and is what dmaheap_debug counted.
balanced() {
	await figures "$1" live=0
	is "$(value "$1" used)" 0
	is "$(value "$1" freed)" "$(value "$1" allocated)"
	is "$(value "$1" requests)" $(($(value "$1" allocated) + $(value "$1" refused)))
	figures "$1" "frees=$(value "$1" freed)"
	# Those by the kernel are counted apart, where something has the function for them.
	[[ $(value "$1" allocated) == "$(figure allocs "$1")" ]] ||
		is "$(value "$1" allocated)" $(($(figure allocs "$1") + $(figure kallocs "$1")))
}

@test "dmaheap_debug loads or says ENOMEM, and loads afterwards" {
	# Some 650 allocations. A kernel with DEBUG_KOBJECT_RELEASE needs five seconds for
	# each load, so that these are a few of them.
	faulty -f 30 -s 61 load $extra/dmaheap_debug.ko
	complete
	[[ ! -e $folder ]]
	refused loaded dmaheap_debug
	[[ ! -s /sys/kernel/debug/kprobes/list ]]
	watch
	dmaheapctl alloc --heap system --size 4K
	settled
	figures system allocs=1 frees=1
}

@test "dmaheap_sim loads or says ENOMEM, and loads afterwards" {
	local heaps='heaps=protected:protected:8M;carve:carveout:8M'
	# Where it cannot be unloaded, the first success is the last.
	faulty -f 20 -s 61 -m 800 load $extra/dmaheap_sim.ko "$heaps"
	has "$out" '^errno=12 '
	if ! loaded dmaheap_sim; then
		[[ ! -e /dev/dma_heap/protected && ! -e /dev/dma_heap/carve ]]
		insmod $extra/dmaheap_sim.ko "$heaps"
	fi
	[[ -c /dev/dma_heap/protected ]]
	[[ -c /dev/dma_heap/carve ]] || echo "add carve:carveout:8M" >$facts/control
	dmaheapctl alloc --heap carve --size 8M
}

@test "heaps come while it runs, or do not" {
	local n
	for n in {1..12}; do
		faulty -f "$n" -m 1 write $facts/control "add f$n:carveout:64K"
		if grep -q '^errno=' "$out"; then
			[[ ! -e /dev/dma_heap/f$n ]]
			has_no $facts/heaps "^heap=f$n "
		else
			dmaheapctl alloc --heap "f$n" --size 64K >/dev/null
		fi
		[[ ! -e /dev/dma_heap/f$n ]] || ! removable || echo "remove f$n" >$facts/control
	done
}

@test "buffers: the heap's counts and the module's stay right" {
	local heap
	for heap in protected carve; do
		for size in 4096 65536 2097152; do
			faulty alloc "/dev/dma_heap/$heap" $size
			complete
		done
		no_buffers
		balanced $heap
	done
	faulty alloc /dev/dma_heap/system 65536
	complete
	settled
}

@test "a driver's life, each step of which may fail" {
	grep -q ' dma_heap_buffer_alloc$' /proc/kallsyms || insmod $extra/dmaheap_accessors.ko
	# That a heap was not found is all that the test's module can say, and that a device has
	# no name all that the kernel says of one that it could not name. Without vmap: when
	# that fails, dma_buf_vmap() warns.
	faulty '2|22' session $folder/client 'find carve' 'alloc 65536' 'attach mask=32' map \
		unmap detach free put
	complete
	no_buffers
	balanced carve
	is "$(figure finds carve)" "$(figure puts carve)"
	! loaded dmaheap_accessors || rmmod dmaheap_accessors
}

@test "what the modules tell is told whole or not at all" {
	local file
	for file in stats probes callsites version; do
		faulty read $folder/$file
		complete
	done
	for file in heaps buffers; do
		faulty read $facts/$file
		complete
	done
	faulty write $folder/control reset
}

@test "no memory of the kernel is lost" {
	rmmod dmaheap_debug
	! removable || rmmod dmaheap_sim
	no_leaks
}
