#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is not a command line: status 2, one sentence that names the option and what it
# was given, nothing on standard output. Nothing here gets as far as looking for a heap.

load common

# wrong WORDS ARG...: a usage error whose message has these words.
wrong() {
	local words=$1
	shift
	run_tool 2 "$@"
	contains "$stderr" "$words"
	[[ -z $output ]]
}

@test "commands" {
	wrong 'no command given'
	wrong "no command 'lsit'; did you mean 'list'?" lsit
	wrong "no command 'exprot'; did you mean 'export'?" exprot
	wrong "no command 'xyzzy'" xyzzy
	[[ $stderr != *"did you mean"* ]]
	wrong "no command ''" ''
	wrong "no command '\x1b[31m'" $'\e[31m'
	wrong 'unrecognized option' --nosuch
	wrong "no command 'nosuch'" --list-options nosuch
	wrong "no command 'nosuch'" --list-columns nosuch
}

@test "options of every command" {
	for command in $("$dmaheapctl" --list-commands | cut -f1); do
		wrong 'unrecognized option' "$command" --nosuch
		wrong 'requires an argument' "$command" -o
	done
}

@test "forms of output" {
	for command in list 'alloc --heap system --size 4K' 'map --fd 3' 'export --fd 3'; do
		# shellcheck disable=SC2086 # the words of a command
		{
			wrong 'exclude each other' $command --json --raw
			wrong "no column 'NOSUCH'" $command -o NOSUCH
			wrong "no column ''" $command -o ''
		}
	done
}

@test "sizes" {
	local size
	for size in '' 0 0K -1 +1 ' 1' 1k 1KB 1.5M 4x 0x 18446744073709551616 16777216T; do
		wrong "--size '$size'" alloc --heap system --size="$size"
	done
}

@test "fd flags and heap flags" {
	local flags
	for flags in '' rdwr,rdonly rw 'rdwr cloexec' -1 0x100000000; do
		wrong "--fd-flags '$flags'" alloc --heap system --size 4K --fd-flags="$flags"
	done
	for flags in '' none -1 0x10000000000000000; do
		wrong "--heap-flags '$flags'" alloc --heap system --size 4K --heap-flags="$flags"
	done
}

@test "counts, durations, names, patterns" {
	local value
	for value in 0 -1 1K 1048577 ''; do
		wrong "--count '$value'" alloc --heap system --size 4K --count="$value"
	done
	for value in 0 -1 1x 1.s; do
		wrong "--hold '$value'" alloc --heap system --size 4K --hold="$value"
	done
	wrong "wanted is at most 31 bytes" \
		alloc --heap system --size 4K --name 12345678901234567890123456789012
	for value in '' 0x 0x100 two random random: random:x counter:1; do
		wrong "--fill '$value'" alloc --heap system --size 4K --fill="$value"
		wrong "--verify '$value'" map --fd 3 --verify="$value"
	done
}

@test "alloc: what is missing, and what excludes each other" {
	wrong 'needed' alloc
	wrong 'needed' alloc --heap system
	wrong 'needed' alloc --size 4K
	wrong "--heap ''" alloc --heap '' --size 4K
	wrong '--verify needs' alloc --heap system --size 4K --verify
	wrong 'exclude each other' alloc --heap system --size 4K --hold -- true
	wrong "behind '--'" alloc --heap system --size 4K true
	wrong "behind '--'" alloc --heap system --size 4K stray -- true
	for option in --map --fill=zero --verify=zero --export -oSIZE; do
		wrong '--summary' alloc --heap system --size 4K --summary "$option"
	done
}

@test "kernel: what is missing, and what does not go together" {
	wrong '--heap is needed' kernel
	wrong '--heap is needed' kernel find
	wrong '--size is needed' kernel --heap system
	wrong '--size is needed' kernel alloc --heap system
	wrong "no 'lose' here: find, alloc, hold" kernel lose --heap system
	wrong "no ''" kernel '' --heap system
	wrong "'alloc': one of" kernel find alloc --heap system
	wrong "'find' allocates nothing" kernel find --heap system --size 4K
	wrong '--vmap and --heap-flags' kernel find --heap system --vmap
	wrong '--vmap and --heap-flags' kernel hold --heap system --heap-flags 1
	wrong '--dma-mask is for a device' kernel alloc --heap system --size 4K --dma-mask 32
	wrong '--dma-mask is for a device' kernel hold --heap system --dma-mask 32
	wrong "--for goes with 'hold'" kernel --heap system --size 4K --for 1
	for bits in 0 65 -1 x ''; do
		wrong "--dma-mask '$bits'" kernel --heap system --size 4K --dma-mask="$bits"
	done
	for duration in 0 -1 1x ''; do
		wrong "--for '$duration'" kernel hold --heap system --for="$duration"
	done
	wrong "--size '0'" kernel --heap system --size 0
}

@test "kernel: without the module, status 5 and how to get it" {
	[[ ! -d /sys/module/dmaheap_debug ]] || skip "this machine has it loaded"
	run_tool 5 kernel --heap system --size 4K
	contains "$stderr" "'dmaheapctl module load debug' loads it"
	[[ ! $output ]]
}

@test "map and export: which buffer" {
	for command in map export; do
		wrong 'which buffer' "$command"
		wrong 'which buffer' "$command" --heap system
		wrong '--fd stands for' "$command" --fd 3 --heap system --size 4K
		wrong "--fd 'x'" "$command" --fd x
		wrong "--fd '-1'" "$command" --fd=-1
	done
}

@test "a descriptor that is none, or no buffer, is status 3" {
	run_tool 3 map --fd 77
	contains "$stderr" "descriptor 77: not open"
	run_tool 3 map --fd 0 </dev/null
	contains "$stderr" "descriptor 0: open, but not of a dma-buf"
}

@test "help goes to standard output, and a full disk is an error" {
	run_tool 0 --help
	[[ ! $stderr && $output == *Commands:* ]]
	for option in --list-commands --list-options '--list-columns list'; do
		# shellcheck disable=SC2086
		run bash -c '"$@" >/dev/full' bash "$dmaheapctl" $option
		[[ $status -eq 1 && $output == *"writing the answer: No space left"* ]]
		# shellcheck disable=SC2086
		run bash -c '"$@" >&-' bash "$dmaheapctl" $option
		[[ $status -eq 1 ]]
	done
}

# The text is argp's for some of these, ours for others; a system is a long answer.
@test "an answer that cannot be written is an error, whatever asked for it" {
	local words n=0 tree="$BATS_TEST_DIRNAME/sysroots/own-6.12"
	for words in --help --usage --version 'list --help' 'alloc --usage' 'map --version' \
		--list-commands '--list-options alloc' '--list-columns list' \
		"list --json --sysroot $tree" "list --sysroot $tree"; do
		# shellcheck disable=SC2086 # words
		run -1 bash -c '"$0" "$@" 2>&1 >/dev/full' "$dmaheapctl" $words
		is "$output" 'dmaheapctl: writing the answer: No space left on device'
		# shellcheck disable=SC2086
		run -1 bash -c '"$0" "$@" 2>&1 >&-' "$dmaheapctl" $words
		is "$output" 'dmaheapctl: writing the answer: Bad file descriptor'
		# shellcheck disable=SC2016,SC2086 # the reader has ended before the writer starts
		run -1 bash -c 'trap "" PIPE; exec 4> >(:); wait $!; "$0" "$@" 2>&1 >&4' "$dmaheapctl" $words
		is "$output" 'dmaheapctl: writing the answer: Broken pipe'
		n=$((n + 1))
	done
	is "$n" 11
}

@test "a long answer, too, says why it cannot be written" {
	local i tree=$BATS_TEST_TMPDIR/tree
	for ((i = 0; i < 100; i++)); do
		mkdir -p "$tree/dev/dma_heap" "$tree/sys/class/dma_heap/heap-$i"
		: >"$tree/dev/dma_heap/heap-$i"
	done
	run -1 bash -c '"$0" list --json --sysroot "$1" 2>&1 >/dev/full' "$dmaheapctl" "$tree"
	is "${lines[0]}" 'dmaheapctl: writing the answer: No space left on device'
	run -1 bash -c 'ulimit -f 1; "$0" list --json --sysroot "$1" 2>&1 >"$1/answer"' "$dmaheapctl" "$tree"
	is "${lines[0]}" 'dmaheapctl: writing the answer: File too large'
}
