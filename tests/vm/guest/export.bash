# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests of export share, beyond guest.bash.

: "${out:?}" # guest.bash comes first

# node_of DRIVER [renderD]: the DRM node of that kernel driver; fails where it has none.
node_of() {
	local entry
	for entry in /sys/class/drm/"${2-card}"[0-9]*; do
		[[ ${entry##*/} != *-* && $(driver_words "$entry") == *"$1"* ]] || continue
		echo "/dev/dri/${entry##*/}"
		return
	done
	echo "no DRM device of $1 in this guest" >&2
	return 1
}

# The parent's driver, or where it has none the parent's name.
driver_words() {
	cat "$1/device/uevent"
	readlink "$1/device"
}

# result_of NODE STAGE: of a JSON answer in $out, "ok", or "refused ENODEV".
result_of() {
	jq -r --arg node "$1" --arg stage "$2" '.imports[] |
		select(.device == $node and .stage == $stage) |
		[.result, .error] | map(select(. != null)) | join(" ")' "$out"
}

# screen_is WIDTH HEIGHT [565]: the display shows the test picture, pixel by pixel.
screen_is() {
	"$BATS_TEST_DIRNAME/picture" "$@" >"$BATS_TEST_TMPDIR/wanted"
	screendump "$BATS_TEST_TMPDIR/shot"
	cmp "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/shot"
}
