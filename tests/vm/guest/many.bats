#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of 'dmaheapctl holders' with many open files. The tool then uses BPF iterators to find the
# dma-bufs.

load guest

setup() {
	[[ -e /sys/kernel/btf/vmlinux ]]
}

teardown() {
	[[ -z ${hidden-} ]] || umount "$hidden"
	nothing_left
}

# among COMMAND...: runs COMMAND while 50 processes hold 5,000 descriptors that are not dma-bufs.
among() {
	hold-many 50 100 -- "$@"
}

# asked COMMAND...: runs "dmaheapctl holders -v" through COMMAND, such as env or among, and prints
# its message about BPF.
asked() {
	"$@" dmaheapctl holders -v 2>&1 >/dev/null | sed -n 's/.*bpf: //p'
}

@test "holders reads all of /proc if few files are open, and uses BPF if many files are open" {
	is "$(asked env)" "few open files, or their number is unknown; reading all of /proc"
	is "$(asked among)" "references to dma-bufs: 0"
}

@test "holders passes the tests of holders.bats when it uses BPF" {
	local count
	among bats "$BATS_TEST_DIRNAME/holders.bats" >"$out" 2>"$err" || {
		cat "$out" "$err"
		return 1
	}
	count=$(grep -c '^ok ' "$out")
	is "$(head -1 "$out")" "1..$count"
	((count >= 15))
}

@test "holders with BPF finds a descriptor of a thread that has its own descriptor table" {
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

@test "holders with BPF counts 5,000 buffers of 50 processes" {
	hold-many 50 100 /dev/dma_heap/system -- dmaheapctl holders --json -v >"$out" 2>"$err"
	has "$err" "bpf: references to dma-bufs: 5050"
	is "$(field '.summary | [.buffers, .processes, .fds, .mappings, .kernel_only] | join(" ")')" \
		"5000 50 5000 500 0"
}

# interrupted VARIABLE: runs holders with BPF while 50 processes hold a buffer each, and asserts
# that SIGINT ends holders with status 130. VARIABLE selects the event at which interrupt.c sends
# the signal.
interrupted() {
	local status=0
	hold-many 50 1 /dev/dma_heap/system -- hold-many 50 100 -- env --default-signal=INT \
		LD_PRELOAD=/usr/local/lib/interrupt.so "$1=$(kill -l INT)" \
		dmaheapctl holders --json >"$out" 2>"$err" || status=$?
	is "$status" 130
	is "$(field '.interrupted, .summary.kernel_only, .summary.unreadable' | paste -sd ' ')" \
		"true null null"
}

@test "after SIGINT, holders with BPF reports the processes that it has examined" {
	interrupted INTERRUPT_WITH
	has "$err" 'reading /proc: interrupted after [0-9]+ process'
	is "$(field '[.holders[].pid] | unique | length')" 1
}

@test "SIGINT during the read of a BPF iterator ends holders before it examines a process" {
	interrupted INTERRUPT_ITERATOR_WITH
	has "$err" 'reading /proc: interrupted after 0 processes'
	is "$(field '.holders | length')" 0
}

@test "holders reads all of /proc if it runs in a PID namespace of its own" {
	is "$(asked among unshare --pid --fork --mount-proc)" "using the iterators: EXDEV; reading all of /proc"
}

@test "holders reads all of /proc if an unprivileged user runs it" {
	is "$(asked among setpriv --reuid nobody --regid nogroup --clear-groups)" \
		"using the iterators: EPERM; reading all of /proc"
}

@test "holders reads all of /proc if the number of open files is unknown" {
	# /proc/1/mem replaces file-nr: a read of address 0 in it returns EIO.
	mount --bind /proc/1/mem /proc/sys/fs/file-nr
	hidden=/proc/sys/fs/file-nr
	is "$(asked among)" "few open files, or their number is unknown; reading all of /proc"
}

@test "holders reads all of /proc if a call to bpf(2) fails, and reports the error only with -v" {
	local step
	# The first step makes every call to bpf(2) fail. Each of the others makes one command fail:
	# BPF_MAP_CREATE, BPF_PROG_LOAD, BPF_PROG_RUN, BPF_LINK_CREATE and BPF_ITER_CREATE.
	for step in -=38:ENOSYS 0:0=22:EINVAL 0:5=7:E2BIG 0:10=3:ESRCH 0:28=1:EPERM 0:33=12:ENOMEM; do
		is "$(asked among deny bpf "${step%:*}")" "using the iterators: ${step##*:}; reading all of /proc"
	done
	among deny bpf 0:10=3 dmaheapctl holders 2>"$err" >"$out"
	is "$(cat "$err")" "dmaheapctl: no buffer found"
}

@test "holders reads all of /proc if root lacks the capabilities to load BPF programs" {
	is "$(asked among setpriv --bounding-set -sys_admin,-bpf,-perfmon \
		--inh-caps -sys_admin,-bpf,-perfmon)" "using the iterators: EPERM; reading all of /proc"
}
