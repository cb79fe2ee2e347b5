#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# holders on a system with so many open files that the kernel is asked which are dma-bufs.

load guest

setup() {
	[[ -e /sys/kernel/btf/vmlinux ]]
}

teardown() {
	[[ -z ${hidden-} ]] || umount "$hidden"
	nothing_left
}

# among COMMAND...: with 5,000 descriptors around that are none of dma-bufs.
among() {
	hold-many 50 100 -- "$@"
}

# What `holders -v` says of BPF, to stdout.
asked() {
	"$@" dmaheapctl holders -v 2>&1 >/dev/null | sed -n 's/.*bpf: //p'
}

@test "few files are read, many are asked for" {
	is "$(asked env)" "not used, as few files are open: all of /proc is read"
	is "$(asked among)" "0 descriptors and mapped memories"
}

@test "every way to hold a buffer is seen as before" {
	local count
	among bats "$BATS_TEST_DIRNAME/holders.bats" >"$out" 2>"$err" || {
		cat "$out" "$err"
		return 1
	}
	count=$(grep -c '^ok ' "$out")
	is "$(head -1 "$out")" "1..$count"
	((count >= 15))
}

@test "a thread with a table of its own" {
	among bash -c '
		mkfifo "$1/end"
		hold-buffer table 4096 own <"$1/end" >"$1/said" 3>&- &
		exec {end}>"$1/end"
		until [[ -s $1/said ]]; do sleep 0.1; done
		dmaheapctl holders --json
		exec {end}>&-
		wait' - "$BATS_TEST_TMPDIR" >"$out"
	is "$(field '.holders[] | [.name, .process, .fds, .mappings] | join(" ")')" "own hold-buffer 1 0"
	is "$(field .summary.kernel_only)" 0
}

@test "as many buffers as there are files, shared and mapped" {
	hold-many 50 100 /dev/dma_heap/system -- dmaheapctl holders --json -v >"$out" 2>"$err"
	has "$err" "bpf: 5050 descriptors and mapped memories"
	is "$(field '.summary | [.buffers, .processes, .fds, .mappings, .kernel_only] | join(" ")')" \
		"5000 50 5000 500 0"
}

@test "others' numbers of processes: /proc is read" {
	is "$(asked among unshare --pid --fork --mount-proc)" "EXDEV, so all of /proc is read"
}

@test "a plain user: /proc is read" {
	is "$(asked among setpriv --reuid nobody --regid nogroup --clear-groups)" \
		"EPERM, so all of /proc is read"
}

@test "the number of open files cannot be read: /proc is read" {
	# Reading address 0 of a process is EIO.
	mount --bind /proc/1/mem /proc/sys/fs/file-nr
	hidden=/proc/sys/fs/file-nr
	is "$(asked among)" "not used, as few files are open: all of /proc is read"
}

@test "a step of loading that fails: /proc is read, and stderr says nothing" {
	local step
	# bpf(2) does not exist; BPF_MAP_CREATE, _PROG_LOAD, _PROG_RUN (ESRCH: a kernel without
	# BTF), _LINK_CREATE and _ITER_CREATE.
	for step in -=38:ENOSYS 0:0=22:EINVAL 0:5=7:E2BIG 0:10=3:ESRCH 0:28=1:EPERM 0:33=12:ENOMEM; do
		is "$(asked among deny 321 "${step%:*}")" "${step##*:}, so all of /proc is read"
	done
	among deny 321 0:10=3 dmaheapctl holders 2>"$err" >"$out"
	is "$(cat "$err")" ""
}

@test "root without the right to load programs: /proc is read" {
	is "$(asked among setpriv --bounding-set -sys_admin,-bpf,-perfmon \
		--inh-caps -sys_admin,-bpf,-perfmon)" "EPERM, so all of /proc is read"
}
