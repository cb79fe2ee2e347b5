#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of dmaheap_sim, which provides heaps without hardware. The module stays loaded on a kernel
# that cannot remove heaps. Therefore the first test runs without the module, and all others share
# the loaded module.
#
#   tests/vm/suite debian-6.12 sim

load guest

module=/lib/modules/extra/dmaheap_sim.ko
facts=/sys/kernel/debug/dmaheap_sim
heaps='protected:protected:64M;protected,secure-video:protected:8M'
heaps+=';carve:carveout:40M;hole:carveout:1M'
heaps+=';fail:failing:64M:after=2:errno=ENOSPC;third:failing:64M:every=3:errno=EIO'
heaps+=';slow:slow:64M:delay=300;sleepy:protected:8M:delay=60000'
heaps+=';a heap:protected:1M;carveout-a:carveout:1M;carveout-b:carveout:1M'

setup() {
	[[ $BATS_TEST_NUMBER == 1 || -d $facts ]] || insmod "$module" "heaps=\"$heaps\""
}

teardown() {
	# bats checks only the status of the last command of a teardown.
	nothing_left && await empty
}

# empty: fails if a buffer of dmaheap_sim exists. The kernel can free a buffer some time after the
# last close, so use this function with await.
empty() {
	[[ ! -d $facts ]] || has_no $facts/heaps ' (used|buffers)=[1-9]'
}

# figure HEAP KEY: prints the counter KEY of HEAP from the file "heaps" of dmaheap_sim.
figure() {
	sed -n "s/^heap=$1 .* $2=\([^ ]*\).*/\1/p" "$facts/heaps"
}

# figure_is HEAP KEY VALUE: fails unless the counter KEY of HEAP is VALUE. Use this function with
# await.
figure_is() {
	[[ $(figure "$1" "$2") == "$3" ]]
}

two_buffers() {
	(($(figure slow buffers) >= 2))
}

# keep SIZE: starts a process that holds a buffer of the heap carve, and sets $kept to its PID.
# Waits for the buffer, so that the order of the buffers in memory is the order of the calls.
keep() {
	local before
	before=$(figure carve buffers)
	dmaheapctl alloc -q --heap carve --size "$1" --hold >/dev/null </dev/zero 3>&- &
	kept=$!
	await figure_is carve buffers $((before + 1))
}

# keep_three: keeps three buffers of 10M, and sets $first, $second and $third to the PIDs of their
# processes.
keep_three() {
	keep 10M
	first=$kept
	keep 10M
	second=$kept
	keep 10M
	third=$kept
}

drop() {
	kill "$1"
	wait "$1" || true
}

@test "dmaheap_sim rejects invalid parameters with a message in the log and adds no heap" {
	local before line text most
	before=$(heaps_here)
	# This size is close to the memory of the guest, so no contiguous range is large enough.
	most=$(awk '$1 == "MemTotal:" { print int($2 / 64) * 64 - 4096 }' /proc/meminfo)
	[[ ! -d $facts ]]
	while IFS='|' read -r line text; do
		dmesg --clear
		if insmod "$module" "heaps=$line" 2>"$err"; then
			echo "the module accepted '$line'"
			return 1
		fi
		has "$err" 'Invalid parameters|Cannot allocate memory'
		dmesg >"$out"
		has "$out" "dmaheap_sim: $text"
		has_no /proc/modules '^dmaheap_sim '
		is "$(heaps_here)" "$before"
		[[ ! -d $facts ]]
	done <<-END
		;|invalid heap name ''
		a/b|invalid heap name 'a/b': expected a file name of 1 to 63 bytes
		..|invalid heap name '\.\.'
		$(printf 'x%.0s' {1..64})|invalid heap name 'x+'
		a;b;a|heap 'a': name given twice
		system|heap 'system': a heap with this name already exists
		x:bogus|heap 'x': unknown kind 'bogus'
		x:carveout:0|heap 'x': invalid size '0'
		x:protected:64Q|heap 'x': invalid size '64Q'
		x:protected:-1|heap 'x': invalid size '-1'
		x:protected:K|heap 'x': invalid size 'K'
		x:protected:17179869185G|heap 'x': size '17179869185G' exceeds the memory of the system, [0-9]+ KiB
		x:protected:18446744073709551616|heap 'x': invalid size '18446744073709551616'
		x:protected:1M:after=18446744073709551616|heap 'x': invalid value '18446744073709551616' for option 'after'
		50%|invalid heap name '50%'
		a!b|invalid heap name 'a!b'
		x:faulty|heap 'x': unknown kind 'faulty'
		x:faulty:sound|heap 'x': unknown fault 'sound': expected zero, size,
		x:protected:1M:zap=1|heap 'x': unknown option 'zap'
		x:protected:1M:after|heap 'x': unknown option 'after'
		x:failing:errno=ENOPE|heap 'x': invalid value 'ENOPE' for option 'errno': expected a name
		x:failing:errno=512|heap 'x': invalid value '512' for option 'errno': expected .* a number from 1 to 511
		x:failing:every=0|heap 'x': invalid value '0' for option 'every': expected a number of at least 1
		x:slow:delay=3600001|heap 'x': invalid value '3600001' for option 'delay': expected a number of milliseconds from 0 to 3600000
		ok;ok2:carveout:1T|heap 'ok2': size '1T' exceeds the memory of the system
		ok;ok2:carveout:${most}K|heap 'ok2': cannot allocate $most KiB of contiguous memory
		$(printf 'h%d;' {1..129})|too many heaps: the limit is 128
	END
}

@test "dmaheap_sim adds the heaps that its parameter lists, and logs their kind and size" {
	dmesg >"$out"
	has "$out" "dmaheap_sim: heap 'protected': protected, 65536 KiB"
	has "$out" "dmaheap_sim: heap 'protected,secure-video': protected, 8192 KiB"
	has "$out" "dmaheap_sim: heap 'carve': carveout, 40960 KiB"
	has "$out" "dmaheap_sim: heap 'fail': failing, 65536 KiB"
	has_no "$out" 'failing symbol_get'
	run_tool 0 list -o name,kind,node,size
	for heap in protected protected,secure-video carve hole fail third slow sleepy 'a heap'; do
		has "$out" "^$heap +[a-z]+ +/dev/dma_heap/$heap "
		[[ -c /dev/dma_heap/$heap ]]
	done
	run_tool 0 list --json
	is "$(field '.heaps[] | select(.name == "carve") | [.size, .free, .largest, .region_source[]] | join(" ")')" \
		'41943040 41943040 41943040 debugfs'
	is "$(field '.heaps[] | select(.name == "protected") | [.size, .free, .largest] | join(" ")')" \
		'67108864 67108864 '
	is "$(cat /sys/module/dmaheap_sim/parameters/heaps)" "$heaps"
	is "$(stat -c %a $facts/heaps)" 400
}

@test "dmaheap_sim cannot be unloaded if the kernel cannot remove heaps, and logs the reason" {
	! can_remove_heaps || skip "this kernel can remove heaps"
	dmesg >"$out"
	# dmaheap_sim needs no kprobe if the kernel exports dma_heap_add().
	grep -q ' __ksymtab_dma_heap_add$' /proc/kallsyms ||
		has "$out" 'dmaheap_sim: using a kprobe to look up dma_heap_add$'
	has "$out" 'dmaheap_sim: this kernel cannot remove heaps: the module cannot be unloaded'
	run rmmod dmaheap_sim
	is "$status" 1
	[[ $output == *'in use'* ]]
	[[ -c /dev/dma_heap/protected ]]
}

# control TEXT: writes TEXT to the file "control" of dmaheap_sim. If the write fails, $err contains
# the error message.
control() {
	# shellcheck disable=SC2016
	bash -c 'printf %s "$1" >"$2"' - "$1" $facts/control 2>"$err"
}

declined() {
	if control "$1"; then
		echo "the module accepted '$1'"
		return 1
	fi
	has "$err" "$2"
}

@test "dmaheap_sim adds a heap at run time, or logs the reason for rejecting it" {
	is "$(stat -c %a $facts/control)" 200
	control $'add late:carveout:1M;later, in blue:protected\n'
	udevadm settle
	udevadm info /dev/dma_heap/late >"$out"
	has "$out" 'DEVNAME=/dev/dma_heap/late'
	run_tool 0 alloc --heap late --size 1M
	run_tool 0 alloc --heap 'later, in blue' --size 1M
	is "$(figure late requests)" 1
	declined 'add late' 'File exists'
	declined 'add x:bogus' 'Invalid argument'
	declined "add x;$(printf 'h%d;' {1..129})" 'Invalid argument'
	declined 'add' 'Invalid argument'
	declined 'dance x' 'Invalid argument'
	declined "add $(printf '%05000d' 0)" 'too long|Invalid argument'
	dmesg >"$out"
	has "$out" "heap 'late': carveout, 1024 KiB"
	has "$out" "heap 'late': a heap with this name already exists"
	has "$out" "heap 'x': unknown kind 'bogus'"
	has "$out" 'too many heaps: the limit is 128'
	[[ ! -e /dev/dma_heap/x ]]
}

@test "dmaheap_sim removes a heap at run time if the kernel can remove heaps" {
	if ! can_remove_heaps; then
		declined 'remove late' 'Operation not supported'
		[[ -c /dev/dma_heap/late ]]
		return
	fi
	declined 'remove nothing' 'No such file or directory'
	control 'remove late'
	control $'remove later, in blue\n'
	[[ ! -e /dev/dma_heap/late && ! -e '/dev/dma_heap/later, in blue' ]]
	has_no $facts/heaps '^heap=late'
}

@test "alloc, map and export exit with 8 for a class with several heaps and no default" {
	fails_with 8 "class 'carveout': matches several heaps: 'carveout-a' (1 MiB, free 1 MiB, longest free run 1 MiB), 'carveout-b' (1 MiB, free 1 MiB, longest free run 1 MiB); select" \
		alloc --heap carveout --size 4K
	is "$output" ''
	fails_with 8 "class 'carveout'" map --heap carveout --size 4K
	fails_with 8 "class 'carveout'" export --heap carveout --size 4K --device driver:vgem
	run_tool 0 alloc --heap carveout-b --size 4K
	run_tool 0 list carveout -o name --raw --no-headings
	is "$output" $'carveout-a\ncarveout-b'
	# A heap with the name of its class does not hide the other heaps of the class.
	run_tool 0 list protected -o name --raw --no-headings
	is "$output" $'protected\nprotected,secure-video'
}

@test "a protected heap allocates buffers that devices can import and the CPU cannot map" {
	for heap in protected protected,secure-video; do
		run_tool 0 alloc --heap "$heap" --size 4M --json
		is "$(field '.buffers[0].size')" 4194304
		is "$(field '.buffers[0].exporter')" "$heap"
		run_tool 0 map --heap "$heap" --size 4M --expect-unmappable --json
		is "$(field '.mappings[0].error')" EINVAL
		run_tool 1 map --heap "$heap" --size 4M
		run_tool 0 export --heap "$heap" --size 4M --device driver:vgem
	done
}

@test "a protected heap can allocate its full size and no more" {
	run_tool 0 alloc --heap protected,secure-video --size 8M
	run_tool 0 alloc --heap protected,secure-video --size 4K --count 2048 --summary
	run_tool 1 alloc --heap protected,secure-video --size 8193K --json
	has "$err" "heap 'protected,secure-video': allocating .*: Cannot allocate memory \(region is 8 MiB, 8 MiB free; the buffer is larger than the region\)$"
	run_tool 1 alloc --heap protected,secure-video --size 4K --count 2049 --json
	is "$(field '.summary.done')" 2048
}

@test "a carve-out can allocate its full size and no more, and is empty after the last close" {
	for round in 1 2; do
		start '40' alloc --heap carve --size 1M --count 40 --hold
		await figure_is carve used 41943040
		is "$(figure carve largest)" 0
		dmaheapctl alloc --heap carve --size 1 >/dev/null 2>"$err" && return 1
		has "$err" "heap 'carve': allocating .*: Cannot allocate memory"
		finish 0
		await figure_is carve used 0
		is "$(figure carve largest)" 41943040
		run_tool 0 map --heap carve --size 40M --fill random:$round --verify
		run_tool 1 alloc --heap carve --size 40961K
	done
	is "$(figure carve peak)" 41943040
}

@test "a carve-out can allocate its longest free run, but no larger buffer" {
	keep_three
	is "$(grep -c '^heap=carve size=10485760 segments=1 ' $facts/buffers)" 3
	drop "$first"
	drop "$third"
	await figure_is carve used 10485760
	# 30 MiB is free, in runs of 10 MiB and 20 MiB.
	is "$(figure carve largest)" 20971520
	run_tool 1 alloc --heap carve --size 21M
	run_tool 0 alloc --heap carve --size 20M
	drop "$second"
	await figure_is carve largest 41943040
}

@test "a carve-out zeroes memory that it allocates again" {
	for heap in carve hole; do
		run_tool 0 map --heap "$heap" --size 1M --fill random:7 --verify
		run_tool 0 map --heap "$heap" --size 1M --json
		is "$(field '.mappings[0].zeroed')" true
	done
}

@test "a carve-out counts all allocations and failures of eight processes" {
	local before allocated failed workers=() worker done=0
	before=$(figure carve requests) allocated=$(figure carve allocated)
	failed=$(figure carve failed)
	for worker in {1..8}; do
		for size in 3M 1M 7M 64K 5M 4K; do
			dmaheapctl alloc --heap carve --size "$size" --count 5 --json \
				2>/dev/null || true
		done >"$BATS_TEST_TMPDIR/$worker" 3>&- &
		workers+=($!)
	done
	wait "${workers[@]}"
	await figure_is carve used 0
	is "$(figure carve largest)" 41943040
	done=$(jq -s 'map(.summary.done) | add' "$BATS_TEST_TMPDIR"/[1-8])
	is "$(figure carve allocated)" $((allocated + done))
	is "$(($(figure carve requests) - before))" \
		$((done + $(figure carve failed) - failed))
	is "$(figure carve freed)" "$(figure carve allocated)"
}

@test "a failing heap returns the given errno after N allocations, or for every Nth allocation" {
	run_tool 1 alloc --heap fail --size 4K --count 3 --json
	is "$(field '.summary.done')" 2
	has "$err" "heap 'fail': allocating 4 KiB .*: No space left on device"
	run_tool 1 alloc --heap fail --size 4K
	is "$(figure fail failed)" 2
	for round in 1 2; do
		run_tool 0 alloc --heap third --size 4K
		run_tool 0 alloc --heap third --size 4K
		run_tool 1 alloc --heap third --size 4K
		has "$err" 'Input/output error'
	done
}

# probed HEAP LARGEST TOTAL AT-LEAST [OPTION...]: asserts the figures of a probe that succeeds.
probed() {
	run_tool 0 alloc --probe "$1" --json "${@:5}"
	is "$(field '.probe | [.heap, .probed_largest, .probed_total, .probed_step, (.at_least | join(","))] |
		join(" ")')" "$1 $2 $3 $(field .kernel.page_size) $4"
	await empty
}

@test "alloc --probe finds the sizes of a protected heap and of a carve-out, and leaves no buffer" {
	probed protected,secure-video 8388608 8388608 ''
	is "$stderr" ''
	probed carve 41943040 41943040 ''
	is "$(field '.probe | [.limit, .error] | @json')" '[41943040,null]'
	probed hole 1048576 1048576 ''
	run_tool 0 alloc --probe carve
	has "$out" '^HEAP  *PROBED-LARGEST  *PROBED-TOTAL  *PROBED-STEP  *AT-LEAST$'
	has "$out" '^carve  *40M  *40M  *[0-9]+K  *-$'
	((${#lines[@]} == 2))
}

@test "alloc --probe allocates no more than the size given with --size" {
	local page
	control 'add bounded:carveout:4M'
	probed bounded 1048576 1048576 largest,total --size 1M
	has "$err" "heap 'bounded': the probe ended at its limit, 1 MiB \(the given size\); use --size"
	is "$(field '.probe | [.limit, .error] | @json')" '[1048576,null]'
	is "$(figure bounded peak)" 1048576
	probed bounded 4194304 4194304 largest,total --size 4M
	probed bounded 4194304 4194304 '' --size 5M
	is "$(field .probe.error)" ENOMEM
	fails_with 2 'size is smaller than a page' alloc --probe bounded --size 1
	run_tool 0 list --json
	# The page size of the guest can exceed 4 KiB.
	page=$(field .kernel.page_size)
	run_tool 0 alloc --probe bounded --size "$page" --json
	is "$(field '.probe | [.probed_total, .probed_step] | @json')" "[$page,null]"
}

@test "alloc --probe --force finds the longest free run and the total free memory of a fragmented heap" {
	local first second third
	keep_three
	drop "$first"
	drop "$third"
	await figure_is carve used 10485760
	fails_with 1 "heap 'carve': probing: not attempted (1 live buffer: inode " alloc --probe carve
	has "$err" ", process $second \(dmaheapctl\)\); use --force to probe anyway$"
	is "$(figure carve used)" 10485760
	run_tool 0 alloc --probe carve --force --json
	is "$(field '.probe | [.probed_largest, .probed_total, (.at_least | length)] | @json')" \
		'[20971520,31457280,0]'
	has "$err" "heap 'carve': the probe can make allocations of other programs fail \(1 live buffer: inode [0-9]+, process $second"
	drop "$second"
}

@test "alloc --probe fails for a system heap, an absent heap, an ambiguous class, and a caller who cannot list the buffers" {
	local option
	for option in '' --force; do
		# shellcheck disable=SC2086 # no option
		fails_with 1 "heap 'system': probing: not attempted (the heap can allocate all memory of the machine)" \
			alloc --probe system --size 4K $option
	done
	fails_with 3 "heap 'nothing': no such heap" alloc --probe nothing
	fails_with 8 "class 'carveout'" alloc --probe carveout
	run setpriv --reuid nobody --regid nogroup --clear-groups dmaheapctl alloc --probe carve
	is "$status" 4
	contains "$output" "probing: not attempted (live buffers unknown: the kernel's list of buffers is not readable"
}

@test "alloc --probe reports the figures that it found before the heap returned an error" {
	control 'add unwell:failing:1M:after=4:errno=EIO'
	fails_with 1 "heap 'unwell': allocating " alloc --probe unwell --json
	has "$err" ': Input/output error$'
	# Before the error, the probe allocates 1, 2, 4 and 8 pages.
	# shellcheck disable=SC2016 # for jq
	is "$(field '.kernel.page_size as $page | .probe |
		[.probed_largest / $page, .probed_total / $page, .at_least, .error] | @json')" \
		'[8,8,["largest","total"],null]'
	control 'add tired:failing:1M:after=5:errno=ENOMEM'
	fails_with 1 '(an earlier allocation of this size succeeded; another program may use the heap)' \
		alloc --probe tired --json
	is "$(field '.probe.at_least | length')" 2
	# The first allocation fails, so the message does not suggest alloc --probe.
	fails_with 1 'Cannot allocate memory (region is 1 MiB, 1 MiB free)' \
		alloc --probe tired --json
	is "$(field '.probe | [.probed_largest, .probed_total] | @json')" '[null,null]'
	lacks "$stderr" "alloc --probe"
}

@test "after SIGINT, alloc --probe prints its report, exits with 130 and leaves no buffer" {
	local before
	before=$(figure slow requests)
	start '' alloc --probe slow --json
	await requests_rose slow $((before + 3))
	finish 130 INT
	is_answer 130
	(($(field .probe.probed_largest) >= 2 * $(field .kernel.page_size)))
	is "$(field '.probe.at_least | join(",")')" largest,total
	has "$err" "heap 'slow': probing: interrupted after [0-9]+ allocations?"
	await empty
}

# requests_rose HEAP N: succeeds if at least N allocations have been requested from HEAP.
requests_rose() {
	(($(figure "$1" requests) >= $2))
}

# dma_bufs: prints the number of dma-buf descriptors of the process $tool.
dma_bufs() {
	find "/proc/$tool/fd" -lname '/dmabuf:*' | wc -l
}

@test "dmaheap_sim adds a heap with each fault, and each fault except mmap and sync is visible to user space" {
	local fault
	for fault in zero size flags leak mmap sync errno; do
		control "add bad-$fault:faulty:$fault:1M"
		has $facts/heaps "^heap=bad-$fault kind=faulty fault=$fault "
	done
	run_tool 0 map --heap bad-zero --size 64K --json
	is "$(field '.mappings[0] | .zeroed, .nonzero')" $'false\n65526'
	run_tool 0 alloc --heap bad-size --size 64K --json
	is "$(field '.buffers[0].size')" $((64 * 1024 + 4096))
	run_tool 0 alloc --heap bad-flags --size 64K --fd-flags rdwr,cloexec --json
	is "$(field '.buffers[0].fd_flags | join(",")')" rdonly,cloexec
	start '^bad-leak ' alloc --heap bad-leak --size 64K --hold --no-headings
	is "$(dma_bufs)" 2
	finish 0
	run_tool 0 map --heap bad-mmap --size 64K
	run_tool 0 map --heap bad-sync --size 64K --fill counter --verify
	run_tool 1 alloc --heap bad-errno --size 2M --force
	has "$err" "heap 'bad-errno': allocating 2 MiB: Input/output error"
}

@test "a slow heap delays each allocation, and SIGKILL ends the wait" {
	run_tool 0 alloc --heap slow --size 4K --json
	(($(field '.buffers[0].time_ns') >= 300000000))
	run_tool 0 map --heap slow --size 64K --fill counter --verify
	start '' alloc --heap sleepy --size 4K
	await figure_is sleepy requests 1
	finish 137 KILL
	await figure_is sleepy failed 1
	is "$(figure sleepy requests)" 1
}

@test "SIGINT ends alloc and export on a slow heap with status 130 after the current allocation" {
	local n before
	before=$(figure slow requests)
	start '' alloc --heap slow --size 4K --count 1000 --hold --json
	await two_buffers
	finish 130 INT
	is_answer 130
	n=$(field .summary.done)
	((2 <= n && n < 1000))
	is "$(figure slow requests)" $((before + n))
	is "$(field '[.summary.failed, (.buffers | length)] | join(" ")')" "0 $n"
	has "$err" "heap 'slow': allocating: interrupted after $n of 1000 buffers"
	await empty

	# The delay is long enough for the signal to arrive before the allocation ends.
	control 'add slower:slow:1M:delay=10000'
	start '' export --heap slower --size 4K --json --hold
	await figure_is slower requests 1
	finish 130 INT
	is_answer 130
	is "$(field '.imports | length')" 0
	has "$err" 'importing: interrupted after 0 of [1-9]'
}

@test "buffers of carve-outs and slow heaps can be imported and mapped, and cirrus displays those of a carve-out" {
	for heap in carve hole slow; do
		run_tool 0 export --heap "$heap" --size 1M --device driver:vgem
		run_tool 0 map --heap "$heap" --size 1M --fill random:3 --verify --passes 2
	done
	# The driver of cirrus copies the buffer through vmap, so it cannot display a buffer of a
	# protected heap.
	modprobe cirrus 2>/dev/null && udevadm settle
	ls /sys/bus/pci/drivers/cirrus*/0* >/dev/null 2>&1 || skip "this guest has no cirrus display"
	start ' show +ok' export --heap carve --fb 640x480:XR24 --device driver:cirrus --show --hold
	has $facts/buffers '^heap=carve size=1228800 segments=1 attached=1 '
	finish 0
	# The cirrus driver of Linux 5.10 uses the error pointer that vmap returns as an address, so
	# the kernel panics.
	[[ $(uname -r) == 5.10.* ]] && skip "cirrus of Linux 5.10 cannot handle a failed vmap"
	run_tool 1 export --heap protected --fb 640x480:XR24 --device driver:cirrus --show
}

@test "the kernel's dmabuf-heaps selftest passes on a carve-out and a slow heap" {
	command -v dmabuf-heap >/dev/null
	# The selftest uses every node in /dev/dma_heap, so leave only those of carve and slow. The
	# copies are not in /tmp, which is mounted with nodev.
	# shellcheck disable=SC2016
	unshare --mount bash -ec '
		mkdir /root/nodes
		cp -a /dev/dma_heap/{carve,slow} /root/nodes/
		mount --bind /root/nodes /dev/dma_heap
		dmabuf-heap || echo "status $?"
		rm -r /root/nodes' >"$out" 2>"$err" </dev/null
	has "$out" 'Testing heap: carve'
	has "$out" 'Testing heap: slow'
	has "$out" '^# Totals: pass:22 fail:0 '
	is "$(figure carve used)" 0
}
