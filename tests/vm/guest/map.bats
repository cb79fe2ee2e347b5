#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of 'dmaheapctl map' on the heaps of the kernel. Other programs check the bytes that map
# reads and writes.
#
#   tests/vm/suite own-6.12 map
#
# Where a test depends on the size of a buffer, the requested size is rounded up to the same value
# with pages of 4 KiB and of 64 KiB.
#
# The guests of these tests have no heap that denies CPU access. Therefore a seccomp filter ("give
# unmappable" of helpers/give.c) makes mmap() fail with the error of a protected heap.

load guest
program=(dmaheapctl map)

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mapfile -t heaps < <(heaps_here)
}

# run_status STATUS COMMAND...: fails unless COMMAND exits with STATUS. Like run_tool, writes stdout
# to the file out and stderr to the file err.
run_status() {
	local expected=$1 status=0
	shift
	"$@" >out 2>err </dev/null || status=$?
	((status == expected)) && return
	echo "exit status $status, expected $expected: $*"
	cat out err
	return 1
}

# field KEY: prints KEY of the only mapping in the JSON output. Does not run jq, because starting a
# process is slow in the guest.
field() {
	local answer
	answer=$(<out)
	[[ $answer =~ \"$1\":\ *\"?([^\",$'\n']*) ]] && printf '%s' "${BASH_REMATCH[1]}"
}

# crc_of FILE: prints the CRC-32 of FILE as gzip computes it.
crc_of() {
	gzip -c <"$1" | tail -c 8 | head -c 4 | od -An -tx4 --endian=little | tr -d ' '
}

# --- New buffers -----------------------------------------------------------------

@test "map --load - reports a closed standard input as an error" {
	status=0
	dmaheapctl map --heap system --size 4K --load - <&- >out 2>err || status=$?
	is "$status" 1
	has err "Bad file descriptor"
}

@test "map reports a new buffer of each heap as mappable and zeroed" {
	for heap in "${heaps[@]}"; do
		for size in 1 4097 5M; do
			run_tool 0 --heap "$heap" --size "$size" --json
			is "$(field mappable)" true
			is "$(field writable)" true
			is "$(field fresh)" true
			is "$(field zeroed)" true
			is "$(field nonzero)" null
			is "$(field passes)" 1
			is "$(field verified)" null
		done
		is "$(field size)" 5242880
		head -c 5M /dev/zero >zeros
		is "$(field crc32)" "$(crc_of zeros)"
	done
}

# The buffers are so large that they reuse memory of earlier buffers.
@test "map reports a new buffer as zeroed even if its memory had other contents before" {
	for heap in "${heaps[@]}"; do
		for round in 1 2; do
			run_tool 0 --heap "$heap" --size 40M --fill random:$round --json
			is "$(field zeroed)" true
		done
	done
}

@test "map --fill writes the bytes of each pattern" {
	for heap in "${heaps[@]}"; do
		run_tool 0 --heap "$heap" --size 65000 --fill zero --verify --save zero
		head -c 65536 /dev/zero | cmp - zero
		run_tool 0 --heap "$heap" --size 65000 --fill one --verify --save one
		head -c 65536 /dev/zero | tr '\0' '\377' | cmp - one
		run_tool 0 --heap "$heap" --size 65000 --fill 0xA5 --verify --save byte
		head -c 65536 /dev/zero | tr '\0' '\245' | cmp - byte
		run_tool 0 --heap "$heap" --size 65000 --fill counter --verify --save counter
		seq 0 8191 | cmp - <(od -An -v -tu8 -w8 --endian=little counter | tr -d ' ')
		run_tool 0 --heap "$heap" --size 65000 --fill random:7 --verify --save random
		run_tool 0 --heap "$heap" --size 65000 --fill random:7 --verify --save again
		run_tool 0 --heap "$heap" --size 65000 --fill random:8 --verify --save other
		cmp random again
		if cmp -s random other; then return 1; fi
		# gzip cannot compress random data.
		(($(gzip -c random | wc -c) > 65000))
	done
}

@test "map calculates the same CRC-32 as gzip" {
	for heap in "${heaps[@]}"; do
		for fill in one random:1; do
			run_tool 0 --heap "$heap" --size 320K --fill $fill --verify --save copy --json
			is "$(field verified)" true
			is "$(field crc32)" "$(crc_of copy)"
			is "$(field saved)" 327680
		done
	done
}

@test "map --dump prints the same lines as hexdump -C" {
	for heap in "${heaps[@]}"; do
		for range in '' =1:1 =5000:3000 =:100 =60K: =1000:1G; do
			run_tool 0 --heap "$heap" --size 64K --fill random:3 "--dump$range" --save copy
			IFS=: read -r offset length <<<"${range#=}"
			sed '/^$/,$d' out | cmp - <(hexdump -C -s "${offset:-0}" -n \
				"$(numfmt --from=iec "${length:-1G}")" copy)
		done
		# A star replaces repeated lines. The report follows the dump.
		run_tool 0 --heap "$heap" --size 1M --fill zero --dump
		is "$(sed -n '2p;3p;4p;5s/ .*//p' out | tr '\n' ' ')" "* 00100000  HEAP "
	done
	run_tool 2 --heap system --size 64K --dump=65536:1
	has err '--dump offset 65536 is at or beyond the end of the buffer \(64 KiB\)'
	[[ ! -s out ]]
}

@test "map --load copies a file and changes no other byte, and --save copies the whole buffer" {
	head -c 140000 /dev/urandom >noise
	for heap in "${heaps[@]}"; do
		for length in 1 4097 131072; do
			head -c "$length" noise >file
			run_tool 0 --heap "$heap" --size 128K --load file --save copy --json
			is "$(field loaded)" "$length"
			is "$(field saved)" 131072
			cmp -n "$length" file copy
			tail -c "+$((length + 1))" copy | cmp - <(head -c $((131072 - length)) /dev/zero)
			is "$(field crc32)" "$(crc_of copy)"
			# The write rate is unknown, because its measurement would overwrite the
			# loaded bytes.
			is "$(field write_rate)" null
		done
		: >empty
		run_tool 0 --heap "$heap" --size 4K --load empty --json
		is "$(field loaded)" 0
	done
}

@test "map --load - reads the rest of standard input, and --save - writes only the buffer" {
	head -c 196000 /dev/urandom >noise
	# The pipe delivers the data in two pieces.
	{ head -c 70001; sleep 0.2; cat; } <noise |
		dmaheapctl map --heap system --size 196000 --load - --save - >copy 2>err
	is "$(stat -c %s copy)" 196608
	cmp -n 196000 noise copy
	{
		read -r line
		dmaheapctl map --heap system --size 4K --load - --save - >copy
	} <<<"$(seq 1 500)"
	is "$line" 1
	head -c "$(seq 2 500 | wc -c)" copy | cmp - <(seq 2 500)
}

@test "map --load writes nothing if the file is longer than the buffer" {
	head -c 65537 /dev/urandom >noise
	for source in noise /dev/zero; do
		run_tool 1 --heap system --size 64K --load "$source" --json
		has err 'longer than the buffer of 64 KiB; nothing written'
		is "$(field loaded)" null
	done
	run_status 1 dmaheapctl alloc --heap system --size 64K -- bash -ec '
		dmaheapctl map --fd 3 --fill 0x11 >/dev/null
		cat noise | dmaheapctl map --fd 3 --load - >/dev/null && exit 9
		dmaheapctl map --fd 3 --save copy >/dev/null
		head -c 65536 /dev/zero | tr "\0" "\21" | cmp - copy || exit 9
		exit 1'
	run_tool 1 --heap system --size 4K --load /does/not/exist
	has err "file '/does/not/exist': opening: No such file"
	run_tool 1 --heap system --size 4K --load /
	has err 'directory'
}

@test "map --save reports a file that it cannot write completely" {
	run_tool 1 --heap system --size 64K --save /dev/full
	has err "'/dev/full': No space left on device \(after 0 of 65536 bytes\)"
	mkdir small
	mount -t tmpfs -o size=64k tmpfs small
	run_tool 1 --heap system --size 128K --fill one --save small/file
	has err 'No space left on device \(after 65536 of 131072 bytes\)'
	umount small
	run_tool 1 --heap system --size 4K --save /does/not/exist
	has err 'No such file'
	run_status 1 bash -c 'dmaheapctl map --heap system --size 4K --save - >&-'
	run_status 1 bash -c 'dmaheapctl map --heap system --size 4K --save - >/dev/full'
	run_status 1 bash -c 'dmaheapctl map --heap system --size 4K --dump >/dev/full'
	has err 'No space left'
}

# --- Measurements ------------------------------------------------------------------

@test "map reports rates and sync costs with --passes, and no sync costs with --no-sync" {
	for heap in "${heaps[@]}"; do
		# The check for zeros and the calculation of the CRC each sync once, and each of the
		# 50 passes syncs three times.
		run_tool 0 --heap "$heap" --size 64K --fill counter --verify --passes 50 --json
		is "$(field passes)" 50
		is "$(field sync_pairs)" 152
		(($(field sync_ns) > 0 && $(field sync_mean_ns) > 0))
		(($(field write_rate) > 0 && $(field read_rate) > 0))
		run_tool 0 --heap "$heap" --size 64K --fill counter --verify --no-sync --json
		is "$(field verified)" true
		is "$(field sync_ns)" null
		is "$(field sync_pairs)" null
		run_tool 0 --heap "$heap" --size 64K --raw -o passes,sync-pairs,verified --passes 2
		is "$(tail -n 1 out)" "2 6 -"
	done
}

# --- Descriptors --------------------------------------------------------------------

@test "map exits with 7 if every sync fails with EAGAIN" {
	# 0x40086200 is DMA_BUF_IOCTL_SYNC and 11 is EAGAIN.
	run_status 7 timeout 30 deny ioctl 0x40086200=11 dmaheapctl map --heap system --size 4K
	has err "checking for zeros: Connection timed out \(the exporter returns"
	run_tool 0 --heap system --size 4K --no-sync
}

@test "map reads a buffer with a read-only descriptor, and explains why --fill and --load fail" {
	for heap in "${heaps[@]}"; do
		run_tool 0 --heap "$heap" --size 64K --fd-flags rdonly --save copy --dump=0:16 -o \
			+writable,saved
		head -c 65536 /dev/zero | cmp - copy
		run_tool 0 --heap "$heap" --size 8K --fd-flags rdonly --json
		is "$(field mappable)" true
		is "$(field writable)" false
		is "$(field zeroed)" true
		is "$(field write_rate)" null
		run_tool 1 --heap "$heap" --size 8K --fd-flags rdonly --fill one
		has err "heap '$heap': filling: .*descriptor is read-only.*--fd-flags rdwr"
		run_tool 1 --heap "$heap" --size 8K --fd-flags rdonly --load copy
		has err 'loading: .*descriptor is read-only'
	done
}

@test "map reports the mappability of a buffer as unknown if the descriptor is write-only" {
	for heap in "${heaps[@]}"; do
		run_tool 1 --heap "$heap" --size 8K --fd-flags wronly --json
		has err 'mapping: Permission denied .*write-only'
		is "$(field mappable)" null
		is "$(field error)" EACCES
		run_tool 1 --heap "$heap" --size 8K --fd-flags wronly --expect-unmappable
		has err write-only
	done
}

@test "map --fd reads a buffer that another process filled" {
	for heap in "${heaps[@]}"; do
		run_status 0 dmaheapctl alloc -q --heap "$heap" --size 63K -- bash -ec '
			dmaheapctl map --fd 3 --fill random:9 --verify --save first >/dev/null
			dmaheapctl map --fd 3 --save second --json >json'
		cmp first second
		cp json out
		is "$(field heap)" null
		is "$(field fd)" 3
		is "$(field fresh)" false
		is "$(field zeroed)" false
		is "$(field nonzero)" 0
		is "$(field size)" 65536
		is "$(field crc32)" "$(crc_of first)"
		# map writes to an inherited buffer only with an option such as --fill.
		is "$(field write_rate)" null
	done
}

@test "map --verify reports a byte that another process changed" {
	for heap in "${heaps[@]}"; do
		# shellcheck disable=SC2016
		run_status 1 dmaheapctl alloc -q --heap "$heap" --size 256K -- bash -c '
			dmaheapctl map --fd 3 --fill 0x77 --passes 1000000 >/dev/null &
			dmaheapctl map --fd 3 --fill 0x55 --verify --passes 100000 --save copy --json >json
			status=$?
			kill %1
			exit $status'
		cp json out
		has err 'descriptor 3: verifying: byte [0-9]+ is 0x77 instead of 0x55'
		is "$(field verified)" false
		is "$(field expected)" 0x55
		is "$(field found)" 0x77
		(($(field mismatch) < 262144 && $(field passes) < 100000))
		# map still saves the buffer, so that the difference can be examined.
		is "$(field saved)" 262144
	done
}

@test "map --verify=PATTERN checks an inherited buffer without writing to it" {
	for heap in "${heaps[@]}"; do
		# shellcheck disable=SC2016
		run_status 0 dmaheapctl alloc -q --heap "$heap" --size 50K -- bash -ec '
			dmaheapctl map --fd 3 --fill counter --save first
			dmaheapctl map --fd 3 --verify=counter --save second
			dmaheapctl map --fd 3 --verify=one >/dev/null 2>err || [[ $? -eq 1 ]]
			grep "byte 0 is 0x00 instead of 0xff" err
			dmaheapctl map --fd 3 --save third'
		cmp first second
		cmp first third
		run_tool 0 --heap "$heap" --size 8K --fd-flags rdonly --verify=zero --json
		is "$(field verified)" true
		run_tool 1 --heap "$heap" --size 8K --fill one --verify=0xfe --json
		is "$(field mismatch)" 0
		run_tool 1 --heap "$heap" --size 8K --fill zero --verify=counter --json
		is "$(field mismatch) $(field expected) $(field found)" "8 0x01 0x00"
	done
}

@test "map --fd rejects a descriptor that is not a dma-buf" {
	run_tool 3 --fd 0
	has err 'descriptor 0: not a dma-buf'
	run_tool 3 --fd 99
	has err 'descriptor 99: not open'
	[[ ! -s out ]]
	run_tool 2 --fd 3 --heap system --size 4K
	run_tool 2
}

@test "map --fd prints a remark if the descriptor is read-only" {
	run_status 0 dmaheapctl alloc system 8K --fd-flags rdonly -q -- \
		dmaheapctl map --fd 3 --json
	has err 'descriptor 3: opened read-only: the buffer can be read, but not written'
	is "$(field writable)" false
	run_status 1 dmaheapctl alloc system 8K --fd-flags rdonly -q -- \
		dmaheapctl map --fd 3 --fill one --json
	has err 'descriptor 3: filling: Permission denied \(the descriptor is read-only\)'
}

@test "map --fd accepts a udmabuf" {
	command -v give >/dev/null
	run_status 0 give udmabuf 65536 dmaheapctl map --fd 3 --fill counter --verify --save copy --json
	is "$(field size)" 65536
	is "$(field zeroed)" true
	is "$(field fresh)" false
	is "$(field verified)" true
	is "$(field crc32)" "$(crc_of copy)"
	seq 0 8191 | cmp - <(od -An -v -tu8 -w8 --endian=little copy | tr -d ' ')
}

# --- Buffers without CPU access -------------------------------------------------------

@test "map --expect-unmappable fails for a mappable buffer without reading it" {
	for heap in "${heaps[@]}"; do
		run_tool 1 --heap "$heap" --size 8K --expect-unmappable --json
		has err 'mapping succeeded despite --expect-unmappable'
		is "$(field mappable)" true
		is "$(field zeroed)" null
		is "$(field passes)" 0
	done
	run_tool 2 --heap system --size 8K --expect-unmappable --fill one
}

@test "map explains why mapping a protected buffer fails, and succeeds with --expect-unmappable" {
	command -v give >/dev/null
	for heap in "${heaps[@]}"; do
		run_status 1 give unmappable dmaheapctl map --heap "$heap" --size 8K --fill one --json
		has err "heap '$heap': mapping: Invalid argument .*denies CPU access.*protected heaps"
		is "$(field mappable)" false
		is "$(field error)" EINVAL
		is "$(field verified)" null
		run_status 0 give unmappable dmaheapctl map --heap "$heap" --size 8K \
			--expect-unmappable --json
		is "$(field mappable)" false
		is "$(field error)" EINVAL
		[[ ! -s err ]]
	done
}

@test "map --expect-unmappable fails if the buffer exceeds the limit on the address space" {
	prlimit --as=67108864 dmaheapctl --version || skip "a sanitizer needs more address space"
	run_status 1 prlimit --as=67108864 dmaheapctl map --heap system --size 96M --expect-unmappable
	has err 'address space too small for a buffer'
}

# --- Usage and clean-up ---------------------------------------------------------------

@test "map exits with 2 for invalid values and for invalid combinations of options" {
	local new=(--heap system --size 4K)
	run_tool 2 "${new[@]}" --load file --fill one
	run_tool 2 "${new[@]}" --dump --json
	run_tool 2 "${new[@]}" --dump --raw
	run_tool 2 "${new[@]}" --save - --json
	run_tool 2 "${new[@]}" --save - --dump
	run_tool 2 "${new[@]}" --save - -o size
	run_tool 2 "${new[@]}" --verify
	run_tool 2 "${new[@]}" --passes 0
	run_tool 2 "${new[@]}" --fill 0x100
	for range in '' : 5 1:0 x:1 -1:5 1:2:3; do
		run_tool 2 "${new[@]}" "--dump=$range"
		has err OFFSET:LENGTH
	done
}

@test "after SIGINT, map prints its results so far and exits with 130" {
	local bytes
	start '' map --heap system --size 1M --fill random:1 --verify --passes 100000 --json
	await grep -q dmabuf "/proc/$tool/maps"
	sleep 5
	finish 130 INT
	is_answer 130
	(($(field passes) > 0 && $(field passes) < 100000))
	is "$(field zeroed) $(field verified) $(field crc32)" 'true true null'
	has "$err" "heap 'system': (filling|reading|verifying): interrupted"
	no_buffers

	mkfifo "$BATS_TEST_TMPDIR/pipe"
	exec {reader}<>"$BATS_TEST_TMPDIR/pipe"
	start '' map --heap system --size 16M --save "$BATS_TEST_TMPDIR/pipe" --json
	await grep -q pipe_write "/proc/$tool/stack"
	finish 130 INT
	exec {reader}>&-
	bytes=$(field saved)
	((0 < bytes && bytes < 16777216))
	has "$err" "heap 'system': saving: interrupted"
}

@test "no buffer remains after all tests of map" {
	no_buffers
}
