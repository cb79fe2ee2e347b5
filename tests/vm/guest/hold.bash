# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # guest.bash sets $out
#
# Buffers that others hold, in every way that hold-buffer knows.

held=()

# hold WAY SIZE [NAME]: leaves $inode and $pid. All end with release.
hold() {
	local said=$BATS_TEST_TMPDIR/said.${#held[@]}

	if ((!${#held[@]})); then
		mkfifo "$BATS_TEST_TMPDIR/keep"
		exec {keep}<>"$BATS_TEST_TMPDIR/keep"
	fi
	# Only the test itself may have the writing end.
	(exec <"$BATS_TEST_TMPDIR/keep" 3>&- {keep}>&- && exec hold-buffer "$@") >"$said" &
	pid=$!
	held+=("$pid")
	await test -s "$said"
	inode=$(cat "$said")
}

# release: for every teardown. Fails where a holder ended with an error, and was not ended by the
# test (SIGTERM).
release() {
	local pid status bad=0

	[[ -z ${keep-} ]] || exec {keep}>&-
	for pid in "${held[@]}"; do
		status=0
		wait "$pid" || status=$?
		((status == 0 || status == 143)) && continue
		echo "holder $pid ended with status $status"
		bad=1
	done
	((bad == 0))
}

# row FIELD...: of the buffer $inode in the JSON in $out, one row a line.
row() {
	local IFS=,
	jq -r "[.holders[] | select(.inode == $inode)][] | [$*] | map(tostring) | join(\" \")" "$out"
}

# without_iterator COMMAND...: bpf(2) fails for it.
without_iterator() {
	deny 321 - "$@"
}
