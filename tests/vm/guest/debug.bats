#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of dmaheap_debug and dmaheap_client. Most tests compare the counters of dmaheap_debug with a
# workload of known size.
#
#   tests/vm/suite debian-6.12 debug

load guest
load debug

tracing=/sys/kernel/debug/tracing

setup() {
	[[ -e $extra/dmaheap_debug.ko ]]
}

teardown() {
	echo 1 >/proc/sys/kernel/ftrace_enabled
	echo 1 >/sys/kernel/debug/kprobes/enabled
	[[ ! -e $tracing/events/hide ]] || echo 0 >$tracing/events/hide/enable
	echo >$tracing/kprobe_events
	[[ ! -e $tracing/current_tracer ]] || echo nop >$tracing/current_tracer
	unload_all dmaheap_leak
}

@test "dmaheap_debug and dmaheap_client report their versions, and dmaheap_debug its probes" {
	watch
	act
	is "$(cat $folder/version)" "version major=1 minor=1 module=0.1.0"
	is "$(cat $client_folder/version)" "version major=1 minor=0 module=0.1.0"
	for symbol in dma_heap_open dma_heap_ioctl dma_buf_export dma_buf_release cdev_default_release; do
		record "probe symbol=$symbol state=attached module=vmlinux since=[0-9]* missed=0 errno=- " probes
	done
	record "probe symbol=dma_buf_file_release state=spare " probes
	record "probe symbol=dma_heap_bufferfd_alloc state=missing module=- since=- missed=- errno=- " probes
}

@test "only root has access to the files of dmaheap_debug and dmaheap_client" {
	watch
	act
	chmod 0755 /sys/kernel/debug
	for file in $folder/{version,probes,stats,callsites} $client_folder/version; do
		is "$(stat -c '%a %U' $file)" "400 root"
		refused setpriv --reuid user --clear-groups --regid nogroup cat $file
	done
	for file in $folder/control $client_folder/{inspect,client}; do
		is "$(stat -c '%a %U' $file)" "600 root"
		refused setpriv --reuid user --clear-groups --regid nogroup bash -c "echo reset >$file"
	done
	chmod 0700 /sys/kernel/debug
}

@test "dmaheap_debug reports '-' for events that it cannot count" {
	! has_accessors || skip "the kernel has accessors"
	watch
	run_tool 0 alloc --heap system --size 4K
	figures system finds=- puts=- old_puts=- refs=- kallocs=- kalloc_fails=- allocs=1 opens=1
	is "$(record miss-other)" "miss-other count=-"
	is "$(record callsite callsites)" "callsite-other finds=- puts=- kallocs=-"
}

@test "dmaheap_debug counts each of 1000 allocations by eight processes" {
	watch
	together 8 dmaheapctl alloc --heap system --size 8K --count 125 --summary
	all_freed
	figures system opens=8 open_files=0 allocs=1000 alloc_bytes=8192000 alloc_fails=0 errnos= \
		frees=1000 free_bytes=8192000 live=0 live_bytes=0 older=0 undone=0 unseen=0
	(($(figure peak system) >= 125 && $(figure peak system) <= 1000))
	is "$(figure peak_bytes system)" $(($(figure peak system) * 8192))
	is "$(figure latency system | tr , '\n' | awk -F: '{n += $2} END {print n}')" 1000
	is "$(missed)" missed=0
}

@test "dmaheap_debug counts the size of a buffer rounded up to whole pages" {
	watch
	run_tool 0 alloc --heap system --size 1
	run_tool 0 alloc --heap system --size 4097
	all_freed
	figures system allocs=2 alloc_bytes=12288 peak_bytes=8192 free_bytes=12288
}

@test "dmaheap_debug counts allocation failures by errno" {
	watch
	for i in 1 2 3; do
		run_tool 1 alloc --heap system --size 4K --heap-flags 0x1
	done
	run_tool 1 alloc --heap system --size 4K --fd-flags 0x800
	all_freed
	figures system alloc_fails=4 errnos=22:4 allocs=0 frees=0 latency=
}

@test "dmaheap_debug counts a buffer as undone if no descriptor is free for it" {
	watch
	act
	accessors
	# dmaheap_accessors calls DMA_HEAP_IOCTL_ALLOC, which allocates the buffer before it
	# reserves a descriptor.
	bash -c "exec 8>&1 9<>$client_folder/client 0<&9 1>&9 3<&9 4<&9 5<&9 6<&9 7<&9
		echo find system; ulimit -Sn 10; echo alloc 4096; read -r answer
		ulimit -Sn 20; echo \"\$answer\" >&8" >"$out"
	is "$(cat "$out")" "error command=alloc errno=24"
	await figures system undone=1 live=0
	figures system kallocs=0 kalloc_fails=1 allocs=0 alloc_fails=0 frees=0 errnos=24:1
}

@test "dmaheap_debug counts a buffer as undone and live if a failed allocation leaves its descriptor open" {
	watch
	mkfifo "$BATS_TEST_TMPDIR/end"
	hold-buffer efault 8192 <"$BATS_TEST_TMPDIR/end" >"$out" 3>&- &
	tool=$!
	exec {end}>"$BATS_TEST_TMPDIR/end"
	await test -s "$out"
	[[ $(<"$out") != none ]] || skip "this kernel frees the buffer"
	figures system allocs=1 alloc_fails=1 errnos=14:1 undone=1 live=1 live_bytes=8192 frees=1
	exec {end}>&-
	wait "$tool"
	tool=
	await figures system undone=1 live=0 live_bytes=0 frees=1
}

@test "dmaheap_debug counts ENOMEM for the heap whose region is too small" {
	[[ -c /dev/dma_heap/reserved ]] || skip "no CMA heap"
	watch
	run_tool 0 alloc --heap reserved --size 16M
	run_tool 1 alloc --heap reserved --size 128M --force
	all_freed reserved
	figures reserved allocs=1 alloc_bytes=16777216 alloc_fails=1 errnos=12:1 frees=1
	is "$(figure allocs system)" ""
}

@test "list does not open the system heap, and list --verify opens it once" {
	watch
	run_tool 0 alloc --heap system --size 4K
	run_tool 0 list
	figures system opens=1
	run_tool 0 list --verify
	figures system opens=2
}

@test "dmaheap_debug does not count an unsupported ioctl as an allocation or an allocation failure" {
	watch
	# stty calls an ioctl that the heap's node does not implement.
	refused stty -F /dev/dma_heap/system
	figures system opens=1 allocs=0 alloc_fails=0
}

@test "dmaheap_debug counts the buffers of a killed process as freed, and keeps the peak" {
	watch
	start HEAP alloc --heap system --size 64K --count 5 --hold
	figures system allocs=5 frees=0 live=5 live_bytes=327680 peak=5
	finish 137 KILL
	all_freed
	figures system frees=5 free_bytes=327680 peak=5 peak_bytes=327680
}

@test "dmaheap_debug counts a buffer once if dup and fork copy its descriptor" {
	watch
	mkfifo "$BATS_TEST_TMPDIR/end"
	exec 9<>"$BATS_TEST_TMPDIR/end"
	# shellcheck disable=SC2016
	dmaheapctl alloc --heap system --size 4K -- \
		bash -c 'exec 8<&3; (read -r <"$0") & (read -r <"$0") & exit' "$BATS_TEST_TMPDIR/end" \
		>"$out" 2>"$err" 3>&- 9>&-
	figures system live=1
	# Each of the two processes reads one line, and exits.
	printf '\n\n' >&9
	all_freed
	exec 9>&-
	figures system allocs=1 frees=1
}

@test "dmaheap_debug counts a buffer as live while its descriptor is in flight in a socket" {
	command -v in-flight >/dev/null
	watch
	mkfifo "$BATS_TEST_TMPDIR/end"
	dmaheapctl alloc --heap system --size 4K -- in-flight 3 \
		<>"$BATS_TEST_TMPDIR/end" >"$out" 2>"$err" 3>&- &
	tool=$!
	await grep -q 'in flight' "$out"
	figures system allocs=1 live=1 frees=0
	pkill -KILL -x in-flight
	wait "$tool" || status=$?
	is "$status" 137
	tool=
	all_freed
	figures system frees=1
}

@test "dmaheap_debug counts a buffer as live while only a mapping holds it" {
	local end
	watch
	mkfifo "$BATS_TEST_TMPDIR/end"
	hold-buffer map 4096 <"$BATS_TEST_TMPDIR/end" >"$out" 3>&- &
	tool=$!
	exec {end}>"$BATS_TEST_TMPDIR/end"
	await test -s "$out"
	is "$(find "/proc/$tool/fd" -lname '/dmabuf*' | wc -l)" 0
	grep -q '/dmabuf:' "/proc/$tool/maps"
	figures system allocs=1 live=1 frees=0
	exec {end}>&-
	wait "$tool"
	tool=
	all_freed
	figures system frees=1
}

@test "dmaheap_debug uses separate counters for buffers that are older than the module" {
	start HEAP alloc --heap system --size 64K --count 3 --hold
	watch
	run_tool 0 alloc --heap system --size 4K >/dev/null
	finish 0
	await older 3 196608
	figures system live=0 live_bytes=0 allocs=1 frees=1
}

@test "dmaheap_debug counts freed buffers by exporter if their heap is unknown" {
	start HEAP alloc --heap system --size 4K --count 2 --hold
	watch
	finish 0
	await record "exporter name=$(exporter system) older=2 older_bytes=8192$"
	is "$(figure allocs system)" ""
}

@test "dmaheap_debug keeps the number of live buffers after a reset, and rejects invalid commands" {
	watch
	start HEAP alloc --heap system --size 4K --count 3 --hold
	echo reset >$folder/control
	figures system allocs=0 opens=0 live=3 kept=3 kept_bytes=12288 peak=3 latency=
	finish 0
	all_freed
	figures system frees=3 live=0 kept=3
	echo reset system >$folder/control
	figures system frees=0 kept=0 peak=0
	refused_text 'reset none'
	refused_text 'reset \\\\x'
	refused_text again
	refused_text 'reset\\0system'
	refused_text "$(printf %5000s)"
	figures system frees=0
}

@test "the files of dmaheap_debug return the same text, except the time, if they are read byte by byte" {
	watch
	accessors
	insmod $extra/dmaheap_leak.ko finds=1 puts=1
	run_tool 0 alloc --heap system --size 4K --count 10
	all_freed
	for file in version probes callsites stats; do
		[[ $(wc -l <$folder/$file) -ge 1 ]]
	done
	for file in version probes callsites; do
		is "$(dd if=$folder/$file bs=1 status=none)" "$(cat $folder/$file)"
	done
	is "$(dd if=$folder/stats bs=1 status=none | sed 1d)" "$(sed 1d $folder/stats)"
}

@test "the figures of a heap in the stats file of dmaheap_debug are consistent with each other" {
	watch
	together 4 dmaheapctl alloc --heap system --size 4K --count 300 --summary &
	local i line allocs frees live bytes compared=0
	for ((i = 0; i < 60; i++)); do
		line=$(record 'heap name=system ') || continue
		[[ $line =~ ' allocs='([0-9]+) ]] && allocs=${BASH_REMATCH[1]}
		[[ $line =~ ' frees='([0-9]+) ]] && frees=${BASH_REMATCH[1]}
		[[ $line =~ ' live='([0-9]+) ]] && live=${BASH_REMATCH[1]}
		[[ $line =~ ' live_bytes='([0-9]+) ]] && bytes=${BASH_REMATCH[1]}
		is $((allocs - frees)) "$live"
		is $((live * 4096)) "$bytes"
		compared=$((compared + (allocs > 0)))
	done
	wait
	((compared >= 10))
	all_freed
	figures system allocs=1200 frees=1200
}

@test "dmaheap_debug counts concurrent calls beyond maxactive as missed" {
	local calls short
	watch maxactive=1
	miss_ioctls
	await none_left
	((${short#*=}))
	is $(($(figure allocs system) + ${short#*=})) $calls
	missed_is_sum
	is $(($(figure live system) + $(figure unseen system) + $(figure frees system))) \
		"$(figure allocs system)"
	echo reset >$folder/control
	is "$(missed)" missed=0
	missed_is_sum
}

# blind FILE NAME: asserts that dmaheap_debug reports no figures after a 0 in FILE disables its
# probes, even if a 1 in FILE enables them again. NAME is the name of FILE in the message of
# accounting. Does nothing if FILE does not exist.
blind() {
	[[ -e $1 ]] || return 0
	watch
	run_tool 0 alloc --heap system --size 4K
	figures system allocs=1
	record 'stats .* blind=0$'
	echo 0 >"$1"
	run_tool 0 alloc --heap system --size 4K
	record 'stats .* missed=- blind=1$'
	figures system allocs=- opens=- live=- errnos=- latency=-
	run_tool 1 accounting --json
	is "$(field '.accounts[] | select(.heap == "system") | [.allocs, .live]')" $'[\n  null,\n  null\n]'
	has "$err" "no figures: the probes do not run: $2 (in debugfs )?is 0"
	echo 1 >"$1"
	figures system allocs=-
	run_tool 1 accounting
	has "$err" "no figures: the probes did not run for some time; reload the module"
	rmmod dmaheap_debug
	watch
	run_tool 0 alloc --heap system --size 4K
	figures system allocs=1
	rmmod dmaheap_debug
}

@test "dmaheap_debug reports no figures once the function tracer or kprobes have been disabled" {
	blind /sys/kernel/debug/kprobes/enabled kprobes/enabled
	# On arm64, kprobes do not use the function tracer, so the probes run even if the tracer is
	# disabled.
	! grep -q ' kprobe_ftrace_handler$' /proc/kallsyms ||
		blind /proc/sys/kernel/ftrace_enabled kernel.ftrace_enabled
}

@test "dmaheap_debug counts buffers as unseen if its table of live buffers is full" {
	watch buffers=4
	run_tool 0 alloc --heap system --size 4K --count 10
	await none_left
	figures system allocs=10 unseen=6 frees=4 live=0
	older 6 24576
}

@test "dmaheap_debug rejects parameter values out of range" {
	refused watch buffers=0
	refused watch buffers=2000000
	refused watch maxactive=0
	refused loaded dmaheap_debug
}

@test "dmaheap_debug counts the open files of a node, also those that are older than the module" {
	exec 8<>/dev/dma_heap/system
	watch
	refused record 'heap name=system '
	exec 9<>/dev/dma_heap/system
	run_tool 0 alloc --heap system --size 4K
	figures system opens=2 open_files=2
	exec 8>&-
	figures system opens=2 open_files=1
	exec 9>&-
	figures system opens=2 open_files=0
}

@test "dmaheap_debug probes the heap functions of a module that is loaded later, until that module is unloaded" {
	watch
	accessors
	for symbol in find put buffer_alloc; do
		record "probe symbol=dma_heap_$symbol state=attached module=dmaheap_accessors " probes
	done
	insmod $extra/dmaheap_leak.ko finds=5 puts=3 allocs=2
	all_freed
	figures system finds=5 puts=3 refs=2 old_puts=0 opens=5 open_files=2 kallocs=2 \
		kalloc_bytes=8192 kalloc_fails=0 allocs=0 frees=2 live=0
	is "$(record miss-other)" "miss-other count=0"
	rmmod dmaheap_leak
	rmmod dmaheap_accessors
	record "probe symbol=dma_heap_find state=gone module=- since=- missed=0 " probes
	# Unloading dmaheap_accessors closed the files of the two remaining references without a put.
	await figures system finds=5 puts=3 refs=2 open_files=0
}

@test "dmaheap_debug probes the heap functions of a module that was loaded earlier" {
	accessors
	watch
	record "probe symbol=dma_heap_find state=attached module=dmaheap_accessors " probes
	insmod $extra/dmaheap_leak.ko finds=1 puts=1
	figures system finds=1 puts=1 refs=0
}

@test "dmaheap_debug does not count the puts inside dma_heap_find()" {
	watch
	accessors walk=1
	insmod $extra/dmaheap_leak.ko finds=3 puts=1
	figures system finds=3 puts=1 refs=2 old_puts=0
	rmmod dmaheap_leak
	# Loading dmaheap_accessors before dmaheap_debug makes no difference.
	rmmod dmaheap_debug
	watch
	insmod $extra/dmaheap_leak.ko finds=2
	figures system finds=2 puts=0 refs=2 old_puts=0
}

@test "dmaheap_debug counts puts as missed if another return probe hides their callers" {
	watch
	accessors
	echo 'r:hide/put dma_heap_put' >$tracing/kprobe_events
	echo 1 >$tracing/events/hide/enable
	insmod $extra/dmaheap_leak.ko finds=3 puts=2
	run_tool 0 alloc --heap system --size 4K
	# On Linux 5.10, the caller stays visible, so dmaheap_debug counts the puts.
	if (($(figure puts system) == 2)); then
		figures system finds=3 refs=1 old_puts=0
		is "$(missed)" missed=0
		return
	fi
	figures system finds=3 puts=0 refs=3 old_puts=0
	(($(missed | cut -d= -f2) >= 2))
	missed_is_sum
	record 'probe symbol=dma_heap_put .* missed=2 ' probes
	run_tool 0 accounting --json
	[[ $(field '.accounts[] | select(.heap == "system") | .verdict') == *'missed calls '* ]]
}

@test "dmaheap_debug does not mistake the function graph tracer for a caller" {
	watch
	accessors
	echo dma_heap_put >$tracing/set_ftrace_filter
	echo function_graph >$tracing/current_tracer
	insmod $extra/dmaheap_leak.ko finds=3 puts=2
	echo nop >$tracing/current_tracer
	is $(($(figure puts system) + $(figure refs system))) 3
	(($(figure puts system) == 2 || $(missed | cut -d= -f2) >= 2))
	refused record '.*\(return_to_handler\|trampoline\)' callsites
}

@test "dmaheap_debug names the calling module and function of each find and put" {
	watch
	accessors
	insmod $extra/dmaheap_leak.ko finds=3 puts=1
	record 'callsite heap=system module=dmaheap_leak symbol=dmaheap_leak_find+0x[0-9a-f]* finds=3 puts=0 kallocs=0$' callsites
	record 'callsite heap=system module=dmaheap_leak symbol=dmaheap_leak_put+0x[0-9a-f]* finds=0 puts=1 kallocs=0$' callsites
	is "$(record callsite-other callsites)" "callsite-other finds=0 puts=0 kallocs=0"
	# After a reload, dmaheap_leak can be at another address. dmaheap_debug still adds the
	# calls to the same call sites.
	rmmod dmaheap_leak
	insmod $extra/dmaheap_leak.ko finds=3 puts=1
	record 'callsite heap=system module=dmaheap_leak symbol=dmaheap_leak_find+0x[0-9a-f]* finds=6 puts=0 ' callsites
	is "$(record 'callsite ' callsites | wc -l)" 2
}

@test "dmaheap_debug uses a separate counter for puts of references that are older than the module" {
	accessors
	insmod $extra/dmaheap_leak.ko finds=2
	rmmod dmaheap_leak
	watch
	insmod $extra/dmaheap_leak.ko finds=1 puts=3
	figures system finds=1 puts=1 refs=0 old_puts=2
	run_tool 0 accounting --json
	is "$(field '.accounts[] | select(.heap == "system") | .verdict')" 'older references released 2'
}

@test "dmaheap_debug counts finds of unknown names, and escapes the names" {
	local names
	watch
	act
	accessors
	exec 9<>$client_folder/client
	for i in 1 2 3; do
		echo find nonesuch >&9
		is "$(cat <&9)" "error command=find errno=2"
	done
	echo 'find a\x20b\x5c\x0ac\x1b[31m\xff=,:\x22' >&9
	is "$(cat <&9)" "error command=find errno=2"
	record 'miss name=nonesuch count=3$'
	record 'miss name=a\\x20b\\x5c\\x0ac\\x1b\[31m\\xff\\x3d\\x2c\\x3a\\x22 count=1$'
	echo 'find -' >&9
	record 'miss name=\\x2d count=1$'
	for i in {1..140}; do
		echo "find many$i" >&9
	done
	# The names that have no account are counted together.
	names=$(record 'miss ' | wc -l)
	((names > 100 && names <= 128))
	is "$(record miss-other)" "miss-other count=$((143 - names))"
	echo reset >$folder/control
	is "$(record 'miss' )" "miss-other count=0"
	exec 9>&-
}

@test "dmaheap_client runs the steps of a session, and undoes them when the client file is closed" {
	watch
	act
	accessors
	exec 9<>$client_folder/client
	client "find system" "ok command=find"
	client "find system" "error command=find errno=16"
	client "map" "error command=map errno=107"
	client "alloc 65536" "ok command=alloc size=65536"
	client "attach mask=32" "ok command=attach"
	client "map" "ok command=map segments=[0-9]+ bytes=65536 largest=[0-9]+ contiguous=(yes|no) lowest=0x[0-9a-f]+ highest=0x[0-9a-f]+ below_4g=yes"
	client "vmap" "ok command=vmap iomem=no"
	figures system finds=1 refs=1 kallocs=1 live=1
	record 'callsite heap=system module=dmaheap_client symbol=session_alloc+0x[0-9a-f]* finds=0 puts=0 kallocs=1$' callsites
	client "free" "error command=free errno=16"
	client "vunmap" "ok command=vunmap"
	client "unmap" "ok command=unmap"
	client "detach" "ok command=detach"
	client "free" "ok command=free"
	all_freed
	client "put" "ok command=put"
	figures system puts=1 refs=0 frees=1
	for step in "find system" "alloc 4096" attach map vmap; do
		client "$step" "ok command=.*"
	done
	refused rmmod dmaheap_accessors
	exec 9>&-
	all_freed
	figures system finds=2 puts=2 refs=0 kallocs=2 frees=2
	refused compgen -G '/sys/bus/platform/devices/dmaheap_client.[1-9]*.auto/driver'
}

@test "dmaheap_client undoes the steps of a session when the process that opened the client file is killed" {
	watch
	act
	accessors
	bash -c "exec 9<>$client_folder/client; for step in 'find system' 'alloc 4096' attach map vmap; do
		echo \$step >&9; cat <&9; done; kill -KILL \$\$" >"$out" || status=$?
	is "$status" 137
	is "$(grep -c ^ok "$out")" 5
	all_freed
	figures system finds=1 puts=1 refs=0 frees=1
}

@test "dmaheap_client imports buffers, and reports functions that the kernel lacks" {
	! has_accessors || skip "the kernel has accessors"
	act
	exec 9<>$client_folder/client
	client "find system" "unsupported command=find symbol=dma_heap_find"
	client "alloc 4096" "unsupported command=alloc symbol=dma_heap_buffer_alloc"
	client "put" "unsupported command=put symbol=dma_heap_put"
	client "import 0" "error command=import errno=22"
	client "import 77" "error command=import errno=9"
	client "import x" "error command=import errno=22"
	client "attach mask=0" "error command=attach errno=22"
	refused bash -c 'echo nonsense >&9'
	exec 9>&-
	dmaheapctl alloc --heap system --size 1M -- bash -c "exec 9<>$client_folder/client
		for step in 'import 3' attach map vmap; do echo \$step >&9; cat <&9; done" >"$out" 2>"$err"
	is "$(grep -c ^ok "$out")" 4
	has "$out" '^ok command=import size=1048576$'
	await none_left
}

@test "dmaheap_client reports the segments of a buffer in the inspect file, and keeps no reference to the buffer" {
	act
	dmaheapctl alloc --heap system --size 4M -- bash -c "exec 9<>$client_folder/inspect
		echo 3 >&9; cat <&9; echo 3 >&9; dd bs=1 status=none <&9" >"$out" 2>"$err"
	is "$(grep -cE "^inspect exporter=$(exporter system) size=4194304 ino=[0-9]+ segments=[0-9]+ bytes=4194304 largest=[0-9]+ contiguous=(yes|no) lowest=0x[0-9a-f]+ highest=0x[0-9a-f]+ below_4g=yes$" "$out")" 2
	is "$(sort -u "$out" | wc -l)" 1
	await none_left
	run_inspect() { bash -c "exec 9<>$client_folder/inspect; echo $1 >&9"; }
	for fd in 0 99 -1 words; do
		refused run_inspect "$fd"
	done
	if [[ -c /dev/dma_heap/reserved ]]; then
		dmaheapctl alloc --heap reserved --size 4M -- bash -c "exec 9<>$client_folder/inspect
			echo 3 >&9; cat <&9" >"$out" 2>"$err"
		has "$out" "exporter=$(exporter reserved) .* segments=1 bytes=4194304 largest=4194304 contiguous=yes"
		await none_left
	fi
}

@test "dmaheap_debug cannot be unloaded while one of its files is open" {
	watch
	exec 9<$folder/stats
	refused rmmod dmaheap_debug
	exec 9<&-
	rmmod dmaheap_debug
}

