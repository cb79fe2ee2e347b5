#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # variables of guest.bash
#
# Tests of 'dmaheapctl holders --cma' without --for, on a kernel that records the owners of pages.
#
#   tests/vm/suite own-6.12 owners

load guest
load hold

contig=/usr/lib/modules/extra/dmaheap_contig.ko

teardown() {
	[[ ! -d /sys/module/dmaheap_contig ]] || rmmod dmaheap_contig
	nothing_left
}

# callers: prints the rows of holders --cma, without the offsets in functions, which depend on the
# compiler. Omits the pool of coherent memory that arm64 allocates at boot.
callers() {
	jq -r '.callers[] | [.caller, .module, .process, .allocations, .held_bytes] |
		map(tostring) | join(" ")' "$out" | sed 's/+0x[0-9a-f]* / /; /^atomic_pool_expand/d'
}

@test "holders --cma shows the driver and the heap that allocated the used memory of a region" {
	local size
	run_tool 0 holders --cma reserved --json
	is "$(callers)" ''
	insmod $contig
	size=$((2 * $(getconf PAGESIZE))) size=$((size < 65536 ? 65536 : size))
	start HEAP alloc reserved 1M --hold
	run_tool 0 holders --cma cma --json
	is "$(callers)" "cma_heap_allocate null dmaheapctl null 1048576
dmaheap_contig_allocate dmaheap_contig insmod null $size"
	is "$(field '.callers[0].pid')" "$tool"
	is "$(field '.trace | [.region, .elapsed_ns, .older_bytes, .lost, (.movable_bytes | type)] | map(tostring) | join(" ")')" \
		"reserved null null null number"
	is "$(jq '[.callers[].held_bytes] | add' "$out")" "$(dmaheapctl list reserved --json |
		jq '.heaps[0] | .size - .free')"
	finish 0
	no_buffers
	rmmod dmaheap_contig
	run_tool 0 holders --cma reserved --json
	is "$(callers)" ''
}

@test "holders --cma reports an unknown region, a missing debugfs and a lack of permission" {
	run_tool 3 holders --cma nosuch
	has "$err" "region 'nosuch': no such CMA region"
	run_tool 3 holders --cma system
	has "$err" "region 'system': the heap 'system' uses no known CMA region"
	umount /sys/kernel/debug
	run_tool 5 holders --cma reserved
	mount -t debugfs none /sys/kernel/debug
	has "$err" "region 'reserved': reading its address: not in debugfs"
	setpriv --reuid nobody --regid nogroup --clear-groups \
		dmaheapctl holders --cma reserved >"$out" 2>"$err" || status=$?
	is "${status:-0}" 4
	has "$err" "region 'reserved': reading debugfs: Permission denied"
}
