#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # guest.bash sets out
#
# Runs OP-TEE's own tests (xtest) before, while and after dmaheapctl uses OP-TEE's heap. The
# directory /xtest is the root directory of xtest and tee-supplicant. Debian's xtest is built
# without CFG_SECURE_DATA_PATH, so it lacks test 1014 (secure data path), and does not accept the
# descriptor of a buffer. The array xtest lists the tests of OP-TEE's core that take at most two
# seconds each. It omits test 1008, which hangs under emulation.
#
#   tests/vm/suite own-7.3-arm64 xtest

load guest

heap=protected,secure-video
xtest=(unshare --root=/xtest xtest -t regression regression_10{01,02,03,04,05,15,16,17,18,22,26,36})

setup_file() {
	mount --bind /dev /xtest/dev
	unshare --root=/xtest tee-supplicant >/dev/null 2>&1 3>&- &
	supplicant=$!
	export supplicant
}

teardown_file() {
	kill "$supplicant"
}

teardown() {
	nothing_left
}

# passed: fails unless the summary of xtest in $out reports 12 test cases and no failure.
passed() {
	grep -x '12 test cases of which 0 failed' "$out"
}

# xtest_passes: runs xtest, and prints its output if a test fails.
xtest_passes() {
	"${xtest[@]}" >"$out" && passed && return
	cat "$out"
	return 1
}

@test "xtest passes before dmaheapctl uses the heap of OP-TEE" {
	xtest_passes
}

@test "xtest passes if it inherits buffers that occupy the whole pool of OP-TEE" {
	run_tool 0 alloc --heap $heap --size 1M --count 32 -- "${xtest[@]}"
	passed
}

@test "xtest passes after dmaheapctl has used the heap of OP-TEE" {
	run_tool 0 alloc --probe $heap
	run_tool 0 map --heap $heap --size 64K --expect-unmappable
	run_tool 0 export --heap $heap --size 1M --device driver:vgem
	xtest_passes
}

@test "alloc can allocate the whole pool of OP-TEE after xtest" {
	run_tool 0 alloc --heap $heap --size 1M --count 32
}
