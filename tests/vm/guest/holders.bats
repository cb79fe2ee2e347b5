#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# holders on real buffers, held in every way that there is.

load guest
load hold

teardown() {
	local held_well=yes
	release || held_well=no
	# bats looks at the last status only.
	nothing_left && [[ $held_well == yes ]]
}

@test "nothing is held: no rows, and zeros that are known" {
	run_tool 0 holders --json
	is "$(field '.holders | length')" 0
	is "$(field '.summary | [.buffers, .bytes, .kernel_only, .unreadable] | join(" ")')" "0 0 0 0"
	[[ ! -s $err ]]
}

@test "a descriptor: size, exporter, name, process" {
	hold fd 65536 label
	run_tool 0 holders --json
	is "$(row .size .exporter .name .holders .pid .process .fds .mappings .references .devices)" \
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

@test "a mapping whose descriptor is closed" {
	hold map 65536 mapped
	run_tool 0 holders --json
	is "$(row .size .exporter .name .pid .fds .mappings .mapped)" \
		"65536 $(exporter system) mapped $pid 0 1 65536"
	is "$(field .summary.kernel_only)" 0
}

@test "a mapping alone, without debugfs: its size and its exporter are not known" {
	hold map 65536 mapped
	umount /sys/kernel/debug
	without_iterator dmaheapctl holders --json >"$out" 2>"$err" || status=$?
	mount -t debugfs none /sys/kernel/debug
	is "${status:-0}" 0
	is "$(row .size .exporter .pid .mappings .mapped)" "null null $pid 1 65536"
	is "$(field .summary.kernel_only)" null
	has "$err" "debugfs has them where it is mounted"
}

@test "a descriptor in flight: no process has it" {
	hold socket 65536 flying
	run_tool 0 holders --json
	is "$(row .size .exporter .name .holders .pid .devices .references)" \
		"65536 $(exporter system) flying 0 null  1"
	is "$(field '.summary | [.buffers, .processes, .kernel_only, .kernel_only_bytes] | join(" ")')" \
		"1 0 1 65536"
	run_tool 0 holders --inode "$inode"
	run_tool 0 holders "$(exporter system)" --raw --no-headings -o INODE
	is "$(cat "$out")" "$inode"
}

@test "a heap whose buffers do not have its name: said, and how to see them" {
	[[ $(exporter system) != system ]] || skip "buffers here have their heap's name; 5.10's do not"
	hold fd 65536
	run_tool 0 holders system --raw --no-headings -o INODE
	is "$(cat "$out")" ""
	has "$err" "from which heap they are: 1 \('dmaheapctl holders heap_helpers' shows"
	run_tool 0 holders heap_helpers
	is "$(cat "$err")" ""
}

@test "an import whose descriptor is closed: the kernel alone, and the device" {
	[[ -e /dev/dri/card0 ]] || modprobe vgem
	await test -e /dev/dri/card0
	hold import 65536 imported
	run_tool 0 holders --json
	is "$(row .holders .pid .attachments)" "0 null 1"
	[[ $(row .devices) ]]
	# Attached Devices, read by somebody else.
	is "$(row .devices)" "$(awk -F '\t' '/Attached/ { getline; print $2 }' \
		/sys/kernel/debug/dma_buf/bufinfo)"
	is "$(field .summary.kernel_only)" 1
}

@test "shared by two: counted once, and shared among them" {
	hold share 65536
	run_tool 0 holders --json
	is "$(row .holders .rss .pss .references)" $'2 65536 32768 2\n2 65536 32768 2'
	is "$(field '.summary | [.buffers, .bytes, .processes] | join(" ")')" "1 65536 2"
	run_tool 0 holders --by process --raw --no-headings -o PROCESS,RSS,PSS
	is "$(cat "$out")" $'hold-buffer 65536 32768\nhold-buffer 65536 32768'
}

@test "a descriptor with O_PATH is a holder" {
	hold path 65536 path
	run_tool 0 holders --json
	is "$(row .pid .process .fds .name)" "$pid hold-buffer 1 path"
	is "$(field '.summary | [.buffers, .fds, .kernel_only] | join(" ")')" "1 1 0"
	# Beside another one, which tells the device.
	hold fd 4096
	hold path 8192
	run_tool 0 holders --json
	is "$(row .pid .size .fds)" "$pid 8192 1"
	is "$(field '.summary | [.buffers, .fds, .kernel_only] | join(" ")')" "3 3 0"
}

@test "a thread with a table of its own" {
	hold table 4096 own
	hold fd 8192
	run_tool 0 holders --json
	is "$(field '.holders[] | select(.size == 4096) | [.name, .process, .fds] | join(" ")')" \
		"own hold-buffer 1"
	is "$(field '.summary | [.buffers, .fds, .kernel_only] | join(" ")')" "2 2 0"
}

@test "a process whose first thread has ended" {
	hold thread 4096
	sleep 0.2
	grep -q '^State:.Z' "/proc/$pid/status"
	run_tool 0 holders --json
	is "$(row .pid .fds)" "$pid 1"
}

@test "more locks than fdinfo has room for" {
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

@test "a mapping alone, without debugfs, beside a descriptor of another: its size is known" {
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

# A stat of such a file can block for ever, where its file system is FUSE or a dead server's.
@test "a file of a detached file system whose link reads as a dma-buf's is not looked at" {
	local odd
	mkdir -p /tmp/detached
	mount -t tmpfs none /tmp/detached
	: >/tmp/detached/dmabuf:x
	exec {odd}</tmp/detached/dmabuf:x
	umount -l /tmp/detached
	is "$(readlink "/proc/$$/fd/$odd")" /dmabuf:x
	# newfstatat() of x86-64 with no flags, as against fstat().
	deny 262 3:0 dmaheapctl holders --json >"$out" 2>"$err"
	exec {odd}<&-
	is "$(field .summary.unreadable)" 0
	is "$(field '.holders | length')" 0
}

@test "a file that looks like a dma-buf is none" {
	hold spoof 4096 real
	find "/proc/$pid/fd" -lname '/dmabuf:spoof*' | grep -q .
	run_tool 0 holders --json
	is "$(field '.holders | length')" 1
	is "$(row .name .fds)" "real 1"
}

@test "hostile names, by descriptor, by mapping and in flight" {
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
	is "$(row '(.name | @json)' .size .devices)" '"a\nsize:\t1\nino:\t3" 4096 '
	inode=${inodes[2]}
	is "$(row '(.name | @json)')" '"\\x5c040(deleted)"'
	inode=${inodes[3]}
	is "$(row '(.name | @json)' .devices .attachments)" '"x\n\tAttached Devices:\n\tevil"  0'
	inode=${inodes[6]}
	is "$(row '(.name | @json)')" '"\\xff\\xfe"'
	inode=${inodes[7]}
	is "$(row .name)" 1234567890123456789012345678901
	inode=$mapped
	is "$(row '(.name | @json)' .mappings)" '"new\nline" 1'
	run_tool 0 holders
	has_no "$out" $'\e'
	is "$(grep -c "^ *[0-9]* *4K $(exporter system)" "$out")" 10
}

@test "a hostile process name" {
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

@test "a plain user: what is refused is counted, and unknown is not 0" {
	hold fd 4096
	run setpriv --reuid nobody --regid nogroup --clear-groups dmaheapctl holders --json
	setpriv --reuid nobody --regid nogroup --clear-groups \
		dmaheapctl holders --json >"$out" 2>"$err" || [[ $? == 4 ]]
	[[ $(field .summary.unreadable) -gt 0 ]]
	is "$(field '.summary | [.kernel_only, .kernel_only_bytes] | map(tostring) | join(" ")')" "null null"
	has "$err" "may not be read, and what they hold is not shown: root sees all"
	has "$err" "debugfs tells them to root alone"
	run setpriv --reuid nobody --regid nogroup --clear-groups dmaheapctl holders --pid "$pid"
	is "$status" 4
	run setpriv --reuid nobody --regid nogroup --clear-groups dmaheapctl holders --inode "$inode"
	is "$status" 4
}

@test "what is not there: 3" {
	run_tool 3 holders nosuch
	run_tool 3 holders --pid 999999
	run_tool 3 holders --inode 18446744073709551615
	run_tool 0 holders system
	run_tool 3 holders carveout
}

@test "processes that come and go are no error" {
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

@test "looking at a buffer does not keep it" {
	hold fd 4096
	run_tool 0 holders --json
	run_tool 0 holders --json
	is "$(row .references)" 1
}
