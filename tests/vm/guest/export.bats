#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of 'dmaheapctl export' with vgem and QEMU's displays cirrus and virtio-gpu.
#
#   tests/vm/suite debian-6.12 export

load guest
load export

setup() {
	modprobe -a cirrus virtio_gpu vgem
	udevadm settle
	cirrus=$(node_of cirrus)
	virtio=$(node_of virtio-pci)
	vgem=$(node_of vgem)
	# With a blinking cursor, two screenshots of the same picture could differ.
	echo 0 >/sys/class/graphics/fbcon/cursor_blink
}

teardown() {
	nothing_left
}

@test "vgem imports a buffer and exports the same buffer again" {
	run_tool 0 export --heap system --size 64K --device "$vgem" --json
	for stage in open capability import reexport identity; do
		is "$(result_of "$vgem" "$stage")" ok
	done
	for stage in size framebuffer show; do
		is "$(result_of "$vgem" "$stage")" "not applicable"
	done
	run_tool 0 export --heap system --size 64K --device driver:vgem
}

@test "cirrus imports a buffer" {
	run_tool 0 export --heap system --size 1M --device "$cirrus" --json
	is "$(result_of "$cirrus" identity)" ok
	[[ ! -s $err ]]
}

@test "export --fb derives the buffer size and creates a framebuffer in each format of cirrus" {
	for format in XR24 RG24 RG16 XRGB8888 rgb565 XR24:linear; do
		run_tool 0 export --heap system --fb "1024x768:$format" --device "$cirrus" --json
		is "$(result_of "$cirrus" size)" ok
		is "$(result_of "$cirrus" framebuffer)" ok
		is "$(result_of "$cirrus" show)" "not applicable"
	done
	start ' framebuffer +ok' export --heap system --fb 1024x768:XR24 --device "$cirrus" --hold
	has /sys/kernel/debug/dma_buf/bufinfo '^0*(3145728|300000)[[:space:]].*system'
	has /sys/kernel/debug/dma_buf/bufinfo '0000:00:02.0'
	has "/sys/kernel/debug/dri/${cirrus##*card}/framebuffer" dmaheapctl
	finish 0
	has_no "/sys/kernel/debug/dri/${cirrus##*card}/framebuffer" dmaheapctl
}

@test "export --fb fails at stage framebuffer for a picture that cirrus cannot display" {
	for fb in 1024x768:NV12 1024x768:XR24:0x0100000000000001 8192x64:XR24; do
		run_tool 1 export --heap system --fb "$fb" --device "$cirrus" --json
		is "$(result_of "$cirrus" import)" ok
		is "$(result_of "$cirrus" framebuffer)" "failed EINVAL"
		is "$(result_of "$cirrus" show)" "not reached"
		has "$err" "heap 'system': $cirrus \(cirrus\): failed at stage framebuffer: .*EINVAL"
	done
}

@test "export --fb fails at stage size if the buffer is too small for the picture" {
	run_tool 1 export --heap system --size 4K --fb 64x64:XR24 --device "$cirrus" --json
	is "$(result_of "$cirrus" import)" ok
	is "$(result_of "$cirrus" size)" failed
	is "$(result_of "$cirrus" reexport)" "not reached"
	has "$err" 'failed at stage size: the picture is larger than the buffer'
}

@test "export reports that virtio-gpu fails at stage import" {
	run_tool 1 export --heap system --size 1M --device "$virtio" --json
	is "$(result_of "$virtio" open)" ok
	is "$(result_of "$virtio" capability)" ok
	is "$(result_of "$virtio" import)" "failed ENODEV"
	is "$(result_of "$virtio" framebuffer)" "not reached"
	is "$(wc -l <"$err")" 1
	has "$err" "$virtio .*failed at stage import: No such device \(ENODEV\): the driver imports only its own buffers"
}

# The numbers below are those of the ioctls DRM_IOCTL_GET_CAP, PRIME_FD_TO_HANDLE,
# PRIME_HANDLE_TO_FD, MODE_ADDFB2 and MODE_SETCRTC on 64-bit architectures.
@test "export names the stage in which an ioctl failed" {
	local stage ioctl status
	while read -r stage ioctl; do
		status=0
		timeout 60 deny ioctl "$ioctl=5" dmaheapctl export --heap system --fb 640x480:XR24 \
			--device "$cirrus" --show --json >"$out" 2>"$err" </dev/null || status=$?
		is "$status" 1
		is "$(result_of "$cirrus" "$stage")" "failed EIO"
		has "$err" "failed at stage $stage: Input/output error"
	done <<-END
		capability 0xc010640c
		import 0xc00c642e
		reexport 0xc00c642d
		framebuffer 0xc06864b8
		show 0xc06864a2
	END
}

@test "export to several devices exits with 1 if one device fails, and reports all devices" {
	run_tool 1 export --heap system --fb 800x600:XR24 --json
	is "$(jq '.schema, (.imports | length)' "$out" | tr '\n' ' ')" "1 24 "
	is "$(result_of "$cirrus" framebuffer)" ok
	is "$(result_of "$vgem" import)" ok
	is "$(result_of "$vgem" framebuffer)" "not applicable"
	is "$(result_of "$virtio" import)" "failed ENODEV"
	is "$(wc -l <"$err")" 1
	is "$(field .error.code)" ENODEV
	is "$(field .error.stage)" "$virtio (virtio_gpu)"

	run_tool 1 export --heap system --fb 800x600:XR24 -rno DEVICE,STAGE,RESULT,ERROR
	is "${#lines[@]}" 3
	has "$out" "^$cirrus framebuffer ok -$"
	has "$out" "^$vgem identity ok -$"
	has "$out" "^$virtio import failed ENODEV$"
	run_tool 1 export --heap system --fb 800x600:XR24 -rnv
	is "${#lines[@]}" 24

	run_tool 0 export --heap system --size 1M --device "$cirrus" --device "$vgem" \
		--device driver:cirrus --json
	is "$(jq '.imports | length' "$out")" 16
	run_tool 1 export --heap system --size 1M --device primary --device render --json
	is "$(jq '.imports | length' "$out")" 40
}

@test "export --fb exits with 1 if no selected device can create a framebuffer" {
	render=$(node_of vgem renderD)
	run_tool 0 export --heap system --size 4096 --device "$render"
	run_tool 1 export --heap system --fb 64x64:XR24 --device "$render" --json
	is "$(result_of "$render" import)" ok
	is "$(result_of "$render" framebuffer)" "not applicable"
	is "$(field '.imports[] | select(.stage == "framebuffer") | .reason')" \
		"only a primary node supports framebuffers"
	has "$err" "no selected node is the primary node of a device with mode setting"
	run_tool 0 export --heap system --fb 64x64:XR24 --device "$render" --device "$cirrus"
}

@test "export exits with 3 for an unknown device, and suggests modprobe only for an installed driver" {
	run_tool 3 export --heap system --size 4096 --device /dev/dri/nosuch
	has "$err" "device '/dev/dri/nosuch': no such DRM or V4L2 device"
	run_tool 3 export --heap system --size 4096 --device "$vgem" --device driver:nosuch
	[[ ! -s $out ]]
	has_no "$err" modprobe
	modprobe -r vgem
	run_tool 3 export --heap system --size 4096 --device driver:vgem
	has "$err" "no DRM or V4L2 device has this driver; run 'modprobe vgem'"
}

@test "export exits with 2 for invalid arguments" {
	run_tool 2 export
	run_tool 2 export --heap system
	run_tool 2 export --fd 3 --heap system
	run_tool 2 export --heap system --size 4096 --device card0
	run_tool 2 export --heap system --size 4096 --show
	for fb in 0x0:XR24 64x64 64x64:NOPE 64x64:XR24:tiled 4294967296x1:XR24; do
		run_tool 2 export --heap system --fb "$fb"
		has "$err" "invalid argument '$fb' for '--fb': expected"
	done
	has /dev/stdin 'XR24, .*NV12' < <(dmaheapctl export --heap system --fb 1x1:NOPE 2>&1)
}

@test "export --fd uses an inherited buffer, and exits with 3 if the descriptor is not open or not a dma-buf" {
	run_tool 0 alloc --heap system --size 64K -q -- dmaheapctl export --fd 3 --device "$vgem" --json
	is "$(result_of "$vgem" identity)" ok
	run_tool 3 export --fd 77 --device "$vgem"
	has "$err" 'descriptor 77'
	run_tool 3 export --fd 0 --device "$vgem"
}

@test "export exits with 4 for a device node that the caller cannot open" {
	run_tool 4 alloc --heap system --size 64K -q -- \
		setpriv --reuid=65534 --regid=65534 --clear-groups dmaheapctl export --fd 3 --json
	for node in "$cirrus" "$virtio" "$vgem"; do
		is "$(result_of "$node" open)" "failed EACCES"
		is "$(result_of "$node" capability)" "not reached"
	done
	has "$err" "failed at stage open: .*its owner, group and mode"
}

@test "export does not use a device node that was replaced by another device or a symlink" {
	mv "$vgem" "$vgem.real"
	mknod "$vgem" c 1 5
	run_tool 1 export --heap system --size 4096 --device "$vgem" --json
	mv -f "$vgem.real" "$vgem"
	is "$(result_of "$vgem" open)" "failed ESTALE"
	mv "$vgem" "$vgem.real"
	ln -s "${vgem##*/}.real" "$vgem"
	run_tool 1 export --heap system --size 4096 --device "$vgem" --json
	mv -f "$vgem.real" "$vgem"
	is "$(result_of "$vgem" open)" "failed ELOOP"
}

@test "export --show displays every pixel of the picture with 32 and 24 bits per pixel" {
	# The pitch of cirrus is limited, so its driver converts the larger picture to 24 bits per
	# pixel.
	for size in 800x600 1024x768; do
		start ' show +ok' export --heap system --fb "$size:XR24" --device "$cirrus" --show
		await grep -qE "$cirrus: buffer shown on VGA-1 at [0-9]+ Hz" "$err"
		screen_is "${size%x*}" "${size#*x}"
		finish 0
	done
	start ' show +ok' export --heap system --fb 640x480:RG24 --device "$cirrus" --show
	screen_is 640 480
	finish 0
}

@test "export --show displays every pixel of the picture with 16 bits per pixel" {
	start ' show +ok' export --heap system --fb 640x480:RG16 --device "$cirrus" --show=VGA-1
	screen_is 640 480 565
	finish 0
}

@test "export --show restores the screen when it ends" {
	local open
	screendump "$BATS_TEST_TMPDIR/before"
	for signal in '' INT TERM HUP; do
		start ' show +ok' export --heap system --fb 640x480:XR24 --device "$cirrus" --show
		screendump "$BATS_TEST_TMPDIR/during"
		if cmp -s "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/during"; then
			echo "the screen did not change"
			return 1
		fi
		# The kernel restores the console when the last process closes the device. This
		# descriptor keeps the device open, so only the tool can restore the screen.
		exec {open}<"$cirrus"
		# shellcheck disable=SC2086
		finish 0 $signal
		screendump "$BATS_TEST_TMPDIR/after"
		exec {open}<&-
		cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
		no_buffers
	done
	run_tool 0 export --heap system --fb 640x480:XR24 --device "$cirrus" --show --hold=200ms
	screendump "$BATS_TEST_TMPDIR/after"
	cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "export --show restores the terminal settings after SIGQUIT, SIGINT and SIGTERM" {
	local signal work=$BATS_TEST_TMPDIR feed
	cat >"$work/session" <<-'EOF'
		stty -g >"$1/before"
		dmaheapctl export --heap system --fb 640x480:XR24 --device "$2" --show
		echo $? >"$1/status"
		stty -g >"$1/after"
	EOF
	for signal in QUIT INT TERM; do
		rm -f "$work/after" "$work/log"
		mkfifo "$work/keys"
		# Reset SIGINT and SIGQUIT, because the shell starts background jobs with both
		# ignored.
		env --default-signal=INT,QUIT script -qefc "bash '$work/session' '$work' '$cirrus'" "$work/log" <"$work/keys" >/dev/null 3>&- &
		exec {feed}>"$work/keys"
		await grep -q 'waiting for a signal (Ctrl-C), or a key' "$work/log"
		has "$work/log" 'shown on VGA-1'
		sleep 0.2
		pkill "-$signal" -x dmaheapctl
		await test -s "$work/after"
		is "$(cat "$work/status")" 0
		is "$(cat "$work/after")" "$(cat "$work/before")"
		exec {feed}>&-
		wait
		rm "$work/keys"
	done
}

@test "the kernel frees the buffer when export --show is killed" {
	start ' show +ok' export --heap system --fb 640x480:XR24 --device "$cirrus" --show
	finish 137 KILL
	no_buffers
}

@test "export --show does not draw into an inherited buffer" {
	start ' show +ok' alloc --heap system --size 2M --fill 0x40 -q -- \
		dmaheapctl export --fd 3 --fb 640x480:XR24 --device "$cirrus" --show
	screendump "$BATS_TEST_TMPDIR/shot"
	is "$(head -n 2 "$BATS_TEST_TMPDIR/shot" | tail -n 1)" "640 480"
	# Every byte except the 15 bytes of the header is 0x40.
	is "$(tr -d '\100' <"$BATS_TEST_TMPDIR/shot" | wc -c)" 15
	finish 0
}

@test "export --show displays a buffer with a read-only descriptor, but cannot draw the picture" {
	start ' show +ok' export --heap system --fd-flags rdonly --fb 640x480:XR24 --device "$cirrus" --show
	has "$err" "drawing the test picture: "
	finish 0
}

@test "export --show fails at stage show if another process is the DRM master" {
	start ' show +ok' export --heap system --fb 640x480:XR24 --device "$cirrus" --show
	first=$out out=$BATS_TEST_TMPDIR/second
	run_tool 1 export --heap system --fb 800x600:XR24 --device "$cirrus" --show --json
	is "$(result_of "$cirrus" framebuffer)" ok
	is "$(result_of "$cirrus" show)" "failed EACCES"
	out=$first
	has "$err" "failed at stage show: Permission denied \(EACCES\): not the DRM master"
	screen_is 640 480
	finish 0
}

@test "export --show fails at stage show if no mode has the size of the picture, or if no connector has the given name" {
	run_tool 1 export --heap system --fb 642x480:XR24 --device "$cirrus" --show --json
	is "$(result_of "$cirrus" framebuffer)" ok
	is "$(result_of "$cirrus" show)" failed
	has "$err" "failed at stage show: no mode has the size of the picture"
	run_tool 1 export --heap system --fb 640x480:XR24 --device "$cirrus" --show=HDMI-A-1 --json
	is "$(result_of "$cirrus" show)" failed
	has "$err" "failed at stage show: no connector has the requested name"
}

# In the debugfs file "clients", column 1 is the name of the process, and column 4 is "y" if the
# process is the DRM master.
@test "export is the DRM master only with --show" {
	local minor=${cirrus#/dev/dri/card}
	start DEVICE export --heap system --fb 640x480:XR24 --device "$cirrus" --hold
	is "$(awk '$1 == "dmaheapctl" { print $4 }' "/sys/kernel/debug/dri/$minor/clients")" n
	finish 0
	start DEVICE export --heap system --fb 640x480:XR24 --device "$cirrus" --show --hold
	is "$(awk '$1 == "dmaheapctl" { print $4 }' "/sys/kernel/debug/dri/$minor/clients")" y
	finish 0
}

@test "export --show exits with 1 and restores the screen if it cannot write its output" {
	screendump "$BATS_TEST_TMPDIR/before"
	status=0
	timeout 20 dmaheapctl export --heap system --fb 640x480:XR24 --device "$cirrus" --show \
		>/dev/full 2>"$err" </dev/null || status=$?
	is "$status" 1
	screendump "$BATS_TEST_TMPDIR/after"
	cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "export exits with 3 if there is no DRM device, and names a module to load" {
	modprobe -r cirrus virtio_gpu vgem
	run_tool 3 export --heap system --size 4096
	has "$err" "no DRM device; run 'modprobe vgem'"
	for selector in primary render driver:cirrus; do
		run_tool 3 export --heap system --size 4096 --device "$selector"
	done
	# Later test files need these devices.
	modprobe -a cirrus virtio_gpu vgem
	udevadm settle
}
