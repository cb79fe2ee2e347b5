#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of the protected heap of OP-TEE. The firmware tee-static provides a pool of 32 MiB, and
# tee-dynamic a pool of 1 MiB.
#
#   tests/vm/suite own-7.3-arm64 optee
#   tests/vm/suite own-7.3-arm64 dynamic

load guest

heap=protected,secure-video
pool=1
# Only tee-static reserves its pool in the device tree.
[[ ! -e /sys/firmware/devicetree/base/reserved-memory/tee@7c000000 ]] || pool=32

teardown() {
	nothing_left
}

@test "list shows the heap of OP-TEE as protected, and its size as unknown" {
	run_tool 0 list --json
	is "$(field ".heaps[] | select(.name == \"$heap\") | [.kind, .size, .free] | @json")" \
		'["protected",null,null]'
}

@test "the class protected selects the heap of OP-TEE" {
	run_tool 0 alloc --heap protected --size 1M --json
	is "$(field '.buffers[] | [.heap, .size] | @json')" "[\"$heap\",1048576]"
}

@test "alloc can allocate the whole pool of OP-TEE repeatedly, but no buffer larger than the pool" {
	local i
	for i in 1 2; do
		run_tool 0 alloc --heap protected --size 1M --count $pool
		fails_with 1 "heap '$heap': allocating $((pool + 1)) MiB: Cannot allocate memory (Linux does not report the size of this heap; the firmware fixes the size of TEE heaps); run 'dmaheapctl alloc --probe $heap' to find the size" \
			alloc --heap protected --size $((pool + 1))M
	done
}

@test "alloc --probe finds the size of OP-TEE's pool, and leaves no buffer" {
	run_tool 0 alloc --probe protected --json
	is "$(field '.probe | [.heap, .probed_largest, .probed_total, .probed_step, .at_least] | @json')" \
		"[\"$heap\",$((pool << 20)),$((pool << 20)),$(field .kernel.page_size),[]]"
	no_buffers
	start secure-video alloc --heap protected --size 64K --hold
	fails_with 1 "heap '$heap': probing: not attempted (1 live buffer: inode " alloc --probe protected
	contains "$stderr" "process $tool (dmaheapctl)"
	run_tool 0 alloc --probe protected --force --json
	is "$(field .probe.probed_total)" $(((pool << 20) - 65536))
	finish 0
}

@test "the CPU cannot map a buffer of OP-TEE" {
	run_tool 0 map --heap protected --size 64K --expect-unmappable
}

@test "vgem imports a buffer of OP-TEE" {
	run_tool 0 export --heap protected --size 1M --device driver:vgem
}

@test "holders shows the process that holds a buffer of OP-TEE" {
	start secure-video alloc --heap protected --size 1M --hold
	run_tool 0 holders --json
	is "$(field '.holders[] | [.pid, .size] | @json')" "[$tool,1048576]"
	finish 0
}
