#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of 'dmaheapctl alloc' on the heaps of the kernel.

load guest

teardown() {
	chmod 0600 /dev/dma_heap/*
	nothing_left
}

@test "alloc reports the size, name, exporter and fd flags of a buffer from each heap" {
	for heap in $(heaps_here); do
		run_tool 0 alloc --heap "$heap" --size 128K --name label --json
		is "$(field '.buffers[0].heap')" "$heap"
		is "$(field '.buffers[0].size')" 131072
		is "$(field '.buffers[0].name')" label
		is "$(field '.buffers[0].exporter')" "$(exporter "$heap")"
		is "$(field '.buffers[0].fd_flags | join(",")')" rdwr,cloexec
		is "$(field '.summary.done')" 1
		(($(field '.buffers[0].time_ns') > 0 && $(field '.buffers[0].inode') > 0))
	done
}

@test "alloc reports the size rounded up to whole pages" {
	local page rounded size
	page=$(getconf PAGESIZE)
	for size in 1 $((page - 1)) "$page" $((page + 1)) 0x1001 1MB; do
		rounded=$(((${size/MB/000000} + page - 1) / page * page))
		run_tool 0 alloc --heap system --size "$size" --json
		is "$(field '[.buffers[0].size, .summary.bytes, .kernel.page_size] | @json')" \
			"[$rounded,$rounded,$page]"
	done
}

@test "alloc sets the requested fd flags on the descriptor" {
	local flags octal
	while read -r flags octal; do
		start HEAP alloc --heap system --size 4K --fd-flags "$flags" --hold
		fd=$(find "/proc/$tool/fd" -lname '*dmabuf*' -printf '%f\n')
		is "$(sed -n 's/^flags:\t//p' "/proc/$tool/fdinfo/$fd")" "$octal"
		finish 0
		run_tool 0 alloc --heap system --size 4K --fd-flags "$flags" --json
		is "$(field '.buffers[0].fd_flags | join(",")')" "${flags/|/,}"
	done <<-END
		rdonly 00
		wronly 01
		rdwr 02
		rdonly,cloexec 02000000
		wronly|cloexec 02000001
		rdwr,cloexec 02000002
	END
}

@test "alloc explains the error for fd flags that the kernel rejects" {
	run_tool 1 alloc --heap system --size 4K --fd-flags 0x800
	has "$err" "heap 'system': allocating 4 KiB: Invalid argument \(fd flags 0x800:"
}

@test "alloc passes heap flags to the kernel, and explains the error if the kernel rejects them" {
	for flags in 1 0x8000000000000000; do
		run_tool 1 alloc --heap system --size 4K --heap-flags "$flags"
		has "$err" "Invalid argument \(heap flags 0x[18]0*: mainline kernels define none\)"
	done
	run_tool 0 alloc --heap system --size 4K --heap-flags 0
}

@test "alloc does not attempt an allocation that exceeds the available memory" {
	run_tool 1 alloc --heap system --size 1T
	has "$err" "heap 'system': allocating 1 TiB: not attempted \(only .* available in the system\); use --force"
	run_tool 1 alloc --heap system --size 0xffffffffffffffff
	has "$err" "not attempted"
	run_tool 1 alloc --heap system --size 1M --count 1000000
	has "$err" "allocating 1000000 buffers of 1 MiB: not attempted"
}

@test "alloc --force explains the error for a size that wraps to zero when rounded up to whole pages" {
	run_tool 1 alloc --heap system --size 0xffffffffffffffff --force
	has "$err" "Invalid argument \(the size, rounded up to whole pages, exceeds 64 bits\)"
}

@test "alloc reports the free memory of the CMA region if an allocation does not fit" {
	local cma=reserved

	[[ -e /dev/dma_heap/reserved ]] || skip "no CMA heap in this kernel"
	# Linux 6.17 and later can register the region as two heaps, "reserved" and
	# "default_cma_region". The class "cma" then selects "default_cma_region".
	[[ ! -e /dev/dma_heap/default_cma_region ]] || cma=default_cma_region
	run_tool 1 alloc --heap cma --size 65M
	has "$err" "not attempted \(only .* free in the region\)"
	run_tool 0 alloc --heap cma:largest --size 4K --json
	has "$err" "class 'cma:largest': using heap '$cma'"
	is "$(field '.buffers[0].heap')" "$cma"
	run_tool 1 alloc --heap cma --size 8M --count 9 --force --json
	has "$err" "class 'cma': using heap '$cma'"
	has "$err" "buffer .* of 9\): Cannot allocate memory \(region is 64 MiB, .* free"
	has "$err" "; the (buffer is larger than the free memory|region is fragmented)\)"
	# The command's own buffers count as used, so less than 10 MiB is free after the failure.
	has_no "$err" "(6[0-9]|[1-5][0-9])(\.[0-9])? MiB free"
	is "$(field '.summary.requested')" 9
	is "$(field '.summary.failed')" 1
	is "$(field '.summary.error')" ENOMEM
	is "$(field '.summary.done')" "$(field '.buffers | length')"
	(($(field '.summary.done') >= 6))
}

@test "alloc --hold keeps the buffers that it allocated before a failure" {
	[[ -e /dev/dma_heap/reserved ]] || skip "no CMA heap in this kernel"
	start REQUESTED alloc --heap reserved --size 8M --count 9 --force --hold --name partial
	done=$(awk 'heading { print $1 } { heading = $1 == "DONE" }' "$out")
	is "$(grep -c 'partial' /sys/kernel/debug/dma_buf/bufinfo)" "$done"
	finish 1
}

@test "alloc holds 500 buffers at the same time" {
	start REQUESTED alloc --heap system --size 64K --count 500 --summary --name many --hold
	is "$(grep -c 'many' /sys/kernel/debug/dma_buf/bufinfo)" 500
	has "$out" "^ *500 +0 +500 +31\.[23]M "
	finish 0
	no_buffers
}

@test "alloc of more than 20 buffers prints only the summary, unless -v, -o or -r is given" {
	run_tool 0 alloc system 64K --count 21
	has "$out" "^DONE FAILED REQUESTED BYTES "
	has "$out" "^ *21 +0 +21 +1\.3M "
	has_no "$out" INODE
	run_tool 0 alloc system 4K --count 21 -v
	is "$(grep -c '^system ' "$out")" 21
	run_tool 0 alloc system 4K --count 21 -o inode
	is "$(grep -cxE ' *[0-9]+' "$out")" 21
	run_tool 0 alloc system 4K --count 21 -rn
	is "${#lines[@]}" 21
	run_tool 0 alloc system 4K --count 20
	is "$(grep -c '^system ' "$out")" 20
}

@test "alloc raises the soft limit on open files, and reports a hard limit that is too low" {
	ulimit -Sn 64
	run_tool 0 alloc --heap system --size 4K --count 200 --json
	is "$(field '.buffers | length')" 200
	ulimit -Hn 256
	run_tool 1 alloc --heap system --size 4K --count 300
	has "$err" "300 buffers need more than 300 descriptors, but the hard limit on open files is 256"
	run_tool 1 alloc --heap system --size 4K --count 200 -- true
	has "$err" "200 buffers need more than 400 descriptors, but the hard limit on open files is 256"
	# 255 buffers do not exceed the limit of 256, so alloc starts, and fails when the
	# descriptors run out.
	run_tool 1 alloc --heap system --size 4K --count 255 --json
	has "$err" "Too many open files"
	[[ $(field '.buffers | length') -gt 200 ]]
}

@test "alloc of one buffer succeeds if the limit on open files is 14" {
	ulimit -n 14
	run_tool 0 alloc --heap system --size 4K
}

@test "alloc succeeds if a sandbox forbids access to the limit on open files" {
	ulimit -Sn 24
	deny prlimit64 7 dmaheapctl alloc --heap system --size 4K >"$out"
}

@test "alloc does not write to descriptor 0 after it fails to name or query a buffer" {
	local file=$BATS_TEST_TMPDIR/file status=0
	head -c 128K /dev/urandom >"$file"
	sum=$(cksum <"$file")
	# 0x40086201 is DMA_BUF_SET_NAME_B.
	deny ioctl 0x40086201 dmaheapctl alloc --heap system --size 64K --name x --no-sync --fill one \
		--json 0<>"$file" >"$out" 2>"$err" || status=$?
	is "$status" 1
	has "$err" "naming buffer 1: Operation not permitted"
	is "$(field '.buffers[0].size')" 65536
	is "$(cksum <"$file")" "$sum"

	# alloc queries the size of a buffer with lseek().
	status=0
	deny lseek 0 dmaheapctl alloc --heap system --size 4K --no-sync --fill one --export \
		--json 0<>"$file" >"$out" 2>"$err" || status=$?
	is "$status" 1
	has "$err" "querying buffer 1: Operation not permitted"
	is "$(field '.buffers[0] | [.size, .inode, .fd_flags] | map(tostring) | join(" ")')" \
		"null null null"
	is "$(field '.mappings | length')" 0
	is "$(cksum <"$file")" "$sum"
}

@test "alloc runs its command without LISTEN_PIDFDID, and without LISTEN_FDNAMES if the value is too long" {
	local name=a-name-of-31-bytes-a-name-of-31-
	ulimit -n 20000
	# shellcheck disable=SC2016 # for the command's shell
	LISTEN_PIDFDID=1 dmaheapctl alloc --heap system --size 4K --count 4200 --name "${name:0:31}" -q -- \
		sh -c 'echo "$LISTEN_FDS ${LISTEN_FDNAMES-none} ${LISTEN_PIDFDID-none}"' >"$out"
	is "$(cat "$out")" "4200 none none"
}

@test "alloc starts its command quickly if close_range(2) fails and the limit on open files is huge" {
	echo 1073741816 >/proc/sys/fs/nr_open
	ulimit -n 1000000000
	timeout 20 deny close_range - dmaheapctl alloc --heap system --size 4K -q -- \
		sh -c 'ls /proc/self/fd | wc -l' >"$out" 9</dev/null
	# ls lists descriptors 0, 1 and 2, the buffer and the directory, but not descriptor 9.
	is "$(cat "$out")" 5
}

@test "map --fd rejects a descriptor that the tool did not inherit" {
	local fd
	for fd in 5 6 7 8; do
		[[ ! -e /proc/self/fd/$fd ]] || continue
		run_tool 3 map --fd "$fd"
		has "$err" "descriptor $fd: not open"
	done
}

@test "alloc exits with 3 if no heap matches the name or class" {
	run_tool 3 alloc --heap protected --size 4K
	has "$err" "class 'protected': no such heap.*; the kernel has heap.*'system'"
	run_tool 3 alloc --heap nosuch --size 4K
}

@test "alloc exits with 4 and explains the permission error to an unprivileged user" {
	run setpriv --reuid nobody --regid nogroup --clear-groups dmaheapctl alloc --heap system --size 4K
	[[ $status -eq 4 ]]
	[[ $output == *"heap 'system': opening node: Permission denied"* ]]
	[[ $output == *'SUBSYSTEM=="dma_heap"'* ]]
}

@test "an unprivileged user can allocate if the mode of the node permits it" {
	chmod 0666 /dev/dma_heap/system
	setpriv --reuid nobody --regid nogroup --clear-groups \
		dmaheapctl alloc --heap system --size 4K --fill counter --verify
}

@test "alloc raises its own oom_score_adj but not that of its command" {
	start HEAP alloc --heap system --size 4K --hold
	is "$(cat "/proc/$tool/oom_score_adj")" 1000
	finish 0
	dmaheapctl alloc --heap system --size 4K -q -- cat /proc/self/oom_score_adj >"$out"
	is "$(cat "$out")" "$(cat /proc/self/oom_score_adj)"
}

@test "alloc --map --fill --verify reports every buffer as zeroed and verified" {
	run_tool 0 alloc --heap system --size 64K --count 3 --map --fill random:5 --verify --json
	is "$(field '.mappings | length')" 3
	is "$(field '[.mappings[].verified] | unique | .[]')" true
	is "$(field '[.mappings[].zeroed] | unique | .[]')" true
}

@test "alloc --hold exits with 0 if SIGINT, SIGTERM or SIGHUP arrives during the hold" {
	for signal in INT TERM HUP; do
		start HEAP alloc --heap system --size 1M --hold
		finish 0 "$signal"
		no_buffers
	done
}

# has_descriptors N: succeeds if the process $tool has at least N open descriptors.
has_descriptors() {
	local all=("/proc/$tool/fd/"*)
	((${#all[@]} >= $1))
}

@test "alloc --hold prints its report and exits with 130 if SIGINT, SIGTERM or SIGHUP arrives before all buffers are verified" {
	local signal filled
	for signal in INT TERM HUP; do
		start '' alloc --heap system --size 1M --count 400 --fill random:1 --verify --hold --json
		# alloc first allocates all buffers, and then maps and fills them one after the
		# other, so a mapping shows that all buffers are allocated.
		await grep -q dmabuf "/proc/$tool/maps"
		finish 130 "$signal"
		is_answer 130
		no_buffers
		is "$(field '[.summary.done, (.buffers | length)] | join(" ")')" '400 400'
		# On a slow kernel, the signal can arrive before the first buffer is verified, so
		# the number of verified buffers can be 0.
		filled=$(field '[.mappings[] | select(.verified)] | length')
		((filled < 400))
		has "$err" "heap 'system': [a-z ]+: interrupted"
	done
}

@test "alloc exits with 130 and does not run its command if SIGINT arrives before the command starts" {
	start '' alloc --heap system --size 1M --count 400 --fill random:1 --verify -- echo ran
	await has_descriptors 10
	finish 130 INT
	is "$(cat "$out")" ''
	has "$err" 'command not run'
}

@test "alloc ends with status 143 if SIGTERM arrives while it writes its report to a full pipe" {
	local pid status
	mkfifo "$BATS_TEST_TMPDIR/full"
	exec {reader}<>"$BATS_TEST_TMPDIR/full"
	# Fill the pipe: dd ends when a write would block.
	dd if=/dev/zero of="$BATS_TEST_TMPDIR/full" bs=4K oflag=nonblock status=none 2>/dev/null || true
	dmaheapctl alloc --heap system --size 4K --count 30 --hold --raw >"$BATS_TEST_TMPDIR/full" 2>"$err" &
	pid=$!
	await grep -q pipe_write /proc/$pid/stack
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	exec {reader}>&-
	is "$status" 143
}

@test "alloc keeps ignoring SIGHUP if SIGHUP was ignored when alloc started" {
	local pid
	mkfifo "$BATS_TEST_TMPDIR/never"
	(
		trap '' HUP
		exec dmaheapctl alloc --heap system --size 4K --hold <>"$BATS_TEST_TMPDIR/never" >"$out" 3>&-
	) &
	pid=$!
	await grep -q HEAP "$out"
	kill -HUP $pid
	sleep 1
	kill -0 $pid
	kill -TERM $pid
	wait $pid
}

@test "alloc reports an exceeded file size limit as an error, and its command receives SIGXFSZ" {
	ulimit -f 1
	run_tool 1 alloc --heap system --size 4K --count 100 --raw
	has "$err" "writing output: File too large"
	status=0
	dmaheapctl alloc --heap system --size 4K -q -- sh -c 'yes >"$0"' "$out" 2>"$err" || status=$?
	is "$status" 153
}

@test "the kernel frees all buffers when SIGKILL ends alloc --hold" {
	start HEAP alloc --heap system --size 1M --count 10 --hold
	finish 137 KILL
	no_buffers
}

@test "alloc --hold=DURATION ends after DURATION" {
	SECONDS=0
	dmaheapctl alloc --heap system --size 4K --hold=1.5 </dev/null >"$out"
	((SECONDS >= 1 && SECONDS < 20))
}

@test "alloc --hold ends at end of file if standard input is a pipe" {
	echo | dmaheapctl alloc --heap system --size 4K --hold >"$out"
	has "$out" system
}

@test "alloc writes its output before the hold begins" {
	start '"schema":1' alloc --heap system --size 4K --json --hold
	jq -e '.summary.done == 1' "$out"
	finish 0
}

@test "alloc passes the buffers to its command as sd_listen_fds(3) expects them" {
	run_tool 0 alloc --heap system --size 64K --count 3 --name "a:b" --fill counter -- \
		listen-fds
	is "$(cat "$out")" "3 descriptors
names a_b:a_b:a_b
heap system
size 65536
count 3
3 dma-buf 65536 bytes, words ok
4 dma-buf 65536 bytes, words ok
5 dma-buf 65536 bytes, words ok"
	has "$err" "^ *3 +0 +3 +192K "
}

@test "the command of alloc inherits only the standard streams and the buffers" {
	# ls lists the descriptors of the shell that started it.
	local fds='ls -l /proc/$$/fd; :'
	exec 9</dev/null
	sh -c "$fds" 3>&- | awk 'NF > 8 { print $9, $11 }' >"$BATS_TEST_TMPDIR/plain"
	dmaheapctl alloc -q --heap system --size 4K --count 2 -- sh -c "$fds" 3>&- |
		awk 'NF > 8 { print $9, $11 }' >"$out"
	exec 9<&-
	# The command inherits the standard streams and the two buffers, but not descriptor 9 of the
	# caller.
	has "$BATS_TEST_TMPDIR/plain" "^9 /dev/null"
	is "$(cut -d ' ' -f 1 "$out" | xargs)" "0 1 2 3 4"
	is "$(sed -n 's/ .dmabuf.*//p' "$out" | xargs)" "3 4"
}

@test "alloc exits with the status of its command" {
	for code in 0 1 7 42 255; do
		run dmaheapctl alloc -q --heap system --size 4K -- sh -c "exit $code"
		is "$status" "$code"
	done
	run dmaheapctl alloc -q --heap system --size 4K -- sh -c 'kill -TERM $$'
	is "$status" 143
	# If a process ignores SIGCHLD, the kernel discards the status of its children, so alloc
	# must not keep SIGCHLD ignored.
	run timeout 60 env --ignore-signal=CHLD \
		dmaheapctl alloc -q --heap system --size 4K -- sh -c 'exit 7'
	is "$status" 7
}

@test "alloc exits with 3 if the program does not exist, and with 4 if it is not executable" {
	run_tool 3 alloc -q --heap system --size 4K -- /no/such/program
	has "$err" "program '/no/such/program': running: No such file or directory"
	run_tool 4 alloc -q --heap system --size 4K -- /etc/passwd
	has "$err" "program '/etc/passwd': running: Permission denied"
}

@test "alloc forwards SIGTERM to its command" {
	dmaheapctl alloc -q --heap system --size 4K -- \
		sh -c 'trap "echo got it; exit 9" TERM; echo ready; while :; do sleep 0.1; done' \
		>"$out" 2>"$err" 3>&- &
	tool=$!
	await grep -q ready "$out"
	kill -TERM "$tool"
	status=0
	wait "$tool" || status=$?
	tool=
	is "$status" 9
	has "$out" "got it"
}

@test "alloc writes nothing to standard output if it runs a command" {
	run_tool 0 alloc --heap system --size 4K -- echo only this
	is "$(cat "$out")" "only this"
}

@test "alloc --export imports every buffer into the selected devices" {
	modprobe vgem
	udevadm settle
	run_tool 0 alloc --heap system --size 64K --count 2 --export=driver:vgem --json
	# vgem provides a primary and a render node, so stage identity has two results per buffer.
	is "$(field '[.imports[] | select(.stage == "identity") | .result] | join(" ")')" \
		"ok ok ok ok"
	run_tool 3 alloc --heap system --size 64K --export=driver:nosuch
}

@test "alloc --hold keeps one descriptor of each buffer open, and none of the heap's node" {
	# The sanitizers report leaked memory but not leaked descriptors.
	start HEAP alloc --heap system --size 4K --count 5 --map --name counted --hold
	is "$(find "/proc/$tool/fd" -lname '*dmabuf*' | wc -l)" 5
	is "$(find "/proc/$tool/fd" -lname '/dev/dma_heap/*' | wc -l)" 0
	finish 0
}
