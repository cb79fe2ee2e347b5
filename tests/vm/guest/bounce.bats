#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # err and out are guest.bash's
#
# Tests of 'dmaheapctl inspect' on a kernel that maps all buffers through bounce buffers.
#
#   tests/vm/suite debian-6.12 bounce

load guest
load debug

setup() {
	grep -qw swiotlb=force /proc/cmdline
	act
}

teardown() {
	unload_all
}

@test "inspect does not report the addresses of bounce buffers as those of the buffer" {
	run_tool 0 inspect --heap system --size 64K --json
	is "$(field '.inspection | [.size, .bytes, .segments, .largest, .contiguous, .lowest, .highest, .below_4g, .means] | join(" ")')" \
		"65536 65536       "
	has "$err" "addresses unknown: the kernel maps buffers through bounce buffers \(swiotlb\)"
}
