#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # err and out are guest.bash's
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
#
# Tests of 'dmaheapctl accounting' with and without dmaheap_debug, of 'dmaheapctl inspect' with and
# without dmaheap_client, and of 'dmaheapctl list --map' with both modules.
#
#   tests/vm/suite debian-6.12 accounting

load guest
load debug

setup() {
	[[ -e $extra/dmaheap_debug.ko ]]
}

teardown() {
	exec 9>&-
	unload_all dmaheap_leak
}

# named: skips the test if the exporter name of a buffer is not the name of its heap.
named() {
	[[ $(exporter system) == system ]] || skip "this kernel's exporter names are not the names of heaps"
}

# row HEAP KEY [FILE]: prints KEY of HEAP from the JSON in FILE ($out by default).
row() {
	jq -r --arg heap "$1" ".accounts[] | select(.heap == \$heap) | .$2" "${3-$out}"
}

# counts KEY LIST [FILE]: prints the members of the array LIST of the heap "system", separated by
# commas. Prints each member as the value of its KEY, a colon and its count. "counts errno errnos",
# for example, prints EINVAL:1.
counts() {
	row system "$2 | map(\"\(.$1):\(.count)\") | join(\",\")" "${3-$out}"
}

@test "accounting without dmaheap_debug shows the buffers that processes hold, and exits with 5" {
	named
	start HEAP alloc --heap system --size 64K --hold
	dmaheapctl accounting --json >"$BATS_TEST_TMPDIR/json" 2>"$err" || status=$?
	is "$status" 5
	has "$err" "module 'dmaheap_debug': not loaded \('dmaheapctl accounting' requires it\); run 'dmaheapctl module load debug'"
	is "$(row system seen "$BATS_TEST_TMPDIR/json")" 1
	is "$(row system seen_bytes "$BATS_TEST_TMPDIR/json")" 65536
	is "$(row system live "$BATS_TEST_TMPDIR/json")" null
	is "$(row system allocs "$BATS_TEST_TMPDIR/json")" null
	is "$(row system verdict "$BATS_TEST_TMPDIR/json")" "unknown: dmaheap_debug unavailable"
	finish 0
	run_tool 5 accounting -- touch /tmp/ran
	has "$err" "command not run"
	[[ ! -e /tmp/ran ]]
	run_tool 5 accounting --reset
	run_tool 5 inspect --heap system --size 4K
	has "$err" "not loaded \('dmaheapctl inspect' requires it\); run 'dmaheapctl module load client'"
}

@test "accounting exits with 4 for an unprivileged user, who cannot read debugfs" {
	watch
	run setpriv --reuid nobody --regid nogroup --clear-groups dmaheapctl accounting
	is "$status" 4
	[[ $output == *"only root may access debugfs"* ]]
}

@test "accounting reports a balanced account if processes hold all live buffers" {
	named
	watch
	run_tool 0 accounting
	has "$out" "^system .* balanced"
	run_tool 0 alloc --heap system --size 4K --count 5
	start HEAP alloc --heap system --size 64K --count 3 --hold
	dmaheapctl accounting --json >"$BATS_TEST_TMPDIR/json"
	for pair in allocs:8 frees:5 live:3 live_bytes:196608 seen:3 seen_bytes:196608 kernel:0 \
		verdict:balanced balanced:true peak:5 missed:0; do
		is "${pair%:*} $(row system "${pair%:*}" "$BATS_TEST_TMPDIR/json")" \
			"${pair%:*} ${pair#*:}"
	done
	finish 0
	run_tool 1 alloc --heap system --size 4K --heap-flags 1
	run_tool 0 accounting system --json
	is "$(counts errno errnos)" EINVAL:1
	is "$(row system alloc_fails)" 1
}

@test "accounting of a command omits errors and latencies from before the command" {
	watch
	run_tool 1 alloc --heap system --size 4K --heap-flags 1
	run_tool 0 alloc --heap system --size 4K --count 3
	dmaheapctl accounting --save "$BATS_TEST_TMPDIR/saved" >/dev/null
	run_tool 1 accounting --json system -- dmaheapctl alloc --heap system --size 4K --fd-flags 0x10
	sed -i '/^dmaheapctl:/d' "$err"
	is "$(counts errno errnos "$err")" EINVAL:1
	run_tool 0 accounting --json system -- dmaheapctl alloc --heap system --size 4K --count 2
	is "$(row system errnos "$err")" "[]"
	is "$(row system 'latency | map(.count) | add' "$err")" 2
	is "$(row system 'latency | all(.from_ns >= 1024)' "$err")" true
	run_tool 0 accounting --json system --since "$BATS_TEST_TMPDIR/saved"
	is "$(counts errno errnos)" EINVAL:1
	run_tool 0 accounting --json system
	is "$(counts errno errnos)" EINVAL:2
}

@test "accounting reports the verdict as unknown if buffers are allocated or freed during the count" {
	local attempt keep
	named
	watch
	mkfifo "$BATS_TEST_TMPDIR/keep"
	(exec 3>&- && exec hold-buffer churn 4096 <"$BATS_TEST_TMPDIR/keep") >"$BATS_TEST_TMPDIR/said" &
	exec {keep}>"$BATS_TEST_TMPDIR/keep"
	await test -s "$BATS_TEST_TMPDIR/said"
	# On a loaded host, hold-buffer may not run during one count.
	for attempt in {1..10}; do
		run_tool 0 accounting --json system
		! grep -q "during the count" "$err" || break
	done
	has "$err" "buffers were allocated or freed during the count"
	is "$(row system kernel)" null
	[[ $(row system verdict) == *"unknown: buffers were allocated or freed during the count" ]]
	exec {keep}>&-
	wait
	await no_buffers
	run_tool 0 accounting --json --settle 5 system
	is "$(row system kernel)" 0
}

@test "accounting reports the verdict as unknown if heaps share the exporter name of live buffers" {
	[[ $(exporter system) != system ]] || skip "this kernel's exporter names are the names of heaps"
	watch
	start HEAP alloc --heap system --size 64K --count 3 --hold
	dmaheapctl accounting system --json >"$BATS_TEST_TMPDIR/json"
	for pair in live:3 live_bytes:196608 seen:null kernel:null balanced:null \
		"verdict:unknown: several heaps share the exporter name or the account"; do
		is "${pair%%:*} $(row system "${pair%%:*}" "$BATS_TEST_TMPDIR/json")" \
			"${pair%%:*} ${pair#*:}"
	done
	finish 0
	no_buffers
	run_tool 0 accounting --json
	is "$(row system verdict)" balanced
}

@test "accounting reports the number of buffers that are older than dmaheap_debug" {
	named
	start HEAP alloc --heap system --size 64K --count 2 --hold
	watch
	dmaheapctl accounting --json >"$BATS_TEST_TMPDIR/json"
	is "$(row system verdict "$BATS_TEST_TMPDIR/json")" "older than the module 2"
	finish 0
	no_buffers
	run_tool 0 accounting --json
	is "$(row system older)" 2
	is "$(row system verdict)" balanced
}

@test "accounting reports balanced accounts for a command that frees all its buffers" {
	watch
	run_tool 0 accounting -- true
	run_tool 0 accounting -o HEAP,ALLOCS,FREES,LIVE,VERDICT -- \
		dmaheapctl alloc --heap system --size 4K --count 100 -q
	has "$err" "^system +100 +100 +0 balanced"
	run_tool 0 accounting --json -- dmaheapctl map --heap system --size 1M -q
	is "$(row system allocs "$err")" 1
	is "$(jq -r .audit.balanced "$err")" true
	is "$(jq -r .audit.command_status "$err")" 0
	has "$out" MAPPABLE
	run_tool 0 accounting -q system -- true
	is "$(cat "$err")" ""
}

@test "accounting waits for all descendants of a command, even those in another session" {
	watch
	run_tool 0 accounting -- sh -c 'setsid dmaheapctl alloc --heap system --size 4K --hold=2 \
		</dev/null >/dev/null 2>&1 & exit 0'
	has "$err" "^system .* balanced"
	run_tool 0 accounting --json -- sh -c 'sleep 1 & exit'
	(($(jq .audit.elapsed_ns "$err") >= 1000000000))
}

@test "accounting exits with 1 if its command fails, and with 3 if the program does not exist" {
	watch
	run_tool 1 accounting -- sh -c 'exit 7'
	has "$err" "'sh' exited with status 7"
	run_tool 1 accounting --json -q -- sh -c 'kill -KILL $$'
	has "$err" "'sh' was killed by signal 9"
	run_tool 3 accounting -- /no/such/program
	has "$err" "program '/no/such/program': running: No such file"
}

@test "accounting reports balanced accounts after a command that holds buffers is killed" {
	watch
	run_tool 1 accounting -o HEAP,FREES,VERDICT -- sh -c 'dmaheapctl alloc --heap system \
		--size 1M --count 20 --hold >"$BATS_TEST_TMPDIR/held" </dev/zero &
		until [ -s "$BATS_TEST_TMPDIR/held" ]; do sleep 0.1; done
		kill -KILL $!; kill -KILL $$'
	has "$err" "^system +20 balanced"
}

@test "accounting exits with 6 if the kernel still holds a buffer of the command" {
	watch
	act
	exec 9<>$client_folder/client
	run bash -c "dmaheapctl accounting -- dmaheapctl alloc -q --heap system --size 8K -- \
		sh -c 'echo import 3 >&0' 2>&1 <&9"
	is "$status" 6
	[[ $output == *"heap 'system': kernel holds 1"* ]]
	run bash -c "dmaheapctl accounting --json -- true 2>&1"
	is "$status" 0
	run_tool 0 accounting system --json
	is "$(row system kernel)" 1
	is "$(row system kernel_bytes)" 8192
	is "$(row system balanced)" false
	exec 9>&-
	no_buffers
	run_tool 0 accounting system
	has "$out" balanced
}

@test "accounting --callers names the driver and the function that leaked heap references" {
	watch
	stand_in
	run_tool 6 accounting --save /tmp/after -- insmod $extra/dmaheap_leak.ko finds=3 puts=1
	has "$err" "heap 'system': references held 2"
	run_tool 0 accounting --callers
	has "$out" "^.-dmaheap_leak_find[a-z0-9.]*\+0x[0-9a-f]+ +3 +0 +3 system"
	has "$out" "^dmaheap_leak +3 +1 +2 system"
	has "$out" "^.-dmaheap_leak_put[a-z0-9.]*\+0x[0-9a-f]+ +0 +1 +-1 system"
	run_tool 0 accounting --json
	is "$(row system refs)" 2
	is "$(row system verdict)" "references held 2"
	is "$(field '.callsites[0].net')" 3
}

@test "accounting reports a balanced account for a driver that puts every reference" {
	watch
	stand_in
	run_tool 0 accounting --json -- insmod $extra/dmaheap_leak.ko finds=4 puts=4 allocs=5
	is "$(row system kallocs "$err")" 5
	is "$(row system finds "$err")" 4
	is "$(row system verdict "$err")" balanced
}

@test "accounting --since shows the changes since a snapshot written by --save, and rejects unusable snapshots" {
	named
	watch
	run_tool 0 accounting --save /tmp/saved
	run_tool 0 accounting --since /tmp/saved
	start HEAP alloc --heap system --size 4K --count 2 --hold
	dmaheapctl accounting --since /tmp/saved --json >"$BATS_TEST_TMPDIR/json" 2>"$err" || status=$?
	is "$status" 6
	is "$(row system verdict "$BATS_TEST_TMPDIR/json")" "processes hold 2"
	is "$(row system live_bytes "$BATS_TEST_TMPDIR/json")" 8192
	has "$err" "heap 'system': processes hold 2"
	finish 0
	no_buffers
	run_tool 0 accounting --since /tmp/saved
	has "$out" "^system .* balanced"

	sed 's/"boot_id":"./&0/' /tmp/saved >/tmp/other
	run_tool 1 accounting --since /tmp/other
	has "$err" "snapshot '/tmp/other': comparing: snapshot from another boot"
	rmmod dmaheap_debug
	run_tool 5 accounting --since /tmp/saved
	watch
	run_tool 1 accounting --since /tmp/saved
	has "$err" "was reloaded after the snapshot"
	echo '{}' >/tmp/other
	run_tool 1 accounting --since /tmp/other
	has "$err" "not a snapshot written by --save"
}

@test "accounting --reset sets the number of allocations to zero, for one heap or for all" {
	watch
	run_tool 0 alloc --heap system --size 4K --count 5
	run_tool 0 accounting --reset system
	run_tool 0 accounting --json
	is "$(row system allocs)" 0
	run_tool 0 alloc --heap system --size 4K
	run_tool 0 accounting --reset
	run_tool 0 accounting --json
	is "$(row system allocs)" 0
	run_tool 0 accounting --reset nosuch
	has "$err" "no account yet: nothing to reset"
}

@test "accounting --watch writes a line of JSON per interval if standard output is a file, and exits with 0 on SIGTERM" {
	watch
	dmaheapctl accounting --watch=200ms >"$out" 2>"$err" </dev/null 3>&- &
	tool=$!
	await eval '(($(wc -l <"$out") >= 3))'
	kill -TERM "$tool"
	wait "$tool"
	tool=
	while read -r line; do
		jq -e '.accounts | length > 0' <<<"$line"
	done <"$out"
}

@test "list --map marks the buffers in a CMA region, and names the process that holds them" {
	[[ -e /dev/dma_heap/reserved ]] || skip "no CMA heap in this kernel"
	[[ $(exporter reserved) == reserved ]] || skip "this kernel's exporter names are not the names of heaps"
	watch
	act
	start HEAP alloc --heap reserved --size 16M --count 2 --hold
	run_tool 0 list --map reserved
	has "$out" "^A: process $tool \(dmaheapctl\), 32M in 2 buffers$"
	# 32 MiB of 64 MiB fill 40 of 80 characters. The first and the last character of each buffer
	# can be partly used.
	letters=$(grep -E '^[.+#Aa]{80}$' "$out" | tr -cd A)
	((${#letters} >= 36 && ${#letters} <= 40))
	run_tool 0 holders reserved --raw --no-headings -o INODE
	inodes=$output
	run_tool 0 list --map reserved --json
	is "$(field '[.runs[] | select(.pid)] | sort_by(.inode)[] |
		[.inode, .heap, .bytes, .pid, .process] | map(tostring) | join(" ")')" \
		"$(printf "%s reserved 16777216 $tool dmaheapctl\n" $inodes)"
	is "$(field '[.runs[].bytes] | add')" "$(field '.heaps[0] | .size - .free')"
	finish 0
	no_buffers
	run_tool 0 list --map reserved
	is "$(grep -c '^A:' "$out")" 0
}

@test "inspect reports the segments of a new and of an inherited buffer, and rejects a descriptor that is not a dma-buf" {
	act
	run_tool 0 inspect --heap system --size 64K --json
	is "$(field .inspection.size)" 65536
	is "$(field .inspection.bytes)" 65536
	(($(field .inspection.segments) >= 1))
	[[ $(field .inspection.lowest) == 0x* ]]
	run_tool 0 alloc -q --heap system --size 4K -- dmaheapctl inspect --fd 3
	has "$out" "CONTIGUOUS +yes"
	has "$out" "SEGMENTS +1"
	run_tool 3 inspect --fd 0
}
