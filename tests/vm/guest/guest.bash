# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What all tests in a guest share.

export LC_ALL=C

out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
# shellcheck disable=SC2034 # for run_tool
program=(dmaheapctl)
load ../../assert

# start PATTERN ARG...: the tool in the background, until its answer has the pattern.
# Its stdin stays open until finish.
start() {
	local pattern=$1
	shift
	rm -f "$BATS_TEST_TMPDIR/end"
	mkfifo "$BATS_TEST_TMPDIR/end"
	: >"$out"
	# A shell has a job in the background ignore SIGINT.
	env --default-signal=INT dmaheapctl "$@" <"$BATS_TEST_TMPDIR/end" >"$out" 2>"$err" 3>&- &
	tool=$!
	exec {end}>"$BATS_TEST_TMPDIR/end"
	await grep -qE -- "$pattern" "$out"
}

# The shell reaps its children whenever they end, so nothing of one is left.
ended() {
	! kill -0 "$tool" 2>/dev/null
}

# finish STATUS [SIGNAL]: by the end of input, or by a signal. A tool that does not end is killed.
finish() {
	local status=0
	[[ -z ${2-} ]] || kill "-$2" "$tool"
	[[ -n ${2-} ]] || exec {end}>&-
	await ended || await ended || kill -KILL "$tool"
	wait "$tool" || status=$?
	[[ -z ${2-} ]] || exec {end}>&-
	tool=
	((status == $1)) && return
	echo "it ended with $status instead of $1"
	cat "$err"
	return 1
}

none_left() {
	grep -q '^Total 0 objects' /sys/kernel/debug/dma_buf/bufinfo
}

# The kernel frees what the last descriptor held by a work item, hence the patience.
no_buffers() {
	await none_left || { cat /sys/kernel/debug/dma_buf/bufinfo; return 1; }
}

# To be called from every teardown: nothing may run on, and nothing be left of any buffer.
nothing_left() {
	[[ -z ${tool-} ]] || kill -KILL "$tool" 2>/dev/null || true
	no_buffers
}

# heaps_here: the names of the heaps, one a line.
heaps_here() {
	ls /dev/dma_heap
}

# exporter HEAP: the name that the heap's buffers have. In kernels that do not tell a heap's
# name to its provider it is that of the code which the kernel's own heaps share.
exporter() {
	if grep -q ' dma_heap_get_name$' /proc/kallsyms; then
		echo "$1"
	else
		echo heap_helpers
	fi
}

# Of what the kernel has allocated, nothing lies where no pointer leads to. Only what is
# older than five seconds is looked at, and twice, since pointers move.
no_leaks() {
	local leaks=/sys/kernel/debug/kmemleak
	[[ -e $leaks ]] || skip "this kernel has no kmemleak"
	sleep 6
	echo scan >$leaks
	echo scan >$leaks
	cat $leaks
	[[ -z $(<$leaks) ]]
}

# keep_open HEAP: a process has it open, until close_kept.
keep_open() {
	local answer
	coproc open-heap "/dev/dma_heap/$1" 4096 3>&-
	tool=$COPROC_PID
	read -r answer <&"${COPROC[0]}"
	is "$answer" open
}

# kept_gives ERRNO: when that process asks for a page; 0 when it gets one.
kept_gives() {
	local answer
	echo >&"${COPROC[1]}"
	read -r answer <&"${COPROC[0]}"
	is "$answer" "$1"
}

close_kept() {
	exec {COPROC[1]}>&-
	wait "$tool"
	tool=
}
