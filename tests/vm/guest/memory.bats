#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # guest.bash sets out and err
#
# Memory that runs out in the commands that use heaps: of the allocations of a command, each
# fails in turn. The answer is complete, or an error message tells what failed. For the commands
# that only read, tests/cli/memory.bats does the same.

load guest
load debug
load export

preload=/usr/local/lib/fail-allocation.so

setup() {
	# Not for a tool with sanitizers, which have an allocator of their own.
	LD_PRELOAD=$preload dmaheapctl --version
}

teardown() {
	unload_all
}

# each_fails COMMAND...
each_fails() {
	local i n status failed=0 files=$BATS_TEST_TMPDIR
	FAIL_COUNT=$files/count LD_PRELOAD=$preload dmaheapctl "$@" >"$files/good" 2>"$err"
	n=$(<"$files/count")
	((n > 10))
	for ((i = 1; i <= n; i++)); do
		status=0
		FAIL_AT=$i LD_PRELOAD=$preload timeout 60 dmaheapctl "$@" >"$out" 2>"$err" </dev/null ||
			status=$?
		((status == 0)) && cmp -s "$files/good" "$out" && continue
		failed=$((failed + 1))
		((status >= 1 && status <= 5)) && [[ -s $err ]] && continue
		echo "allocation $i of $n: status $status: dmaheapctl $*"
		cat "$out" "$err"
		return 1
	done
	echo "# $failed of $n allocations matter: dmaheapctl $*" >&3
	# Some must, or the failures do not reach the tool.
	((failed > 5))
}

@test "memory: alloc" {
	each_fails alloc --heap system --size 4K --count 2 --name x --fill one --raw -o NAME,SIZE
}

@test "memory: map" {
	each_fails map --heap system --size 4K --fill counter --verify --raw -o HEAP,SIZE,VERIFIED
}

@test "memory: export" {
	modprobe vgem
	udevadm settle
	each_fails export --heap system --size 4K --device driver:vgem --raw -o STAGE,RESULT
}

@test "memory: kernel and inspect" {
	watch
	grep -q ' dma_heap_find\(_by_name\)\?$' /proc/kallsyms || accessors
	each_fails kernel --heap system --size 4K --vmap --raw -o STAGE,RESULT
	each_fails inspect --heap system --size 4K --raw -o HEAP,SIZE
	settled
	figures system refs=0 live=0
}
