#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # err and out are guest.bash's
#
# Tests of a 32-bit dmaheapctl on a 64-bit kernel. The tool's ioctls go through the compat_ioctl
# handlers of the kernel. The other programs of the guest are 64-bit programs.
#
#   tests/vm/suite own-7.3-arm64 compat

load guest

teardown() {
	nothing_left
}

@test "dmaheapctl is a 32-bit program, and listen-fds is a 64-bit program" {
	# The fifth byte of an ELF file is its class: 1 for 32 bits, 2 for 64 bits.
	is "$(xxd -p -l 5 "$(type -P dmaheapctl)")" 7f454c4601
	is "$(xxd -p -l 5 "$(type -P listen-fds)")" 7f454c4602
}

@test "alloc reports all bits of the heap flags and fd flags that the kernel rejects" {
	fails_with 1 "heap flags 0x8000000000000001" alloc --heap system --size 4K --heap-flags 0x8000000000000001
	fails_with 1 "fd flags 0x80000000" alloc --heap system --size 4K --fd-flags 0x80000000
}

@test "alloc passes its buffers to a 64-bit program" {
	run_tool 0 alloc --heap system --size 64K --count 2 --fill counter -- listen-fds
	has "$out" "^3 dma-buf 65536 bytes, words ok"
	has "$out" "^4 dma-buf 65536 bytes, words ok"
}
