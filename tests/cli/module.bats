#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2030,SC2031 # output, stderr and status are bats'
#
# module without a kernel that takes modules: usage, and files of every kind. What is loaded,
# the indexes, and loading itself are for the guest.

load common

setup() {
	new_tree
}

# object FILE KEY=VALUE...: what libkmod takes for a module.
object() {
	local file=$1 pair n=0
	shift
	for pair; do
		printf 'static const char i%d[] __attribute__((section(".modinfo"), used)) = "%s";\n' \
			$((n++)) "$pair"
	done >"$BATS_TEST_TMPDIR/object.c"
	gcc -c -x c -o "$file" "$BATS_TEST_TMPDIR/object.c"
}

# patch FILE OFFSET BYTES: BYTES as printf takes them.
patch() {
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "module: status of both, and of one" {
	run_tool 0 module status --json
	is "$(field '.modules | map(.module) | join(" ")')" 'debug sim'
	is "$(field '.kernel.release')" "$(uname -r)"
	run_tool 0 module status sim --json
	is "$(field '.modules | map(.name) | join(" ")')" dmaheap_sim
	run_tool 0 module status --raw --no-headings -o STATE,MODULE debug
}

@test "module: --file: another module, no module, and what cannot be read" {
	object "$tree/native.ko" name=native license=GPL
	object "$tree/sim file.ko" name=dmaheap_sim license=GPL
	run_tool 1 module load --file "$tree/native.ko"
	contains "$stderr" "contains module 'native', expected dmaheap_debug or dmaheap_sim"
	run_tool 1 module load debug --file "$tree/sim file.ko"
	contains "$stderr" "contains module 'dmaheap_sim', expected dmaheap_debug"
	run_tool 3 module load --file "$tree/none.ko"
	run_tool 1 module load --file "$tree"
	contains "$stderr" 'not a regular file'
	mkfifo "$tree/pipe"
	run_tool 1 module load --file "$tree/pipe"
	contains "$stderr" 'not a regular file'
	run_tool 1 module load --file /etc/passwd
	contains "$stderr" 'not a kernel module, or damaged'
}

@test "module: --file: a name that a terminal would obey, and one of 100 bytes" {
	object "$tree/a.ko" 'name=\033[31m\377' license=GPL
	run_tool 1 module load --file "$tree/a.ko"
	contains "$stderr" "contains module '\\x1b[31m\\xff', expected"
	object "$tree/b.ko" "name=$(printf 'x%.0s' {1..100})" license=GPL
	run_tool 1 module load --file "$tree/b.ko"
	contains "$stderr" "contains module 'xxx"
}

# libkmod asserts, reads beyond the file, or loops on some of these.
@test "module: --file: damaged in any field, the tool says so in one line" {
	local offset bytes section
	object "$tree/good.ko" name=dmaheap_sim license=GPL
	# Where the headers of the sections begin.
	section=$(($(od -A n -t u8 -j 40 -N 8 "$tree/good.ko")))
	for offset in $(seq 4 2 62) $(seq $((section + 64)) 6 $((section + 512))); do
		for bytes in '\xff\xff' '\x00\x80' '\x00\x00'; do
			cp "$tree/good.ko" "$tree/bad.ko"
			patch "$tree/bad.ko" "$offset" "$bytes"
			# Named debug, so that one that is still readable is not loaded.
			run --separate-stderr timeout 30 "$DMAHEAPCTL" module load debug --file "$tree/bad.ko"
			is "$offset $bytes: $status" "$offset $bytes: 1"
			is "$(wc -l <<<"$stderr")" 1
		done
	done
	for offset in 0 1 4 16 63 64 100 "$section" $((section + 64)); do
		head -c "$offset" "$tree/good.ko" >"$tree/cut.ko"
		run --separate-stderr timeout 30 "$DMAHEAPCTL" module load debug --file "$tree/cut.ko"
		is "$offset: $status" "$offset: 1"
		is "$(wc -l <<<"$stderr")" 1
		contains "$stderr" 'not a kernel module, or damaged'
	done
}

@test "module: --file: a small file that unpacks to 1 GiB is given up" {
	head -c 1G /dev/zero | xz -0 -T0 >"$tree/bomb.ko.xz"
	run --separate-stderr timeout 60 "$DMAHEAPCTL" module load --file "$tree/bomb.ko.xz"
	is "$status" 1
	contains "$stderr" 'not a kernel module, or damaged'
}

@test "module: no memory for libkmod is not a missing libkmod" {
	run bash -c 'ulimit -v 6000; exec "$0" module status' "$dmaheapctl"
	is "$status" 1
	contains "$output" 'querying libkmod: Cannot allocate memory'
	lacks "$output" missing
}

@test "module: usage" {
	run_tool 2 module
	run_tool 2 module stats
	run_tool 2 module load
	run_tool 2 module unload sim a=b
	run_tool 2 module status sim a=b
	run_tool 2 module load sim heaps
	run_tool 2 module load sim '=b'
	run_tool 2 module load sim 'a b=c'
	run_tool 2 module load sim 'heaps="a"'
	contains "$stderr" 'quotation marks are not allowed'
	run_tool 2 module unload sim --file x
	contains "$stderr" "--file requires 'load'"
	run_tool 2 module status sim --file x
	run_tool 2 module status --sysroot "$tree"
	run_tool 2 module status -o NONE
	run_tool 3 module status other
	contains "$stderr" "unknown module 'other': expected debug or sim"
}
