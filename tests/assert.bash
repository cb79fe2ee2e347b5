# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the tests
#
# Assertions of the command-line tests and of the guest tests. A failed assertion prints the
# actual value and returns 1. A file that loads this one sets the array program, the command that
# starts dmaheapctl, and out and err, the files for its stdout and stderr.

# run_tool STATUS ARG...: dmaheapctl with an empty stdin exits with STATUS.
# stdout is then in $out, $output and $lines, stderr in $err, $stderr and $stderr_lines.
run_tool() {
	local expected=$1 status=0 IFS=$'\n'
	shift
	"${program[@]}" "$@" >"$out" 2>"$err" </dev/null || status=$?
	mapfile -t lines <"$out"
	mapfile -t stderr_lines <"$err"
	output="${lines[*]}" stderr="${stderr_lines[*]}"
	((status == expected)) && return
	printf 'exit status %s, expected %s: dmaheapctl' "$status" "$expected"
	printf ' %q' "$@"
	printf '\n'
	cat "$out" "$err"
	return 1
}

# fails_with STATUS TEXT ARG...: dmaheapctl exits with STATUS and stderr contains TEXT.
fails_with() {
	run_tool "$1" "${@:3}" && contains "$stderr" "$2"
}

# prints TEXT ARG...: dmaheapctl succeeds and stdout is TEXT.
prints() {
	run_tool 0 "${@:2}" && is "$output" "$1"
}

# is ACTUAL EXPECTED: the two texts are equal.
is() {
	[[ $1 == "$2" ]] && return
	printf 'actual:\n%s\nexpected:\n%s\n' "$1" "$2"
	[[ ! -e $out ]] || cat "$out" "$err"
	return 1
}

# contains TEXT PART: TEXT contains PART, which is not a pattern.
contains() {
	[[ $1 == *"$2"* ]] && return
	printf 'no "%s" in:\n%s\n' "$2" "$1"
	return 1
}

# lacks TEXT PART: TEXT does not contain PART.
lacks() {
	[[ $1 != *"$2"* ]] && return
	printf 'unexpected "%s" in:\n%s\n' "$2" "$1"
	return 1
}

# has FILE PATTERN: a line of FILE matches the extended regular expression.
has() {
	grep -qE -- "$2" "$1" && return
	printf 'no match for "%s" in:\n' "$2"
	cat "$1"
	return 1
}

# has_no FILE PATTERN: no line of FILE matches.
has_no() {
	! grep -E -- "$2" "$1"
}

# field FILTER: applies a jq filter to the JSON on the tool's stdout.
field() {
	jq -r "$1" "$out"
}

# await COMMAND...: repeats COMMAND until it succeeds. Fails after one minute.
await() {
	local i
	for ((i = 0; i < 600; i++)); do
		if "$@"; then return 0; fi
		sleep 0.1
	done
	echo "timed out: $*"
	[[ ! -e $out ]] || cat "$out" "$err"
	return 1
}
