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

# without FILE: as long as the test's shell, and those it starts, look at it.
without() {
	mount --bind /dev/null "$1"
	hidden=$1
}

@test "a kernel that does not describe its types: /proc is read, and stderr says nothing" {
	without /sys/kernel/btf/vmlinux
	is "$(asked among)" "ESRCH, so all of /proc is read"
	among dmaheapctl holders 2>"$err" >"$out"
	is "$(cat "$err")" ""
}

@test "no libbpf: /proc is read, and stderr says nothing" {
	without "$(realpath /usr/lib/*/libbpf.so.1)"
	is "$(asked among)" "EOPNOTSUPP, so all of /proc is read"
	among dmaheapctl holders 2>"$err" >"$out"
	is "$(cat "$err")" ""
}

@test "root without the right to load programs: /proc is read" {
	is "$(asked among setpriv --bounding-set -sys_admin,-bpf,-perfmon \
		--inh-caps -sys_admin,-bpf,-perfmon)" "EPERM, so all of /proc is read"
}
