#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of 'dmaheapctl holders' on buffers that processes and the kernel hold in different ways.

load guest
load hold

teardown() {
	local held_well=yes
	release || held_well=no
	# bats checks only the status of the last command of a teardown.
	nothing_left && [[ $held_well == yes ]]
}

@test "holders shows no rows and zero totals if no buffer exists" {
	run_tool 0 holders --json
	is "$(field '.holders | length')" 0
	is "$(field '.summary | [.buffers, .bytes, .kernel_only, .unreadable] | join(" ")')" "0 0 0 0"
	[[ ! -s $err ]]
}

@test "holders shows the size, exporter, name and process of a buffer held by a descriptor" {
	hold fd 65536 label
	run_tool 0 holders --json
	is "$(row .size .exporter .name .holders .pid .process .fds .mappings .references "$devices")" \
		"65536 $(exporter system) label 1 $pid hold-buffer 1 0 1 "
	is "$(field '.summary | [.buffers, .bytes, .processes, .fds, .kernel_only] | join(" ")')" \
		"1 65536 1 1 0"
	run_tool 0 holders --pid "$pid" --raw --no-headings -o INODE
	is "$(cat "$out")" "$inode"
	run_tool 0 holders --pid $$ --raw --no-headings
	is "$(cat "$out")" ""
	run_tool 0 holders --inode "$inode" --raw --no-headings -o PID
	is "$(cat "$out")" "$pid"
}

@test "holders --pid reports that hidepid hides the processes of other users" {
	hold fd 65536 label
	mount -o remount,hidepid=invisible /proc
	setpriv --reuid nobody --regid nogroup --clear-groups \
		dmaheapctl holders --pid "$pid" >"$out" 2>"$err" || status=$?
	mount -o remount,hidepid=off /proc
	is "${status:-0}" 4
	has "$err" "process $pid: not found \(/proc hides processes of other users\)"
	run_tool 0 holders --pid "$pid" --raw --no-headings -o INODE
	is "$(cat "$out")" "$inode"
}

@test "holders shows a mapping whose descriptor is closed" {
	hold map 65536 mapped
	run_tool 0 holders --json
	is "$(row .size .exporter .name .pid .fds .mappings .mapped)" \
		"65536 $(exporter system) mapped $pid 0 1 65536"
	is "$(field .summary.kernel_only)" 0
}

@test "without debugfs and BPF, holders reports the size of a mapped buffer as unknown if no buffer has a descriptor" {
	hold map 65536 mapped
	umount /sys/kernel/debug
	without_iterator dmaheapctl holders --json >"$out" 2>"$err" || status=$?
	mount -t debugfs none /sys/kernel/debug
	is "${status:-0}" 0
	is "$(row .size .exporter .pid .mappings .mapped)" "null null $pid 1 65536"
	is "$(field .summary.kernel_only)" null
	has "$err" "run 'mount -t debugfs none /sys/kernel/debug'"
}

@test "holders counts a buffer as kernel-only if its only descriptor is in flight in a socket" {
	hold socket 65536 flying
	run_tool 0 holders --json
	is "$(row .size .exporter .name .holders .pid "$devices" .references)" \
		"65536 $(exporter system) flying 0 null  1"
	is "$(field '.summary | [.buffers, .processes, .kernel_only, .kernel_only_bytes] | join(" ")')" \
		"1 0 1 65536"
	run_tool 0 holders --inode "$inode"
	run_tool 0 holders "$(exporter system)" --raw --no-headings -o INODE
	is "$(cat "$out")" "$inode"
}

@test "holders explains how to show buffers whose exporter name is not the name of their heap" {
	[[ $(exporter system) != system ]] || skip "this kernel's exporter names are the names of heaps"
	hold fd 65536
	run_tool 0 holders system --raw --no-headings -o INODE
	is "$(cat "$out")" ""
	has "$err" "does not report their heap: 1; 'dmaheapctl holders heap_helpers' shows"
	run_tool 0 holders heap_helpers
	is "$(cat "$err")" ""
}

@test "holders shows the device of an imported buffer whose descriptor is closed" {
	[[ -e /dev/dri/card0 ]] || modprobe vgem
	await test -e /dev/dri/card0
	hold import 65536 imported
	run_tool 0 holders --json
	is "$(row .holders .pid .attachments)" "0 null 1"
	[[ $(row "$devices") ]]
	# awk reads the attached devices independently of the tool.
	is "$(row "$devices")" "$(awk -F '\t' '/Attached/ { getline; print $2 }' \
		/sys/kernel/debug/dma_buf/bufinfo)"
	[[ $(row '.device_ids[0]') == "$(row "$devices"):"[a-z]* ]]
	is "$(field .summary.kernel_only)" 1
	for device in "$(row "$devices")" primary; do
		run_tool 0 holders --device "$device" --raw --no-headings -o INODE
		is "$output" "$inode"
	done
	run_tool 3 holders --device nosuch
}

@test "holders counts a buffer with two holders once, and reports half its size as the PSS of each holder" {
	hold share 65536
	run_tool 0 holders --json
	is "$(row .holders .rss .pss .references)" $'2 65536 32768 2\n2 65536 32768 2'
	is "$(field '.summary | [.buffers, .bytes, .processes] | join(" ")')" "1 65536 2"
	run_tool 0 holders --by process --raw --no-headings -o PROCESS,RSS,PSS
	is "$(cat "$out")" $'hold-buffer 65536 32768\nhold-buffer 65536 32768'

	run_tool 0 holders --shared-by "$pid,$(pgrep -P "$pid")" --raw --no-headings -o INODE
	is "$output" "$inode"$'\n'"$inode"
	run_tool 0 holders --shared-by "$pid,$$" --raw --no-headings
	is "$output" ''
}

@test "holders --pid counts the sync_file descriptors of the process" {
	[[ $(uname -r) != 5.* ]] || skip "DMA_BUF_IOCTL_EXPORT_SYNC_FILE requires Linux 6.0"
	hold fences 4096
	run_tool 0 holders --pid "$pid" --json
	is "$(field '.summary | [.buffers, .fds, .sync_files] | join(" ")')" "1 1 2"
}

@test "holders counts descriptors with O_PATH" {
	hold path 65536 path
	run_tool 0 holders --json
	is "$(row .pid .process .fds .name)" "$pid hold-buffer 1 path"
	is "$(field '.summary | [.buffers, .fds, .kernel_only] | join(" ")')" "1 1 0"
	# The tool identifies each descriptor separately, so it still finds a descriptor with O_PATH
	# if another process has one without O_PATH.
	hold fd 4096
	hold path 8192
	run_tool 0 holders --json
	is "$(row .pid .size .fds)" "$pid 8192 1"
	is "$(field '.summary | [.buffers, .fds, .kernel_only] | join(" ")')" "3 3 0"
}

@test "holders finds a descriptor of a thread that has its own descriptor table" {
	hold table 4096 own
	hold fd 8192
	run_tool 0 holders --json
	is "$(field '.holders[] | select(.size == 4096) | [.name, .process, .fds] | join(" ")')" \
		"own hold-buffer 1"
	is "$(field '.summary | [.buffers, .fds, .kernel_only] | join(" ")')" "2 2 0"
}

@test "holders finds a descriptor of a process whose main thread has ended" {
	hold thread 4096
	await grep -q '^State:.Z' "/proc/$pid/status"
	run_tool 0 holders --json
	is "$(row .pid .fds)" "$pid 1"
}

@test "holders reports the size and the process of a buffer if the fdinfo of its descriptor lists a thousand locks" {
	hold fd 4096
	hold locked 8192
	run_tool 0 holders --json
	is "$(row .size .pid .fds)" "8192 $pid 1"
	umount /sys/kernel/debug
	dmaheapctl holders --json >"$out" 2>"$err" || status=$?
	mount -t debugfs none /sys/kernel/debug
	is "${status:-0}" 0
	is "$(row .size .pid .fds)" "8192 $pid 1"
}

@test "without debugfs and BPF, holders reports the size of a mapped buffer if another buffer has a descriptor" {
	hold map 65536 mapped
	local mapped=$inode
	hold fd 4096
	local status=0
	umount /sys/kernel/debug
	without_iterator dmaheapctl holders --json >"$out" 2>"$err" || status=$?
	mount -t debugfs none /sys/kernel/debug
	is "$status" 0
	inode=$mapped
	is "$(row .size .exporter .mappings)" "65536 null 1"
}

# A detached file is open on a file system that was unmounted lazily (umount -l). stat() of this
# file can block forever if the file system is FUSE, or a network file system with an unreachable
# server.
@test "holders does not call stat() on a detached file whose link in /proc/PID/fd resembles that of a dma-buf" {
	local odd
	mkdir -p /tmp/detached
	mount -t tmpfs none /tmp/detached
	: >/tmp/detached/dmabuf:x
	exec {odd}</tmp/detached/dmabuf:x
	umount -l /tmp/detached
	is "$(readlink "/proc/$$/fd/$odd")" /dmabuf:x
	# With flags 0, newfstatat() follows the link, so deny these calls. fstat() passes the flag
	# AT_EMPTY_PATH, and is not denied.
	deny newfstatat 3:0 dmaheapctl holders --json >"$out" 2>"$err"
	exec {odd}<&-
	is "$(field .summary.unreadable)" 0
	is "$(field '.holders | length')" 0
}

@test "holders ignores a regular file whose link in /proc/PID/fd resembles that of a dma-buf" {
	hold spoof 4096 real
	find "/proc/$pid/fd" -lname '/dmabuf:spoof*' | grep -q .
	run_tool 0 holders --json
	is "$(field '.holders | length')" 1
	is "$(row .name .fds)" "real 1"
}

@test "holders escapes hostile names of buffers that are in flight, mapped, or held by a descriptor" {
	local name inodes=()
	local names=($'\e[31mred\e[0m' $'a\nsize:\t1\nino:\t3' '\040(deleted)' $'x\n\tAttached Devices:\n\tevil'
		$'y\nTotal 0 objects, 0 bytes' 'a b,c' $'\xff\xfe' 1234567890123456789012345678901)

	for name in "${names[@]}"; do
		hold fd 4096 "$name"
		inodes+=("$inode")
	done
	hold map 4096 $'new\nline'
	mapped=$inode
	hold socket 4096 $'two\nlines'
	run_tool 0 holders --json
	is "$(field .summary.buffers)" 10
	is "$(field .summary.kernel_only)" 1
	inode=${inodes[1]}
	is "$(row '(.name | @json)' .size "$devices")" '"a\nsize:\t1\nino:\t3" 4096 '
	inode=${inodes[2]}
	is "$(row '(.name | @json)')" '"\\x5c040(deleted)"'
	inode=${inodes[3]}
	is "$(row '(.name | @json)' "$devices" .attachments)" '"x\n\tAttached Devices:\n\tevil"  0'
	inode=${inodes[6]}
	is "$(row '(.name | @json)')" '"\\xff\\xfe"'
	inode=${inodes[7]}
	is "$(row .name)" 1234567890123456789012345678901
	inode=$mapped
	is "$(row '(.name | @json)' .mappings)" '"new\nline" 1'
	run_tool 0 holders -n
	has_no "$out" $'\e'
	is "$(grep -c "^ *[0-9]* *4K $(exporter system)" "$out")" 10
}

@test "holders escapes a hostile process name" {
	mkdir -p /tmp/hostile
	cp /usr/local/bin/hold-buffer /tmp/hostile/$'e\e[31m\nvil'
	mkfifo "$BATS_TEST_TMPDIR/end"
	/tmp/hostile/$'e\e[31m\nvil' fd 4096 <"$BATS_TEST_TMPDIR/end" >"$BATS_TEST_TMPDIR/said" 3>&- &
	pid=$!
	exec {end}>"$BATS_TEST_TMPDIR/end"
	await test -s "$BATS_TEST_TMPDIR/said"
	run_tool 0 holders --raw --no-headings -o PROCESS
	exec {end}>&-
	wait "$pid"
	is "$(cat "$out")" 'e\x1b[31m\x0avil'
}

@test "holders counts unreadable processes for an unprivileged user, and reports no kernel-only totals" {
	hold fd 4096
	run setpriv --reuid nobody --regid nogroup --clear-groups dmaheapctl holders --json
	setpriv --reuid nobody --regid nogroup --clear-groups \
		dmaheapctl holders --json >"$out" 2>"$err" || [[ $? == 4 ]]
	[[ $(field .summary.unreadable) -gt 0 ]]
	is "$(field '.summary | [.kernel_only, .kernel_only_bytes] | map(tostring) | join(" ")')" "null null"
	has "$err" "processes with unreadable descriptors or mappings: [0-9]+; run as root"
	has "$err" "only root may read debugfs"
	run setpriv --reuid nobody --regid nogroup --clear-groups dmaheapctl holders --pid "$pid"
	is "$status" 4
	run setpriv --reuid nobody --regid nogroup --clear-groups dmaheapctl holders --inode "$inode"
	is "$status" 4
}

@test "holders exits with 3 for an unknown exporter, process or buffer" {
	run_tool 3 holders nosuch
	run_tool 3 holders --pid 999999
	run_tool 3 holders --inode 18446744073709551615
	run_tool 0 holders system
	run_tool 3 holders carveout
}

@test "holders succeeds while processes start and end" {
	local i
	(while :; do hold-buffer fd 4096 </dev/null >/dev/null; done) 3>&- &
	i=$!
	for ((n = 0; n < 20; n++)); do
		run_tool 0 holders --json
		is "$(field .summary.unreadable)" 0
		is "$(field .summary.kernel_only)" 0
	done
	kill "$i"
	wait "$i" || true
}

@test "holders keeps no reference to a buffer" {
	hold fd 4096
	run_tool 0 holders --json
	run_tool 0 holders --json
	is "$(row .references)" 1
}

# needs_region: skips the test if the kernel has no CMA heap, or if its tracepoints do not name the
# CMA region.
needs_region() {
	[[ -e /dev/dma_heap/reserved ]] || skip "no CMA heap in this kernel"
	[[ $(uname -r) != 5.10.* ]] || skip "the tracepoints of Linux 5.10 lack the region"
}

# trace_region ARG...: starts holders --cma in the background, and waits until it traces the region.
trace_region() {
	needs_region
	start '' holders --cma "$@" --json
	await grep -qs 1 "$instances-$tool/events/cma/cma_alloc_finish/enable"
}

instances=/sys/kernel/tracing/instances/dmaheapctl
contig=/usr/lib/modules/extra/dmaheap_contig.ko

# callers: prints the rows of holders --cma, without the offsets in functions, which depend on the
# compiler.
callers() {
	jq -r '.callers[] | [.caller, .module, .process, .allocations, .releases, .bytes, .held_bytes] |
		map(tostring) | join(" ")' "$out" | sed 's/+0x[0-9a-f]* / /'
}

@test "holders --cma shows the driver and the heap that allocate from a CMA region" {
	local heap=null
	trace_region reserved --for 1h
	insmod $contig
	dmaheapctl alloc --heap reserved --size 1M >/dev/null
	no_buffers
	finish 130 INT
	rmmod dmaheap_contig
	[[ ! -d /sys/module/cma_heap ]] || heap=cma_heap
	is "$(callers)" "dmaheap_contig_allocate dmaheap_contig insmod 1 0 65536 65536
cma_heap_allocate $heap dmaheapctl 1 1 1048576 0"
	is "$(field '.trace | [.region, .lost, .older_bytes] | join(" ")')" "reserved 0 0"
	is "$(field .interrupted)" true
	has "$err" "region 'reserved': tracing: interrupted after "
	is "$(compgen -G "$instances-*")" ''
}

@test "holders --cma reports allocation failures, and releases of memory that was allocated before the trace" {
	needs_region
	insmod $contig
	# The class "cma" selects the region from which its heap allocates.
	trace_region cma --for 1h
	rmmod dmaheap_contig
	dmaheapctl alloc --heap reserved --size 40M -- \
		sh -c '! dmaheapctl alloc --heap reserved --size 40M --force' >/dev/null 2>&1
	no_buffers
	finish 130 TERM
	is "$(field .trace.older_bytes)" 65536
	is "$(field '[.callers[].alloc_fails] | add > 0')" true
	is "$(field '[.callers[].held_bytes] | add')" 0
	is "$(compgen -G "$instances-*")" ''
}

@test "holders --cma ends after the given time" {
	needs_region
	run_tool 0 holders --cma reserved --for 200ms --json
	is "$(field '.callers | length')" 0
	is "$(field '.trace.elapsed_ns >= 200000000')" true
	is "$(compgen -G "$instances-*")" ''
}

@test "holders --cma reports the held memory as unknown if the kernel discarded events" {
	trace_region reserved --for 1h
	kill -STOP "$tool"
	echo 4 >"$instances-$tool/buffer_size_kb"
	dmaheapctl alloc --heap reserved --size 4K --count 200 >/dev/null
	kill -CONT "$tool"
	finish 130 INT
	is "$(field '.trace.lost > 0')" true
	is "$(field '[.trace.older_bytes, .callers[].held_bytes] | unique[]')" null
	has "$err" "the kernel discarded events"
}

@test "a process name that resembles the syntax of a trace does not change the rows of holders --cma" {
	local name=$'\e[0m-1 [1] . : '
	mkdir -p /tmp/hostile
	cp "$(command -v dmaheapctl)" "/tmp/hostile/$name"
	trace_region reserved --for 1h
	"/tmp/hostile/$name" alloc --heap reserved --size 4K >/dev/null
	no_buffers
	finish 130 INT
	is "$(callers)" "cma_heap_allocate null $name 1 1 4096 0"
}

@test "holders --cma exits with 5 if the kernel lacks the tracepoint cma_alloc_finish, and removes its trace instance" {
	[[ $(uname -r) == 5.10.* ]] || skip "this kernel has the tracepoint cma_alloc_finish"
	run_tool 3 holders --cma nosuch --for 1
	has "$err" "region 'nosuch': no such CMA region"
	run_tool 5 holders --cma reserved --for 1
	has "$err" "no cma/cma_alloc_finish \(requires Linux 5.13"
	is "$(compgen -G "$instances-*")" ''
}
