#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of 'dmaheapctl list' and of opening nodes, with the heaps and the udev database of the
# guest.

load guest

setup() {
	chmod 0600 /dev/dma_heap/*
}

teardown() {
	rm -f /dev/dma_heap/mem /dev/dma_heap/twin
	chmod 0600 /dev/dma_heap/*
	nothing_left
}

@test "list shows exactly the heaps that have a node" {
	run_tool 0 list --raw --no-headings -o NAME
	is "$(cat "$out")" "$(heaps_here | sort)"
}

@test "list finds every heap in udev, sysfs and /dev, and reports no conflict" {
	run_tool 0 list --json
	is "$(field '.schema')" 1
	is "$(field '.heaps[].source | join(",")' | sort -u)" udev,sysfs,node
	is "$(field '.heaps[].conflict' | sort -u)" null
	is "$(field '.heaps[] | select(.name == "system") | .dev')" \
		"$(cat /sys/class/dma_heap/system/dev)"
	[[ ! -s $err ]]
}

@test "list shows the mode, the owner and the group of a node, and whether the caller can open it" {
	chmod 0640 /dev/dma_heap/system
	chgrp video /dev/dma_heap/system
	run_tool 0 list --raw --no-headings -o MODE,OWNER,GROUP,ACCESS system
	is "$(cat "$out")" "0640 root video yes"
	chgrp root /dev/dma_heap/system
}

@test "list explains to an unprivileged user why access is denied and how to permit it" {
	setpriv --reuid nobody --regid nogroup --clear-groups \
		dmaheapctl list --raw --no-headings -o NAME,ACCESS system >"$out" 2>"$err"
	is "$(cat "$out")" "system EACCES"
	setpriv --reuid nobody --regid nogroup --clear-groups \
		dmaheapctl list --color=always system >"$out.colour" 2>/dev/null
	has "$out.colour" $'^system +system +\e\\[31mEACCES\e'
	has "$err" "heap.* 'system'.*: Permission denied \(mode 0600, owner root, group root;"
	has "$err" "caller: user nobody, groups nogroup\)"
	has "$err" 'SUBSYSTEM=="dma_heap", GROUP="video", MODE="0660"'
}

@test "list explains to a user with 100 groups why access is denied, and names the first groups" {
	setpriv --reuid nobody --regid nogroup --groups "$(seq -s, 5000 5099)" \
		dmaheapctl list system >"$out" 2>"$err"
	has "$err" "caller: user nobody, groups nogroup, 5000, 5001, .*, 50[0-9][0-9], \.\.\."
}

@test "the udev rule that list suggests grants access to the group" {
	mkdir -p /run/udev/rules.d
	echo 'SUBSYSTEM=="dma_heap", GROUP="video", MODE="0660"' >/run/udev/rules.d/70-dma-heap.rules
	udevadm control --reload
	udevadm trigger -s dma_heap
	udevadm settle
	setpriv --reuid nobody --regid nogroup --groups video \
		dmaheapctl list --raw --no-headings -o MODE,GROUP,ACCESS system >"$out" 2>"$err"
	is "$(cat "$out")" "0660 video yes"
	setpriv --reuid nobody --regid nogroup --groups video \
		dmaheapctl alloc --heap system --size 4K >"$out" 2>"$err"
	rm /run/udev/rules.d/70-dma-heap.rules
	udevadm control --reload
	chgrp root /dev/dma_heap/*
}

# wait_as_nobody ARG...: starts list in the background as the user nobody, and sets $tool to its
# PID.
wait_as_nobody() {
	setpriv --reuid nobody --regid nogroup --clear-groups \
		dmaheapctl list --raw --no-headings -o NAME,ACCESS "$@" >"$out" 2>"$err" 3>&- &
	tool=$!
}

@test "list --wait ends when a chmod grants access to the caller, and not before" {
	wait_as_nobody --wait=60s system
	sleep 2
	kill -0 "$tool"
	chmod 0666 /dev/dma_heap/system
	wait "$tool"
	is "$(cat "$out")" "system yes"
	[[ ! -s $err ]]
}

@test "list --wait exits with 7 if access stays denied, and shows the heap and the reason" {
	local status=0
	wait_as_nobody --wait=500ms system
	wait "$tool" || status=$?
	is $status 7
	is "$(cat "$out")" "system EACCES"
	has "$err" "heap 'system': waiting until usable: timed out after 500ms"
	has "$err" "heap 'system': Permission denied \(mode 0600"
}

@test "list reports the access that the kernel grants, even if the mode denies it" {
	# The test runs as root, and mode 0000 does not restrict root.
	chmod 0000 /dev/dma_heap/system
	run_tool 0 list --raw --no-headings -o MODE,ACCESS system
	is "$(cat "$out")" "0000 yes"
}

@test "list --verify opens the nodes and detects a nodev mount, which plain list does not detect" {
	mount --bind /dev/dma_heap /dev/dma_heap
	mount -o remount,bind,nodev /dev/dma_heap
	dmaheapctl list --raw --no-headings -o ACCESS system >"$out.mode" 2>"$err"
	dmaheapctl list --verify --raw --no-headings -o ACCESS system >"$out.open" 2>"$err"
	umount /dev/dma_heap
	is "$(cat "$out.mode")" yes
	is "$(cat "$out.open")" EACCES
	has "$err" "'system'.*: Permission denied \(denied by the mount option nodev, not by mode 0600"
	run_tool 0 list --verify --raw --no-headings -o ACCESS system
	is "$(cat "$out")" yes
}

@test "if Landlock prevents root from opening a node, list --verify and alloc report a security module, not the mode, as the cause" {
	status=0
	no-write true || status=$?
	((status != 77)) || skip "this kernel has no Landlock"
	no-write dmaheapctl list --verify --raw --no-headings -o ACCESS system >"$out" 2>"$err"
	is "$(cat "$out")" EACCES
	has "$err" "heap.* 'system'.*: Permission denied \(denied by a security module, not by mode 0600, owner root, group root\)"
	has_no "$err" "udev"
	status=0
	no-write dmaheapctl alloc --heap system --size 4K >"$out" 2>"$err" || status=$?
	is "$status" 4
	has "$err" "denied by a security module"
	has_no "$err" "udev"
}

@test "list appends '+' to the mode of a node that has an ACL, and shows the ACL to a user without access" {
	local node=/dev/dma_heap/system video
	video=$(getent group video | cut -d: -f3)
	# user::rw-, group::---, group:video:r--, mask::r--, other::---
	set-acl "$node" 02000000 01000600ffffffff 04000000ffffffff \
		"$(printf '08000400%02x000000' "$video")" 10000400ffffffff 20000000ffffffff || skip "devtmpfs has no ACLs"
	setpriv --reuid nobody --regid nogroup --groups video \
		dmaheapctl list --raw --no-headings -o MODE,ACCESS system >"$out" 2>"$err"
	is "$(cat "$out")" "0640+ EACCES"
	has "$err" "mode 0640\+, owner root, group root, ACL group:video:r--; caller: user nobody"
	set-acl "$node"
	run_tool 0 list --raw --no-headings -o MODE system
	is "$(cat "$out")" 0640
}

# The subshell in this test writes "opened" only if a process opens the FIFO for writing.
@test "commands do not open a FIFO in place of a heap's node, and alloc rejects the node of another device" {
	local command reader kind
	mv /dev/dma_heap/system /dev/dma_heap.kept
	mkfifo /dev/dma_heap/system
	(read -r -t 60 _ </dev/dma_heap/system; echo opened >"$out.opened") &
	reader=$!
	sleep 0.3
	for command in 'list' 'list --verify' 'alloc --heap system --size 4K' \
		'map --heap system --size 4K' 'export --heap system --size 4K' \
		'inspect --heap system --size 4K'; do
		run dmaheapctl $command
		[[ $command == list* || $status -ne 0 ]] || return 1
	done
	[[ ! -e $out.opened ]] || { echo "a FIFO was opened"; return 1; }
	kill "$reader"
	for kind in 'c 1 1' 'c 5 0' 'b 7 0' 'c 10 130'; do
		rm /dev/dma_heap/system
		mknod /dev/dma_heap/system $kind
		run dmaheapctl alloc --heap system --size 4K
		[[ $status -eq 1 && $output == *"not the device that the kernel registered"* ]] || return 1
	done
	rm /dev/dma_heap/system
	mv /dev/dma_heap.kept /dev/dma_heap/system
}

@test "alloc exits with 3 for a node that belongs to no registered heap" {
	local number=$(cat /sys/class/dma_heap/system/dev)
	mknod /dev/dma_heap/mem c 1 1
	mknod /dev/dma_heap/twin c "${number%:*}" "${number#*:}"
	run dmaheapctl alloc --heap mem --size 4K
	[[ $status -eq 3 && $output == *"belongs to no registered heap"* ]]
	run dmaheapctl alloc --heap twin --size 4K
	[[ $status -eq 3 ]]
}

@test "alloc identifies a heap by the major number of its node if sysfs is hidden" {
	mknod /dev/dma_heap/mem c 1 1
	mount -t tmpfs none /sys
	run dmaheapctl alloc --heap system --size 4K
	is "$status" 0
	run dmaheapctl alloc --heap mem --size 4K
	umount /sys
	rm /dev/dma_heap/mem
	is "$status" 3
}

@test "alloc --force allocates a buffer even if /proc is hidden" {
	mount -t tmpfs none /proc
	# The sanitizers fail without /proc, so do not check the exit status.
	dmaheapctl alloc --heap system --size 64K --force >"$out" 2>"$err" || status=$?
	umount /proc
	has "$out" '^system +64K'
	has_no "$err" dmaheapctl:
}

@test "if /sys and /proc are unreadable, commands report the error, not missing heaps or devices" {
	local command
	for command in list "list nosuch" "alloc --heap system --size 4K" \
		"export --heap system --size 4K"; do
		# shellcheck disable=SC2086 # several words
		status=0
		deny openat2 -=5 dmaheapctl $command >"$out" 2>"$err" || status=$?
		is "$status" 1
		has "$err" "(/sys/class.*: reading|reading /sys/class.*): Input/output error"
		has_no "$err" "built without|missing|no DRM"
	done
	for command in holders accounting; do
		status=0
		deny openat2 -=5 dmaheapctl $command >"$out" 2>"$err" || status=$?
		is "$status" 1
		has "$err" ": Input/output error"
	done
}

@test "if /sys or /proc is not mounted, commands report this cause, not missing heaps or devices" {
	local command answers=$BATS_TEST_TMPDIR/answers
	mount -t tmpfs none /sys
	for command in list "list nosuch" "alloc --heap nosuch --size 4K" \
		"export --heap system --size 4K" accounting holders; do
		# shellcheck disable=SC2086 # several words
		dmaheapctl $command || echo "status $?"
	done >"$answers" 2>&1
	mv /dev/dma_heap /dev/dma_heap.kept
	dmaheapctl list >>"$answers" 2>&1 || echo "status $?" >>"$answers"
	mv /dev/dma_heap.kept /dev/dma_heap
	umount /sys
	has "$answers" "^dmaheapctl: registered heaps unknown: /sys is not mounted"
	has "$answers" "^dmaheapctl: devices unknown: reading /sys: not mounted"
	has "$answers" "^dmaheapctl: module 'dmaheap_debug': state unknown: /sys is not mounted"
	# With the dma-buf iterator, holders finds the kernel-only buffers without sysfs, so only
	# the attached devices are unknown.
	has "$answers" "(kernel-only buffers|attached devices) unknown: /sys is not mounted"
	has "$answers" "^dmaheapctl: heaps unknown: /sys is not mounted and /dev/dma_heap does not exist"
	has "$answers" "^dmaheapctl: heap 'nosuch': cannot determine whether it exists"
	is "$(grep -c '^status 1' "$answers")" 5
	has_no "$answers" "built without|no DRM device|not loaded|without a device class"
	mount -t tmpfs none /proc
	dmaheapctl holders >"$out" 2>"$err" || status=$?
	umount /proc
	has "$err" "^dmaheapctl: reading /proc: not mounted"
}

@test "list reports a registered heap whose node is missing" {
	mv /dev/dma_heap/system /dev/dma_heap.kept
	dmaheapctl list --json system >"$out" 2>"$err"
	mv /dev/dma_heap.kept /dev/dma_heap/system
	is "$(field '.heaps[0].conflict')" "registered, but the node is missing"
	has "$err" "node is missing"
}

@test "list reports a heap whose node is that of another device, and alloc rejects the node" {
	mv /dev/dma_heap/system /dev/dma_heap.kept
	mknod /dev/dma_heap/system c 1 3
	dmaheapctl list --json system >"$out" 2>"$err"
	run dmaheapctl alloc --heap system --size 4K
	rm /dev/dma_heap/system
	mv /dev/dma_heap.kept /dev/dma_heap/system
	is "$(field '.heaps[0].conflict')" "the device number of the node differs from the registered one"
	is "$(field '.heaps[0].access')" null
	[[ $status -eq 1 && $output == *"not the device that the kernel registered"* ]]
}

@test "alloc does not follow a symlink in place of a node" {
	mv /dev/dma_heap/system /dev/dma_heap.kept
	ln -s ../dma_heap.kept /dev/dma_heap/system
	run dmaheapctl alloc --heap system --size 4K
	rm /dev/dma_heap/system
	mv /dev/dma_heap.kept /dev/dma_heap/system
	[[ $status -eq 1 && $output == *"not opened"* ]]
}

@test "list exits with 3 for an unknown heap, and still shows the known heap" {
	run_tool 3 list system nosuch --raw --no-headings -o NAME
	is "$(cat "$out")" system
	has "$err" "heap 'nosuch': no such heap"
	run_tool 3 list sytsem
	has "$err" "did you mean 'system'"
}

@test "list -v reports the number of heaps in udev and in sysfs" {
	run_tool 0 list -v
	has "$err" "libudev, subsystem dma_heap: $(heaps_here | wc -l) devices?$"
	has "$err" "sys/class/dma_heap: [0-9]+ devices?$"
}

@test "list --map names the next step if it cannot read the map" {
	[[ -e /dev/dma_heap/reserved ]] || skip "no CMA heap in this kernel"
	umount /sys/kernel/debug
	run_tool 0 list --map reserved
	mount -t debugfs none /sys/kernel/debug
	has "$err" "map unknown .*; if debugfs is not mounted, run 'mount -t debugfs none /sys/kernel/debug'$"
	setpriv --reuid nobody --regid nogroup --clear-groups \
		dmaheapctl list --map reserved >"$out" 2>"$err"
	has "$err" 'map unknown .*; run as root$'
}

@test "list shows the size, free memory and longest free run of the CMA region" {
	[[ -e /dev/dma_heap/reserved ]] || skip "no CMA heap in this kernel"
	# On some kernels, the name of the directory is "cma-reserved".
	region=$(echo /sys/kernel/debug/cma/*reserved)
	page=$(getconf PAGESIZE)
	run_tool 0 list --json cma
	is "$(field '.heaps[0].size')" $(($(cat "$region/count") * page))
	free=$(field '.heaps[0].free')
	start HEAP alloc --heap reserved --size 8M --hold
	run_tool 0 list --json cma
	is "$(field '.heaps[0].free')" $((free - 8 * 1024 * 1024))
	is "$(field '.heaps[0].largest')" $(($(cat "$region/maxchunk") * page))
	finish 0
}

@test "list shows the used parts of the CMA region, and the amount of used memory outside buffers" {
	[[ -e /dev/dma_heap/reserved ]] || skip "no CMA heap in this kernel"
	run_tool 0 list --json reserved
	others=$(field '.heaps[0].others')
	before=$(field '.heaps[0].map')
	is "${#before}" 80
	is "$(field '.heaps[0] | .size - .free')" "$others"
	start HEAP alloc --heap reserved --size 32M --hold
	run_tool 0 list --json reserved
	# On Linux 5.10, the name of the exporter is not that of the heap, so the amount of used
	# memory outside buffers is unknown.
	[[ $(exporter reserved) == reserved ]] || others=null
	is "$(field '.heaps[0].others')" "$others"
	map=$(field '.heaps[0].map')
	# 32 MiB of 64 MiB fill 40 of 80 characters. The first and the last of them can be partly
	# used.
	(($(tr -cd '#' <<<"$map" | wc -c) >= $(tr -cd '#' <<<"$before" | wc -c) + 38))
	run_tool 0 list --map reserved
	is "$(tail -n 1 "$out")" "$map"
	run_tool 0 holders reserved --json
	is "$(field .summary.others)" "$others"
	finish 0
	run_tool 0 list --raw -n -o MAP reserved
	is "$(cat "$out")" "$before"
}
