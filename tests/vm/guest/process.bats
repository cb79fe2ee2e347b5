#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of the commands map, export and inspect on buffers of other processes (--pid).
#
#   tests/vm/suite debian-6.12 process

load guest
load hold
load debug

yama=/proc/sys/kernel/yama/ptrace_scope

setup() {
	[[ ! -e $yama ]] || scope=$(<$yama)
	mode=$(stat -c %a /dev/dma_heap/system)
}

teardown() {
	local held_well=yes
	chmod "$mode" /dev/dma_heap/system
	[[ ! -e $yama ]] || echo "$scope" >$yama
	release || held_well=no
	# bats checks only the status of the last command of a teardown.
	unload_all && [[ $held_well == yes ]]
}

# as_user: makes hold and run_tool run programs as the user "user".
as_user() {
	local change=(setpriv --reuid user --regid user --clear-groups)
	chmod 666 /dev/dma_heap/system
	holder=("${change[@]}" hold-buffer)
	program=("${change[@]}" dmaheapctl)
}

# denied TEXT: asserts that map --pid exits with 4 because it lacks the permission to duplicate the
# descriptor, and that the message contains TEXT.
denied() {
	run_tool 4 map --pid "$pid" --inode "$inode" --json
	contains "$stderr" "buffer $inode of process $pid: duplicating the descriptor: Operation not permitted"
	contains "$stderr" "$1"
	is "$(field '.error | [.code, .hint] | join(" ")')" "EPERM run as root"
}

@test "map --pid reads a buffer of a running program, and writes to it only with --write" {
	hold fd 65536
	run_tool 0 map --pid "$pid" --inode "$inode" --json
	is "$(field '.mappings[] | [.inode, .size, .zeroed, .writable, .fresh, .heap] | map(tostring) | join(" ")')" \
		"$inode 65536 true false false null"
	run_tool 2 map --pid "$pid" --inode "$inode" --fill counter
	run_tool 0 map --pid "$pid" --inode "$inode" --verify=zero

	run_tool 0 map --pid "$pid" --inode "$inode" --write --fill counter --verify
	run_tool 0 map --pid "$pid" --inode "$inode" --passes 3 --verify=counter --save "$BATS_TEST_TMPDIR/copy"
	seq 0 8191 | cmp - <(od -An -v -tu8 -w8 --endian=little "$BATS_TEST_TMPDIR/copy" | tr -d ' ')

	local fd
	fd=$(basename "$(find "/proc/$pid/fd" -lname '/dmabuf:*')")
	run_tool 0 map --pid "$pid" --fd "$fd" --verify=counter
	run_tool 0 map --pid "$pid" --inode "$inode" --dump=8:8
	contains "$output" '00000008  01 00 00 00 00 00 00 00 '
	# The tool must not keep a reference to the buffer.
	run_tool 0 holders --inode "$inode" --json
	is "$(row .fds .references)" "1 1"
}

@test "holders prints the command that reads a buffer of a process" {
	local command
	hold fd 4096
	for select in "--pid $pid" "--inode $inode"; do
		# shellcheck disable=SC2086 # two words
		run_tool 0 holders $select
		command=$(sed -n "s/.*run '\\(.*\\)' to read this buffer$/\\1/p" "$err")
		is "$command" "dmaheapctl map --pid $pid --inode $inode"
		$command
		# shellcheck disable=SC2086
		run_tool 0 holders $select --json
		is "$stderr" ''
	done
	hold path 4096
	run_tool 0 holders --pid "$pid"
	is "$stderr" ''
}

@test "map --pid fails if the process has no descriptor that can be duplicated" {
	hold fd 4096
	local other=$inode
	hold map 4096
	run_tool 3 map --pid "$pid" --inode "$inode"
	contains "$stderr" "buffer $inode of process $pid: held only by a mapping"
	run_tool 3 map --pid "$pid" --inode "$other"
	contains "$stderr" "buffer $other of process $pid: no such buffer"
	hold path 4096
	run_tool 3 map --pid "$pid" --inode "$inode"
	contains "$stderr" "no usable descriptor"
	run_tool 3 map --pid "$pid" --fd "$(basename "$(find "/proc/$pid/fd" -lname '/dmabuf:*')")"
	contains "$stderr" "opened with O_PATH"
	hold thread 4096
	await grep -q '^State:.Z' "/proc/$pid/status"
	run_tool 3 map --pid "$pid" --inode "$inode"
	contains "$stderr" "no usable descriptor"
	hold table 4096
	run_tool 3 map --pid "$pid" --inode "$inode"
	contains "$stderr" "no such buffer"
	for task in "/proc/$pid/task/"*; do
		[[ ${task##*/} == "$pid" ]] || run_tool 3 map --pid "${task##*/}" --inode "$inode"
	done
	contains "$stderr" "no such process"
}

# 9, 13 and 38 are EBADF, EACCES and ENOSYS.
@test "map --pid explains the errors of pidfd_getfd(2)" {
	hold fd 4096
	program=(deny pidfd_getfd -=9 dmaheapctl)
	run_tool 3 map --pid "$pid" --inode "$inode"
	contains "$stderr" "the process closed the descriptor; run the command again"
	program=(deny pidfd_getfd -=13 dmaheapctl)
	run_tool 4 map --pid "$pid" --inode "$inode"
	contains "$stderr" "Permission denied (denied by a security module)"
	program=(deny pidfd_getfd -=38 dmaheapctl)
	run_tool 5 map --pid "$pid" --inode "$inode"
	contains "$stderr" "requires Linux 5.6"
}

@test "map --pid finds a buffer while another thread of the process allocates and frees buffers" {
	hold churn 4096
	for ((i = 0; i < 20; i++)); do
		run_tool 0 map --pid "$pid" --inode "$inode" --raw --no-headings -o INODE
		is "$output" "$inode"
	done
}

@test "map --pid reads a buffer of another process of the same user unless Yama denies it" {
	as_user
	hold fd 4096
	if [[ ! -e $yama ]]; then
		run_tool 0 map --pid "$pid" --inode "$inode"
		return
	fi
	echo 0 >$yama
	run_tool 0 map --pid "$pid" --inode "$inode"
	echo 1 >$yama
	denied "kernel.yama.ptrace_scope is 1: without CAP_SYS_PTRACE, only ancestors"
	# The inner shell starts hold-buffer and then executes the tool, so the tool is the parent
	# of hold-buffer, and Yama allows the access.
	# shellcheck disable=SC2016
	(exec <"$BATS_TEST_TMPDIR/keep" 3>&- {keep}>&- && exec "${program[@]::6}" bash -ec 'exec 6<&0
		coproc { exec hold-buffer fd 4096 <&6; }
		read -r inode <&"${COPROC[0]}"
		exec dmaheapctl map --pid $COPROC_PID --inode $inode')
	echo 2 >$yama
	denied "kernel.yama.ptrace_scope is 2: access requires CAP_SYS_PTRACE"
	program=(dmaheapctl)
	run_tool 0 map --pid "$pid" --inode "$inode"
}

@test "map --pid exits with 4 if an unprivileged user selects a process of root or an undumpable process" {
	hold fd 4096
	as_user
	run_tool 4 map --pid "$pid" --inode "$inode"
	contains "$stderr" "process $pid: reading descriptors and mappings: Permission denied (requires"
	run_tool 4 map --pid "$pid" --fd 0
	contains "$stderr" "duplicating the descriptor: Operation not permitted (requires CAP_SYS_PTRACE"

	hold undumpable 4096
	run_tool 4 map --pid "$pid" --inode "$inode"
	contains "$stderr" "process $pid: reading descriptors and mappings: Permission denied (requires"
	program=(dmaheapctl)
	run_tool 0 map --pid "$pid" --inode "$inode"
}

@test "inspect --pid shows the inode number and the size of a buffer of another process" {
	act
	hold fd 65536
	run_tool 0 inspect --pid "$pid" --inode "$inode" --json
	is "$(field '.inspection | [.inode, .size, .bytes] | join(" ")')" "$inode 65536 65536"
}

@test "export --pid imports a buffer of another process and releases it" {
	modprobe vgem
	hold fd 65536
	run_tool 0 export --pid "$pid" --inode "$inode" --device vgem:vgem:primary --json
	is "$(field '.imports[] | select(.stage == "import") | [.result, .inode] | join(" ")')" "ok $inode"
	run_tool 0 holders --inode "$inode" --json
	is "$(row .attachments .references)" "0 1"
}
