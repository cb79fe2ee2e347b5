#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests that load and unload dmaheap_debug while other processes allocate.
#
#   tests/vm/suite own-6.12 reload

load guest
load debug

teardown() {
	unload_all
}

# kernel_memory: drops caches, and prints the sum of unreclaimable slab and vmalloc memory in kB.
kernel_memory() {
	sleep 2
	echo 3 >/proc/sys/vm/drop_caches
	sleep 2
	awk '/^SUnreclaim|^VmallocUsed/ {n += $2} END {print n}' /proc/meminfo
}

# reloads N: loads and unloads dmaheap_debug N times while eight processes allocate.
reloads() {
	local i loaders=()
	touch "$BATS_TEST_TMPDIR/go"
	for ((i = 0; i < 8; i++)); do
		while [[ -e $BATS_TEST_TMPDIR/go ]]; do
			nice dmaheapctl alloc --heap system --size 256K --count 100 --summary >/dev/null
		done 3>&- &
		loaders+=($!)
	done
	for ((i = 0; i < $1; i++)); do
		insmod $extra/dmaheap_debug.ko
		cat $folder/stats >"$out"
		rmmod dmaheap_debug
	done
	rm "$BATS_TEST_TMPDIR/go"
	wait "${loaders[@]}"
}

@test "dmaheap_debug leaks nothing if it is loaded and unloaded a hundred times while eight processes allocate" {
	local i before after
	# Exclude the first loads from the comparison: the kernel keeps some of their allocations.
	reloads 20
	before=$(kernel_memory)
	reloads 100
	# The module must not leak a probe, file, device or memory.
	[[ ! -s /sys/kernel/debug/kprobes/list ]]
	[[ ! -e $folder ]]
	refused compgen -G '/sys/bus/platform/devices/dmaheap_debug*'
	# A hundred loads that leak one page each would leak 400 kB. The kernel frees other memory
	# late, such as stacks of threads that have ended, so measure several times.
	for ((i = 0; i < 10; i++)); do
		after=$(kernel_memory)
		echo "slab and vmalloc: $before kB, then $after kB"
		((after >= before + 400)) || break
	done
	((after < before + 400))
	watch
	together 8 dmaheapctl alloc --heap system --size 4K --count 25 --summary
	all_freed
	figures system allocs=200 frees=200 older=0
}

@test "dmaheap_debug can be loaded and unloaded while allocations are in progress" {
	local i calls=()
	insmod $extra/dmaheap_sim.ko 'heaps=slow:slow:1M:delay=8000'
	# dmaheap_debug must not count this call, which begins before the module is loaded.
	dmaheapctl alloc --heap slow --size 4K >/dev/null 3>&- &
	calls+=($!)
	await grep -q '^heap=slow .* requests=1 ' /sys/kernel/debug/dmaheap_sim/heaps
	watch
	for ((i = 0; i < 4; i++)); do
		dmaheapctl alloc --heap slow --size 4K >/dev/null 3>&- &
		calls+=($!)
	done
	await figures slow opens=4
	figures slow allocs=0
	rmmod dmaheap_debug
	[[ ! -e $folder ]]
	wait "${calls[@]}"
	watch
	dmaheapctl alloc --heap slow --size 4K >/dev/null
	all_freed slow
	figures slow allocs=1 frees=1
	# 8 s is about 2^33 ns, so the latency falls into range 32 or 33.
	[[ $(figure latency slow) == 3[23]:1 ]]
}
