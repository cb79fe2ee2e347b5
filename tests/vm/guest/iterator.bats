#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of 'dmaheapctl holders' and 'dmaheapctl accounting' without debugfs. The BPF iterator over
# dma-bufs, either the tool's own or a pinned one, then lists all buffers, including those that only
# the kernel holds.
#
#   tests/vm/suite debian-7.3 iterator

load guest
load hold

pins=/sys/fs/bpf
pin=$pins/dmabuf/prog_dmabufIter_iter_dmabuf

setup() {
	# The iterator needs Linux 6.16. ./check runs this file only on debian-7.3.
	grep -q ' dma_buf_iter_begin$' /proc/kallsyms
	umount /sys/kernel/debug
}

teardown() {
	mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
	! mountpoint -q "$pins" || umount "$pins"
	local held_well=yes
	release || held_well=no
	# bats checks only the status of the last command of a teardown.
	nothing_left && [[ $held_well == yes ]]
}

# pin_iterator: pins an iterator at the path of Android's iterator, with the same output format.
pin_iterator() {
	mount -t bpf none "$pins"
	mkdir "${pin%/*}"
	bpftool iter pin /usr/local/lib/pinned.bpf.o "$pin"
}

totals='.summary | [.buffers, .bytes, .fds, .mappings, .kernel_only, .kernel_only_bytes] | join(" ")'

@test "holders with the BPF iterator reports the attached devices as unknown, and zero totals if no buffer exists" {
	run_tool 0 holders --json
	is "$(field "$totals")" "0 0 0 0 0 0"
	has "$err" "attached devices unknown: no /sys/kernel/debug/dma_buf/bufinfo"
}

@test "holders with the BPF iterator shows buffers that are in flight, imported, mapped, or held by a descriptor" {
	modprobe vgem
	await test -e /dev/dri/card0
	hold import 4096 imported
	local imported=$inode
	hold socket 65536 flying
	local flying=$inode
	hold fd 8192 held
	local of_fd=$inode
	hold map 12288 mapped
	run_tool 0 holders --json
	is "$(row .size .exporter .name .pid .mappings .references "$devices")" \
		"12288 $(exporter system) mapped $pid 1 1 null"
	inode=$imported
	is "$(row .size .exporter .name .holders .pid .attachments)" \
		"4096 $(exporter system) imported 0 null null"
	# The DRM handle, the attachment and the GEM object can each hold a reference.
	(($(row .references) >= 1))
	inode=$flying
	is "$(row .size .exporter .name .holders .pid .references)" \
		"65536 $(exporter system) flying 0 null 1"
	inode=$of_fd
	is "$(row .fds .references)" "1 1"
	is "$(field "$totals")" "4 90112 1 1 2 69632"
}

@test "the BPF iterator reports the same names and reference counts as debugfs" {
	local filter='[.holders[] | [.inode, .size, .exporter, .name, .references]]' name
	for name in plain $'two\nlines' $'\xff\e[31m' 1234567890123456789012345678901 ' '; do
		hold socket 4096 "$name"
	done
	hold fd 4096
	hold share 8192 shared
	run_tool 0 holders --json
	jq -S "$filter" "$out" >"$BATS_TEST_TMPDIR/iterator"
	mount -t debugfs none /sys/kernel/debug
	run_tool 0 holders --json
	jq -S "$filter" "$out" >"$BATS_TEST_TMPDIR/debugfs"
	diff "$BATS_TEST_TMPDIR/iterator" "$BATS_TEST_TMPDIR/debugfs"
	is "$(jq length "$BATS_TEST_TMPDIR/debugfs")" 8
}

@test "holders -v reports the result of each source that it tried" {
	hold socket 4096
	run_tool 0 holders -v
	has "$err" "kernel/debug/dma_buf/bufinfo: ENOENT"
	has "$err" "prog_dmabufIter_iter_dmabuf: ENOENT"
	is "$(grep -c "BPF iterator dmabuf: buffers: 1" "$err")" 2
	without_iterator dmaheapctl holders -v >"$out" 2>"$err"
	has "$err" "BPF iterator dmabuf: EPERM"
	has "$err" "attached devices and kernel-only buffers unknown"
	setpriv --reuid nobody --regid nogroup --clear-groups dmaheapctl holders -v 2>"$err" >"$out" ||
		[[ $? == 4 ]]
	has "$err" "BPF iterator dmabuf: EPERM"
}

@test "holders reads debugfs instead of the BPF iterator if debugfs is mounted" {
	mount -t debugfs none /sys/kernel/debug
	hold socket 4096
	run_tool 0 holders -v
	has "$err" "bufinfo: buffers: 1"
	has_no "$err" "iter"
}

@test "accounting with the BPF iterator counts the buffers that only the kernel holds" {
	hold socket 4096
	hold fd 4096
	dmaheapctl accounting --json >"$out" 2>"$err" || [[ $? == 5 ]]
	is "$(field '.accounts[] | select(.heap == "system") | [.seen, .kernel] | join(" ")')" "1 1"
}

@test "holders reads a pinned iterator as a file, without bpf(2)" {
	hold socket 65536 $'two\nlines'
	local flying=$inode
	hold fd 12288 $'two\nlines'
	pin_iterator
	without_iterator dmaheapctl holders --json -v >"$out" 2>"$err"
	is "$(grep -c "prog_dmabufIter_iter_dmabuf: buffers: 2" "$err")" 2
	# The iterator replaces a newline with a space. The link of the descriptor contains the
	# newline.
	is "$(row .size .exporter '(.name | @json)' .pid .references)" \
		"12288 $(exporter system) \"two\\nlines\" $pid 1"
	inode=$flying
	is "$(row .size .exporter .name .holders .pid .references "$devices")" \
		"65536 $(exporter system) two lines 0 null null null"
	is "$(field .summary.kernel_only)" 1
}

@test "holders rejects a pinned iterator that writes an unsupported format" {
	hold socket 4096
	mount -t tmpfs none "$pins"
	mkdir "${pin%/*}"
	printf '7\n4096\nlabel\nsystem\n8\n' >"$pin"
	without_iterator dmaheapctl holders --json -v >"$out" 2>"$err"
	has "$err" "prog_dmabufIter_iter_dmabuf: EBADMSG"
	is "$(field '.holders | length')" 0
	is "$(field .summary.kernel_only)" null
	# If bpf(2) is allowed, the tool falls back to its own iterator.
	run_tool 0 holders --json
	is "$(field .summary.kernel_only)" 1
}
