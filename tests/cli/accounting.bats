#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2030,SC2031 # variables of common.bash; each test is a subshell
#
# Tests of 'dmaheapctl accounting' on recorded trees.

load common

folder=sys/kernel/debug/dmaheap_debug

setup() {
	new_tree
	heap system 0
	heap linux,cma 1
	put proc/sys/kernel/random/boot_id 3c2b-boot
}

# accounting ARG...: runs accounting on $tree and asserts exit status $expected (default: 0).
accounting() {
	run_tool "${expected-0}" accounting --sysroot "$tree" "$@"
}

# accounting_fails STATUS TEXT ARG...: asserts that accounting on $tree exits with STATUS and that
# its stderr contains TEXT.
accounting_fails() {
	fails_with "$1" "$2" accounting --sysroot "$tree" "${@:3}"
}

# accounting_prints TEXT ARG...: asserts that accounting on $tree succeeds and that its stdout is
# TEXT.
accounting_prints() {
	prints "$1" accounting --sysroot "$tree" "${@:2}"
}

# process PID [FD INODE SIZE EXPORTER]...: adds a process that the tool can read. Each FD is a
# descriptor of a buffer.
process() {
	local pid=$1

	mkdir -p "$tree/proc/$pid/fd"
	put "proc/$pid/comm" "holder$pid"
	put "proc/$pid/maps" ''
	shift
	while (($#)); do
		ln -s "/dmabuf:" "$tree/proc/$pid/fd/$1"
		put "proc/$pid/fdinfo/$1" "$(printf 'pos:\t0\nflags:\t02000002\nmnt_id:\t10\nino:\t%s\nsize:\t%s\ncount:\t2\nexp_name:\t%s' "$2" "$3" "$4")"
		shift 4
	done
}

# replace PATH TEXT: writes TEXT to a new file and renames it to PATH below $tree, because --watch
# can read PATH at any time.
replace() {
	put "$1.new" "$2"
	mv "$tree/$1.new" "$tree/$1"
}

# module STATS [CALLSITES]: writes the debugfs files of dmaheap_debug, as on a kernel in which
# drivers can find heaps.
module() {
	local symbol

	replace $folder/version 'version major=1 minor=0 module=0.1.0'
	replace $folder/probes "$(for symbol in dma_buf_release dma_buf_export dma_heap_ioctl \
		dma_heap_open dma_heap_put dma_heap_find dma_heap_buffer_alloc; do
		printf 'probe symbol=%s state=attached module=vmlinux since=1 missed=0 errno=-\n' $symbol
	done)"
	replace $folder/stats "stats loaded=100 now=${now-200} reset=100 missed=${missed-0} blind=${blind-0}
$1"
	replace $folder/callsites "${2-callsite-other finds=0 puts=0 kallocs=0}"
}

# account NAME [KEY=VALUE]...: prints the stats record of a heap. The figures that the loop names
# are 0 by default. The record contains other figures only if a KEY sets them.
account() {
	local key line="heap name=$1"

	for key in finds puts old_puts refs allocs alloc_fails kallocs frees live live_bytes peak \
		older unseen; do
		[[ " ${*:2}" == *" $key="* ]] || line+=" $key=0"
	done
	printf '%s\n' "$line${2+ ${*:2}} errnos= latency="
}

row() {
	jq -r --arg heap "$1" ".accounts[] | select(.heap == \$heap) | .$2" <<<"$output"
}

@test "accounting without dmaheap_debug exits with 5, but counts the buffers that processes hold" {
	process 7 3 11 4096 system 4 12 8192 system
	accounting_fails 5 "module 'dmaheap_debug': not loaded ('dmaheapctl accounting' requires it); run 'dmaheapctl module load debug'" --json
	is "$(row system seen)" 2
	is "$(row system seen_bytes)" 12288
	is "$(row linux,cma seen)" 0
	is "$(row system live)" null
	is "$(row system finds)" null
	is "$(row system verdict)" 'unknown: dmaheap_debug unavailable'
	is "$(field .audit.module)" false
}

@test "accounting names the missing kernel option if the kernel cannot load dmaheap_debug" {
	printf 'CONFIG_KPROBES=y\n# CONFIG_KRETPROBES is not set\n' | gzip >"$tree/proc/config.gz"
	accounting_fails 5 "module 'dmaheap_debug': not supported by this kernel: CONFIG_KRETPROBES is not set in /proc/config.gz"
	run ! grep -F 'module load' <<<"$stderr"
	put proc/kernel-config "config heaps=1 cma_heap=1 kretprobes=0 cma_alignment=8 path=/boot/config-6.12.1"
	rm "$tree/proc/config.gz"
	accounting_fails 5 'CONFIG_KRETPROBES is not set in /boot/config-6.12.1'
	printf 'CONFIG_KRETPROBES=y\n' | gzip >"$tree/proc/config.gz"
	accounting_fails 5 "run 'dmaheapctl module load debug'"
}

@test "accounting shows the number of held buffers as unknown if no process can be read" {
	expected=5 accounting --json
	is "$(row system seen)" null
}

@test "accounting shows the default columns, and the verdict 'balanced' if no in-kernel reference is held and processes hold every live buffer" {
	process 7 3 11 4096 system
	module "$(account system allocs=3 frees=2 live=1 live_bytes=4096)"
	accounting
	is "${lines[0]}" \
		'HEAP      REFS LIVE BYTES SEEN KERNEL VERDICT'
	is "${lines[1]}" \
		'linux,cma    0    0    0B    0      0 balanced'
	is "${lines[2]}" \
		'system       0    1    4K    1      0 balanced'
	is "$stderr" ''
}

@test "accounting prints lines of at most 80 characters for a long heap name, except with -n" {
	process 7 3 11 4096 system
	heap protected,secure-video-record 2
	module "$(account 'protected\x2csecure-video-record' refs=2 live=3 live_bytes=12288)" \
		'callsite heap=protected\x2csecure-video-record module=panthor symbol=panthor_fw_init+0x3ac finds=2 puts=0 kallocs=1
callsite-other finds=0 puts=0 kallocs=0'
	accounting
	is "${lines[2]}" \
		'protected,secure-video-record    2    3   12K    0      3 references held 2,'
	is "${lines[3]}" \
		'                                                          kernel holds 3'
	accounting --callers
	is "${lines[2]}" '`-panthor_fw_init+0x3ac     2    0   2 protected,secure-video-record'
	COLUMNS=80 accounting --callers -o +KALLOCS,CLIENT
	is "${lines[8]}" 'CALLER  panthor_fw_init+0x3ac'
	# With -n, the tool does not break rows at the width of the terminal.
	COLUMNS=10 accounting -n
	has "$out" 'references held 2, kernel holds 3$'
}

@test "accounting --color=always colours a verdict that reports held references, but not with -n, --raw, --pairs or --json" {
	local option

	process 7
	module "$(account system refs=2)"
	accounting --color=always
	contains "$output" $'0 \e[31mreferences held 2'
	is "$(grep -c $'\e' "$out")" 1
	is "$(sed $'s/\e\\[[0-9]*m//g' "$out")" "$("$dmaheapctl" accounting --sysroot "$tree")"
	for option in -n -r -P -J; do
		accounting --color=always $option
		lacks "$output" $'\e'
	done
}

@test "accounting shows a verdict for each heap" {
	process 7 3 11 4096 system 4 12 4096 linux,cma
	missed=5 module "$(account system finds=2 refs=2 live=3 live_bytes=12288)
$(account gone live=0 unseen=1)"
	accounting --json
	is "$(row system verdict)" 'references held 2, kernel holds 2, missed calls 5'
	is "$(row system balanced)" false
	is "$(row linux,cma verdict)" 'older than the module 1, missed calls 5'
	is "$(row linux,cma balanced)" null
	is "$(row gone verdict)" 'missed calls 6'
	is "$(field .audit.missed)" 5
}

@test "accounting selects heaps by name or class" {
	module "$(account system)"
	accounting_prints linux,cma cma --raw -o HEAP --no-headings
	accounting_prints $'linux,cma\nsystem' system cma --raw -o HEAP --no-headings
	expected=3 accounting system nosuch --raw -o HEAP --no-headings
	is "$output" system
	contains "$stderr" "heap 'nosuch': no such heap; the kernel has heaps 'linux,cma', 'system'"
}

@test "accounting rejects an unsupported interface version and malformed files of dmaheap_debug" {
	module "$(account system)"
	put $folder/version 'version major=2 minor=0 module=9'
	accounting_fails 5 'build the module and dmaheapctl from the same sources'
	module 'heap name=a finds=x'
	accounting_fails 1 'parsing debugfs files: invalid format'
}

@test "accounting shows no figures of dmaheap_debug if its probes do not run, and names the cause" {
	process 7 3 11 4096 system
	blind=1 module "$(account system allocs=- live=-)"
	accounting_fails 1 'no figures: the probes did not run for some time; reload the module' --json
	is "$(row system seen)" 1
	is "$(row system live)" null
	is "$(row system verdict)" 'unknown: dmaheap_debug unavailable'
	put sys/kernel/debug/kprobes/enabled 0
	accounting_fails 1 'the probes do not run: kprobes/enabled in debugfs is 0; write 1 to it and reload'
	# Without kprobes, no probe runs on any architecture, so report this switch first.
	put proc/sys/kernel/ftrace_enabled 0
	accounting_fails 1 'the probes do not run: kprobes/enabled in debugfs is 0; write 1 to it and reload'
	put sys/kernel/debug/kprobes/enabled 1
	accounting_fails 1 'the probes do not run: kernel.ftrace_enabled is 0; set it to 1 and reload'
}

@test "accounting escapes names in tables and decodes them in JSON" {
	process 7 3 11 4096 system
	module "$(account '\x1b[2J\x20\xff\x0a')" \
		'callsite heap=system module=\x1b symbol=\x22 finds=1 puts=0 kallocs=0
callsite-other finds=0 puts=0 kallocs=0'
	accounting
	contains "$output" '\x1b[2J \xff\x0a'
	accounting --json
	is "$(field '.accounts[0].heap' | cat -v)" '^[[2J \xff'
	is "$(field '.callsites[0].module' | cat -v)" '^['
}

@test "accounting --callers shows each module and its call sites, sorted by finds minus puts" {
	module "$(account system finds=9 puts=3 refs=6)" \
		'callsite heap=system module=vmlinux symbol=fair+0x1 finds=2 puts=2 kallocs=0
callsite heap=system module=drv symbol=putter+0x2 finds=0 puts=1 kallocs=0
callsite heap=linux\x2ccma module=drv symbol=other+0x2 finds=1 puts=0 kallocs=0
callsite heap=system module=drv symbol=leaker+0x3 finds=7 puts=0 kallocs=4
callsite heap=system module=dmaheap_client symbol=session_find+0x4 finds=3 puts=- kallocs=1
callsite-other finds=1 puts=0 kallocs=0'
	accounting_prints 'CALLER                     FINDS PUTS NET HEAP
drv                            8    1   7 -
|-leaker+0x3                   7    0   7 system
|-other+0x2                    1    0   1 linux,cma
`-putter+0x2                   0    1  -1 system
(other)                        1    0   1 -
dmaheap_client (companion)     3    -   - system
`-session_find+0x4             3    -   - system
vmlinux                        2    2   0 system
`-fair+0x1                     2    2   0 system' --callers
	accounting_prints 'drv - 6 4
drv leaker+0x3 7 4
drv putter+0x2 -1 0
dmaheap_client - - 1
dmaheap_client session_find+0x4 - 1
vmlinux - 0 0
vmlinux fair+0x1 0 0' system --callers --raw --no-headings -o MODULE,SYMBOL,NET,KALLOCS
	accounting_fails 2 "unknown column 'ALLOCS'" --callers -o ALLOCS
	expected=2 accounting -o CALLER
	expected=0 accounting --json
	is "$(joined '.modules[] | [.module, .client, .heap, .finds, .puts, .net, .kallocs]')" \
		'drv false null 8 1 7 4
null null null 1 0 1 0
dmaheap_client true system 3 null null 1
vmlinux false system 2 2 0 0'
	is "$(joined '.callsites[] | [.symbol, .net] ')" 'leaker+0x3 7
other+0x2 1
(other) 1
session_find+0x4 null
fair+0x1 0
putter+0x2 -1'
	accounting --callers --json -o MODULE,NET
	is "$(field '.modules[0] | keys_unsorted | join(" ")')" 'module net'
	is "$(field '.accounts[0] | length > 9')" true
}

@test "accounting --callers reports the reason if there are no call sites" {
	module "$(account system)"
	accounting_prints '' --callers
	is "$stderr" "dmaheapctl: no call sites: dmaheap_debug counted no find, put or in-kernel allocation"
	accounting system --callers
	contains "$stderr" "allocation for the selected heaps"
	accounting --callers --json
	is "$stderr" ''
	replace $folder/probes "$(printf 'probe symbol=%s state=missing module=- since=- missed=- errno=-\n' \
		dma_heap_put dma_heap_find dma_heap_buffer_alloc)"
	accounting --callers
	contains "$stderr" 'no call sites: this kernel has no functions for drivers to find heaps'
	rm -r "${tree:?}/$folder"
	expected=5 accounting --callers
	lacks "$stderr" 'call sites'
}

@test "accounting --histogram draws the latencies of the selected heaps" {
	local saved=$BATS_TEST_TMPDIR/saved

	module "heap name=system allocs=94 errnos= latency=12:1,13:30,15:90
heap name=linux\\x2ccma allocs=3 errnos= latency=16:3"
	accounting_prints 'HEAP        FROM COUNT BAR
linux,cma 65.5us     3 |##############################
system    4.10us     1 |#
system    8.19us    30 |##########
system    16.4us     0 |
system    32.8us    90 |##############################' --histogram
	accounting_prints 'linux,cma 65536 3' --histogram cma --raw -n -o HEAP,FROM,COUNT
	accounting --save "$saved"
	now=500 module "heap name=system allocs=96 errnos= latency=12:1,13:30,15:92"
	expected=1 accounting --since "$saved" --histogram --raw -n -o HEAP,FROM,COUNT system
	is "$output" "system 32768 2"
	module "$(account system)"
	accounting_prints '' --histogram
	contains "$stderr" 'no latencies: dmaheap_debug counted no successful allocation'
	accounting_fails 2 "in JSON, 'latency' contains the figures" --histogram --json
	accounting_fails 2 'cannot be combined' --histogram --callers
	accounting_fails 2 "unknown column 'REFS'" --histogram -o REFS
}

@test "accounting shows the number of held buffers as unknown instead of 0 if an fdinfo lacks the inode number" {
	process 7 3 11 4096 system 4 12 4096 system
	module "$(account system live=1)"
	sed -i '/^ino/d' "$tree/proc/7/fdinfo/4"
	accounting --json
	is "$(row system seen) $(row linux,cma seen) $(row linux,cma seen_bytes)" '1 null null'
}

@test "accounting does not report a heap as balanced after puts of older references" {
	process 7
	module "$(account system finds=1 puts=1 old_puts=2)"
	accounting --json
	is "$(row system verdict)" 'older references released 2'
	is "$(row system balanced)" null
	is "$(row system old_puts)" 2
	is "$(field .audit.balanced)" null
	is "$(row linux,cma verdict)" balanced
}

@test "accounting shows the size and the used memory of a heap's region" {
	process 7
	area linux,cma 1024 256
	module "$(account 'linux\x2ccma')"
	accounting --json linux,cma
	is "$(row linux,cma region_size)" "$(pages 1024)"
	is "$(row linux,cma region_used)" "$(pages 768)"
}

@test "accounting suggests a larger table if the module could not track all buffers" {
	module "$(account system allocs=2000 live=100 peak=100 unseen=1900)"
	accounting --json
	contains "$stderr" "module 'dmaheap_debug': 1900 buffers not tracked: the table of live buffers was full; unload the module, and run 'dmaheapctl module load debug buffers=2048'"
	module "$(account system allocs=1 unseen=1)"
	accounting
	contains "$stderr" "1 buffer not tracked"
	contains "$stderr" "buffers=1'"
	# The probe on dma_buf_export() can also have missed the buffer.
	missed=3 module "$(account system allocs=2 unseen=1)"
	accounting
	contains "$stderr" "1 buffer not tracked: the table of live buffers was full, or a probe missed the buffer; unload the module"
	accounting -q
	is "$stderr" ''
}

@test "accounting --since shows the changes since a snapshot, and rejects a snapshot from another boot" {
	local saved=$BATS_TEST_TMPDIR/saved

	process 7
	module "$(account system allocs=3 frees=3)"
	accounting --save "$saved"
	now=500 module "$(account system finds=1 refs=1 allocs=5 frees=4 live=1 live_bytes=4096)" \
		'callsite heap=system module=drv symbol=leaker+0x3 finds=1 puts=0 kallocs=0'
	expected=6 accounting --since "$saved" --json
	is "$(row system allocs)" 2
	is "$(row system live) $(row system live_now)" '1 1'
	is "$(row system verdict)" 'references held 1, kernel holds 1'
	is "$(field .audit.elapsed_ns)" 300
	is "$(field '.callsites[0].finds')" 1
	contains "$stderr" "heap 'system': references held 1, kernel holds 1"
	accounting --since "$saved" linux,cma
	# The report omits call sites without new calls.
	accounting --save "$saved.later"
	accounting --since "$saved.later" --json
	is "$(field '.callsites | length')" 0
	missed=1 module "$(account system)"
	accounting_fails 1 "heap 'linux,cma': unknown: missed calls 1" --since "$saved"

	put proc/sys/kernel/random/boot_id another
	accounting_fails 1 'another boot' --since "$saved"
	accounting_fails 1 'No such file' --since "$saved.none"
	accounting_fails 1 'Is a directory' --since "$BATS_TEST_TMPDIR"
	head -c 200 "$saved" >"$saved.cut"
	accounting_fails 1 'not a snapshot' --since "$saved.cut"
	accounting_fails 1 'No space left' --save /dev/full
}

@test "accounting --since shows a decrease in a figure as a negative change" {
	local saved=$BATS_TEST_TMPDIR/saved columns=refs,live,bytes,bytes-now

	process 7
	module "$(account system finds=2 refs=2 allocs=3 live=3 live_bytes=12288)"
	accounting --save "$saved"
	now=500 module "$(account system finds=2 puts=2 allocs=3 frees=2 live=1 live_bytes=4096)"
	accounting --since "$saved" system --json
	is "$(row system refs) $(row system live_bytes) $(row system live_bytes_now)" '-2 -8192 4096'
	accounting --since "$saved" system -n -o "$columns"
	is "${lines[0]}" '-2 -2 -8K 4K'
	accounting --since "$saved" system --raw -n -o "$columns"
	is "${lines[0]}" '-2 -2 -8192 4096'
}

@test "accounting --since rejects files that --save cannot have written" {
	local saved=$BATS_TEST_TMPDIR/saved number

	process 7
	module "$(account system allocs=3 frees=3)"
	accounting --save "$saved"
	for number in 9223372036854775807 9223372036854775808 18446744073709551616 -1 1.5; do
		sed "0,/\"allocs\": *3/s//\"allocs\":$number/" "$saved" >"$saved.number"
		! cmp -s "$saved" "$saved.number"
		expected=1 accounting --since "$saved.number"
		contains "$stderr" 'not a snapshot'
	done
	sed '0,/"allocs": *3/s//"allocs":9223372036854775806/' "$saved" >"$saved.number"
	accounting --since "$saved.number"
	is "$(accounting --since "$saved.number" --json && row system allocs)" null
	{ cat "$saved" && printf '\0' && cat "$saved"; } >"$saved.nul"
	accounting_fails 1 'not a snapshot' --since "$saved.nul"
	jq '.accounts = [range(60000) as $i | .accounts[0] | .heap = "heap\($i)"]' "$saved" >"$saved.many"
	accounting_fails 1 'File too large' --since "$saved.many"
	jq '.accounts[0].latency = [range(5000) as $i | $i, 1]' "$saved" >"$saved.long"
	accounting_fails 1 'File too large' --since "$saved.long"
	for number in '{}' '{"snapshot":null}' '{"snapshot":"2"}' '[]'; do
		printf '%s' "$number" >"$saved.empty"
		expected=1 accounting --since "$saved.empty"
		contains "$stderr" 'not a snapshot'
	done
	module "$(seq 5000 | sed "s/.*/$(account 'heap&')/")"
	accounting_fails 1 'File too large'
}

@test "accounting --save replaces a file only after a complete write" {
	local saved=$BATS_TEST_TMPDIR/saved

	process 7
	module "$(account system allocs=3 frees=3)"
	echo former >"$saved.real"
	chmod 600 "$saved.real"
	ln -s saved.real "$saved"
	run bash -c 'ulimit -f 0; exec "$0" accounting -q --sysroot "$@"' "$dmaheapctl" "$tree" --save "$saved"
	is "$status" 1
	contains "$output" "file '$saved.real': writing: File too large"
	is "$(cat "$saved")" former
	accounting --save "$saved"
	jq -e .snapshot "$saved.real"
	is "$(stat -c %a "$saved.real") $(readlink "$saved")" '600 saved.real'
	accounting_fails 1 'Not a directory' --save "$saved.real/x"
	accounting_fails 1 'No such file' --save "$BATS_TEST_TMPDIR/none/x"
	accounting --save /dev/stdout
	contains "$output" '"snapshot"'
	is "$(cd "$BATS_TEST_TMPDIR" && echo saved*)" 'saved saved.real'
}

@test "accounting rejects invalid and contradictory options" {
	local options

	for options in '--reset --callers' '--reset -- true' '--watch --save x' '--watch -- true' \
		'--watch --raw' '--since x -- true' '--settle x -- true' '--watch=0' '--'; do
		# shellcheck disable=SC2086 # several words
		run_tool 2 accounting $options
	done
	for options in --reset '--reset system' '-- true'; do
		# shellcheck disable=SC2086 # several words
		accounting_fails 2 '--sysroot cannot be combined with --reset or a command: a recorded system cannot be changed' $options
	done
	expected=2 accounting ''
}

@test "accounting does not interpret options of the command after --" {
	run_tool 5 accounting system -- sh -c exit --json --since
	contains "$stderr" 'command not run'
	run --separate-stderr "$dmaheapctl" accounting -- --help
	contains "$stderr" 'command not run'
}

@test "accounting --watch prints one line of JSON for each interval if stdout is not a terminal" {
	module "$(account system)"
	# Do not use timeout(1): it also sends SIGCONT, which can make LeakSanitizer fail.
	"$dmaheapctl" accounting --sysroot "$tree" --watch=300ms >"$BATS_TEST_TMPDIR/lines" 3>&- &
	await eval '(($(wc -l <"$BATS_TEST_TMPDIR/lines") >= 2))'
	kill -TERM $!
	wait $!
	"$validator" "$BATS_TEST_TMPDIR/lines"
}

@test "inspect requires exactly one buffer and rejects a closed descriptor" {
	run_tool 3 inspect --fd 77
	run_tool 2 inspect
	run_tool 2 inspect --fd 3 --heap system --size 4K
}

@test "accounting --watch continues if calls were missed or a named heap does not exist" {
	local saved=$BATS_TEST_TMPDIR/saved watched=$BATS_TEST_TMPDIR/watched status=0

	process 7
	module "$(account system)"
	accounting --save "$saved"
	missed=1 module "$(account system)"
	"$dmaheapctl" accounting --sysroot "$tree" --since "$saved" --watch=100ms late system \
		>"$watched" 2>"$watched.err" 3>&- &
	await eval '(($(wc -l <"$watched") >= 3))'
	missed=1 module "$(account system)
$(account late)"
	await jq -e 'select(.accounts[].heap == "late")' "$watched"
	kill -TERM $!
	wait $! || status=$?
	is "$status" 0
	is "$(grep -c "heap 'late': no such heap" "$watched.err")" 1
	"$validator" "$watched"
}

# drawn N: succeeds if $log contains at least N frames.
drawn() {
	(($(grep -c $'\e\\[J' "$log") >= $1))
}

# script(1) provides the terminal and exits with the status of the tool.
@test "accounting --watch on a terminal overwrites the previous report" {
	local log=$BATS_TEST_TMPDIR/screen pid long="$(printf 'x%.0s' {1..60})"

	module "$(account system allocs=3 frees=3)
$(account "$long" allocs=12345678 frees=12345678)"
	script -qefc "exec '$dmaheapctl' accounting --watch=100ms --sysroot '$tree' -q" "$log" \
		</dev/null >/dev/null 2>&1 3>&- &
	pid=$!
	await drawn 3
	# The next table has fewer and shorter lines, so the tool must erase the old text.
	replace $folder/stats "stats loaded=100 now=300 reset=100 missed=0
$(account system allocs=4 frees=4)"
	await drawn $(($(grep -c $'\e\\[J' "$log") + 3))
	pkill -TERM -P "$pid"
	wait "$pid"

	# Remove the lines that script(1) adds, and a frame that the signal cut short.
	screen=$(sed '1d; $d' "$log")
	screen=${screen%$'\e[J'*}$'\e[J'
	# The tool clears the screen once. Each frame starts at the top and erases the lines below it.
	is "$(grep -c $'\e\\[2J' <<<"$screen")" 1
	is "$(grep -c $'\e\\[H' <<<"$screen")" "$(grep -c $'\e\\[J' <<<"$screen")"
	# Each line erases the rest of the line that it overwrites.
	run ! grep -v $'\e\\[K\r$' <<<"${screen%$'\n'*}"
	contains "$screen" "$long"
	last=${screen##*$'\e[H'}
	contains "$last" balanced
	lacks "$last" "$long"
	lacks "$last" '{'
}

# frames TEXT: prints the complete frames in $log that contain TEXT, without escape sequences.
frames() {
	tr -d '\r' <"$log" | awk -v RS='\033\\[H' -v text="$1" 'index($0, text) && /\033\[J/' |
		sed $'s/\e\\[[JK]//'
}

# framed TEXT: succeeds if a complete frame in $log contains TEXT.
framed() {
	[[ -n $(frames "$1") ]]
}

@test "accounting --watch shows the heading and the changed rows if the screen is too small for all rows" {
	local log=$BATS_TEST_TMPDIR/screen pid heaps name

	: >"$log"
	heaps=$(for name in {a..s}; do account "heap-$name"; done)
	module "$heaps
$(account heap-t)"
	script -qefc "stty rows 8 cols 120; exec '$dmaheapctl' accounting --watch=200ms --sysroot '$tree'" "$log" \
		</dev/null >/dev/null 2>&1 3>&- &
	pid=$!
	await framed 'a report'
	now=300 module "$heaps
$(account heap-t live=1 live_bytes=4096)"
	await framed heap-t
	pkill -TERM -P "$pid"
	wait "$pid"
	is "$(frames 'a report' | head -7 | cut -c 1-6 | paste -sd '|')" \
		'HEAP  |heap-a|heap-b|heap-c|heap-d|(rows |a repo'
	is "$(frames heap-t | head -7 | cut -c 1-6 | paste -sd '|')" \
		'HEAP  |heap-a|heap-b|heap-c|heap-t|(rows |a repo'
	is "$(frames heap-t | sed -n 6,7p)" $'(rows not shown in full: 18)\na report every 200ms; waiting for a signal (Ctrl-C)'
}

@test "accounting --watch on a narrow screen shows the changed record in full" {
	local log=$BATS_TEST_TMPDIR/screen pid

	: >"$log"
	module "$(account heap-a; account heap-b; account heap-c)"
	script -qefc "stty rows 15 cols 40; exec '$dmaheapctl' accounting --watch=200ms --sysroot '$tree'" "$log" \
		</dev/null >/dev/null 2>&1 3>&- &
	pid=$!
	await framed 'a report'
	now=300 module "$(account heap-a; account heap-b; account heap-c live=1 live_bytes=4096)"
	await framed heap-c
	pkill -TERM -P "$pid"
	wait "$pid"
	is "$(frames 'a report' | sed '/^a report/q' | awk '{print $1}' | paste -sd ' ')" \
		'HEAP REFS LIVE BYTES SEEN KERNEL VERDICT  (rows a'
	is "$(frames heap-c | sed '/^a report/q' | sed -n '/HEAP/p; /LIVE/p; /rows/p')" \
		$'HEAP    heap-c\nLIVE    1\n(rows not shown in full: 4)'
}
