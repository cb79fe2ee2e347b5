#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # guest.bash sets out and err
#
# Tests of the commands that use heaps. The tests make each memory allocation of a command fail in
# turn. The output must be complete, or the command must report an error.
# tests/cli/memory.bats does the same for the commands that only read.

load guest
load debug
load export

preload=/usr/local/lib/fail-allocation.so

setup() {
	# The preloaded library works only without sanitizers, which replace malloc() themselves.
	LD_PRELOAD=$preload dmaheapctl --version
}

teardown() {
	unload_all
}

# each_fails ARG...: runs dmaheapctl once for each of its memory allocations, and makes that
# allocation fail. Asserts that each run completes or reports an error.
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
	echo "# $failed of $n failed allocations changed the result: dmaheapctl $*" >&3
	# If almost no failed allocation changes the result, the preloaded library does not work.
	((failed > 5))
}

@test "alloc completes or reports an error if any one memory allocation fails" {
	each_fails alloc --heap system --size 4K --count 2 --name x --fill one --raw -o NAME,SIZE
}

@test "map completes or reports an error if any one memory allocation fails" {
	each_fails map --heap system --size 4K --fill counter --verify --raw -o HEAP,SIZE,VERIFIED
}

@test "export completes or reports an error if any one memory allocation fails" {
	modprobe vgem
	udevadm settle
	each_fails export --heap system --size 4K --device driver:vgem --raw -o STAGE,RESULT
}

@test "kernel and inspect complete or report an error if any one memory allocation fails" {
	watch
	act
	stand_in
	each_fails kernel --heap system --size 4K --vmap --raw -o STAGE,RESULT
	each_fails inspect --heap system --size 4K --raw -o HEAP,SIZE
	all_freed
	figures system refs=0 live=0
}
