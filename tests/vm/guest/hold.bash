# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # guest.bash sets $out
#
# Functions that the tests of holders share.

held=()

# The command that hold runs. A test can set another command.
holder=(hold-buffer)

# hold WAY SIZE [NAME]: starts a process that holds a buffer of SIZE bytes. WAY is one of those
# listed in helpers/hold-buffer.c, such as fd or map. Sets $inode to the inode number of the buffer
# and $pid to the process ID of the holder. Call release to end all holders.
hold() {
	local said=$BATS_TEST_TMPDIR/said.${#held[@]}

	if ((!${#held[@]})); then
		mkfifo "$BATS_TEST_TMPDIR/keep"
		exec {keep}<>"$BATS_TEST_TMPDIR/keep"
	fi
	# A holder ends when no process has the pipe open for writing, so close the writable
	# descriptor $keep that it inherits from the test.
	(exec <"$BATS_TEST_TMPDIR/keep" 3>&- {keep}>&- && exec "${holder[@]}" "$@") >"$said" &
	pid=$!
	held+=("$pid")
	await test -s "$said"
	inode=$(cat "$said")
}

# release: for teardown. Ends all holders, and fails if a holder exits with a status other than 0
# or 143 (SIGTERM, which a test can send).
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

# A FIELD for row: the attached devices, joined by commas
devices='(.devices | if . then join(",") else . end)'

# row FIELD...: prints these fields of the buffer $inode from the JSON in $out, one line per row.
row() {
	local IFS=,
	jq -r "[.holders[] | select(.inode == $inode)][] | [$*] | map(tostring) | join(\" \")" "$out"
}

# without_iterator COMMAND...: runs COMMAND with a seccomp filter that makes bpf(2) return EPERM.
without_iterator() {
	deny bpf - "$@"
}
