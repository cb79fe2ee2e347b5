#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2030,SC2031 # variables of common.bash; each test is a subshell
#
# Tests of 'dmaheapctl module' that need no root: status, usage errors and invalid files. The guest
# tests load modules.

load common

setup() {
	new_tree
}

# object FILE KEY=VALUE...: compiles an object file that libkmod accepts as a module. The fields of
# its .modinfo section are KEY=VALUE.
object() {
	local file=$1 pair n=0
	shift
	for pair; do
		printf 'static const char i%d[] __attribute__((section(".modinfo"), used)) = "%s";\n' \
			$((n++)) "$pair"
	done >"$BATS_TEST_TMPDIR/object.c"
	gcc -c -x c -o "$file" "$BATS_TEST_TMPDIR/object.c"
}

# patch FILE OFFSET BYTES: overwrites FILE at OFFSET with BYTES, a format string for printf.
patch() {
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "module status shows all modules, or only the named module" {
	run_tool 0 module status --json
	is "$(field '.modules | map(.module) | join(" ")')" 'debug client sim'
	is "$(field '.accessors.release')" "$(uname -r)"
	run_tool 0 module status sim --json
	is "$(field '.modules | map(.name) | join(" ")')" dmaheap_sim
	run_tool 0 module status --raw --no-headings -o STATE,MODULE debug
}

@test "module load --file rejects a file that is missing, not regular or not the expected module" {
	object "$tree/native.ko" name=native license=GPL
	object "$tree/sim file.ko" name=dmaheap_sim license=GPL
	fails_with 1 "contains module 'native', expected dmaheap_debug, dmaheap_client or dmaheap_sim" module load --file "$tree/native.ko"
	fails_with 1 "contains module 'dmaheap_sim', expected dmaheap_debug" module load debug --file "$tree/sim file.ko"
	run_tool 3 module load --file "$tree/none.ko"
	fails_with 1 'not a regular file' module load --file "$tree"
	mkfifo "$tree/pipe"
	fails_with 1 'not a regular file' module load --file "$tree/pipe"
	fails_with 1 'not a kernel module, or damaged' module load --file /etc/passwd
}

@test "module load --file escapes the name of an unexpected module, and reports even a name of 100 characters" {
	object "$tree/a.ko" 'name=\033[31m\377' license=GPL
	fails_with 1 "contains module '\\x1b[31m\\xff', expected" module load --file "$tree/a.ko"
	object "$tree/b.ko" "name=$(printf 'x%.0s' {1..100})" license=GPL
	fails_with 1 "contains module 'xxx" module load --file "$tree/b.ko"
}

# With some of these files, libkmod fails an assertion, reads beyond the end of the file, or loops
# forever. dmaheapctl therefore calls libkmod in a child process.
@test "module load --file reports a damaged module in one line" {
	local offset bytes section
	object "$tree/good.ko" name=dmaheap_sim license=GPL
	# File offset of the section headers (e_shoff)
	section=$(($(od -A n -t u8 -j 40 -N 8 "$tree/good.ko")))
	for offset in $(seq 4 2 62) $(seq $((section + 64)) 6 $((section + 512))); do
		for bytes in '\xff\xff' '\x00\x80' '\x00\x00'; do
			cp "$tree/good.ko" "$tree/bad.ko"
			patch "$tree/bad.ko" "$offset" "$bytes"
			# The file contains dmaheap_sim, so "load debug" must reject even a copy that libkmod can read.
			run --separate-stderr timeout 30 "$dmaheapctl" module load debug --file "$tree/bad.ko"
			is "$offset $bytes: $status" "$offset $bytes: 1"
			is "$(wc -l <<<"$stderr")" 1
		done
	done
	for offset in 0 1 4 16 63 64 100 "$section" $((section + 64)); do
		head -c "$offset" "$tree/good.ko" >"$tree/cut.ko"
		run --separate-stderr timeout 30 "$dmaheapctl" module load debug --file "$tree/cut.ko"
		is "$offset: $status" "$offset: 1"
		is "$(wc -l <<<"$stderr")" 1
		contains "$stderr" 'not a kernel module, or damaged'
	done
}

@test "module load --file rejects a small compressed file that unpacks to 1 GiB" {
	head -c 1G /dev/zero | xz -0 -T0 >"$tree/bomb.ko.xz"
	run --separate-stderr timeout 60 "$dmaheapctl" module load --file "$tree/bomb.ko.xz"
	# On a slow machine, libkmod may not reach its memory limit in time.
	is "${status/7/1}" 1
	contains "$stderr" damaged
}

@test "module exits with 7 if libkmod does not finish in time" {
	object "$tree/sim.ko" name=dmaheap_sim license=GPL
	{
		echo '#include <unistd.h>'
		sed -n 's/^\tx(\(kmod_[a-z_]*\)).*/int \1(void) { return pause(); }/p' \
			"$BATS_TEST_DIRNAME/../../src/base/kmod.c"
	} | gcc -shared -fPIC -o "$BATS_TEST_TMPDIR/libkmod.so.2" -x c -
	export LD_LIBRARY_PATH=$BATS_TEST_TMPDIR
	fails_with 7 "module file '$tree/sim.ko': reading the module name: Connection timed out (libkmod did not finish in time; the file may be damaged)" \
		module load --file "$tree/sim.ko"
	fails_with 7 "module 'dmaheap_sim': querying libkmod: Connection timed out; libkmod or the module did not finish in time" \
		module status sim
}

@test "module status reports a lack of memory, not a missing libkmod" {
	run bash -c 'ulimit -v 6000; exec "$0" module status' "$dmaheapctl"
	is "$status" 1
	contains "$output" 'querying libkmod: Cannot allocate memory'
	lacks "$output" missing
}

# hanging_libkmod: builds a libkmod whose kmod_new() never returns. The first call of kmod_new()
# also sends SIGTERM to the tool.
hanging_libkmod() {
	local symbol source=$BATS_TEST_DIRNAME/../../src/base/kmod.c
	{
		printf '#include <%s.h>\n' signal sys/stat unistd
		for symbol in $(sed -n 's/^\tx(\(kmod_[a-z_]*\)).*/\1/p' "$source" | grep -vx kmod_new); do
			echo "void *$symbol(void) { return NULL; }"
		done
		echo 'void kmod_new(void) {'
		echo "	if (!mkdir(\"$BATS_TEST_TMPDIR/called\", 0700) && !usleep(300000)) kill(getppid(), SIGTERM);"
		echo '	for (;;) pause(); }'
	} >"$BATS_TEST_TMPDIR/hanging.c"
	gcc -D_GNU_SOURCE -shared -fPIC -o "$BATS_TEST_TMPDIR/libkmod.so.2" "$BATS_TEST_TMPDIR/hanging.c"
}

@test "alloc does not wait forever for libkmod after a signal" {
	[[ ! -e /sys/class/dma_heap ]] || skip 'this kernel has heaps, so alloc searches no module'
	hanging_libkmod
	LD_LIBRARY_PATH=$BATS_TEST_TMPDIR run --separate-stderr timeout -s KILL 60 "$dmaheapctl" alloc system --size 4096
	is "$status" 5
}

@test "module exits with 2 after a usage error" {
	run_tool 2 module stats
	run_tool 2 module load
	run_tool 2 module unload sim a=b
	run_tool 2 module status sim a=b
	run_tool 2 module load sim heaps
	run_tool 2 module load sim '=b'
	run_tool 2 module load sim 'a b=c'
	fails_with 2 'double quotes are not allowed' module load sim 'heaps="a"'
	fails_with 2 "--file requires 'load'" module unload sim --file x
	run_tool 2 module status sim --file x
	run_tool 2 module status --sysroot "$tree"
	run_tool 2 module status -o NONE
}

@test "module exits with 3 for an unknown module" {
	fails_with 3 "unknown module 'other': expected debug, client or sim" module status other
}
