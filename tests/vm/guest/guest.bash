# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Functions that all guest tests share.

export LC_ALL=C

out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err answers=/out/answers.json
# shellcheck disable=SC2034 # for run_tool
program=(dmaheapctl)
load ../../assert

# start PATTERN ARG...: starts dmaheapctl in the background and waits until its output matches
# PATTERN. With an empty PATTERN, does not wait. The stdin of dmaheapctl stays open until finish is
# called.
start() {
	local pattern=$1
	shift
	rm -f "$BATS_TEST_TMPDIR/end"
	mkfifo "$BATS_TEST_TMPDIR/end"
	: >"$out"
	# Reset SIGINT, because the shell starts background jobs with SIGINT ignored.
	env --default-signal=INT dmaheapctl "$@" <"$BATS_TEST_TMPDIR/end" >"$out" 2>"$err" 3>&- &
	tool=$!
	exec {end}>"$BATS_TEST_TMPDIR/end"
	[[ -z $pattern ]] || await grep -qE -- "$pattern" "$out"
}

# ended: succeeds if the process $tool has ended. The shell reaps a child as soon as the child
# exits, so kill then fails.
ended() {
	! kill -0 "$tool" 2>/dev/null
}

# finish STATUS [SIGNAL]: sends SIGNAL to the process $tool, which start started. Without SIGNAL,
# closes the stdin of this process. Fails unless the process exits with STATUS. Kills the process if
# it does not end within a minute.
finish() {
	local status=0
	[[ -z ${2-} ]] || kill "-$2" "$tool"
	[[ -n ${2-} ]] || exec {end}>&-
	await ended || kill -KILL "$tool"
	wait "$tool" || status=$?
	[[ -z ${2-} ]] || exec {end}>&-
	tool=
	((status == $1)) && return
	echo "the tool exited with status $status, expected $1"
	cat "$err"
	return 1
}

none_left() {
	grep -q '^Total 0 objects' /sys/kernel/debug/dma_buf/bufinfo
}

# no_buffers: fails if a buffer remains. The kernel can free a buffer some time after the last close
# (deferred fput), so this function waits.
no_buffers() {
	await none_left || { cat /sys/kernel/debug/dma_buf/bufinfo; return 1; }
}

# nothing_left: for teardown. Kills the process that start or keep_open started, unless it has
# ended. Fails if a buffer remains.
nothing_left() {
	[[ -z ${tool-} ]] || kill -KILL "$tool" 2>/dev/null || true
	no_buffers
}

# heaps_here: prints the names of the heaps that have a node, one per line.
heaps_here() {
	ls /dev/dma_heap
}

# exporter HEAP: prints the exporter name of the heap's buffers. On kernels without
# dma_heap_get_name(), a provider cannot query the name of its heap. The kernel's own heaps then use
# the name of their shared code, heap_helpers.
exporter() {
	if grep -q ' dma_heap_get_name$' /proc/kallsyms; then
		echo "$1"
	else
		echo heap_helpers
	fi
}

can_remove_heaps() {
	grep -q ' dma_heap_remove$' /proc/kallsyms
}

# no_leaks: fails if kmemleak finds an unreferenced object, and skips the test if the kernel has no
# kmemleak. Waits, because kmemleak ignores objects younger than five seconds. Scans twice, because a
# pointer can move during a scan.
no_leaks() {
	local leaks=/sys/kernel/debug/kmemleak
	[[ -e $leaks ]] || skip "this kernel has no kmemleak"
	sleep 6
	echo scan >$leaks
	echo scan >$leaks
	cat $leaks
	[[ -z $(<$leaks) ]]
}

# keep_open HEAP: starts a process that keeps the node of HEAP open until close_kept is called.
keep_open() {
	local answer
	coproc open-heap "/dev/dma_heap/$1" 4096 3>&-
	tool=$COPROC_PID
	read -r answer <&"${COPROC[0]}"
	is "$answer" open
}

# kept_gives ERRNO: makes the process $tool, which keep_open started, allocate a page. Fails unless
# the result of the allocation is ERRNO, where 0 stands for success.
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
