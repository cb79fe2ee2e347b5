#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of the companion modules with failing allocations. fail-nth repeats an operation and makes a
# different kernel allocation fail each time. Each operation must succeed or return an error, and
# leak nothing.
#
#   tests/vm/suite own-6.12-checked faults

load guest
load debug

faults=/sys/kernel/debug
facts=/sys/kernel/debug/dmaheap_sim

setup_file() {
	[[ -d $faults/failslab ]] || return 0
	# An allocation failure can log a call trace. tests/vm/run ignores such traces after this
	# line of the log.
	echo 'vm: allocation failures are expected from here on' >/dev/kmsg
	echo N >$faults/failslab/ignore-gfp-wait
	echo 0 >$faults/failslab/verbose
	echo N >$faults/fail_page_alloc/ignore-gfp-wait
	echo N >$faults/fail_page_alloc/ignore-gfp-highmem
	echo 0 >$faults/fail_page_alloc/min-order
	echo 0 >$faults/fail_page_alloc/verbose
}

setup() {
	[[ -e /proc/self/fail-nth ]] || skip "this kernel has no fault injection"
}

teardown() {
	nothing_left
}

# faulty [ERRNO|...] ARG...: runs fail-nth with these arguments. Fails if the operation returns an
# error other than ENOMEM or one of the given ERRNOs.
faulty() {
	local others=
	[[ $1 == [1-9]* ]] && others="|$1" && shift
	fail-nth "$@" >"$out" 2>"$err" || { cat "$err"; return 1; }
	echo "# fail-nth $*: $(tr '\n' ' ' <"$out")" >&3
	if grep '^errno=' "$out" | grep -vE "^errno=(12$others) "; then
		echo "unexpected error: fail-nth $*"
		return 1
	fi
}

# complete: fails unless fail-nth reached the last allocation and the operation returned ENOMEM at
# least once.
complete() {
	has "$out" '^end='
	has "$out" '^errno=12 '
}

# value HEAP KEY: prints the counter KEY of HEAP from dmaheap_sim.
value() {
	sed -n "s/^heap=$1 .* $2=\([^ ]*\).*/\1/p" $facts/heaps
}

# balanced HEAP: fails unless the counters of HEAP in dmaheap_sim balance and match those in
# dmaheap_debug.
balanced() {
	await figures "$1" live=0
	is "$(value "$1" used)" 0
	is "$(value "$1" freed)" "$(value "$1" allocated)"
	is "$(value "$1" requests)" $(($(value "$1" allocated) + $(value "$1" failed)))
	figures "$1" "frees=$(value "$1" freed)"
	# dmaheap_debug counts allocations by drivers separately if the kernel or a module provides
	# dma_heap_buffer_alloc().
	[[ $(value "$1" allocated) == "$(figure allocs "$1")" ]] ||
		is "$(value "$1" allocated)" $(($(figure allocs "$1") + $(figure kallocs "$1")))
}

@test "loading dmaheap_debug succeeds or returns ENOMEM if an allocation fails" {
	# A load makes about 650 allocations, and takes up to five seconds on a kernel with
	# DEBUG_KOBJECT_RELEASE. Therefore the test makes only every 61st allocation fail.
	faulty -f 30 -s 61 load $extra/dmaheap_debug.ko
	complete
	[[ ! -e $folder ]]
	refused loaded dmaheap_debug
	[[ ! -s /sys/kernel/debug/kprobes/list ]]
	watch
	dmaheapctl alloc --heap system --size 4K
	all_freed
	figures system allocs=1 frees=1
}

@test "loading dmaheap_sim succeeds or returns ENOMEM if an allocation fails" {
	local heaps='heaps=protected:protected:8M;carve:carveout:8M'
	# If the module cannot be unloaded, fail-nth ends after the first successful load, even if
	# it has not reached the last allocation.
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

@test "dmaheap_sim adds a heap completely or not at all if an allocation fails" {
	local n
	for n in {1..12}; do
		faulty -f "$n" -m 1 write $facts/control "add f$n:carveout:64K"
		if grep -q '^errno=' "$out"; then
			[[ ! -e /dev/dma_heap/f$n ]]
			has_no $facts/heaps "^heap=f$n "
		else
			dmaheapctl alloc --heap "f$n" --size 64K >/dev/null
		fi
		[[ ! -e /dev/dma_heap/f$n ]] || ! can_remove_heaps || echo "remove f$n" >$facts/control
	done
}

@test "the counters of dmaheap_debug and dmaheap_sim match after failed buffer allocations" {
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
	all_freed
}

@test "dmaheap_client undoes the steps of a session if an allocation fails" {
	act
	grep -q ' dma_heap_buffer_alloc$' /proc/kallsyms || insmod $extra/dmaheap_accessors.ko
	# Two errors other than ENOMEM are expected. The client returns ENOENT (2) if a find fails
	# for any reason, and the kernel returns EINVAL (22) for a device that it could not name.
	# The steps omit vmap because dma_buf_vmap() warns when it fails.
	faulty '2|22' session $client_folder/client 'find carve' 'alloc 65536' 'attach mask=32' map \
		unmap detach free put
	complete
	no_buffers
	balanced carve
	is "$(figure finds carve)" "$(figure puts carve)"
	rmmod dmaheap_client
	! loaded dmaheap_accessors || rmmod dmaheap_accessors
}

@test "reads of the files of dmaheap_debug and dmaheap_sim, and a reset of the figures, succeed or return ENOMEM if an allocation fails" {
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

@test "kmemleak finds no leaks from the tests of the companion modules" {
	rmmod dmaheap_debug
	! can_remove_heaps || rmmod dmaheap_sim
	no_leaks
}
