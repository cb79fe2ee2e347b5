# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the tests
#
# Assertions for the command-line tests and the guest tests. A failed assertion prints the actual
# value and returns 1. A file that loads assert.bash must set three variables: program is an array
# with the command that starts dmaheapctl, out a file for its stdout, and err a file for its stderr.
# The command-line tests also set validator to the path of tests/schema/validate. The guests have no
# Python, so the guest tests set answers to a file, whose JSON documents tests/vm/suite validates on
# the host.

# run_tool STATUS ARG...: runs dmaheapctl with an empty stdin and asserts that it exits with STATUS.
# If the arguments request JSON, also calls is_answer. Stores the stdout of dmaheapctl in the file
# $out and in the variables $output and $lines. Stores its stderr in the file $err and in the
# variables $stderr and $stderr_lines.
run_tool() {
	local expected=$1 status=0 IFS=$'\n'
	shift
	"${program[@]}" "$@" >"$out" 2>"$err" </dev/null || status=$?
	mapfile -t lines <"$out"
	mapfile -t stderr_lines <"$err"
	output="${lines[*]}" stderr="${stderr_lines[*]}"
	((status == expected)) && { ! expects_json "$@" || is_answer "$status"; } && return
	printf 'exit status %s, expected %s: dmaheapctl' "$status" "$expected"
	printf ' %q' "$@"
	printf '\n'
	cat "$out" "$err"
	return 1
}

# expects_json ARG...: succeeds if the arguments request a JSON document on stdout.
expects_json() {
	local argument found=1
	for argument; do
		case $argument in
		--) return 1 ;;
		--json | -J) found=0 ;;
		esac
	done
	return $found
}

# is_answer STATUS: asserts that the file $out contains exactly one JSON document. The document must
# contain the facts about the system and, only if STATUS is not 0, an error with this status. If
# $validator is set, also asserts that $validator accepts the document. If $answers is set, appends
# the document to this file.
is_answer() {
	jq -es --argjson status "$1" 'length == 1 and (.[0] | .schema == 1 and (.tool | type) == "string" and
		(.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$")) and has("command") and
		has("host") and has("boot_id") and .interrupted == ($status == 130) and (.kernel | keys) == ["machine", "page_size", "release"] and
		if $status == 0 then has("error") | not else
			.error.status == $status and (.error.message | length) > 0 and
			(.error | keys) == ["code", "hint", "message", "stage", "status", "subject"] end)' \
		"$out" >/dev/null && { [[ -z ${validator-} ]] || "$validator" "$out"; } &&
		{ [[ -z ${answers-} ]] || cat "$out" >>"$answers"; } && return
	echo "not the JSON document of a command that exited with $1:"
	cat "$out"
	return 1
}

# fails_with STATUS TEXT ARG...: asserts that dmaheapctl exits with STATUS and that its stderr
# contains TEXT.
fails_with() {
	run_tool "$1" "${@:3}" && contains "$stderr" "$2"
}

# prints TEXT ARG...: asserts that dmaheapctl succeeds and that its stdout is TEXT.
prints() {
	run_tool 0 "${@:2}" && is "$output" "$1"
}

# is ACTUAL EXPECTED: asserts that ACTUAL equals EXPECTED.
is() {
	[[ $1 == "$2" ]] && return
	printf 'actual:\n%s\nexpected:\n%s\n' "$1" "$2"
	[[ ! -e $out ]] || cat "$out" "$err"
	return 1
}

# contains TEXT PART: asserts that TEXT contains the literal text PART.
contains() {
	[[ $1 == *"$2"* ]] && return
	printf 'no "%s" in:\n%s\n' "$2" "$1"
	return 1
}

# lacks TEXT PART: asserts that TEXT does not contain the literal text PART.
lacks() {
	[[ $1 != *"$2"* ]] && return
	printf 'unexpected "%s" in:\n%s\n' "$2" "$1"
	return 1
}

# has FILE PATTERN: asserts that a line of FILE matches PATTERN, an extended regular expression.
has() {
	grep -qE -- "$2" "$1" && return
	printf 'no match for "%s" in:\n' "$2"
	cat "$1"
	return 1
}

# has_no FILE PATTERN: asserts that no line of FILE matches PATTERN.
has_no() {
	! grep -E -- "$2" "$1"
}

# field FILTER: prints the result of a jq filter on the JSON in $out.
field() {
	jq -r "$1" "$out"
}

# await COMMAND...: repeats COMMAND every 0.1 seconds until it succeeds. Returns 1 after 600
# failed attempts.
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
