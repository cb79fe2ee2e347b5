#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of usage errors and write errors. After a usage error, the tool exits with 2 before it
# searches for a heap. The tool prints a message that names the cause, and writes nothing to stdout
# except the JSON document that --json requests.

load common

# wrong TEXT ARG...: asserts that the tool reports a usage error whose message contains TEXT.
wrong() {
	fails_with 2 "$@" && { expects_json "${@:2}" || is "$output" ''; }
}

@test "the tool rejects an empty or unknown command, and suggests a similar command" {
	wrong "unknown command 'lsit'; did you mean 'list'?" lsit
	wrong "unknown command 'exprot'; did you mean 'export'?" exprot
	wrong "unknown command 'xyzzy'" xyzzy
	[[ $stderr != *"did you mean"* ]]
	wrong "unknown command ''" ''
	wrong "unknown command '\x1b[31m'" $'\e[31m'
	wrong 'unrecognized option' --nosuch
	wrong "unknown command 'nosuch'" --list-options nosuch
	wrong "unknown command 'nosuch'" --list-columns nosuch
}

# The tool, argp and getopt produce usage errors; the escapes must not depend on the source.
@test "usage errors escape backslashes, and control characters except in JSON" {
	local name=$'a\\b\e\nc\nTry `x' escaped='a\x5cb\x1b\x0ac\x0aTry `x'
	wrong "unknown command '$escaped'" "$name"
	wrong "unrecognized option '--$escaped'" list "--$name"
	wrong "option '--json' doesn't allow an argument" list "--json=$name"
	wrong "invalid argument '$escaped' for '--size': expected a size" alloc --size "$name"
	wrong "unexpected argument '$escaped'" map system 4K "$name"
	wrong "--wait takes its value as --wait=1s" list --wait 1s "$name"
	wrong "unrecognized option '--$escaped'" list --json "--$name"
	is "$(field .error.message)" "unrecognized option '--"$'a\\x5cb\e\nc\nTry `x'"'"
	is "$(field .error.hint)" "Try \`dmaheapctl list --help' or \`dmaheapctl list --usage' for more information."
	wrong "unexpected argument '$escaped'" map --json system 4K "$name"
	is "$(field .error.message)" "unexpected argument '"$'a\\x5cb\e\nc\nTry `x'"'"
}

@test "in a UTF-8 locale, usage errors contain printable characters outside ASCII" {
	export LC_ALL=C.UTF-8
	wrong "unknown command 'gerät'" gerät
	wrong "unrecognized option '--gerät\xff'" list $'--gerät\xff'
	wrong "invalid argument 'größe' for '--size'" alloc --size größe
}

@test "without a command, the tool runs list and names 'help'" {
	local status=0
	"$dmaheapctl" list >"$BATS_TEST_TMPDIR/list" 2>&1 || status=$?
	run_tool $status
	is "$(cat "$out" "$err")" "$(cat "$BATS_TEST_TMPDIR/list")
dmaheapctl: run 'dmaheapctl help' for the other commands"
}

@test "a command for the running system rejects --sysroot, and names the commands that accept it" {
	local command
	for command in module 'module status' 'alloc system 4K' kernel inspect map export; do
		# shellcheck disable=SC2086 # several words
		wrong "'${command%% *}' works only on the running system: --sysroot is an option of list, holders, accounting and record" \
			$command --sysroot "$sysroots/own-6.12"
	done
	wrong "'map' works only on the running system" map "--sysroot=$sysroots/own-6.12"
	run_tool 0 module --help
	lacks "$output" sysroot
}

@test "in commands that reject --sysroot, it has no abbreviation, and makes no other abbreviation ambiguous" {
	wrong "invalid argument 'x' for '--size'" inspect system --s x
	wrong "unrecognized option '--sys'" inspect system --sys x
	wrong 'is ambiguous' alloc system --s
	lacks "$stderr" sysroot
}

@test "help COMMAND and -h print the same text as --help" {
	run_tool 0 help
	contains "$output" 'Commands:'
	run_tool 0 list --help
	cp "$out" "$BATS_TEST_TMPDIR/help"
	for arguments in 'help list' 'list -h'; do
		# shellcheck disable=SC2086 # several words
		run_tool 0 $arguments
		cmp "$out" "$BATS_TEST_TMPDIR/help"
	done
	contains "${output##*Columns:}" '  FREE '
	run_tool 0 help help
	contains "$output" 'Commands:'
	wrong "unknown command 'nosuch'" help nosuch
}

@test "alloc, map, export, inspect and kernel reject an invalid SIZE and an extra argument" {
	for command in alloc map export inspect kernel; do
		wrong "unexpected argument 'more'" "$command" system 4K more
		wrong "invalid argument 'more': expected a size" "$command" system more
		wrong "unexpected argument 'more'" "$command" --heap system --size 4k more
	done
}

@test "the optional value of an option requires an equals sign" {
	wrong '--hold takes its value as --hold=5' alloc system 4K --hold 5
	wrong '--hold takes its value as --hold=1.5s' alloc --hold 1.5s system 4K
	wrong '--hold takes its value as --hold=5' export --heap system --hold 5 --size 4K
	wrong '--hold takes its value as --hold=5' alloc --hold 5
	wrong '--verify takes its value as --verify=zero' map system 4K --verify zero
	wrong '--verify takes its value as --verify=zero' alloc --verify zero system 4K
	wrong '--dump takes its value as --dump=0:16' map --dump 0:16 system 4K
	wrong '--dump takes its value as --dump=x' map system 4K --dump x
	wrong '--show takes its value as --show=HDMI-A-1' export system 4K --fb 64x64:XR24 --show HDMI-A-1
	wrong '--watch takes its value as --watch=5' accounting --watch 5
	wrong '--wait takes its value as --wait=5' list --wait 5 system
	wrong 'missing heap or size' alloc --export system
	wrong "unexpected argument 'more'" map system 4K more --dump
	wrong "invalid argument 'more': expected a size" alloc --hold system more
}

@test "module without an argument shows the same text as module status" {
	run_tool 0 module
	cp "$out" "$BATS_TEST_TMPDIR/status"
	run_tool 0 module status
	cmp "$out" "$BATS_TEST_TMPDIR/status"
}

@test "each command rejects an unknown option, and an option without its argument" {
	for command in $("$dmaheapctl" --list-commands | cut -f1); do
		wrong 'unrecognized option' "$command" --nosuch
		wrong 'requires an argument' "$command" -o
	done
}

@test "--json, --raw and --pairs are mutually exclusive" {
	for command in list 'alloc --heap system --size 4K' 'map --fd 3' 'export --fd 3'; do
		# shellcheck disable=SC2086 # several words
		{
			wrong 'mutually exclusive' $command --json --raw
			wrong 'mutually exclusive' $command -rP
		}
	done
}

@test "--output rejects unknown columns" {
	for command in list 'alloc --heap system --size 4K' 'map --fd 3' 'export --fd 3'; do
		# shellcheck disable=SC2086 # several words
		{
			wrong "unknown column 'NOSUCH' for '--output'" $command -o NOSUCH
			wrong "unknown column ''" $command -o ''
		}
	done
}

@test "--size rejects invalid sizes" {
	local size
	for size in '' 0 0K -1 +1 ' 1' 1Ki 1KB 1.5M 4x 0x 18446744073709551616 16777216T; do
		wrong "invalid argument '$size' for '--size': expected a size such as" alloc --heap system --size="$size"
	done
}

@test "--fd-flags and --heap-flags reject invalid flags" {
	local flags
	for flags in '' rdwr,rdonly rw 'rdwr cloexec' -1 0x100000000; do
		wrong "invalid argument '$flags' for '--fd-flags': expected flags such as rdonly" alloc --heap system --size 4K --fd-flags="$flags"
	done
	for flags in '' none -1 0x10000000000000000; do
		wrong "invalid argument '$flags' for '--heap-flags': expected a 64-bit" alloc --heap system --size 4K --heap-flags="$flags"
	done
}

@test "alloc rejects invalid counts, durations, names and patterns; map rejects invalid patterns" {
	local value
	for value in 0 -1 1K 1048577 ''; do
		wrong "invalid argument '$value' for '--count': expected a number" alloc --heap system --size 4K --count="$value"
	done
	for value in 0 -1 1x 1.s; do
		wrong "invalid argument '$value' for '--hold': expected a duration" alloc --heap system --size 4K --hold="$value"
	done
	wrong "expected a name of at most 31 bytes" \
		alloc --heap system --size 4K --name 12345678901234567890123456789012
	for value in '' 0x 0x100 two random random: random:x counter:1; do
		wrong "invalid argument '$value' for '--fill': expected zero" alloc --heap system --size 4K --fill="$value"
		wrong "invalid argument '$value' for '--verify': expected zero" map --fd 3 --verify="$value"
	done
}

@test "alloc rejects incomplete, malformed and contradictory arguments" {
	wrong 'missing heap or size: expected HEAP and SIZE' alloc
	wrong 'missing heap or size: expected HEAP and SIZE' alloc --heap system
	wrong 'missing heap or size: expected HEAP and SIZE' alloc --size 4K
	wrong "invalid argument '' for '--heap': expected the name" alloc --heap '' --size 4K
	wrong '--verify without a pattern requires --fill' alloc --heap system --size 4K --verify
	wrong '--hold cannot be combined' alloc --heap system --size 4K --hold -- true
	wrong "unexpected argument 'true'" alloc --heap system --size 4K true
	wrong "unexpected argument 'stray'" alloc --heap system --size 4K stray -- true
	for option in --map --fill=zero --verify=zero --export -oSIZE; do
		wrong '--summary cannot be combined' alloc --heap system --size 4K --summary "$option"
	done
}

@test "alloc --probe requires a HEAP, and rejects options that do not apply to a probe" {
	local option
	wrong '--probe requires a HEAP' alloc --probe
	wrong '--probe requires a HEAP' alloc --probe --size 4M
	wrong "invalid argument 'x': expected a size" alloc --probe protected x
	for option in --count=2 --summary --name=x --map --fill=zero --verify=zero --no-sync \
		--export --hold; do
		wrong '--probe cannot be combined with' alloc --probe protected "$option"
	done
	wrong '--probe cannot be combined with' alloc --probe protected -- true
	wrong "unknown column 'inode'" alloc --probe protected -o inode
}

@test "kernel rejects incomplete, malformed and contradictory arguments" {
	wrong 'no heap given' kernel
	wrong 'no heap given' kernel find
	wrong 'no size given' kernel --heap system
	wrong 'no size given' kernel alloc --heap system
	wrong "invalid argument 'lose': expected a size" kernel lose --heap system
	wrong "invalid argument '': expected" kernel '' --heap system
	wrong "invalid argument '': expected the name or class" kernel ''
	wrong "invalid argument 'alloc': expected a size" kernel find alloc --heap system
	wrong "a size cannot be combined with 'find'" kernel find --heap system --size 4K
	wrong '--vmap and --heap-flags require a size' kernel find --heap system --vmap
	wrong '--vmap and --heap-flags require a size' kernel hold --heap system --heap-flags 1
	wrong '--dma-mask requires a size' kernel alloc --heap system --size 4K --dma-mask 32
	wrong '--dma-mask requires a size' kernel hold --heap system --dma-mask 32
	wrong "--for requires 'hold'" kernel --heap system --size 4K --for 1
	for bits in 0 65 -1 x ''; do
		wrong "invalid argument '$bits' for '--dma-mask'" kernel --heap system --size 4K --dma-mask="$bits"
	done
	for duration in 0 -1 1x ''; do
		wrong "invalid argument '$duration' for '--for'" kernel hold --heap system --for="$duration"
	done
	wrong "invalid argument '0' for '--size'" kernel --heap system --size 0
}

@test "kernel exits with 5 if dmaheap_client is not loaded, and names the command that loads it" {
	[[ ! -d /sys/module/dmaheap_client ]] || skip "dmaheap_client is loaded on this machine"
	run_tool 5 kernel --heap system --size 4K
	contains "$stderr" "module 'dmaheap_client': not loaded ('dmaheapctl kernel' requires it); run 'dmaheapctl module load client'"
	[[ ! $output ]]
}

@test "map and export require exactly one buffer, and reject a malformed --fd" {
	for command in map export; do
		wrong 'no buffer given: expected HEAP and SIZE, ' "$command"
		wrong 'no buffer given' "$command" --heap system
		wrong '--fd cannot be combined with' "$command" --fd 3 --heap system --size 4K
		wrong "invalid argument 'x' for '--fd': expected a descriptor number" "$command" --fd x
		wrong "invalid argument '-1' for '--fd'" "$command" --fd=-1
	done
}

@test "map exits with 3 if the descriptor is not open, or is not a dma-buf" {
	run_tool 3 map --fd 77
	contains "$stderr" "descriptor 77: not open"
	run_tool 3 map --fd 0 </dev/null
	contains "$stderr" "descriptor 0: not a dma-buf"
}

@test "map, export and inspect reject malformed and contradictory options for existing buffers" {
	for command in map export inspect; do
		wrong '--pid requires either --inode or --fd' "$command" --pid 1
		wrong '--pid requires either --inode or --fd' "$command" --pid 1 --inode 7 --fd 3
		wrong '--inode requires --pid' "$command" --inode 7
		wrong '--inode requires --pid' "$command" --inode 7 --fd 3
		wrong '--pid cannot be combined with a heap' "$command" --pid 1 --inode 7 system 4K
		wrong '--pid cannot be combined with a heap' "$command" --pid 1 --inode 7 --size 4K
		wrong "invalid argument '0' for '--pid': expected a process ID" "$command" --pid 0 --fd 3
		wrong "invalid argument '4294967296' for '--pid'" "$command" --pid 4294967296 --fd 3
		wrong "invalid argument 'x' for '--inode': expected an inode" "$command" --pid 1 --inode x
	done
	wrong '--fill of a buffer of another process requires --write' map --pid 1 --fd 3 --fill zero
	wrong '--load into a buffer of another process requires --write' map --pid 1 --inode 7 --load -
	wrong '--write requires --pid' map --fd 3 --write --fill zero
	wrong '--write requires --pid' map system 4K --write
	wrong '--write requires --show' export --pid 1 --inode 7 --write
	wrong 'unrecognized option' inspect --pid 1 --inode 7 --write
}

@test "map exits with 3 if the process does not exist or does not hold the buffer" {
	sleep 100 3>&- &
	local child=$!
	for select in '--inode 7' '--fd 0'; do
		# shellcheck disable=SC2086 # two words
		run_tool 3 map --pid 2147483647 $select --json
		contains "$stderr" "process 2147483647: no such process"
	done
	run_tool 3 map --pid $child --inode 7 --json
	contains "$stderr" "buffer 7 of process $child: no such buffer; 'dmaheapctl holders --pid $child'"
	is "$(field .error.subject)" "buffer 7 of process $child"
	run_tool 3 map --pid $child --fd 0
	contains "$stderr" "descriptor 0 of process $child: not a dma-buf"
	run_tool 3 map --pid $child --fd 2147483647
	contains "$stderr" "descriptor 2147483647 of process $child: not open"
	kill $child
}

@test "map exits with 4 and suggests running it as root if the caller cannot attach to the process" {
	((EUID == 0)) || skip "requires root"
	sleep 100 3>&- &
	local child=$!
	program=(setpriv --reuid 65534 --regid 65534 --clear-groups "$dmaheapctl")
	run_tool 4 map --pid $child --inode 7
	contains "$stderr" "process $child: reading descriptors and mappings: Permission denied (requires"
	run_tool 4 map --pid $child --fd 0 --json
	contains "$stderr" "descriptor 0 of process $child: duplicating the descriptor: Operation not permitted (requires"
	is "$(field .error.hint)" 'run as root'
	kill $child
}

@test "--help prints to stdout only" {
	run_tool 0 --help
	[[ ! $stderr && $output == *Commands:* ]]
}

@test "--version -v lists the optional features of the build" {
	local words
	run_tool 0 --version
	is "${#lines[@]}" 1
	cp "$out" "$BATS_TEST_TMPDIR/version"
	run_tool 0 --version -v
	is "${lines[0]}" "$(<"$BATS_TEST_TMPDIR/version")"
	is "$(sed -n 's/^  \([^ ]*\) *\(yes\|no: .*\)$/\1/p' "$out" | paste -sd ' ')" \
		'libudev libdrm libkmod libarchive zlib BPF'
	is "${#lines[@]}" 7
	cp "$out" "$BATS_TEST_TMPDIR/version"
	for words in '-v --version' '--verbose -V' -vV -Vv 'list --version -v' 'list -v --version'; do
		# shellcheck disable=SC2086 # several words
		run_tool 0 $words
		cmp "$out" "$BATS_TEST_TMPDIR/version"
	done
	wrong '-v must follow the command unless --version is given' -v
	wrong '-v must follow the command unless --version is given' -v list
}

@test "--list-commands, --list-options and --list-columns report write errors" {
	for option in --list-commands --list-options '--list-columns list'; do
		# shellcheck disable=SC2086
		run bash -c '"$@" >/dev/full' bash "$dmaheapctl" $option
		[[ $status -eq 1 && $output == *"writing output: No space left"* ]]
		# shellcheck disable=SC2086
		run bash -c '"$@" >&-' bash "$dmaheapctl" $option
		[[ $status -eq 1 ]]
	done
}

# argp prints the text of --help, --usage and --version, and ignores write errors, so the tool must
# check for them.
@test "the tool reports a write error for each kind of output" {
	local words n=0 tree="$BATS_TEST_DIRNAME/sysroots/own-6.12"
	for words in --help --usage --version 'list --help' 'alloc --usage' 'map --version' \
		--list-commands '--list-options alloc' '--list-columns list' \
		"list --json --sysroot $tree" "list --sysroot $tree"; do
		# shellcheck disable=SC2086 # several words
		run -1 bash -c '"$0" "$@" 2>&1 >/dev/full' "$dmaheapctl" $words
		is "$output" 'dmaheapctl: writing output: No space left on device'
		# shellcheck disable=SC2086
		run -1 bash -c '"$0" "$@" 2>&1 >&-' "$dmaheapctl" $words
		is "$output" 'dmaheapctl: writing output: Bad file descriptor'
		# shellcheck disable=SC2016,SC2086 # the reader exits before the writer starts
		run -1 bash -c 'trap "" PIPE; exec 4> >(:); wait $!; "$0" "$@" 2>&1 >&4' "$dmaheapctl" $words
		is "$output" 'dmaheapctl: writing output: Broken pipe'
		n=$((n + 1))
	done
	is "$n" 11
}

@test "list reports the cause of a write error that occurs before the end of the output" {
	local i tree=$BATS_TEST_TMPDIR/tree
	for ((i = 0; i < 100; i++)); do
		mkdir -p "$tree/dev/dma_heap" "$tree/sys/class/dma_heap/heap-$i"
		: >"$tree/dev/dma_heap/heap-$i"
	done
	run -1 bash -c '"$0" list --json --sysroot "$1" 2>&1 >/dev/full' "$dmaheapctl" "$tree"
	is "${lines[0]}" 'dmaheapctl: writing output: No space left on device'
	run -1 bash -c 'ulimit -f 1; "$0" list --json --sysroot "$1" 2>&1 >"$1/answer"' "$dmaheapctl" "$tree"
	is "${lines[0]}" 'dmaheapctl: writing output: File too large'
}

@test "the tool and each command accept --usage and --version" {
	local command
	for command in '' $(commands); do
		run_tool 0 ${command:+"$command"} --usage
		run_tool 0 ${command:+"$command"} --version
	done
}

@test "--help names each option and command" {
	local command option
	for command in '' $(commands); do
		run_tool 0 ${command:+"$command"} --help
		is "$stderr" ''
		for option in $("$dmaheapctl" --list-options ${command:+"$command"} | cut -f 1); do
			has "$out" "(^|[ ,])$option([[ =]|\$)"
		done
		# argp does not indent the rest of a line that it breaks, so search for lines without
		# indentation.
		is "$(sed '1,/^Columns:/d; /^Columns/d' "$out" | grep '^[^ ]')" ''
		has_no "$out" '.{80}'
	done
	run_tool 0 --help
	for command in $(commands); do
		contains "$output" "  $command "
	done
	# The list must contain one line for each command.
	is "$(sed '1,/^Commands:/d; /^$/,$d' "$out" | wc -l)" "$(commands | wc -l)"
}
