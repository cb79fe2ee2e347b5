#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2086,SC2154 # variables of guest.bash and debug.bash
#
# Tests of the scripts in tests/examples. This file needs its own boot, because the heaps of
# dmaheap_sim stay if the kernel cannot remove heaps.
#
#   tests/vm/suite debian-6.12 examples

load guest
load debug

export PATH=/tests/examples:$PATH

setup_file() {
	# leak-modprobe finds modules through the indexes of depmod, so add the modules to them.
	mkdir -p "/lib/modules/$(uname -r)/updates"
	cp /lib/modules/extra/dmaheap_{debug,leak}.ko "/lib/modules/$(uname -r)/updates"
	depmod
}

teardown() {
	unload_all dmaheap_leak
}

# example STATUS NAME ARG...: runs an example and fails unless it exits with STATUS.
example() {
	local program=("$2")
	run_tool "$1" "${@:3}"
}

@test "each script in tests/examples has at most three lines that are not comments" {
	local script scripts=(/tests/examples/*)
	is ${#scripts[@]} 5
	for script in "${scripts[@]}"; do
		(($(grep -vc '^#' "$script") <= 3))
	done
}

@test "protected-gate exits with 3 if there is no protected heap, and with 0 if a protected heap passes the checks" {
	example 3 protected-gate
	insmod $extra/dmaheap_sim.ko 'heaps=protected:protected:16M;cma-sim:carveout:8M'
	example 0 protected-gate 1M
	has "$out" '^protected +1M +no '
}

@test "protected-gate exits with 1 if the heap has less memory than ten buffers need" {
	example 1 protected-gate 2M
	has "$err" "heap 'protected': allocating 2 MiB \(buffer 9 of 10\): Cannot allocate memory"
}

@test "leak-modprobe exits with 6 for a module that leaks references, and with 0 for one that leaks none" {
	stand_in
	example 6 leak-modprobe dmaheap_leak heap=protected finds=3 puts=1
	has "$err" "heap 'protected': references held 2"
	example 0 leak-modprobe dmaheap_leak heap=protected finds=3 puts=3
	refused loaded dmaheap_leak
}

@test "cma-users shows the CMA heaps and the holders of their buffers" {
	start . alloc --heap cma-sim --size 4M --name camera --hold
	example 0 cma-users
	has "$out" '^cma-sim '
	has "$out" " 4M cma-sim +camera +$tool dmaheapctl "
	finish 0
}

@test "v4l2-buffer passes a buffer to a program that captures a frame into it" {
	modprobe vivid n_devs=1 node_types=1 || skip "this kernel has no vivid"
	await test -c /dev/video0
	# shellcheck disable=SC2016 # the inner shell expands the variables
	example 0 v4l2-buffer system /dev/video0 \
		sh -c 'v4l2-capture /dev/video0 && dmaheapctl map -q --fd 3 --dump=0:8'
	has "$out" '^frame [1-9]'
	has_no "$out" '00 00 00 00 00 00 00 00'
}

@test "heaps-by-devices prints a line for each heap, with the result of importing a buffer into each DRM device" {
	modprobe vgem
	udevadm settle
	example 0 heaps-by-devices
	is "$(wc -l <"$out")" "$(find /dev/dma_heap -type c | wc -l)"
	has "$out" '^system .*vgem:vgem:primary=ok'
	has "$out" '^protected .*vgem:vgem:primary=ok'
}
