#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # err and out are guest.bash's
#
# A short test for boards: the main commands with the kernel's own heaps. The last test loads
# dmaheap_sim, which stays loaded.
#
#   tests/vm/suite own-7.3-arm64 board

load guest
load debug
load hold

teardown() {
	# bats checks only the status of the last command of a teardown.
	release && unload_all
}

# heaps_to_map: prints the names of the heaps whose buffers the CPU can access.
heaps_to_map() {
	heaps_here | grep -v '^protected'
}

@test "list --json shows the machine, the page size, and the heaps that have a node" {
	run_tool 0 list --json
	is "$(field '.heaps[].name')" "$(heaps_here | sort)"
	is "$(field '.kernel | [.machine, .page_size] | @json')" \
		"[\"$(uname -m)\",$(getconf PAGESIZE)]"
}

@test "alloc allocates two buffers from each heap, and reports their names, sizes and inode numbers" {
	local heap
	for heap in $(heaps_here); do
		run_tool 0 alloc --heap "$heap" --size 512K --name label --count 2 --json
		is "$(field '.buffers[] | [.heap, .name, .size] | @json')" \
			"$(printf '["%s","label",524288]\n' "$heap" "$heap")"
		(($(field '.buffers | map(.inode) | unique | length') == 2))
	done
}

@test "map fills and verifies a buffer of each heap except protected heaps" {
	local heap
	for heap in $(heaps_to_map); do
		run_tool 0 map --heap "$heap" --size 5M --fill random:1 --verify --json
		is "$(field '.mappings[] | [.size, .zeroed, .verified] | @json')" '[5242880,true,true]'
	done
}

@test "vgem imports a buffer" {
	run_tool 0 export --heap system --size 1M --device driver:vgem
}

@test "holders shows the processes that hold a buffer by descriptor or by mapping" {
	# Start hold-buffer first: otherwise it would inherit the pipe to the stdin of the tool, and
	# finish could not end the tool.
	hold map 65536 mapped
	start HEAP alloc --heap system --size 3M --hold
	run_tool 0 holders --json
	is "$(field '.holders | sort_by(.size)[] | [.pid, .size, .name, .fds, .mappings] | @json')" \
		"[$pid,65536,\"mapped\",0,1]
[$tool,3145728,null,1,0]"
	is "$(field .summary.bytes)" 3211264
	finish 0
}

@test "accounting counts allocations, allocation failures and frees, and reports balanced accounts" {
	watch
	start HEAP alloc --heap system --size 64K --count 3 --hold
	run_tool 1 alloc --heap system --size 4K --heap-flags 1
	run_tool 0 accounting system --json
	is "$(field '.accounts[] | [.allocs, .alloc_fails, .live, .live_bytes, .seen, .missed, .verdict] | @json')" \
		'[3,1,3,196608,3,0,"balanced"]'
	finish 0
	no_buffers
	run_tool 0 accounting system --json
	is "$(field '.accounts[] | [.allocs, .frees, .live, .verdict] | @json')" '[3,3,0,"balanced"]'
	run_tool 0 accounting -- dmaheapctl alloc --heap system --size 4K --count 10 -q
	has "$err" "^system .* balanced"
}

@test "inspect shows the heap of a buffer and the total size of its segments" {
	act
	run_tool 0 inspect --heap system --size 1M --json
	is "$(field '.inspection | [.heap, .bytes] | @json')" '["system",1048576]'
}

@test "list, map, alloc and holders accept the heaps of dmaheap_sim" {
	insmod $extra/dmaheap_sim.ko 'heaps="protected,sim:protected:8M;carveout:carveout:4M"'
	run_tool 0 list --json protected,sim carveout
	is "$(field '[.heaps[].kind] | sort | @json')" '["carveout","protected"]'
	run_tool 0 map --heap protected,sim --size 1M --expect-unmappable
	run_tool 0 map --heap carveout --size 4M --fill random:1 --verify
	run_tool 1 alloc --heap carveout --size 5M --force
	start HEAP alloc --heap carveout --size 2M --hold
	run_tool 0 holders carveout --json
	is "$(field '.holders[] | [.pid, .size] | @json')" "[$tool,2097152]"
	finish 0
}
