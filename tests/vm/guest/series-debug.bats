#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of dmaheap_debug on a kernel with kernel/patches, where drivers can find heaps.
#
#   tests/vm/suite own-6.12-series series-debug

load guest
load debug

setup() {
	grep -q ' dma_heap_find_by_name$' /proc/kallsyms || skip "this kernel does not have the series"
	[[ -e $extra/dmaheap_debug.ko ]]
}

teardown() {
	exec 8>&-
	unload_all dmaheap_leak dmaheap_stress dmaheap_sim
}

@test "dmaheap_debug probes the kernel functions that find heaps, put heaps and allocate buffers" {
	watch
	for symbol in find_by_name put buffer_alloc; do
		record "probe symbol=dma_heap_$symbol state=attached module=vmlinux since=[0-9]* missed=0 " probes
	done
	record "probe symbol=dma_heap_find state=missing " probes
}

@test "dmaheap_debug does not count allocations by processes as allocations by drivers" {
	watch
	together 4 dmaheapctl alloc --heap system --size 4K --count 25 --summary
	all_freed
	figures system opens=4 open_files=0 allocs=100 frees=100 alloc_fails=0 \
		kallocs=0 kalloc_fails=0 finds=0 puts=0 old_puts=0 refs=0 older=0 unseen=0
	is "$(record 'callsite ' callsites)" ""
}

@test "dmaheap_debug counts the open files of a heap until they are closed, also after the heap was removed" {
	insmod $extra/dmaheap_sim.ko heaps=brief:carveout:1M
	watch
	exec 8<>/dev/dma_heap/brief
	figures brief opens=1 open_files=1
	echo 'remove brief' >/sys/kernel/debug/dmaheap_sim/control
	figures brief opens=1 open_files=1
	exec 8>&-
	await figures brief open_files=0
	echo 'add brief:carveout:1M' >/sys/kernel/debug/dmaheap_sim/control
	exec 8<>/dev/dma_heap/brief
	figures brief opens=2 open_files=1
	exec 8>&-
	figures brief opens=2 open_files=0
}

@test "dmaheap_debug does not count an ioctl as an allocation by a driver if its probe missed the ioctl" {
	local calls short
	watch maxactive=1
	miss_ioctls
	await none_left
	((${short#*=}))
	figures system kallocs=0 kalloc_bytes=0
	(($(figure allocs system) + ${short#*=} >= calls))
	is "$(record 'callsite ' callsites)" ""
	missed_is_sum
}

@test "dmaheap_debug counts the find, allocation, free and put of a driver" {
	watch
	act
	exec 9<>$client_folder/client
	client "find system" "ok command=find"
	figures system finds=1 puts=0 refs=1 opens=0
	client "alloc 4194304" "ok command=alloc size=4194304"
	figures system kallocs=1 kalloc_bytes=4194304 allocs=0 live=1 live_bytes=4194304
	client "attach mask=32" "ok command=attach" \
		"map" "ok command=map segments=[0-9]+ bytes=4194304 .* below_4g=yes" \
		"unmap" "ok command=unmap" "detach" "ok command=detach" "free" "ok command=free"
	await figures system frees=1 live=0
	# Freeing the buffer does not put the driver's reference to the heap.
	figures system refs=1 puts=0 old_puts=0
	client "put" "ok command=put"
	exec 9>&-
	figures system finds=1 puts=1 old_puts=0 refs=0
	record 'callsite heap=system module=dmaheap_client symbol=session_find+0x[0-9a-f]* finds=1 puts=0 kallocs=0$' callsites
	record 'callsite heap=system module=dmaheap_client symbol=session_alloc+0x[0-9a-f]* finds=0 puts=0 kallocs=1$' callsites
	record 'callsite heap=system module=dmaheap_client symbol=session_put+0x[0-9a-f]* finds=0 puts=1 kallocs=0$' callsites
	is "$(record 'callsite ' callsites | wc -l)" 3
	is "$(missed)" missed=0
}

@test "a driver can put a heap before it frees a buffer of the heap" {
	watch
	act
	exec 9<>$client_folder/client
	client "find system" "ok command=find" "alloc 4096" "ok command=alloc size=4096" \
		"put" "ok command=put"
	figures system finds=1 puts=1 refs=0 live=1
	client "free" "ok command=free"
	exec 9>&-
	all_freed
	figures system frees=1 puts=1 old_puts=0 refs=0
}

@test "dmaheap_debug counts the allocation failures of drivers by errno" {
	watch
	act
	exec 9<>$client_folder/client
	client "find system" "ok command=find" \
		"alloc 0" "error command=alloc errno=22" \
		"alloc 18446744073709551615" "error command=alloc errno=22" \
		"alloc 4096 heap_flags=1" "error command=alloc errno=22" \
		"alloc 1" "ok command=alloc size=4096"
	exec 9>&-
	all_freed
	figures system kallocs=1 kalloc_bytes=4096 kalloc_fails=3 errnos=22:3 alloc_fails=0 frees=1 \
		finds=1 puts=1 refs=0
}

@test "dma_heap_find_by_name() requires the exact name, and dmaheap_debug counts finds of unknown names" {
	watch
	act
	exec 9<>$client_folder/client
	client "find system" "ok command=find" "put" "ok command=put" \
		"find nonesuch" "error command=find errno=2" \
		'find system\x0a' "error command=find errno=2" \
		"find syste" "error command=find errno=2"
	exec 9>&-
	figures system finds=1 puts=1 refs=0
	record 'miss name=nonesuch count=1$'
	record 'miss name=system\\x0a count=1$'
	record 'miss name=syste count=1$'
}

@test "a driver can find a CMA heap, and allocate and map a buffer" {
	[[ -c /dev/dma_heap/reserved ]] || skip "no CMA heap"
	watch
	act
	exec 9<>$client_folder/client
	client "find reserved" "ok command=find" "alloc 4194304" "ok command=alloc size=4194304" \
		"attach mask=32" "ok command=attach" \
		"map" "ok command=map segments=1 bytes=4194304 .* contiguous=yes .*"
	exec 9>&-
	all_freed reserved
	figures reserved finds=1 puts=1 kallocs=1 frees=1
	is "$(figure finds system)" ""
}

@test "dmaheap_client undoes the steps of a session when the process that opened the client file is killed" {
	watch
	act
	bash -c "exec 9<>$client_folder/client; for step in 'find system' 'alloc 4096' attach map vmap; do
		echo \$step >&9; cat <&9; done; kill -KILL \$\$" >"$out" || status=$?
	is "$status" 137
	is "$(grep -c ^ok "$out")" 5
	all_freed
	figures system finds=1 puts=1 refs=0 frees=1 old_puts=0
}

@test "dmaheap_debug counts every call if eight processes allocate and eight others use dmaheap_client at the same time" {
	watch
	act
	together 8 dmaheapctl alloc --heap system --size 4K --count 25 --summary &
	together 8 bash -c "for i in {1..25}; do
		exec 9<>$client_folder/client
		for step in 'find system' 'alloc 4096' free put; do
			echo \$step >&9
		done
		exec 9>&-
	done"
	wait $!
	all_freed
	figures system allocs=200 kallocs=200 frees=400 finds=200 puts=200 old_puts=0 refs=0 \
		opens=8 open_files=0
	is "$(missed)" missed=0
}

@test "accounting and dmaheap_debug name the driver and the function that leaked heap references" {
	watch
	run_tool 6 accounting -- insmod $extra/dmaheap_leak.ko finds=3 puts=1 allocs=2
	has "$err" "heap 'system': references held 2"
	run_tool 0 accounting --callers
	figures system finds=3 puts=1 refs=2 old_puts=0 kallocs=2 frees=2
	record 'callsite heap=system module=dmaheap_leak symbol=dmaheap_leak_find+0x[0-9a-f]* finds=3 puts=0 kallocs=0$' callsites
	record 'callsite heap=system module=dmaheap_leak symbol=dmaheap_leak_put+0x[0-9a-f]* finds=0 puts=1 kallocs=0$' callsites
	record 'callsite heap=system module=dmaheap_leak symbol=dmaheap_leak_alloc+0x[0-9a-f]* finds=0 puts=0 kallocs=2$' callsites
	has "$out" '^.-dmaheap_leak_find[a-z0-9.]*\+0x[0-9a-f]+ +3 +0 +3 system'
}

# sum KEY: prints the sum of KEY over the heaps of dmaheap_stress.
sum() {
	record 'heap name=stress' | grep -o " $1=[0-9]*" | awk -F= '{ all += $2 } END { print all + 0 }'
}

stressed() {
	cat "/sys/module/dmaheap_stress/parameters/$1"
}

stress_all_freed() {
	(($(stressed allocs) == $(stressed frees)))
}

@test "the accounts balance for heaps that are added and removed under load" {
	watch
	insmod $extra/dmaheap_stress.ko
	open-race stress 4 4 10
	echo N >/sys/module/dmaheap_stress/parameters/running
	await stress_all_freed
	dmaheapctl accounting >"$out"
	is "$(missed)" missed=0
	# Each buffer of dmaheap_stress holds a reference to its heap. dmaheap_debug counts the call
	# of dma_heap_get() for this reference as a find.
	is "$(sum finds)" $(($(stressed finds) + $(stressed allocs)))
	is "$(sum puts)" $(($(stressed puts) + $(stressed frees)))
	is "$(sum old_puts) $(sum refs) $(sum live)" "0 0 0"
	is $(($(sum allocs) + $(sum kallocs))) "$(stressed allocs)"
	is "$(sum frees)" "$(stressed frees)"
	is "$(sum open_files)" 0
	(($(sum finds) > 100 && $(sum opens) > 10))
	rmmod dmaheap_stress
}
