# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests of export share.

export LC_ALL=C

# node_of DRIVER [TYPE]: the DRM node of that kernel driver; fails where it has none.
node_of() {
	local entry
	for entry in /sys/class/drm/"${2-card}"[0-9]*; do
		[[ $entry != *-* && $(uevents "$entry") == *"$1"* ]] || continue
		echo "/dev/dri/${entry##*/}"
		return
	done
	echo "no DRM device of $1 in this guest" >&2
	return 1
}

# The parent's driver, or where it has none the parent's name.
uevents() {
	cat "$1/device/uevent"
	readlink "$1/device"
}

# run_tool STATUS ARG...: leaves $out and $err.
run_tool() {
	local expected=$1 status=0
	shift
	dmaheapctl "$@" >"$out" 2>"$err" </dev/null || status=$?
	((status == expected)) && return
	echo "status $status instead of $expected: dmaheapctl $*"
	cat "$out" "$err"
	return 1
}

has() {
	grep -qE -- "$2" "$1" && return
	echo "no '$2' in:"
	cat "$1"
	return 1
}

lacks() {
	if grep -E -- "$2" "$1"; then
		echo "should not be in $1"
		return 1
	fi
}

# result_of NODE STAGE: of a JSON answer in $out, "ok", or "refused ENODEV".
result_of() {
	jq -r --arg node "$1" --arg stage "$2" '.imports[] |
		select(.device == $node and .stage == $stage) |
		[.result, .error] | map(select(. != null)) | join(" ")' "$out"
}

is() {
	[[ $1 == "$2" ]] && return
	echo "'$1' instead of '$2'"
	cat "$out" "$err"
	return 1
}

# start STAGE ARG...: the tool in the background, until it says that this stage is ok.
start() {
	local stage=$1 i
	shift
	rm -f "$BATS_TEST_TMPDIR/end"
	mkfifo "$BATS_TEST_TMPDIR/end"
	dmaheapctl "$@" <"$BATS_TEST_TMPDIR/end" >"$out" 2>"$err" 3>&- &
	tool=$!
	exec {end}>"$BATS_TEST_TMPDIR/end"
	for ((i = 0; i < 300; i++)); do
		! grep -qE " $stage +ok" "$out" || return 0
		kill -0 "$tool" || break
		sleep 0.1
	done
	echo "dmaheapctl $* does not get to $stage:"
	cat "$out" "$err"
	return 1
}

# finish STATUS [SIGNAL]: by the end of input, or by a signal.
finish() {
	local status=0
	[[ -z ${2-} ]] || kill "-$2" "$tool"
	[[ -n ${2-} ]] || exec {end}>&-
	wait "$tool" || status=$?
	[[ -z ${2-} ]] || exec {end}>&-
	((status == $1)) && return
	echo "it ended with $status instead of $1"
	cat "$err"
	return 1
}

# Nothing may be left of any buffer.
no_buffers() {
	local i
	# What the last descriptor held is freed by a work item.
	for ((i = 0; i < 50; i++)); do
		! grep -q '^Total 0 objects' /sys/kernel/debug/dma_buf/bufinfo || return 0
		sleep 0.1
	done
	cat /sys/kernel/debug/dma_buf/bufinfo
	return 1
}

# picture WIDTH HEIGHT [565]: the test picture as a PPM. A row is one of three.
picture() {
	local rows=$BATS_TEST_TMPDIR/row y files=()
	for y in 0 1 "$(($2 - 2))"; do
		# shellcheck disable=SC2059
		printf "$(awk -v w="$1" -v h="$2" -v y="$y" -v rgb="${3-}" \
			-f "$BATS_TEST_DIRNAME/picture.awk")" >"$rows.$y"
	done
	for ((y = 0; y < $2; y++)); do
		if ((y == 0 || y == $2 - 1)); then
			files+=("$rows.0")
		elif ((y >= $2 - $2 / 4)); then
			files+=("$rows.$(($2 - 2))")
		else
			files+=("$rows.1")
		fi
	done
	printf 'P6\n%s %s\n255\n' "$1" "$2"
	cat "${files[@]}"
}

# screen_is WIDTH HEIGHT [565]: the display shows the test picture, pixel by pixel.
screen_is() {
	picture "$@" >"$BATS_TEST_TMPDIR/wanted"
	screendump "$BATS_TEST_TMPDIR/shot"
	cmp "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/shot"
}
