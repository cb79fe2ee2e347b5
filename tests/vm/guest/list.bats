#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# list on the kernel's own heaps, nodes and udev database.

load guest

setup() {
	chmod 0600 /dev/dma_heap/*
}

teardown() {
	chmod 0600 /dev/dma_heap/*
	nothing_left
}

@test "every node is a heap, and every heap a node" {
	run_tool 0 list --raw --no-headings -o NAME
	is "$(cat "$out")" "$(heaps_here | sort)"
}

@test "udev, sysfs and the nodes agree" {
	run_tool 0 list --json
	is "$(field '.schema')" 1
	is "$(field '.heaps[].source' | sort -u)" udev,sysfs,node
	is "$(field '.heaps[].trouble' | sort -u)" null
	is "$(field '.heaps[] | select(.name == "system") | .dev')" \
		"$(cat /sys/class/dma_heap/system/dev)"
	[[ ! -s $err ]]
}

@test "mode, owner, group and access are the node's" {
	chmod 0640 /dev/dma_heap/system
	chgrp video /dev/dma_heap/system
	run_tool 0 list --raw --no-headings -o MODE,OWNER,GROUP,ACCESS system
	is "$(cat "$out")" "0640 root video yes"
	chgrp root /dev/dma_heap/system
}

@test "a plain user is refused, and told why and what to do" {
	setpriv --reuid nobody --regid nogroup --clear-groups \
		dmaheapctl list --raw --no-headings -o NAME,ACCESS system >"$out" 2>"$err"
	is "$(cat "$out")" "system EACCES"
	has "$err" "heap.* 'system'.*: Permission denied: mode 0600, owner root, group root"
	has "$err" "the caller is nobody, in group nogroup"
	has "$err" 'SUBSYSTEM=="dma_heap", GROUP="video", MODE="0660"'
}

@test "the udev rule that the tool names lets the group in" {
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

@test "ACCESS is tried, not read from the mode" {
	# Mode bits that refuse everybody do not refuse root.
	chmod 0000 /dev/dma_heap/system
	run_tool 0 list --raw --no-headings -o MODE,ACCESS system
	is "$(cat "$out")" "0000 yes"
}

@test "a node that is gone is shown as trouble" {
	mv /dev/dma_heap/system /dev/dma_heap.kept
	dmaheapctl list --json system >"$out" 2>"$err"
	mv /dev/dma_heap.kept /dev/dma_heap/system
	is "$(field '.heaps[0].trouble')" "registered, but its node is missing"
	has "$err" "node is missing"
}

@test "a node that is another device is shown, and never opened" {
	mv /dev/dma_heap/system /dev/dma_heap.kept
	mknod /dev/dma_heap/system c 1 3
	dmaheapctl list --json system >"$out" 2>"$err"
	run dmaheapctl alloc --heap system --size 4K
	rm /dev/dma_heap/system
	mv /dev/dma_heap.kept /dev/dma_heap/system
	is "$(field '.heaps[0].trouble')" "the node is another device than the registered one"
	is "$(field '.heaps[0].access')" null
	[[ $status -eq 1 && $output == *"not the device that the kernel registered"* ]]
}

@test "a symlink in place of a node is not followed" {
	mv /dev/dma_heap/system /dev/dma_heap.kept
	ln -s ../dma_heap.kept /dev/dma_heap/system
	run dmaheapctl alloc --heap system --size 4K
	rm /dev/dma_heap/system
	mv /dev/dma_heap.kept /dev/dma_heap/system
	[[ $status -eq 1 && $output == *"not using it"* ]]
}

@test "an unknown heap exits 3 and the known ones are shown" {
	run_tool 3 list system nosuch --raw --no-headings -o NAME
	is "$(cat "$out")" system
	has "$err" "no heap 'nosuch'"
	run_tool 3 list sytsem
	has "$err" "did you mean 'system'"
}

@test "-v says what each source returned" {
	run_tool 0 list -v
	has "$err" "libudev"
	has "$err" "sys/class/dma_heap: [0-9]+ devices"
}

@test "the CMA region's figures are the kernel's" {
	[[ -e /dev/dma_heap/reserved ]] || skip "no CMA heap in this kernel"
	# Once the folder was "cma-reserved".
	region=$(echo /sys/kernel/debug/cma/*reserved)
	run_tool 0 list --json cma
	is "$(field '.heaps[0].size')" $(($(cat "$region/count") * 4096))
	free=$(field '.heaps[0].free')
	start HEAP alloc --heap reserved --size 8M --hold
	run_tool 0 list --json cma
	is "$(field '.heaps[0].free')" $((free - 8 * 1024 * 1024))
	is "$(field '.heaps[0].largest')" $(($(cat "$region/maxchunk") * 4096))
	finish 0
}
