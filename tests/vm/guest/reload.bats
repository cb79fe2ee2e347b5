#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dmaheap_debug loaded and unloaded again and again while eight processes allocate.
#
#   tests/vm/suite debian-6.12 reload

load guest
load debug

teardown() {
	nothing_left
	! loaded dmaheap_debug || rmmod dmaheap_debug
	# bats looks at the last status only.
	[[ ! -e /sys/module/dmaheap_debug ]] && no_buffers
}

# In kB, without what the kernel only keeps for later.
kernel_memory() {
	sleep 2
	echo 3 >/proc/sys/vm/drop_caches
	sleep 2
	awk '/^SUnreclaim|^VmallocUsed/ {n += $2} END {print n}' /proc/meminfo
}

# N loads and unloads, while eight processes allocate.
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

@test "loaded and unloaded a hundred times under load from eight processes" {
	local i before after
	# What the kernel allocates once for such a load is there before the first figure.
	reloads 20
	before=$(kernel_memory)
	reloads 100
	# Nothing of it is left: no probe, no file, no device, no memory.
	[[ ! -s /sys/kernel/debug/kprobes/list ]]
	[[ ! -e $folder ]]
	refused compgen -G '/sys/bus/platform/devices/dmaheap_debug*'
	# 100 times one page of the module's would be 400, and would stay. What else is freed
	# late, such as stacks of threads that ended, goes with time.
	for ((i = 0; i < 10; i++)); do
		after=$(kernel_memory)
		echo "slab and vmalloc: $before kB, then $after kB"
		((after >= before + 400)) || break
	done
	((after < before + 400))
	watch
	together 8 dmaheapctl alloc --heap system --size 4K --count 25 --summary
	settled
	figures system allocs=200 frees=200 older=0
}

@test "loaded and unloaded while calls are on their way" {
	local i calls=()
	insmod $extra/dmaheap_sim.ko 'heaps=slow:slow:1M:delay=8000'
	# Of those that were there first, only the end is seen.
	dmaheapctl alloc --heap slow --size 4K >/dev/null 3>&- &
	calls+=($!)
	sleep 1
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
	settled slow
	figures slow allocs=1 frees=1
	# 8 s, in powers of two of nanoseconds.
	[[ $(figure latency slow) == 3[23]:1 ]]
}
