#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # err and out are guest.bash's
#
# Tests of the companion modules on a kernel without kprobes and ftrace.
#
#   tests/vm/suite own-6.12-noprobes noprobes

load guest
load debug

setup() {
	grep -qx '# CONFIG_KPROBES is not set' <(gzip -dc /proc/config.gz)
}

teardown() {
	unload_all
}

@test "without kretprobes, dmaheap_client and dmaheap_sim are built, but dmaheap_debug is not" {
	[[ ! -e $extra/dmaheap_debug.ko && -e $extra/dmaheap_client.ko && -e $extra/dmaheap_sim.ko ]]
}

@test "inspect needs no kprobes" {
	act
	run_tool 0 inspect --heap system --size 64K --json
	is "$(field .inspection.size)" 65536
	is "$(field .inspection.bytes)" 65536
	(($(field .inspection.segments) >= 1))
	run_tool 0 inspect --heap reserved --size 4M --json
	is "$(field .inspection.contiguous)" true
}

@test "the command kernel needs no kprobes, but exits with 5 if the kernel does not export dma_heap_find()" {
	act
	run_tool 5 kernel --heap system --size 4K
	has "$err" "heap 'system': find: the kernel does not export dma_heap_find\(\); see"
	insmod $extra/dmaheap_accessors.ko
	run_tool 0 kernel --heap system --size 64K
	has "$out" '^map +ok +- +[0-9]+ segments?, 0x[0-9a-f]+ to 0x[0-9a-f]+'
	no_buffers
}

@test "without kretprobes, accounting and module load debug exit with 5 and name the missing kernel option" {
	local missing="module 'dmaheap_debug': not supported by this kernel: CONFIG_KRETPROBES is not set in /proc/config.gz$"
	run_tool 5 accounting
	has "$err" "$missing"
	run_tool 5 module load debug
	has "$err" "$missing"
}

@test "without kprobes, loading dmaheap_sim fails if the kernel does not export dma_heap_add(), and the kernel log names the function" {
	refused insmod $extra/dmaheap_sim.ko
	has <(dmesg) 'dmaheap_sim: cannot find dma_heap_add: this kernel lacks it, or does not export it and lacks kprobes'
}
