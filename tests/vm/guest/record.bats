#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # guest.bash and hold.bash set the variables
#
# Tests of 'dmaheapctl record' on a running kernel. The reports from the record must equal those of
# the running system, even if another user reads the record.
#
#   tests/vm/suite debian-6.12 record

load guest
load hold

record=/tmp/record.tar

setup() {
	[[ -d /sys/module/dmaheap_debug ]] || insmod /lib/modules/extra/dmaheap_debug.ko
}

teardown() {
	local held_well=yes
	release || held_well=no
	rm -f $record
	nothing_left && [[ $held_well == yes ]]
}

# reports AS ARG...: prints the reports that a record must reproduce, as JSON. AS is a command that
# changes the user, such as "as_nobody". Removes the parts that a record does not reproduce: the
# time, the error text, the access to nodes, and the sources and conflicts of heaps.
reports() {
	local as=$1 command
	shift
	for command in list holders 'holders --by process' accounting 'accounting --callers'; do
		# shellcheck disable=SC2086 # several words
		$as dmaheapctl $command --json "$@" >"$out" 2>/dev/null || true
		jq 'del(.time, .error.message, .error.subject) |
			if .heaps then .heaps[] |= del(.access, .source, .conflict) else . end |
			if .fallbacks then .fallbacks[] |= del(.access) else . end' "$out"
	done
}

as_root() { "$@"; }

as_nobody() { setpriv --reuid nobody --regid nogroup --clear-groups "$@"; }

@test "an unprivileged user sees the same reports from a record made with --with-names as root sees from the system" {
	hold fd 65536 label
	hold map 131072 mapped
	hold socket 65536 flying
	reports as_root >"$out.live"
	run_tool 0 record $record --with-names
	is "$(tar -tvf $record | grep -c '/errno/')" 0
	chmod 0644 $record
	reports as_nobody --sysroot $record >"$out.replayed"
	diff "$out.live" "$out.replayed"
	has "$out.live" '"process": "hold-buffer"'
	has "$out.live" '"name": "mapped"'
	has "$out.live" '"kernel_only": 1'
}

@test "record without --with-names omits the names of processes" {
	hold fd 65536 label
	run_tool 0 record $record
	tar -xOf $record >"$out"
	has_no "$out" hold-buffer
	run_tool 0 holders --json --sysroot $record
	is "$(row .pid .process .fds)" "$pid null 1"
}

@test "a record that an unprivileged user made reproduces the permission errors, even for root" {
	hold fd 65536 label
	as_nobody dmaheapctl record - 2>"$err" >$record
	has "$err" 'unreadable files and directories: [0-9]+, such as .*: Permission denied'
	reports as_nobody >"$out.live"
	reports as_root --sysroot $record >"$out.replayed"
	diff "$out.live" "$out.replayed"
	has "$out.live" '"unreadable": [1-9]'
}

@test "a record reproduces the reports on O_PATH descriptors, per-thread descriptor tables, ended main threads, file locks, and links that resemble those of dma-bufs" {
	local way
	for way in path thread table locked spoof; do
		hold $way 65536 $way
	done
	reports as_root >"$out.live"
	run_tool 0 record $record --with-names
	reports as_root --sysroot $record >"$out.replayed"
	diff "$out.live" "$out.replayed"
}
