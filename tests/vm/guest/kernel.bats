#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # err and out are guest.bash's
#
# Tests of 'dmaheapctl kernel', which runs a driver's steps through dmaheap_client.
# On kernels without accessors, the test module dmaheap_accessors provides them.
#
#   tests/vm/suite debian-6.12 kernel

load guest
load debug

setup() {
	[[ -e $extra/dmaheap_debug.ko && -e $extra/dmaheap_client.ko ]]
}

teardown() {
	unload_all
}

# step NAME KEY [FILE]: prints KEY of a step from the JSON in FILE ($out by default).
step() {
	jq -r --arg stage "$1" ".steps[] | select(.stage == \$stage) | .$2" "${3-$out}"
}

@test "kernel exits with 5 and names the cause if dmaheap_client is not loaded or the kernel lacks required functions" {
	run_tool 5 kernel --heap system --size 4K
	has "$err" "module 'dmaheap_client': not loaded \('dmaheapctl kernel' requires it\); run 'dmaheapctl module load client'"
	if has_accessors; then
		has_no "$err" 'the kernel lacks'
		skip "the kernel has accessors"
	fi
	has "$err" "the kernel lacks functions that 'dmaheapctl kernel' requires: dma_heap_find_by_name\(\), "
	has "$err" 'dma_heap_buffer_alloc\(\); '
	run_tool 5 kernel find --heap system
	has_no "$err" 'dma_heap_buffer_alloc'
	act
	run_tool 5 kernel --heap system --size 4K --json
	has "$err" "heap 'system': find: the kernel does not export dma_heap_find[a-z_]*\(\); see"
	is "$(step find result)" unsupported
	is "$(step alloc result)" 'not reached'
	is "$(step put result)" 'not reached'
	is "$(field .inspection)" null
	run_tool 5 kernel find --heap system --color=always
	has "$out" $'^find +\e\\[31munsupported'
	run_tool 5 kernel hold --heap system --for 1h
	refused loaded dmaheap_debug
}

@test "kernel exits with 4 for an unprivileged user" {
	act
	run setpriv --reuid nobody --regid nogroup --clear-groups dmaheapctl kernel find --heap system
	is "$status" 4
}

@test "kernel runs the steps of a driver and undoes them, and the accounts balance" {
	watch
	act
	stand_in
	run_tool 0 kernel --heap system --size 64K
	has "$out" '^find +ok'
	has "$out" '^alloc +ok +- +64 KiB'
	has "$out" '^attach +ok +- +device with a DMA mask of 32 bits'
	has "$out" '^map +ok +- +[0-9]+ segments?, 0x[0-9a-f]+ to 0x[0-9a-f]+'
	# A long text in the column DETAIL continues on an indented line, so skip indented lines.
	is "$(awk '/^[a-z]/ {print $1}' "$out" | paste -sd ' ')" \
		'find alloc attach map unmap detach free put'
	all_freed
	figures system finds=1 puts=1 refs=0 kallocs=1 kalloc_bytes=65536 kalloc_fails=0 frees=1 live=0

	dmaheapctl accounting --json -- dmaheapctl kernel --heap system --size 1M >"$out" 2>"$err"
	is "$(jq -r '.accounts[] | select(.heap == "system") | .verdict' "$err")" balanced
	is "$(jq -r '.accounts[] | select(.heap == "system") | .kallocs' "$err")" 1
}

@test "kernel --dma-mask sets the DMA mask of the device, and --json reports the mapping" {
	act
	stand_in
	run_tool 0 kernel --heap system --size 1M --json --dma-mask 64
	is "$(field '[.steps[].result] | unique | join(",")')" ok
	is "$(field .inspection.bytes)" 1048576
	is "$(field .inspection.size)" 1048576
	is "$(field .inspection.heap)" system
	[[ $(field .inspection.lowest) == 0x* ]]
	has <(step attach detail) 'DMA mask of 64 bits'
	run_tool 0 kernel --heap system --size 4K --raw -o STAGE,RESULT --no-headings
	is "$(paste -sd , "$out")" \
		'find ok,alloc ok,attach ok,map ok,unmap ok,detach ok,free ok,put ok'
}

@test "kernel --dma-mask fails if the mask excludes the buffer or is too small for the system" {
	watch
	act
	stand_in
	# attach fails if the system does not support the mask. A system with a memory zone below
	# 16 MiB supports a mask of 24 bits, so map fails instead.
	for mask in 20 24; do
		run_tool 1 kernel --heap system --size 1M --dma-mask $mask --json
		is "$(field '[.steps[] | select(.result == "failed") | .stage, .error] | join(" ")' |
			sed 's/attach EIO\|map ERANGE/beyond/')" beyond
		has "$err" "heap 'system': (attach: .* \(the DMA mask is too small for this system|map: .* \(the buffer has addresses beyond the DMA mask)"
	done
	all_freed
	figures system refs=0
}

@test "kernel --vmap adds the steps vmap and vunmap" {
	act
	stand_in
	run_tool 0 kernel --heap system --size 4K --vmap --json
	is "$(step vmap result)" ok
	is "$(step vunmap result)" ok
	run_tool 0 kernel alloc --heap system --size 4K --vmap --raw -o STAGE --no-headings
	is "$(paste -sd ' ' "$out")" 'find alloc vmap vunmap free put'
}

@test "kernel find and kernel alloc run and undo only their own steps" {
	watch
	act
	stand_in
	run_tool 0 kernel find --heap system --raw -o STAGE,RESULT --no-headings
	is "$(paste -sd , "$out")" 'find ok,put ok'
	run_tool 0 kernel alloc --heap system --size 8K --raw -o STAGE,RESULT --no-headings
	is "$(paste -sd , "$out")" 'find ok,alloc ok,free ok,put ok'
	all_freed
	figures system finds=2 puts=2 kallocs=1
	# dmaheap_accessors opens the node. The accessors of a kernel with the series do not.
	[[ $(figure open_files system) == [-0] ]]
}

@test "kernel find asks the kernel for an unknown heap before it exits with 3" {
	watch
	act
	stand_in
	run_tool 3 kernel find --heap nonesuch --json
	has "$err" "heap 'nonesuch': no such heap; the kernel has heap.*'(carve|system)'"
	is "$(step find error)" ENOENT
	record 'miss name=nonesuch count=1$'
	run_tool 3 kernel --heap 'a b' --size 4K
	record 'miss name=a\\x20b count=1$'
}

# A container can hide sysfs. The tool then identifies a heap only by the major number of its node.
@test "kernel find reports the kernel's error for a node whose heap does not exist" {
	local status=0
	watch
	act
	stand_in
	mknod /dev/dma_heap/stale c "$(sed -n 's/ dma_heap$//p' /proc/devices)" 255
	mount -t tmpfs none /sys/class
	dmaheapctl kernel find --heap stale >"$out" 2>"$err" || status=$?
	umount /sys/class
	rm /dev/dma_heap/stale
	is "$status" 3
	has "$err" "heap 'stale': find: No such file or directory"
}

@test "kernel names the step that failed, and puts the heap" {
	watch
	act
	stand_in
	run_tool 1 kernel --heap system --size 4K --heap-flags 0x1 --json
	has "$err" "heap 'system': allocating 4 KiB: Invalid argument \(heap flags 0x1:"
	is "$(step alloc error)" EINVAL
	is "$(step attach result)" 'not reached'
	is "$(step put result)" ok
	figures system finds=1 puts=1 refs=0 kalloc_fails=1 errnos=22:1
	# Before Linux 6.6, the heap flags of dma_heap_buffer_alloc() have only 32 bits.
	# dmaheap_client must reject larger flags instead of truncating them.
	run_tool 1 kernel --heap system --size 4K --heap-flags 0x100000000 --json
	is "$(step alloc error)" EINVAL
	# The command does not attempt to allocate a size that would invoke the OOM killer.
	run_tool 1 kernel --heap system --size 64G
	has "$err" 'not attempted \(only'
	figures system finds=2
}

@test "kernel hold ends after the time given with --for, on SIGTERM, and at end of file if standard input is a pipe" {
	watch
	act
	stand_in
	run_tool 0 kernel hold --heap system --size 64K --for 300ms --raw -o STAGE,RESULT --no-headings
	is "$(paste -sd , "$out")" 'find ok,alloc ok,attach ok,map ok'
	all_freed
	figures system refs=0 live=0

	start 'map +ok' kernel hold --heap system --size 64K
	figures system refs=1 live=1 live_bytes=65536
	finish 0 TERM
	all_freed
	figures system refs=0 live=0

	start 'find +ok' kernel hold --heap system
	figures system refs=1 live=0
	finish 0
	figures system refs=0 finds=3 puts=3
}

@test "accounting shows the reference and the buffer of kernel hold, and neither remains after SIGKILL" {
	watch
	act
	stand_in
	start 'vmap +ok' kernel hold --heap system --size 64K --vmap
	dmaheapctl accounting --json >"$BATS_TEST_TMPDIR/json"
	row() { jq -r ".accounts[] | select(.heap == \"system\") | .$1" "$BATS_TEST_TMPDIR/json"; }
	is "$(row refs)" 1
	is "$(row kernel)" 1
	has <(row verdict) 'references held 1.*kernel holds 1|kernel holds 1.*references held 1'
	finish 137 KILL
	all_freed
	figures system refs=0 finds=1 puts=1 live=0
}

# This test is the last one, because dmaheap_sim stays loaded if the kernel cannot remove heaps.
@test "kernel maps a protected buffer for a device but not for the CPU" {
	[[ -e $extra/dmaheap_sim.ko ]]
	loaded dmaheap_sim || insmod $extra/dmaheap_sim.ko
	watch
	act
	stand_in
	run_tool 0 kernel --heap protected --size 4M --vmap --json
	is "$(step map result)" ok
	is "$(step vmap result)" failed
	is "$(step vmap detail)" 'the exporter does not allow kernel mappings'
	is "$(step vunmap result)" 'not reached'
	is "$(step put result)" ok
	run_tool 1 kernel --heap protected --size 1G --force
	has "$err" "heap 'protected': allocating 1 GiB: Cannot allocate memory"
	all_freed protected
	figures protected refs=0 finds=2 puts=2 kalloc_fails=1
}
