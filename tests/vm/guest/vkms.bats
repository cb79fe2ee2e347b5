#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# export to displays without hardware. Needs a kernel that has vkms, CMA heaps, and no
# other DRM device:
#
#   tests/vm/run own-6.12 -- bats /tests/vm/guest/vkms.bats

load guest
load export

setup() {
	# There, vkms never puts the dma-buf of what it imported, nor can it export.
	[[ $(uname -r) != 5.10.* ]] || skip "vkms of 5.10 keeps what it imports for ever"
	modprobe -a vkms vgem
	udevadm settle
	vkms=$(node_of vkms)
	vgem=$(node_of vgem)
	state=/sys/kernel/debug/dri/${vkms##*card}/state
}

teardown() {
	nothing_left
}

# What the display's state says of being on.
display() {
	grep -E '^\s(enable|active)=' "$state"
}

@test "vkms takes buffers of system and CMA heaps and makes framebuffers of them" {
	for heap in system cma; do
		run_tool 0 export --heap "$heap" --fb 1024x768:XR24 --device driver:vkms --json
		for stage in open capability import size reexport identity framebuffer; do
			is "$(result_of "$vkms" "$stage")" ok
		done
		is "$(result_of "$vkms" show)" "not applicable"
	done
}

@test "vkms shows the picture, and is afterwards as it was" {
	display >"$BATS_TEST_TMPDIR/before"
	start ' show +ok' export --heap cma --fb 1024x768:XR24 --device "$vkms" --show=Virtual-1
	has "$state" '^\sactive=1'
	has "$state" 'allocated by = dmaheapctl'
	finish 0
	display | diff "$BATS_TEST_TMPDIR/before" -
	has_no "$state" 'allocated by = dmaheapctl'
}

@test "vgem and vkms together, all taken: status 0" {
	run_tool 0 export --heap system --fb 640x480:XR24 --json
	is "$(result_of "$vkms" framebuffer)" ok
	is "$(result_of "$vgem" framebuffer)" "not applicable"
	is "$(jq '.imports | length' "$out")" 16
}

@test "no DRM device at all: status 3, and what would make one" {
	modprobe -r vkms
	run_tool 3 export --heap system --size 4096 --device driver:vkms
	has "$err" "try 'modprobe vkms'"
	modprobe -r vgem
	run_tool 3 export --heap system --size 4096
	has "$err" "no DRM device; 'modprobe vgem' makes one"
	[[ ! -s $out ]]
	# Other files of tests want them back.
	modprobe -a vkms vgem
	udevadm settle
}
