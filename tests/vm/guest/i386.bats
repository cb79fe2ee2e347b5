#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # variables of guest.bash
#
# Tests of a 32-bit tool on a 64-bit kernel. The tool's system calls go through the compat layer of
# the kernel. This file needs its own boot, because the heap of dmaheap_sim stays if the kernel
# cannot remove heaps.
#
#   tests/vm/suite debian-6.12 i386

load guest
load debug
load export

setup_file() {
	[[ -e /dev/dma_heap/carve ]] || insmod "$extra/dmaheap_sim.ko" heaps=carve:carveout:16M
	modprobe vgem
	modprobe vivid n_devs=1 node_types=0x101
	udevadm settle
}

setup() {
	tree=$BATS_TEST_TMPDIR/tree
}

teardown() {
	unload_all
}

# put PATH TEXT: writes TEXT and a newline to the file PATH below $tree.
put() {
	mkdir -p "$(dirname "$tree/$1")"
	printf '%s\n' "$2" >"$tree/$1"
}

@test "the tool is a 32-bit program on a 64-bit kernel" {
	# The fifth byte of an ELF file is its class; 1 stands for 32 bits.
	is "$(od -An -tu1 -j4 -N1 "$(command -v dmaheapctl)" | tr -d ' ')" 1
	is "$(uname -m)" x86_64
}

@test "the 32-bit tool lists heaps, and allocates, maps, fills and names a buffer" {
	run_tool 0 list -rno NAME,ACCESS system
	is "$output" 'system yes'
	run_tool 0 alloc system 4M --name label --fd-flags rdonly --json
	is "$(field '.buffers[] | [.heap, .size, .name, .exporter] | map(tostring) | join(" ")')" \
		'system 4194304 label system'
	run_tool 1 alloc system 4M --heap-flags 0x8000000000000001 --json
	is "$(field .error.code)" EINVAL
	run_tool 0 map system 4M --fill counter --verify --json
	is "$(field '.mappings[] | [.size, .zeroed, .verified] | map(tostring) | join(" ")')" \
		'4194304 true true'
}

@test "map reports that the address space is too small for a buffer" {
	program=(prlimit --as=$((64 << 20)) dmaheapctl)
	run_tool 1 map system 128M
	is "$stderr" "dmaheapctl: heap 'system': mapping: address space too small for a buffer of 128 MiB"
	run_tool 0 map system 4M
}

@test "alloc does not truncate a size of more than 4 GiB" {
	watch
	run_tool 1 alloc system 5G
	has "$err" "heap 'system': allocating 5 GiB: not attempted"
	# The lower 32 bits of this size are 4 KiB, so an allocation of the truncated size would
	# succeed.
	run_tool 1 alloc carve 0x100001000 --force
	has "$err" "heap 'carve': allocating .*: Cannot allocate memory"
	figures carve allocs=0 alloc_fails=1
}

@test "holders shows a buffer of another process, and map --pid reads the buffer" {
	start HEAP alloc system 64K --hold
	local first=$tool inode
	run_tool 0 holders --json
	is "$(field '.holders[] | [.pid, .size, .process, .fds] | map(tostring) | join(" ")')" \
		"$first 65536 dmaheapctl 1"
	inode=$(field '.holders[].inode')
	run_tool 0 map --pid "$first" --inode "$inode" --json
	is "$(field '.mappings[] | [.inode, .size, .zeroed] | map(tostring) | join(" ")')" "$inode 65536 true"
	finish 0
	no_buffers
}

@test "holders uses BPF to find 5,000 buffers of 50 processes" {
	hold-many 50 100 /dev/dma_heap/system -- dmaheapctl holders --json -v >"$out" 2>"$err"
	has "$err" "bpf: references to dma-bufs: 5050"
	is "$(field '.summary | [.buffers, .processes, .fds, .mappings, .kernel_only] | join(" ")')" \
		"5000 50 5000 500 0"
}

@test "export imports a buffer into DRM and V4L2 devices" {
	run_tool 0 export system 4M --device driver:vgem --device driver:vivid --json
	is "$(field '[.imports[] | .driver] | unique | join(" ")')" 'vgem vivid'
	is "$(field '[.imports[].result] | unique | join(" ")')" 'not applicable ok'
	is "$(field '[.imports[] | select(.stage == "prepare") | .role] | sort | join(" ")')" 'capture output'
}

@test "accounting shows the counters and the latency histogram of dmaheap_debug" {
	watch
	run_tool 0 alloc system 1M --count 3 --json
	all_freed
	run_tool 0 accounting system --json
	is "$(field '.accounts[] | [.allocs, .alloc_bytes, .live, .balanced] | map(tostring) | join(" ")')" \
		'3 3145728 0 true'
	run_tool 0 accounting --histogram -rno COUNT system
	is "$(awk '{ sum += $1 } END { print sum }' "$out")" 3
	run_tool 0 accounting --callers
}

@test "kernel runs its steps with dmaheap_client, and inspect reports the size of a buffer" {
	act
	stand_in
	run_tool 0 kernel system 64K --raw -no RESULT
	is "$(sort -u "$out")" ok
	run_tool 0 inspect system 64K --json
	is "$(field .inspection.bytes)" 65536
}

@test "list and holders with --sysroot do not truncate sizes of more than 4 GiB" {
	cp -R "$BATS_TEST_DIRNAME/../../cli/sysroots/own-6.12" "$tree"
	put sys/kernel/mm/cma/reserved/total_pages 3145729
	put sys/kernel/mm/cma/reserved/available_pages 2097153
	put sys/kernel/debug/cma/reserved/count 3145729
	run_tool 0 list reserved --json --sysroot "$tree"
	is "$(field '.heaps[] | [.size, .free] | join(" ")')" '12884905984 8589938688'
	rm -rf "$tree"
	mkdir -p "$tree"/{sys,dev,etc} "$tree/proc/7/fd"
	put proc/7/comm holder
	put proc/7/maps ''
	put proc/7/fdinfo/3 $'pos:\t0\nflags:\t02\nino:\t9\nsize:\t5368713216\ncount:\t1\nexp_name:\tsystem'
	ln -s /dmabuf: "$tree/proc/7/fd/3"
	run_tool 0 holders --json --sysroot "$tree"
	is "$(field '[.holders[].size, .summary.bytes] | join(" ")')" '5368713216 5368713216'
}
