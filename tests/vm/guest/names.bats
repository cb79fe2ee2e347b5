#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # err and out are guest.bash's
# shellcheck disable=SC2016 # the shell must not expand the names
#
# Tests of hostile names of heaps and buffers in the commands that show them. This file needs its
# own boot, because the heaps of dmaheap_sim stay if the kernel cannot remove heaps.
#
#   tests/vm/suite debian-6.12 names

load guest
load debug

# The names contain no '"', which a module parameter cannot contain, and no ASCII control
# characters, which dmaheap_sim rejects. They contain no '%' because dma_heap_add() passes the
# name to device_create() as a format.
names=(
	'a heap' ' blanks ' 'protected,secure-video' 'memory@42000000' - --json '\x20' 'back\slash'
	"qu'ote" '$(reboot)' '*' 'a=b' '#' '[31m' 'ünïcode' $'\xff\xfe' $'\xc2\x9b31m'
	.hidden 123456789012345678901234567890123456789012345678901234567890123
)

setup() {
	local joined
	# In the UTF-8 locale of the guest, the tool would not escape printable non-ASCII
	# characters.
	export LC_ALL=C
	[[ -e $extra/dmaheap_sim.ko && -e $extra/dmaheap_debug.ko ]]
	printf -v joined '%s:protected:1M;' "${names[@]}"
	if ! loaded dmaheap_sim; then
		# Save the number of the kernel's own heaps for the tests.
		find /dev/dma_heap -type c | wc -l >/tmp/own-heaps
		dmaheapctl module load -q --file $extra/dmaheap_sim.ko "heaps=$joined"
	fi
	loaded dmaheap_debug || insmod $extra/dmaheap_debug.ko
	loaded dmaheap_client || insmod $extra/dmaheap_client.ko
}

teardown() {
	unload_all
}

# safe: fails if the output or the messages contain a byte other than printable ASCII and newline. A
# terminal could interpret such a byte.
safe() {
	if LC_ALL=C grep -nP '[^\x20-\x7e]' "$out" "$err"; then
		echo "unsafe for a terminal"
		return 1
	fi
}

# as_json NAME: prints NAME as it appears in JSON. Bytes that are not UTF-8 become \xNN, and a
# backslash becomes \x5c.
as_json() {
	local name=${1//\\/\\x5c}
	if [[ $name != *$'\xc2\x9b'* ]]; then
		name=${name//$'\xff'/\\xff} name=${name//$'\xfe'/\\xfe} name=${name//$'\x9b'/\\x9b}
	fi
	printf %s "$name"
}

# each FUNCTION: calls FUNCTION with every name and reports every failure.
each() {
	local name bad=0
	for name in "${names[@]}"; do
		"$1" "$name" || { printf 'failed for the name %q\n' "$name" && bad=1; }
	done
	return $bad
}

in_list() {
	run_tool 0 list --json -- "$1" && is "$(field '.heaps | length')" 1 || return
	is "$(field '.heaps[0].name')" "$(as_json "$1")" || return
	# libudev ignores devices whose names begin with a dot, so list reports a conflict.
	[[ $1 == .* ]] || is "$(field '.heaps[0].conflict')" null || return
	run_tool 0 list --raw --no-headings -o NAME -- "$1" && safe || return
	is "$(printf '%b.' "$(cat "$out")")" "$1." || return
	run_tool 0 list -- "$1" && safe
}

@test "list escapes hostile heap names in JSON, with --raw and in the table" {
	each in_list
	run_tool 0 list -o +node
	safe
	is "$(grep -c /dev/dma_heap/ "$out")" "$(find /dev/dma_heap -type c | wc -l)"
	is "$(find /dev/dma_heap -type c | wc -l)" $((${#names[@]} + $(</tmp/own-heaps)))
}

in_alloc() {
	run_tool 0 alloc --heap="$1" --size 4K --json || return
	is "$(field '.buffers[0].heap')" "$(as_json "$1")" || return
	run_tool 0 alloc --heap="$1" --size 4K && safe || return
	run_tool 1 alloc --heap="$1" --size 2M && safe || return
	has "$err" 'allocating 2 MiB: Cannot allocate memory'
}

@test "alloc accepts hostile heap names verbatim, and escapes them in output and error messages" {
	each in_alloc
	run_tool 3 alloc --heap $'\e[31m\n' --size 4K
	safe
	run_tool 3 alloc --heap protected,secure --size 4K
	has "$err" "no such heap; the kernel has"
	safe
}

allocated() {
	run_tool 0 alloc --heap="$1" --size 4K
}

@test "accounting shows a separate account for each heap with a hostile name" {
	each allocated
	no_buffers
	in_accounting() {
		# A word after "--" is a command, so accounting accepts no name that begins with
		# "-".
		[[ $1 != -* ]] || return 0
		run_tool 0 accounting --json "$1" || return
		is "$(field '.accounts | length')" 1 || return
		is "$(field '.accounts[0].heap')" "$(as_json "$1")" || return
		is "$(field '.accounts[0].allocs')" 1 || return
		is "$(field '.accounts[0].verdict')" balanced || return
		run_tool 0 accounting "$1" && safe || return
		run_tool 0 accounting --raw --no-headings -o HEAP "$1" && safe || return
		is "$(printf '%b.' "$(cat "$out")")" "$1."
	}
	each in_accounting
	run_tool 0 accounting --json
	is "$(field '[.accounts[] | select(.allocs == 1)] | length')" ${#names[@]}
	run_tool 0 accounting --save /tmp/saved
	run_tool 0 accounting --since /tmp/saved --json
	is "$(field '[.accounts[] | select(.verdict == "balanced")] | length')" $((${#names[@]} + $(</tmp/own-heaps)))
	run_tool 0 accounting
	safe
}

in_kernel() {
	run_tool 0 kernel --heap="$1" --size 4K --json || return
	is "$(field '[.steps[].result] | unique | join(",")')" ok || return
	is "$(field '.inspection.heap')" "$(as_json "$1")" || return
	run_tool 1 kernel --heap="$1" --size 2M && safe
}

@test "kernel finds each heap by its hostile name" {
	stand_in
	each in_kernel
	no_buffers
	run_tool 0 accounting --callers
	safe
	run_tool 0 accounting --json
	is "$(field '[.accounts[] | select(.finds == 2 and .puts == 2)] | length')" ${#names[@]}
}

labels=(
	$'\e[31mred\e[0m' $'two\nlines' $'\x9b31m' $'tab\ttab' ' ' - $'\r' '\x41' 'a,b c'
	1234567890123456789012345678901 $'\xff'
)

@test "module status escapes hostile heap names in the parameters" {
	run_tool 0 module status sim -o +PARAMETERS
	safe
	run_tool 0 module status sim --json
	has "$out" 'secure-video:protected:1M'
}

@test "alloc and holders escape hostile names of buffers and heaps" {
	local label heap i=0
	for label in "${labels[@]}"; do
		heap=${names[i++]}
		start . alloc --heap="$heap" --name "$label" --size 4K --json --hold
		await jq -e .summary "$out" >/dev/null
		is "$(field '.buffers[0].name')" "$(as_json "$label")"

		dmaheapctl holders --json >"$BATS_TEST_TMPDIR/json" 2>"$err"
		jq -r '.holders[] | .name, .exporter' "$BATS_TEST_TMPDIR/json" >"$BATS_TEST_TMPDIR/rows"
		is "$(cat "$BATS_TEST_TMPDIR/rows")" "$(as_json "$label")"$'\n'"$(as_json "$heap")"
		mv "$out" "$BATS_TEST_TMPDIR/alloc"
		run_tool 0 holders
		safe
		run_tool 0 holders --by process
		safe
		run_tool 0 holders --raw --no-headings -o NAME,EXPORTER
		safe
		is "$(printf '%b.' "$(cut -d ' ' -f 1 "$out")")" "$label."
		is "$(printf '%b.' "$(cut -d ' ' -f 2 "$out")")" "$heap."
		run_tool 0 holders --raw --no-headings -o PID -- "$heap"
		is "$(cat "$out")" "$tool"
		finish 0
		no_buffers
	done
}
