#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # variables of guest.bash
#
# Tests of 'dmaheapctl export' with vim2m, a V4L2 memory-to-memory driver without hardware. Its node
# has a capture queue and an output queue.
#
#   tests/vm/suite debian-6.12 m2m

load guest
load export

setup_file() {
	modprobe -a videobuf2-v4l2 videobuf2-vmalloc
	insmod /lib/modules/extra/v4l2-mem2mem.ko
	insmod /lib/modules/extra/vim2m.ko
	udevadm settle
}

teardown_file() {
	rmmod vim2m v4l2-mem2mem
}

setup() {
	local entries=(/sys/bus/platform/devices/vim2m.0/video4linux/video*)
	node=/dev/${entries[0]##*/}
}

teardown() {
	nothing_left
}

# queue_rows ROLE: prints the rows that export reports for the queue ROLE if all stages succeed.
queue_rows() {
	printf "$node $1 %s ok vim2m.0:vim2m:$1\n" open querycap size reqbufs prepare
}

rows() {
	jq -r '.imports[] | [.device, .role, .stage, .result, .id] | join(" ")' "$out"
}

@test "export imports a buffer into both queues of one V4L2 node" {
	run_tool 0 export system 4M --device "$node" --json
	is "$(rows)" "$(queue_rows capture)
$(queue_rows output)"
	is "$(field '.imports[] | select(.stage == "prepare") | .reason')" 'mapped for the capture queue
mapped for the output queue'
	run_tool 0 export system 4M --device "$node"
	is "$(grep -c '^/dev/video' "$out")" 2
}

@test "export selects one queue of a V4L2 node by its role or ID" {
	local role
	for role in capture output; do
		run_tool 0 export system 4M --device "$role" --json
		is "$(rows)" "$(queue_rows "$role")"
		run_tool 0 export system 4M --device "vim2m.0:vim2m:$role" --json
		is "$(rows)" "$(queue_rows "$role")"
	done
}

@test "export reports for each queue of a V4L2 node that the buffer is too small" {
	run_tool 1 export system 4K --device "$node" --json
	is "$(field '.imports[] | select(.stage == "size") | .role + " " + .result')" 'capture failed
output failed'
	has "$err" "$node \(vim2m capture\): failed at stage size"
	has "$err" "$node \(vim2m output\): failed at stage size"
}

@test "export to a V4L2 node succeeds while another export holds a buffer in both queues of the node" {
	start 'mapped for the output queue' export system 4M --device "$node" -v --hold
	run_tool 0 export system 4M --device "$node"
	finish 0
}
