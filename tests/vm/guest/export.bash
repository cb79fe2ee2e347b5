# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Functions that the tests of export share. Load guest.bash first.

: "${out:?}" # set by guest.bash

# node_of DRIVER [renderD]: prints the path of the primary node of a DRM device with this driver, or
# of its render node if "renderD" is given. Fails if there is no such node.
node_of() {
	local entry
	for entry in /sys/class/drm/"${2-card}"[0-9]*; do
		[[ ${entry##*/} != *-* && $(driver_words "$entry") == *"$1"* ]] || continue
		echo "/dev/dri/${entry##*/}"
		return
	done
	echo "no DRM device of driver $1 in this guest" >&2
	return 1
}

# driver_words ENTRY: prints text that contains the name of the driver of ENTRY, a directory in
# /sys/class/drm. The uevent of the parent device names the driver. If the parent has no driver
# (vgem, vkms), its path contains the name.
driver_words() {
	cat "$1/device/uevent"
	readlink "$1/device"
}

# result_of NODE STAGE: prints the result of STAGE for the device NODE from the JSON in $out, such
# as "ok" or "failed ENODEV".
result_of() {
	jq -r --arg node "$1" --arg stage "$2" '.imports[] |
		select(.device == $node and .stage == $stage) |
		[.result, .error] | map(select(. != null)) | join(" ")' "$out"
}

# screen_is WIDTH HEIGHT [565]: fails unless every pixel of the display matches the test picture.
# 565 stands for 16 bits per pixel.
screen_is() {
	"$BATS_TEST_DIRNAME/picture" "$@" >"$BATS_TEST_TMPDIR/expected"
	screendump "$BATS_TEST_TMPDIR/shot"
	cmp "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/shot"
}
