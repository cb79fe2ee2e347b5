#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of 'dmaheapctl export' with vkms, a display without hardware. The tests need a kernel with
# vkms and a CMA heap, and no DRM device other than vkms and vgem.
#
#   tests/vm/suite own-6.12 vkms

load guest
load export

setup() {
	# The vkms driver of Linux 5.10 never releases an imported buffer and cannot export buffers.
	[[ $(uname -r) != 5.10.* ]] || skip "vkms of Linux 5.10 never releases an imported buffer"
	modprobe -a vkms vgem
	udevadm settle
	vkms=$(node_of vkms)
	vgem=$(node_of vgem)
	state=/sys/kernel/debug/dri/${vkms##*card}/state
}

teardown() {
	nothing_left
}

# display: prints the lines of the debugfs file "state" that show whether the display is on.
display() {
	grep -E '^\s(enable|active)=' "$state"
}

@test "vkms imports buffers of the system and CMA heaps and creates framebuffers" {
	for heap in system cma; do
		run_tool 0 export --heap "$heap" --fb 1024x768:XR24 --device driver:vkms --json
		for stage in open capability import size reexport identity framebuffer; do
			is "$(result_of "$vkms" "$stage")" ok
		done
		is "$(result_of "$vkms" show)" "not applicable"
	done
}

@test "export --show displays a framebuffer on vkms and restores the state of the display" {
	display >"$BATS_TEST_TMPDIR/before"
	start ' show +ok' export --heap cma --fb 1024x768:XR24 --device "$vkms" --show=Virtual-1
	has "$state" '^\sactive=1'
	has "$state" 'allocated by = dmaheapctl'
	finish 0
	display | diff "$BATS_TEST_TMPDIR/before" -
	has_no "$state" 'allocated by = dmaheapctl'
}

@test "export exits with 0 if vgem and vkms both import the buffer" {
	run_tool 0 export --heap system --fb 640x480:XR24 --json
	is "$(result_of "$vkms" framebuffer)" ok
	is "$(result_of "$vgem" framebuffer)" "not applicable"
	is "$(jq '.imports | length' "$out")" 16
}

# ids: prints the ID and the driver of each DRM node.
ids() {
	dmaheapctl export system 4K --device render --device primary --json >"$out"
	jq -r '[.imports[] | "\(.id) \(.driver)"] | unique[]' "$out"
}

@test "the IDs of devices do not depend on the order in which the drivers are loaded" {
	local node=$vkms
	ids >"$BATS_TEST_TMPDIR/before"
	is "$(<"$BATS_TEST_TMPDIR/before")" "vgem:vgem:primary vgem
vgem:vgem:render vgem
vkms:vkms:primary vkms"
	modprobe -r vkms vgem
	[[ $node == *card0 ]] && modprobe -a vgem vkms || modprobe -a vkms vgem
	udevadm settle
	[[ $(node_of vkms) != "$node" ]]
	ids | diff "$BATS_TEST_TMPDIR/before" -
	run_tool 0 export system 4K --device vkms:vkms:primary --json
	is "$(field '[.imports[].device] | unique[]')" "$(node_of vkms)"
	run_tool 3 export system 4K --device vkms:vkms:render
}

@test "export exits with 3 if it finds no matching DRM device, and names a module to load" {
	modprobe -r vkms
	run_tool 3 export --heap system --size 4096 --device driver:vkms
	has "$err" "no DRM or V4L2 device has this driver; run 'modprobe vkms'"
	modprobe -r vgem
	run_tool 3 export --heap system --size 4096
	has "$err" "no DRM device; run 'modprobe vgem'"
	[[ ! -s $out ]]
	# Later test files need these devices.
	modprobe -a vkms vgem
	udevadm settle
}
