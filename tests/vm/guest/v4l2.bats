#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # variables of guest.bash
#
# Tests of 'dmaheapctl export' with vivid, a V4L2 driver without hardware. No test starts streaming,
# which can panic the kernel (tests/vm/README, Traps). dmaheap_sim stays loaded if the kernel cannot
# remove heaps.
#
#   tests/vm/suite debian-6.12 v4l2

load guest
load export

# The first instance of vivid maps buffers for the CPU. The second instance needs contiguous
# buffers, and its queues are multi-planar. Each instance has three nodes: video capture, video
# output and metadata capture. All nodes have the same parent.
setup_file() {
	[[ -e /dev/dma_heap/protected ]] ||
		insmod /lib/modules/extra/dmaheap_sim.ko 'heaps="protected:protected:64M;carve:carveout:40M"'
	modprobe vivid n_devs=2 node_types=0x20101,0x20101 allocators=0,1 multiplanar=1,2
	udevadm settle
}

teardown_file() {
	modprobe -r vivid
}

setup() {
	capture=$(video_of 0 vid-cap)
	sink=$(video_of 0 vid-out)
	contiguous=$(video_of 1 vid-cap)
}

teardown() {
	nothing_left
}

# video_of INSTANCE KIND: prints the path of the node with the name vivid-00INSTANCE-KIND.
video_of() {
	local entry
	for entry in /sys/class/video4linux/video*; do
		[[ $(<"$entry/name") == "vivid-00$1-$2" ]] || continue
		echo "/dev/${entry##*/}"
		return
	done
	echo "no vivid node $2" >&2
	return 1
}

# rows: prints "DEVICE ROLE STAGE RESULT ERROR" of each row in the JSON in $out.
rows() {
	jq -r '.imports[] | [.device, .role, .stage, .result, .error // "-"] | join(" ")' "$out"
}

@test "a V4L2 capture queue and an output queue import a buffer" {
	run_tool 0 export system 4M --device "$capture" --json
	is "$(rows)" "$(printf "$capture capture %s ok -\n" open querycap size reqbufs prepare)"
	is "$(field '.imports[0] | [.driver, .id] | join(" ")')" 'vivid vivid.0:vivid:capture'
	[[ ! -s $err ]]
	run_tool 0 export system 4M --device "$sink" --json
	is "$(rows)" "$(printf "$sink output %s ok -\n" open querycap size reqbufs prepare)"
	is "$(field '.imports[0].id')" vivid.0:vivid:output1
	run_tool 0 export carve 8M --device "$contiguous" --json
	is "$(rows)" "$(printf "$contiguous capture %s ok -\n" open querycap size reqbufs prepare)"
}

@test "export selects V4L2 queues by role, driver and ID, and no V4L2 device by default" {
	run_tool 0 export carve 8M --device driver:vivid -rno DEVICE,ROLE,ID
	is "${#lines[@]}" 4
	run_tool 0 export carve 8M --device capture --device "$capture" -rno DEVICE,ROLE,ID
	is "$(sort "$out")" "$capture capture vivid.0:vivid:capture
$contiguous capture vivid.0:vivid:capture3"
	run_tool 0 export carve 8M --device output -rno ROLE
	is "$(uniq "$out")" output
	run_tool 0 export carve 8M --device vivid.0:vivid:output1 -rno DEVICE
	is "$(<"$out")" "$sink"
	run_tool 3 export carve 8M --device vivid.0:vivid:output
	run_tool 3 export carve 8M --device vivid.0:vivid:capture1
	has "$err" "no matching V4L2 queue"
	run_tool 3 export carve 8M --device "$(video_of 0 meta-cap)"
	has "$err" "no matching V4L2 queue"
	modprobe vgem
	udevadm settle
	run_tool 0 export carve 8M --device driver:vgem --device "$capture" --json
	is "$(field '.imports | length')" 21
	dmaheapctl export system 4K --json >"$out" || true
	is "$(jq '[.imports[] | select(.device | startswith("/dev/video"))] | length' "$out")" 0
}

@test "export fails at stage size for a buffer that is smaller than a frame, and reports the frame size" {
	run_tool 1 export system 4K --device "$capture" --json
	is "$(result_of "$capture" size)" failed
	is "$(result_of "$capture" reqbufs)" "not reached"
	needed=$(field '.imports[0].needed')
	((needed > 4096))
	has "$err" "heap 'system': $capture \(vivid capture\): failed at stage size: the current format requires a larger buffer \(needed: $needed bytes\)"
	run_tool 0 export system "$needed" --device "$capture" -rno NEEDED
	is "$(<"$out")" "$needed"
}

@test "export fails at stage prepare if the driver cannot map the memory" {
	run_tool 1 export protected 8M --device "$capture" --json
	is "$(result_of "$capture" reqbufs)" ok
	is "$(result_of "$capture" prepare)" "failed EFAULT"
	has "$err" "failed at stage prepare: .*EFAULT.*the exporter does not allow"
	run_tool 1 export system 8M --device "$contiguous" --json
	is "$(result_of "$contiguous" prepare)" "failed EFAULT"
	has "$err" "is not contiguous for the device"
}

@test "export fails at stage reqbufs if another process uses the V4L2 queue" {
	start 'prepare +ok' export system 4M --device "$capture" --hold
	local first=$out
	has /sys/kernel/debug/dma_buf/bufinfo 'system'
	out=$BATS_TEST_TMPDIR/second
	run_tool 1 export system 4M --device "$capture" --json
	is "$(result_of "$capture" reqbufs)" "failed EBUSY"
	has "$err" "another process uses the queue"
	run_tool 0 export system 4M --device "$sink"
	out=$first
	finish 0
	run_tool 0 export system 4M --device "$capture"
}

# The numbers below are those of the ioctls VIDIOC_QUERYCAP, G_FMT, REQBUFS and PREPARE_BUF on
# 64-bit architectures.
@test "export names the V4L2 stage in which an ioctl failed" {
	local stage ioctl status
	while read -r stage ioctl; do
		status=0
		timeout 60 deny ioctl "$ioctl=5" dmaheapctl export system 4M --device "$capture" \
			--json >"$out" 2>"$err" </dev/null || status=$?
		is "$status" 1
		is "$(field '.imports | length')" 5
		is "$(result_of "$capture" "$stage")" "failed EIO"
		has "$err" "failed at stage $stage: Input/output error"
	done <<-END
		querycap 0x80685600
		size 0xc0d05604
		reqbufs 0xc0145608
		prepare 0xc058565d
	END
	# 25 is ENOTTY, the error if a driver does not support PREPARE_BUF. The tool then uses QBUF.
	deny ioctl 0xc058565d=25 dmaheapctl export system 4M --device "$capture" --json >"$out" 2>"$err"
	is "$(result_of "$capture" prepare)" ok
}

@test "export reports all stages, without a role or an ID, for a V4L2 node that the caller cannot open" {
	run_tool 4 alloc system 4M -q -- setpriv --reuid=65534 --regid=65534 --clear-groups \
		dmaheapctl export --fd 3 --device "$capture" --json
	is "$(rows)" "$capture  open failed EACCES
$(printf "$capture  %s not reached -\n" querycap size reqbufs prepare)"
	is "$(field '.imports[0].id')" null
	has "$err" "failed at stage open: .*its owner, group and mode"
}

@test "export leaves the format of a V4L2 device unchanged" {
	run_tool 1 export system 4K --device "$capture" -rno NEEDED
	before=$(<"$out")
	run_tool 0 export system 8M --device "$capture"
	run_tool 1 export system 4K --device "$capture" -rno NEEDED
	is "$(<"$out")" "$before"
}
