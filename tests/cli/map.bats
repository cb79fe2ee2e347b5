#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2034 # variables of common.bash; for run_tool
#
# Tests of 'dmaheapctl map' on a file that looks like a buffer.

load common

setup() {
	local preload=$BATS_TEST_TMPDIR/fake-buffer.so
	gcc -O1 -shared -fPIC -D_GNU_SOURCE -o "$preload" "$BATS_TEST_DIRNAME/fake-buffer.c"
	truncate -s 1M "$BATS_TEST_TMPDIR/buffer"
	# Reset SIGINT, because a shell script starts background jobs with SIGINT ignored.
	program=(env --default-signal=INT LD_PRELOAD="$preload" INTERRUPT_AT=0 "$dmaheapctl")
}

# map STATUS INTERRUPT_AT ARG...: runs map on the file, sends SIGINT at sync number INTERRUPT_AT
# (0: never), and asserts that map exits with STATUS.
map() {
	program[3]=INTERRUPT_AT=$2
	run_tool "$1" map --fd 7 --json "${@:3}" 7<>"$BATS_TEST_TMPDIR/buffer"
}

@test "map reports the number of passes that it completed before a signal, and exits with 130" {
	# Each access starts and ends with a sync. The first access is the check for zeros.
	local pass='--fill random:1 --verify --passes 4'
	# shellcheck disable=SC2086 # several words
	map 0 0 $pass
	is "$(jq -c '.interrupted, (.mappings[] | .passes, .verified)' "$out" | paste -sd ' ')" 'false 4 true'
	# shellcheck disable=SC2086
	map 130 9 $pass
	is "$(jq -c '.interrupted, (.mappings[] | .passes, .verified, .crc32)' "$out" | paste -sd ' ')" \
		'true 1 true null'
	is "$(jq -r .error.message "$out")" 'descriptor 7: filling: interrupted'
	# shellcheck disable=SC2086
	map 130 11 $pass
	is "$(jq -r .error.message "$out")" 'descriptor 7: reading: interrupted'
	map 130 1
	is "$(jq -c '.mappings[] | .mappable, .zeroed, .passes' "$out" | paste -sd ' ')" 'true null 0'
}

@test "map reports the number of bytes that it saved before a signal" {
	map 130 7 --save "$BATS_TEST_TMPDIR/saved"
	is "$(jq -c '.mappings[].saved' "$out")" 0
	is "$(jq -r .error.message "$out")" 'descriptor 7: saving: interrupted'
}

@test "map reports the errno if it cannot save to a file or load a file" {
	map 1 0 --save /dev/full
	is "$(jq -r '.error | .code, .stage, .message' "$out" | paste -sd '|')" \
		"ENOSPC|saving to '/dev/full'|descriptor 7: saving to '/dev/full': No space left on device (after 0 of 1048576 bytes)"
	map 1 0 --save /
	is "$(jq -r '.error | .code, .message' "$out" | paste -sd '|')" \
		"EISDIR|descriptor 7: saving to '/': Is a directory"
	map 1 0 --load /
	is "$(jq -r '.error | .code, .message' "$out" | paste -sd '|')" \
		"EISDIR|descriptor 7: loading '/': Is a directory (after 0 bytes)"
}
