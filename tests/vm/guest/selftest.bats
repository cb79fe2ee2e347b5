#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the kernel's dmabuf-heaps selftest, and repeats some of its checks with the tool. If only one
# of the two tests fails, the selftest or the tool is wrong, not the kernel.

load guest

@test "the kernel's dmabuf-heaps selftest passes on every heap" {
	modprobe vgem
	udevadm settle
	dmabuf-heap >"$out" 2>"$err" </dev/null
	for heap in $(heaps_here); do
		has "$out" "Testing heap: $heap"
	done
	has "$out" '^# Totals: pass:[1-9][0-9]* fail:0 '
}

@test "the tool agrees with the selftest on zeroed memory, import and invalid flags" {
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
