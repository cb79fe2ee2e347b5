#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel's own dmabuf-heaps selftest on the heaps that our tests use: where it fails
# and ours pass, or the other way round, one of the two is wrong about the kernel.

load guest

@test "the kernel's selftest passes on every heap" {
	modprobe vgem
	udevadm settle
	dmabuf-heap >"$out" 2>"$err" </dev/null
	for heap in $(heaps_here); do
		has "$out" "Testing heap: $heap"
	done
	has "$out" '^# Totals: pass:[1-9][0-9]* fail:0 '
}

@test "ours agree with it: same heaps, allocation, import, zeroed memory, flags" {
	modprobe vgem
	udevadm settle
	for heap in $(heaps_here); do
		run_tool 0 map --heap "$heap" --size 1M --json
		is "$(field '.mappings[0].zeroed')" true
		run_tool 0 export --heap "$heap" --size 1M --device driver:vgem
		run_tool 1 alloc --heap "$heap" --size 4K --heap-flags 0x1
		run_tool 1 alloc --heap "$heap" --size 4K --fd-flags 0x800
	done
	no_buffers
}
