# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Functions that the tests of export share. Load guest.bash first.

: "${out:?}" # set by guest.bash

# node_of DRIVER [renderD]: prints the primary or render node of a driver. Fails if there is none.
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

# driver_words ENTRY: prints text that contains the driver's name: the uevent of the parent device
# names the driver. A parent without a driver (vgem, vkms) has the name in its path.
driver_words() {
	cat "$1/device/uevent"
	readlink "$1/device"
}

# result_of NODE STAGE: prints the result of a stage from the JSON in $out, as "ok" or
# "refused ENODEV".
result_of() {
	jq -r --arg node "$1" --arg stage "$2" '.imports[] |
		select(.device == $node and .stage == $stage) |
		[.result, .error] | map(select(. != null)) | join(" ")' "$out"
}

# screen_is WIDTH HEIGHT [565]: fails unless every pixel of the display matches the test picture.
screen_is() {
	"$BATS_TEST_DIRNAME/picture" "$@" >"$BATS_TEST_TMPDIR/expected"
	screendump "$BATS_TEST_TMPDIR/shot"
	cmp "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/shot"
}
