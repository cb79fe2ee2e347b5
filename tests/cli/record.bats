#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2030,SC2031 # variables of common.bash; each test is a subshell
#
# Tests of 'dmaheapctl record', and of --sysroot with a tar file.

load common

setup() {
	[[ $("$dmaheapctl" record - </dev/null 2>&1 >/dev/null) != *libarchive* ]] ||
		skip 'built without libarchive'
	new_tree
	tar=$BATS_TEST_TMPDIR/record.tar
}

# no_folder: succeeds if /tmp contains no directory into which dmaheapctl unpacks a tar file.
no_folder() {
	! compgen -G '/tmp/dmaheapctl-record.*' >/dev/null
}

# process PID NAME INODE: adds a process with a descriptor of a buffer, and with a descriptor and a
# mapping of other files.
process() {
	put "proc/$1/comm" "$2"
	put "proc/$1/maps" '5000-6000 r--p 00000000 fe:01 123 /usr/bin/secret'
	put "proc/$1/fdinfo/3" "$(printf 'pos:\t0\nflags:\t02\nino:\t%s\nsize:\t4096\ncount:\t1\nexp_name:\tsystem\nname:\tframe' "$3")"
	put "proc/$1/fdinfo/4" $'pos:\t0\nflags:\t02\nino:\t99'
	mkdir -p "$tree/proc/$1/fd"
	ln -s /dmabuf:frame "$tree/proc/$1/fd/3"
	ln -s /home/secret "$tree/proc/$1/fd/4"
}

# locked PID: adds 1000 file locks to the first descriptor, so that its fdinfo is long.
locked() {
	local i file=$tree/proc/$1/fdinfo/3
	{
		head -n 3 "$file"
		for ((i = 0; i < 1000; i++)); do
			printf 'lock:\t1: POSIX  ADVISORY  READ 20 00:0d:7 %d %d\n' $i $i
		done
		tail -n +4 "$file"
	} >"$file.new"
	mv "$file.new" "$file"
}

# path_only PID: adds an O_PATH descriptor of a buffer to process PID.
path_only() {
	put "proc/$1/fdinfo/5" $'size:\t8192\npos:\t0\nflags:\t012000000\nino:\t8'
	ln -s /dmabuf:path "$tree/proc/$1/fd/5"
}

# system: fills $tree with heaps, regions, processes and debugfs files of the companion modules.
system() {
	local folder=sys/kernel/debug/dmaheap_debug
	heap system 0 0660
	heap linux,cma 1
	heap_device 'odd heap' 2
	chgrp 44 "$tree/dev/dma_heap/system"
	area linux,cma 4096 1024 3
	debug_area linux,cma 4096 3072 512
	put sys/kernel/debug/dma_heap/system $'pool: 4 MiB\nusers: gpu'
	put proc/devices $'Character devices:\n252 dma_heap\n'
	put proc/cmdline 'root=/dev/sda secret=1 cma=64M'
	put proc/sys/kernel/random/boot_id 3c2b-boot
	put proc/sys/kernel/hostname board
	put proc/sys/kernel/osrelease 6.12.1
	put proc/sys/kernel/arch aarch64
	printf 'secret:x:1000:1000::/:/bin/sh\n' >>"$tree/etc/passwd"
	process 10 camera 7
	process 20 composer 7
	locked 20
	path_only 20
	put proc/30/comm secret
	mkdir "$tree/proc/30/fd"
	put proc/30/maps '5000-6000 r--p 00000000 fe:01 123 /usr/bin/secret'
	put $folder/version 'version major=1 minor=0'
	put sys/kernel/debug/dmaheap_client/version 'version major=1 minor=0'
	put sys/kernel/debug/dmaheap_sim/heaps 'heap=odd\x20heap kind=protected size=65536 used=4096 largest=61440'
	put $folder/probes 'probe symbol=dma_heap_open state=attached'
	put $folder/stats $'stats loaded=1 now=2 reset=1 missed=0\nheap name=system opens=4'
	put $folder/callsites 'callsite heap=system module=gpu symbol=probe finds=1 puts=0 kallocs=0'
}

# answers SYSROOT: prints the JSON of list, holders and accounting for SYSROOT, without the time, the
# page size, and the message and subject of an error.
answers() {
	local command
	for command in list 'holders --by process' accounting 'accounting --callers'; do
		# shellcheck disable=SC2086 # several words
		"$dmaheapctl" $command --json --sysroot "$1" 2>/dev/null |
			jq 'del(.time, .kernel.page_size) | if .error then .error.message = "" | .error.subject = "" else . end'
	done
}

# members: prints the paths in $tar, and the contents of all files.
members() {
	tar -tf "$tar" && tar -xOf "$tar"
}

@test "commands show the same system from a record, from its extracted files and from a record of the record" {
	system
	run_tool 0 record "$tar" --with-names --sysroot "$tree" --json
	is "$(joined '.record | [.unreadable, .processes, .names]')" '0 3 true'
	contains "$(tar -tf "$tar")" sys/kernel/debug/dmaheap_client/version
	sed -i '/^lock/d' "$tree/proc/20/fdinfo/3"
	is "$(answers "$tar")" "$(answers "$tree")"
	contains "$(answers "$tar")" '"camera"'
	run_tool 0 holders --json --inode 8 --sysroot "$tar"
	is "$(joined '.holders[] | [.name, .size, .pid]')" 'path 8192 20'
	# holders parses only the end of a long fdinfo. If the record contained the file locks,
	# holders would miss the inode, which precedes them.
	run_tool 0 holders --json --inode 7 --sysroot "$tar"
	is "$(field '.holders[].pid')" $'10\n20'
	mkdir "$BATS_TEST_TMPDIR/folder"
	tar -xf "$tar" -C "$BATS_TEST_TMPDIR/folder" --no-same-owner
	is "$(answers "$BATS_TEST_TMPDIR/folder")" "$(answers "$tree")"
	run_tool 0 record "$tar.2" --with-names --sysroot "$tar"
	is "$(answers "$tar.2")" "$(answers "$tree")"
	is "$(tar -tf "$tar.2" | grep -v ^proc/1/)" "$(tar -tf "$tar" | grep -v ^proc/1/)"
}

@test "record omits process names without --with-names, and never records unrelated data" {
	system
	run_tool 0 record "$tar" --sysroot "$tree"
	lacks "$(members)" camera
	lacks "$(members)" comm
	run_tool 0 holders --json --sysroot "$tar"
	is "$(joined '.holders[] | [.pid, .process, .name]')" $'10 null frame\n20 null frame\n20 null path'
	run_tool 0 record "$tar" --with-names --sysroot "$tree"
	contains "$(members)" camera
	lacks "$(members)" secret
	is "$(tar -xOf "$tar" proc/30/maps)" ''
	is "$(tar -xOf "$tar" proc/cmdline)" cma=64M
	is "$(tar -xOf "$tar" etc/group)" $'root:x:0:\nvideo:x:44:'
}

@test "record copies access control lists from a recorded tree, and list appends '+' to the mode of a node that has one" {
	local list='acl=1:6:4294967295,2:4:1000,4:6:4294967295,16:6:4294967295,32:0:4294967295'
	system
	put dev/dma_heap/system "node mode=0x21b0 uid=0 gid=44 major=252 minor=0 $list"
	# The record must not show an unreadable ACL as a missing ACL.
	put dev/dma_heap/linux,cma 'node mode=0x21b0 uid=0 gid=44 major=252 minor=1 acl=-'
	run_tool 0 record "$tar" --sysroot "$tree"
	is "$(tar -xOf "$tar" dev/dma_heap/system)" "$(<"$tree/dev/dma_heap/system")"
	is "$(tar -xOf "$tar" dev/dma_heap/linux,cma)" "$(<"$tree/dev/dma_heap/linux,cma")"
	prints 'system 0660+' list --raw -n -o NAME,MODE --sysroot "$tar" system
	prints 'linux,cma 0660' list --raw -n -o NAME,MODE --sysroot "$tar" linux,cma
	put dev/dma_heap/system "node mode=0x21b0 uid=0 gid=44 major=252 minor=0 acl=1:6:x"
	fails_with 1 "heap 'system': reading node: Bad message" list --sysroot "$tree"
}

@test "record reads the access control list of a node" {
	system
	# The attribute contains POSIX_ACL_XATTR_VERSION, then the tag, the permissions and the ID
	# of each entry (linux/posix_acl_xattr.h).
	python3 - "$tree/dev/dma_heap/system" <<-'END' || skip 'the file system has no ACLs'
		import os, struct, sys
		entries = (1, 6, -1), (2, 4, 1000), (4, 6, -1), (16, 6, -1), (32, 0, -1)
		acl = b"".join(struct.pack("<HHi", *entry) for entry in entries)
		os.setxattr(sys.argv[1], "system.posix_acl_access", struct.pack("<I", 2) + acl)
	END
	run_tool 0 record "$tar" --sysroot "$tree"
	is "$(tar -xOf "$tar" dev/dma_heap/system | cut -d ' ' -f 7)" \
		acl=1:6:4294967295,2:4:1000,4:6:4294967295,16:6:4294967295,32:0:4294967295
	prints 'system 0660+' list --raw -n -o NAME,MODE --sysroot "$tar" system
}

@test "record keeps the options of the kernel configuration that dmaheapctl reads, and no others" {
	local found=/boot/config-6.12.1
	put proc/kernel-config "config heaps=0 cma_heap=0 kretprobes=1 cma_alignment=8 path=$found"
	run_tool 0 record "$tar" --sysroot "$tree"
	is "$(tar -xOf "$tar" proc/kernel-config)" "$(<"$tree/proc/kernel-config")"
	fails_with 5 "kernel built without heaps: CONFIG_DMABUF_HEAPS is not set in $found" \
		list --sysroot "$tar"
	put proc/kernel-config "config heaps=1 cma_heap=0 kretprobes=0 cma_alignment=8 path=$found"
	fails_with 5 "heaps missing or hidden: CONFIG_DMABUF_HEAPS is set in $found, but" list --sysroot "$tree"
	for line in '' 'config heaps=1' \
		"config heaps=1 cma_heap=1 kretprobes=1 cma_alignment=13 path=$found" \
		'config heaps=1 cma_heap=1 kretprobes=1 cma_alignment=8 path=\x00'; do
		put proc/kernel-config "$line"
		fails_with 5 'no kernel configuration is readable' list --sysroot "$tree"
	done
	# proc/config.gz takes precedence over proc/kernel-config.
	printf 'CONFIG_DMABUF_HEAPS=n\nCONFIG_CMDLINE="secret"\n' | gzip >"$tree/proc/config.gz"
	run_tool 0 record "$tar" --sysroot "$tree"
	is "$(tar -xOf "$tar" proc/kernel-config)" \
		'config heaps=0 cma_heap=0 kretprobes=0 cma_alignment=12 path=/proc/config.gz'
	run ! tar -tf "$tar" proc/config.gz
	fails_with 5 'is not set in /proc/config.gz' list --sysroot "$tar"
}

@test "record shows its progress on a terminal after one second, and erases it before the report" {
	local pid line preload
	for pid in {11..18}; do
		process "$pid" name "$pid"
	done
	preload
	script -qec "stty cols 60; LD_PRELOAD='$preload' DELAY=200 '$dmaheapctl' record '$tar' --sysroot '$tree'" \
		"$BATS_TEST_TMPDIR/log" >/dev/null
	line='recording: [1-8] of 8 processes, [0-9.]+/s, [0-9.]+[mn]?s left'
	has <(tr -d '\r' <"$BATS_TEST_TMPDIR/log") "^($line"$'\e'"\[K){2,}"$'\e''\[KFILE '
}

@test "a record contains the page size, and commands with --sysroot use it" {
	system
	run_tool 0 record "$tar"
	run_tool 0 list --json --sysroot "$tree"
	is "$(field .kernel.page_size)" null
	"$dmaheapctl" holders --json --sysroot "$tar" >"$out" 2>"$err"
	is "$(field .kernel.page_size)" "$(getconf PAGESIZE)"
	is "$(field .kernel.machine)" "$(uname -m)"
	mkdir "$BATS_TEST_TMPDIR/folder"
	echo 'record major=1 page_size=65536' >"$tree/record"
	rm "$tree/proc/meminfo"
	run_tool 0 list --json --sysroot "$tree" linux,cma
	is "$(joined '.heaps[0] | [.size, .free]')" "$((4096 * 65536)) $((1024 * 65536))"
	is "$(field .kernel.page_size)" 65536
}

@test "--sysroot rejects a record of a newer version, and a malformed record" {
	echo 'record major=2' >"$tree/record"
	fails_with 1 'recorded by a newer version of dmaheapctl' list --sysroot "$tree"
	echo 'record page_size=4096' >"$tree/record"
	fails_with 1 'not a recorded system' list --sysroot "$tree"
	echo 'record major=1 page_size=x' >"$tree/record"
	fails_with 1 'not a recorded system' list --sysroot "$tree"
}

@test "record keeps the errors of unreadable files, and commands with --sysroot report them" {
	system
	rm -r "$tree/sys/kernel/debug" "$tree/proc/20/fd" "$tree/proc/20/maps"
	ln -s /errno/EACCES "$tree/sys/kernel/debug"
	ln -s /errno/EACCES "$tree/proc/20/fd"
	ln -s /errno/EPERM "$tree/proc/20/maps"
	rm "$tree/dev/dma_heap/linux,cma"
	ln -s /errno/EIO "$tree/dev/dma_heap/linux,cma"
	run_tool 0 record "$tar" --with-names --sysroot "$tree" --json
	is "$(field .record.unreadable)" 12
	contains "$stderr" 'unreadable files and directories: 12, such as sys/kernel/debug/cma: Permission denied'
	is "$(answers "$tar")" "$(answers "$tree")"
	run_tool 1 list --sysroot "$tar"
	contains "$stderr" "heap 'linux,cma': reading node: Input/output error"
	run_tool 0 holders --json --sysroot "$tar"
	is "$(field .summary.unreadable)" 1
	run_tool 4 accounting --sysroot "$tar"
	contains "$stderr" 'Permission denied'
}

@test "list reports that sysfs was not mounted when the system was recorded" {
	rmdir "$tree/sys/class" "$tree"/sys/devices/virtual "$tree"/sys/devices "$tree/sys"
	ln -s '/errno/not mounted' "$tree/sys"
	run_tool 0 record "$tar" --sysroot "$tree"
	run_tool 1 list --sysroot "$tar"
	contains "$stderr" '/sys is not mounted'
}

@test "record saves the running system to stdout, or to a file that only its owner can read" {
	run_tool 0 record "$tar" --json
	is "$(stat -c %a "$tar")" 600
	"$dmaheapctl" record - --json -q >"$tar.2" 2>"$err"
	is "$(tar -tf "$tar.2" record sys etc)" "$(tar -tf "$tar" record sys etc)"
	jq -e .record "$err" >/dev/null
}

@test "record replaces a file only if it can write the whole record" {
	echo kept >"$tar"
	fails_with 1 'No space left on device' record /dev/full
	is "$output" ''
	run bash -c 'ulimit -f 1; exec "$0" record "$@"' "$dmaheapctl" "$tar" --sysroot "$sysroots/own-6.12"
	is "$status $(<"$tar")" '1 kept'
	is "$(echo "$BATS_TEST_TMPDIR"/record*)" "$tar"
	fails_with 2 'expected exactly one FILE' record
	fails_with 2 'expected exactly one FILE' record a b
	run script -qec "'$dmaheapctl' record -" /dev/null </dev/null
	contains "$output" 'cannot write a tar file to a terminal'
}

@test "record fails if one write fails and later writes succeed" {
	local preload=$BATS_TEST_TMPDIR/fail-write.so pid n

	gcc -O1 -shared -fPIC -D_GNU_SOURCE -o "$preload" "$BATS_TEST_DIRNAME/fail-write.c"
	new_tree
	for pid in {10..59}; do
		mkdir -p "$tree/proc/$pid/"{fd,fdinfo}
		ln -s /dmabuf: "$tree/proc/$pid/fd/3"
		printf 'flags:\t02\nino:\t1\nsize:\t4096\ncount:\t1\nexp_name:\tsystem\n' \
			>"$tree/proc/$pid/fdinfo/3"
	done
	echo kept >"$tar"
	for n in 1 3 5; do
		FAIL_AT=$n LD_PRELOAD=$preload fails_with 1 'No space left on device' \
			record "$tar" --sysroot "$tree"
		is "$(<"$tar")" kept
	done
}

@test "record skips directories in /proc whose names have leading zeros" {
	local name
	new_tree
	for name in 7 007 010; do
		mkdir -p "$tree/proc/$name/"{fd,fdinfo}
		ln -s /dmabuf: "$tree/proc/$name/fd/3"
		printf 'flags:\t02\nino:\t1\nsize:\t4096\ncount:\t1\nexp_name:\tsystem\n' \
			>"$tree/proc/$name/fdinfo/3"
	done
	run_tool 0 record "$tar" --sysroot "$tree" --json
	is "$(jq .record.processes <<<"$output")" 1
	run_tool 0 holders --sysroot "$tar" --json
	is "$(jq -c '[.holders[].pid]' <<<"$output")" '[7]'
}

@test "--sysroot rejects an incomplete or invalid tar file, and leaves no temporary directory" {
	system
	run_tool 0 record "$tar" --sysroot "$tree"
	head -c 3000 "$tar" >"$tar.cut"
	fails_with 1 'not a recorded system' list --sysroot "$tar.cut"
	gzip -k "$tar"
	fails_with 1 'not a recorded system' list --sysroot "$tar.gz"
	head -c 20000 /dev/urandom >"$tar.noise"
	fails_with 1 'not a recorded system' list --sysroot "$tar.noise"
	fails_with 1 'not a recorded system' list --json --sysroot "$dmaheapctl"
	no_folder
}

# hostile TEXT PYTHON: writes a tar file with the members that PYTHON adds, and asserts that
# --sysroot rejects the file with a message that contains TEXT.
hostile() {
	python3 - "$tar" "$2" <<-'END'
		import io, sys, tarfile
		archive = tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT)
		def add(name, text=b"x", **attributes):
		    info = tarfile.TarInfo(name)
		    info.size = len(text)
		    for key, value in attributes.items():
		        setattr(info, key, value)
		    archive.addfile(info, io.BytesIO(text) if info.isreg() else None)
		def link(name, target, type=tarfile.SYMTYPE):
		    add(name, b"", type=type, linkname=target)
		exec(sys.argv[2])
		archive.close()
	END
	fails_with 1 "$1" list --sysroot "$tar"
}

@test "--sysroot rejects hostile tar files, and writes nothing outside its temporary directory" {
	local outside=$BATS_TEST_TMPDIR/outside
	mkdir "$outside"
	hostile "path contains '..'" 'add("sys/../../../../../../'"$outside"'/x")'
	hostile 'absolute path' "add('$outside/x')"
	hostile 'a parent is not a directory' "link('sys', '$outside'); add('sys/x')"
	hostile 'a parent is not a directory' "add('sys'); add('sys/x')"
	hostile 'occurs twice' "link('sys', '$outside/x'); add('sys')"
	hostile 'not a regular file, directory or symlink' "add('sys/x'); link('sys/y', 'sys/x', tarfile.LNKTYPE)"
	hostile 'not a regular file, directory or symlink' "add('dev/x', b'', type=tarfile.CHRTYPE)"
	hostile 'not a regular file, directory or symlink' "add('dev/x', b'', type=tarfile.FIFOTYPE)"
	hostile 'invalid path or symlink target' "add('sys/' + 300 * 'x')"
	hostile 'invalid path or symlink target' "add('.')"
	is "$(ls -A "$outside")" ''
	no_folder
}

@test "--sysroot rejects a tar file whose contents exceed 256 MiB" {
	truncate -s 300M "$BATS_TEST_TMPDIR/big"
	echo >>"$BATS_TEST_TMPDIR/big"
	tar -cSf "$tar" -C "$BATS_TEST_TMPDIR" big
	fails_with 1 'File too large' list --sysroot "$tar"
	no_folder
}

@test "--sysroot does not follow symlinks out of a tar file" {
	heap system 0
	ln -s "$BATS_TEST_TMPDIR/outside" "$tree/etc/passwd.new"
	mv "$tree/etc/passwd.new" "$tree/etc/passwd"
	printf 'stolen:x:0:\n' >"$BATS_TEST_TMPDIR/outside"
	tar -cf "$tar" -C "$tree" .
	run_tool 0 list --json --sysroot "$tar"
	is "$(field '.heaps[0].owner')" 0
}

@test "list shows the same heaps from a directory and from a tar file of the directory" {
	system
	tar -cf "$tar" -C "$tree" .
	run_tool 0 list --raw -o NAME,SIZE,FREE,LARGEST --sysroot "$tree"
	prints "$output" list --raw -o NAME,SIZE,FREE,LARGEST --sysroot "$tar"
}

@test "--sysroot removes its temporary directory even if SIGKILL kills the tool" {
	local tool status=0
	system
	run_tool 0 record "$tar" --sysroot "$tree"
	"$dmaheapctl" accounting --watch=50ms --sysroot "$tar" >"$out" 2>"$err" 3>&- &
	tool=$!
	await grep -q system "$out"
	run ! no_folder
	kill -KILL $tool
	wait $tool || status=$?
	is $status 137
	await no_folder
}
