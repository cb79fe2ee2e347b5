#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2030,SC2031 # variables of common.bash; each test is a subshell
#
# Tests of 'dmaheapctl holders' on recorded trees.

load common

setup() {
	new_tree
}

# holders ARG...: runs holders on $tree and asserts exit status $expected (default: 0).
holders() {
	run_tool "${expected-0}" holders --sysroot "$tree" "$@"
}

# holders_fails STATUS TEXT ARG...: asserts that holders on $tree exits with STATUS and that its
# stderr contains TEXT.
holders_fails() {
	fails_with "$1" "$2" holders --sysroot "$tree" "${@:3}"
}

# holders_prints TEXT ARG...: asserts that holders on $tree succeeds and that its stdout is TEXT.
holders_prints() {
	prints "$1" holders --sysroot "$tree" "${@:2}"
}

# process PID NAME: adds a process that holds no buffer.
process() {
	mkdir -p "$tree/proc/$1"/{fd,fdinfo}
	printf '%s\n' "$2" >"$tree/proc/$1/comm"
	printf '5000-6000 r--p 00000000 fe:01 123 /usr/bin/x\n' >"$tree/proc/$1/maps"
}

# descriptor PID FD INODE SIZE EXPORTER [NAME]: adds a descriptor of a buffer to process PID.
descriptor() {
	ln -s "/dmabuf:${6-}" "$tree/proc/$1/fd/$2"
	printf 'pos:\t0\nflags:\t02\nmnt_id:\t14\nino:\t%s\nsize:\t%s\ncount:\t1\nexp_name:\t%s\n' \
		"$3" "$4" "$5" >"$tree/proc/$1/fdinfo/$2"
	[[ -z ${6-} ]] || printf 'name:\t%s\n' "$6" >>"$tree/proc/$1/fdinfo/$2"
}

# mapping PID INODE PAGES [NAME]: adds a mapping of PAGES * 4 KiB of a buffer to process PID.
mapping() {
	printf '10000-%x rw-s 00000000 00:0d %s   /dmabuf:%s\n' $((0x10000 + 4096 * $3)) "$2" \
		"${4-}" >>"$tree/proc/$1/maps"
}

# bufinfo [INODE SIZE EXPORTER NAME DEVICE]...: writes a bufinfo file to debugfs, with one entry for
# each buffer. An empty DEVICE means that no device is attached.
bufinfo() {
	local n=0 bytes=0

	mkdir -p "$tree/sys/kernel/debug/dma_buf"
	{
		printf '\nDma-buf Objects:\n'
		printf 'size    \tflags   \tmode    \tcount   \texp_name\tino     \tname\n'
		while (($#)); do
			printf '%08d\t00000002\t00080007\t00000001\t%s\t%08d\t%s\n' "$2" "$3" "$1" "$4"
			printf '\tAttached Devices:\n'
			[[ -z $5 ]] || printf '\t%s\n' "$5"
			printf 'Total %d devices attached\n\n' $((${#5} > 0))
			n=$((n + 1)) bytes=$((bytes + 10#$2))
			shift 5
		done
		printf '\nTotal %d objects, %d bytes\n' "$n" "$bytes"
	} >"$tree/sys/kernel/debug/dma_buf/bufinfo"
}

# two_processes: adds two processes that hold buffer 7. One of them also maps buffer 8. No process
# holds buffer 9.
two_processes() {
	process 10 camera
	process 200 composer
	descriptor 10 3 7 4096 system frame
	descriptor 10 4 7 4096 system frame
	descriptor 200 3 7 4096 system frame
	mapping 200 8 2
	bufinfo 7 4096 system frame card0 8 8192 linux,cma '<none>' '' 9 4096 system left vgem
}

@test "without buffers and bufinfo, holders shows totals of zero, and the kernel-only buffers as unknown" {
	holders
	contains "$output" 'BUFFERS BYTES PROCESSES FDS MAPS SYNC-FILES KERNEL-ONLY OTHERS UNREADABLE'
	contains "$output" '      0    0B         0   0    0          -           -      -          0'
	contains "$stderr" 'no buffer found'
	lacks "$stderr" 'no buffer found in'
	contains "$stderr" 'kernel-only buffers unknown: no sys/kernel/debug/dma_buf/bufinfo'
	holders -q --json
	is "$stderr" ''
	is "$(field '.holders | length')" 0
	is "$(joined '.summary | [.buffers, .bytes, .kernel_only]')" \
		'0 0 null'
}

@test "without /proc, the JSON error of holders has the errno and the stage" {
	rm -r "$tree/proc"
	expected=3 holders --json
	is "$(jq -r '.error | "\(.code) \(.stage)"' "$out")" 'ENOENT reading /proc'
}

@test "holders shows a row for each holder of a buffer, and for each buffer without a holder" {
	two_processes
	holders
	is "${lines[0]}" \
		'INODE SIZE EXPORTER  NAME  PID PROCESS  DEVICES'
	is "${lines[1]}" \
		'    7   4K system    frame  10 camera   card0'
	is "${lines[2]}" \
		'    7   4K system    frame 200 composer card0'
	is "${lines[3]}" \
		'    8   8K linux,cma -     200 composer -'
	is "${lines[4]}" \
		'    9   4K system    left    - -        vgem'
	contains "$output" '      3   16K         2   3    1          -           1      -          0'
	is "$stderr" ''
	holders_prints $'7 2 10 2 0\n7 2 200 1 0\n8 1 200 0 1\n9 0 - - -' \
		--raw --no-headings -o INODE,HOLDERS,PID,FDS,MAPS
}

@test "holders suggests a command for the same recorded system if several heaps share an exporter name" {
	heap system 0
	process 10 camera
	descriptor 10 3 7 4096 heap_helpers
	holders system
	contains "$stderr" "'dmaheapctl holders heap_helpers --sysroot $tree' shows the buffers"
}

@test "holders counts a shared buffer once in the totals" {
	two_processes
	holders --json
	is "$(field '.summary | to_entries | map(.key + "=" + (.value | tostring)) | join(" ")')" \
		"buffers=3 bytes=16384 processes=2 fds=3 mappings=1 sync_files=null kernel_only=1 kernel_only_bytes=4096 others=null unreadable=0"
	is "$(field '[.holders[].pss | select(.)] | add')" 12288
}

@test "holders --by process shows one row for each process, sorted by PSS" {
	two_processes
	holders --by process
	is "${lines[0]}" 'PID PROCESS  BUFFERS FDS MAPS RSS PSS'
	is "${lines[1]}" '200 composer       2   1    1 12K 10K'
	is "${lines[2]}" ' 10 camera         1   2    0  4K  2K'
	holders --by process --json
	is "$(field '.holders[0] | keys_unsorted | join(" ")')" \
		'pid process buffers fds mappings rss pss'
	is "$(field '.summary.bytes')" 16384
	holders --by process -o +MAPPED,inode --raw
	is "${lines[0]}" 'PID PROCESS BUFFERS FDS MAPS RSS PSS MAPPED INODE'
	is "${lines[1]}" '200 composer 2 1 1 12288 10240 8192 -'
}

@test "holders --pid shows the buffers of a process" {
	two_processes
	process 30 idle
	holders_prints '7 2 4096 2048' --pid 10 --raw --no-headings -o INODE,HOLDERS,RSS,PSS
	holders_prints '' --pid 30 --raw --no-headings
	is "$stderr" 'dmaheapctl: no buffer found'
	holders_fails 3 'process 31: no such process' --pid 31
}

@test "holders --pid counts the sync_file descriptors of the process" {
	two_processes
	for fd in 5 6 7; do ln -s anon_inode:sync_file "$tree/proc/10/fd/$fd"; done
	ln -s 'anon_inode:[eventfd]' "$tree/proc/10/fd/8"
	ln -s /anon_inode:sync_file "$tree/proc/10/fd/9"
	ln -s anon_inode:sync_file "$tree/proc/200/fd/5"
	holders --pid 10
	contains "$output" '      1    4K         1   2    0          3           0      -          0'
	holders --pid 10 --json
	is "$(joined '.summary | [.fds, .sync_files]')" '2 3'
	holders --inode 7 --json
	is "$(field .summary.sync_files)" null
	process 30 idle
	holders --pid 30 --json
	is "$(field .summary.sync_files)" 0
	expected=3 holders --pid 31 --json
	is "$(field .summary.sync_files)" null
}

@test "holders --inode shows the processes that hold a buffer" {
	two_processes
	holders_prints $'10 2048\n200 2048' --inode 7 --raw --no-headings -o PID,PSS
	holders_prints '- vgem' --inode 9 --raw --no-headings -o PID,DEVICES
	holders_fails 3 'buffer 10: no such buffer' --inode 10
}

# video DEVICE DRIVER: adds the V4L2 node video0 of a platform device.
video() {
	put "sys/devices/platform/$1/video4linux/video0/uevent" $'MAJOR=81\nMINOR=0\nDEVNAME=video0'
	put "sys/devices/platform/$1/uevent" "DRIVER=$2"
	ln -s ../.. "$tree/sys/devices/platform/$1/video4linux/video0/device"
	mkdir -p "$tree/sys/class/video4linux"
	ln -s "../../devices/platform/$1/video4linux/video0" "$tree/sys/class/video4linux/video0"
}

# drm_card DEVICE DRIVER: adds the DRM node card0 of a platform device.
drm_card() {
	put "sys/devices/platform/$1/drm/card0/uevent" $'MAJOR=226\nMINOR=0\nDEVNAME=dri/card0'
	put "sys/devices/platform/$1/uevent" "DRIVER=$2"
	ln -s ../.. "$tree/sys/devices/platform/$1/drm/card0/device"
	mkdir -p "$tree/sys/class/drm"
	ln -s "../../devices/platform/$1/drm/card0" "$tree/sys/class/drm/card0"
}

@test "holders --device shows the buffers that a device is attached to, and all of their holders" {
	two_processes
	holders_prints $'7 10\n7 200' --device card0 --raw --no-headings -o INODE,PID
	holders_prints '9 -' --device vgem --raw --no-headings -o INODE,PID
	holders_fails 3 "device 'card': no such DRM or V4L2 device, and no attached device of this name" --device card --json
	is "$(field .summary.buffers)" 0

	# bufinfo names a DRM device after the parent of its nodes, not after card0.
	drm_card fd4b0000.gpu panthor
	bufinfo 7 4096 system frame fd4b0000.gpu
	for device in /dev/dri/card0 fd4b0000.gpu:panthor:primary driver:panthor fd4b0000.gpu; do
		holders_prints $'7 10\n7 200' --device "$device" --raw --no-headings -o INODE,PID
	done
	contains "$stderr" 'their attached devices are unknown: 1'
	bufinfo
	holders_prints '' --device /dev/dri/card0 --raw --no-headings
	holders_fails 3 "device '/dev/dri/card1': no such DRM or V4L2 device" --device /dev/dri/card1
}

@test "holders --device reports that a list of attached devices is incomplete" {
	local list names
	two_processes
	mapfile -t names < <(printf 'device-with-a-long-name-%04d\n' {1..40})
	list=$(printf '\n\t%s' "${names[@]}")
	bufinfo 7 4096 system frame "${list:2}"
	sed -i 's/^Total 1 devices/Total 40 devices/' "$tree/sys/kernel/debug/dma_buf/bufinfo"
	holders_prints $'7 10\n7 200' --device "${names[0]}" --raw --no-headings -o INODE,PID
	contains "$stderr" 'buffers with an incomplete list of attached devices: 1'
	holders_fails 3 "no attached device of this name (a list of attached devices is incomplete)" \
		--device "${names[39]}"
}

@test "holders --device accepts the node, an ID, the driver and a role of a V4L2 device" {
	two_processes
	video fdec0000.codec hantro-vpu
	bufinfo 7 4096 system frame fdec0000.codec
	for device in /dev/video0 fdec0000.codec:hantro-vpu:capture driver:hantro-vpu output; do
		holders_prints $'7 10\n7 200' --device "$device" --raw --no-headings -o INODE,PID
	done
	run_tool 0 record "$BATS_TEST_TMPDIR/board.tar" --sysroot "$tree"
	run_tool 0 holders --device fdec0000.codec:hantro-vpu:output --sysroot "$BATS_TEST_TMPDIR/board.tar" \
		--raw --no-headings -o INODE,PID
	is "$output" $'7 10\n7 200'
}

@test "holders --device fails if the attached devices are unknown" {
	two_processes
	rm -r "$tree/sys/kernel/debug"
	holders_fails 5 "device 'card0': finding its buffers: no sys/kernel" --device card0
	is "$output" ''
}

@test "holders --shared-by shows the buffers that all of the named processes hold" {
	two_processes
	process 30 reader
	mapping 30 7 1
	holders_prints $'7 10\n7 30\n7 200' --shared-by 10,200 --raw --no-headings -o INODE,PID
	holders_prints $'7 10\n7 30\n7 200' --shared-by 200,30,10 --raw --no-headings -o INODE,PID
	holders --shared-by 10,200 --by process --json
	is "$(field '[.holders[].pid] | sort | map(tostring) | join(" ")')" '10 30 200'
	is "$(joined '.summary | [.buffers, .bytes]')" '1 4096'
	process 40 idle
	holders_prints '' --shared-by 10,40 --raw --no-headings
	holders_fails 3 'process 31: no such process' --shared-by 10,31
}

@test "holders selects buffers by heap, class or exporter" {
	two_processes
	heap linux,cma 0
	heap protected 1
	holders linux,cma --raw --no-headings -o INODE
	is "$output" 8
	holders cma --raw --no-headings -o INODE
	is "$output" 8
	holders_prints $'7 10\n7 200\n9 -' system --raw --no-headings -o INODE,PID
	holders_prints '' protected --raw --no-headings
	holders_fails 3 "heap 'nosuch': no such heap or exporter; the kernel has" nosuch
	holders_fails 3 "class 'carveout': no such heap or exporter" carveout
}

@test "holders exits with 2 after a usage error" {
	expected=2 holders --pid 1 --inode 2
	expected=2 holders system --inode 2
	expected=2 holders system cma
	expected=2 holders ''
	expected=2 holders --pid 0
	expected=2 holders --pid x
	expected=2 holders --inode -1
	expected=2 holders --device vgem --inode 2
	expected=2 holders --device vgem system
	expected=2 holders --shared-by 1,2 --pid 1
	for pids in '' 1 1, ,1 0,1 1,x '1, 2' 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17; do
		holders_fails 2 "invalid argument '$pids' for '--shared-by': expected 2 to 16 process IDs" \
			--shared-by "$pids"
	done
	expected=2 holders --by name
	expected=2 holders -o nonesuch
}

@test "holders shows the IDs of attached devices, and null for a name that two devices share" {
	local device=$tree/sys/devices/pci0000:00/0000:00:02.0 bus
	bufinfo 5 4096 system '' 0000:00:02.0 6 4096 system '' vgem 7 4096 system '' twice 8 4096 system '' ''
	mkdir -p "$device" "$tree"/sys/bus/{pci,platform,faux}/devices
	ln -s ../../../bus/pci/drivers/cirrus-qemu "$device/driver"
	ln -s ../../../devices/pci0000:00/0000:00:02.0 "$tree/sys/bus/pci/devices"
	for bus in faux platform; do
		ln -s "../../../devices/$bus/twice" "$tree/sys/bus/$bus/devices/twice"
	done
	ln -s ../../../devices/faux/vgem "$tree/sys/bus/faux/devices/vgem"
	holders --json
	is "$(joined '.holders[] | [.device_ids]')" \
		$'["0000:00:02.0:cirrus"]\n["vgem:vgem"]\n[null]\n[]'
	holders -rno DEVICES,DEVICE-IDS
	is "$output" $'0000:00:02.0 0000:00:02.0:cirrus\nvgem vgem:vgem\ntwice -\n- -'
	holders_prints 5 --device 0000:00:02.0:cirrus -rno INODE
}

@test "holders shows figures as unknown if debugfs, their only source, is missing" {
	two_processes
	rm -r "$tree/sys/kernel/debug"
	holders --json
	is "$(field '.holders | length')" 3
	is "$(joined '.holders[0] | [.size, .devices, .attachments]')" \
		'4096 null null'
	is "$(joined '.holders[2] | [.size, .exporter, .rss, .mapped]')" \
		'null null null 8192'
	is "$(joined '.summary | [.bytes, .kernel_only, .kernel_only_bytes]')" \
		'null null null'
	expected=3 holders linux,cma
	holders system --json
	contains "$stderr" 'their exporter is unknown: 1'
}

@test "holders shows the totals of a bufinfo without inode numbers" {
	two_processes
	cp "$BATS_TEST_DIRNAME/../fuzz/corpus/bufinfo/4.19-fences" "$tree/sys/kernel/debug/dma_buf/bufinfo"
	holders --json
	is "$(field '.holders | length')" 3
	is "$(field '.summary.kernel_only')" null
	contains "$stderr" 'kernel-only buffers unknown: debugfs dma_buf/bufinfo has no inode numbers (Linux 5.3 added them)'
	contains "$stderr" 'buffers listed in debugfs, held or not: 2, total size 7.9 MiB'
}

@test "holders reports a malformed bufinfo and ignores its content" {
	two_processes
	sed -i 's/^Total 3 objects/Total 4 objects/' "$tree/sys/kernel/debug/dma_buf/bufinfo"
	holders --json
	is "$(field '.holders | length')" 3
	is "$(field '.summary.kernel_only')" null
	contains "$stderr" 'unsupported format of debugfs dma_buf/bufinfo'
	printf 'garbage\n' >"$tree/sys/kernel/debug/dma_buf/bufinfo"
	holders --json
	is "$(field '.summary.kernel_only')" null
}

@test "holders escapes the names of processes and buffers" {
	process 10 $'e\e[31mvil\nname'
	descriptor 10 3 7 4096 system $'a\nsize:\t1\nb\e[0m'
	holders
	contains "$output" 'a\x0asize:\x091\x0ab\x1b[0m'
	contains "$output" 'e\x1b[31mvil\x0aname'
	lacks "$output" $'\e'
	holders --json
	is "$(field '.holders[0].name | @json')" '"a\nsize:\t1\nb\u001b[0m"'
	is "$(field '.holders[0].size')" 4096
}

# others ARG...: runs holders on $tree, and prints the size of the used CMA memory that belongs to
# no buffer.
others() {
	holders --json "$@"
	field .summary.others
}

@test "holders and list show the size of the used CMA memory that belongs to no buffer" {
	heap linux,cma 0
	heap reserved 1
	heap system 2
	heap camera 3
	area linux,cma 1024 256
	area camera 1024 1024
	bufinfo 7 8192 linux,cma x '' 8 4096 reserved x '' 9 4096 system x '' 10 4096 gpu x ''
	is "$(others)" $(($(pages 768) - 12288))
	is "$(others cma)" $(($(pages 768) - 12288))
	is "$(others camera)" 0
	is "$(others system)" null
	is "$(others --inode 7)" null
	run_tool 0 list --sysroot "$tree" --raw -n -o NAME,OTHERS
	is "$output" "camera 0
linux,cma $(($(pages 768) - 12288))
reserved $(($(pages 768) - 12288))
system -"
	holders cma
	contains "$output" 'OTHERS '

	# OTHERS is unknown if the heap of a buffer, the list of buffers or the used memory is unknown,
	# or if the buffers are larger than the used memory.
	bufinfo 7 8192 cma_heap x ''
	is "$(others)" null
	bufinfo 7 8192 linux,cma x '' 8 90000000 linux,cma x ''
	is "$(others) $(others camera)" 'null 0'
	bufinfo 7 8192 linux,cma x ''
	rm "$tree/sys/kernel/mm/cma/camera/available_pages"
	is "$(others) $(others linux,cma)" "null $(($(pages 768) - 8192))"
	rm -r "$tree/sys/kernel/debug"
	is "$(others linux,cma)" null
	run_tool 0 list --sysroot "$tree" -o OTHERS
	contains "$stderr" "OTHERS unknown: the kernel's list of buffers is not readable"
	run_tool 0 list --sysroot "$tree"
	lacks "$stderr" OTHERS
}

@test "list reads the kernel's list of buffers for the column OTHERS, but not by default" {
	heap linux,cma 0
	area linux,cma 1024 256
	bufinfo 7 8192 linux,cma x ''
	run_tool 0 list -v --sysroot "$tree"
	lacks "$stderr" bufinfo
	run_tool 0 list -v --sysroot "$tree" -o +OTHERS
	contains "$stderr" 'bufinfo: buffers: 1'
}

@test "holders ignores descriptors of other files whose link in /proc/PID/fd resembles that of a dma-buf" {
	process 10 x
	ln -s /dmabuf:no "$tree/proc/10/fd/3"
	printf 'pos:\t0\nflags:\t02\nino:\t7\n' >"$tree/proc/10/fdinfo/3"
	ln -s /tmp/dmabuf: "$tree/proc/10/fd/4"
	holders --json
	is "$(field '.holders | length')" 0
}

@test "holders omits descriptors whose fdinfo lacks the inode number, and prints a remark that counts them" {
	process 10 x
	descriptor 10 3 7 4096 system
	sed -i '/^ino/d' "$tree/proc/10/fdinfo/3"
	holders --json
	is "$(field '.holders | length')" 0
	contains "$stderr" 'fdinfo lacks the inode number: 1'
	is "$(joined '.summary | [.buffers, .bytes, .processes, .fds, .mappings]')" \
		'null null null null null'
	holders
	contains "$stderr" 'no buffer found in the readable processes'
	descriptor 10 4 8 4096 system
	holders --json
	is "$(joined '.summary | [.buffers, .bytes, .processes, .fds, .mappings]')" \
		'1 4096 1 1 null'
}

@test "holders -v reports the sources that it read" {
	two_processes
	holders -v
	contains "$stderr" 'bufinfo: buffers: 3'
	contains "$stderr" 'proc: processes read: 2, unreadable: 0, ended: 0'
}

@test "holders prints JSON for the running system" {
	local status=0
	"$dmaheapctl" holders --json >"$out" 2>"$err" || status=$?
	((status == 0 || status == 4))
	is_answer "$status"
}

@test "holders --pid exits with 3 if the process does not exist on the running system" {
	run_tool 3 holders --pid 2147483647
}

# interrupted SIGNAL STATUS ARG...: runs holders on $tree, sends SIGNAL when holders reads the first
# descriptor, and asserts that holders exits with STATUS. $disposition is an option of env(1). By
# default, env resets all signals, because a shell script starts background jobs with SIGINT
# ignored.
interrupted() {
	local program preload
	preload
	# shellcheck disable=SC2034 # for run_tool
	program=(env "${disposition---default-signal}" LD_PRELOAD="$preload"
		INTERRUPT_WITH="$(kill -l "$1")" "$dmaheapctl")
	expected=$2 holders "${@:3}"
}

@test "after SIGINT, SIGTERM or SIGHUP, holders reports the processes that it read before the signal, and exits with 130" {
	local signal
	process 12 first
	descriptor 12 3 7 4096 system
	process 13 second
	descriptor 13 3 8 4096 system
	bufinfo 7 4096 system '' '' 8 4096 system '' ''
	for signal in INT TERM HUP; do
		interrupted $signal 130 --json
		is "$(jq -c '.interrupted, [.holders[].pid], .summary.kernel_only, .summary.unreadable' "$out" | paste -sd ' ')" \
			"true [12] null null"
		is "$(jq -r .error.message "$out")" 'reading /proc: interrupted after 1 process'
		contains "$stderr" 'dmaheapctl: reading /proc: interrupted after 1 process'
		# The scan ended before process 13: holders must not report this process as missing.
		interrupted $signal 130 --pid 13 --raw -n
		is "$output" ''
	done
	interrupted CONT 0 --json
	is "$(jq -c '.interrupted, [.holders[].pid]' "$out" | paste -sd ' ')" "false [12,13]"
}

@test "holders reports the number of kernel-only buffers as unknown if SIGINT arrives while it reads the last process" {
	process 12 last
	descriptor 12 3 7 4096 system
	bufinfo 7 4096 system '' '' 8 4096 system '' ''
	interrupted INT 130 --json
	is "$(jq -c '.interrupted, .summary.kernel_only' "$out" | paste -sd ' ')" "true null"
}

@test "holders keeps ignoring a signal that it inherited as ignored" {
	process 12 first
	descriptor 12 3 7 4096 system
	disposition=--ignore-signal=INT interrupted INT 0 --json
	is "$(jq -c '.interrupted' "$out")" false
}

# on_terminal ARG...: runs holders on $tree on a terminal with 60 columns, with a delay of 300 ms
# for each descriptor. Writes the text on the terminal to $BATS_TEST_TMPDIR/screen.
on_terminal() {
	local preload
	preload
	script -qec "stty cols 60; LD_PRELOAD='$preload' DELAY=300 '$dmaheapctl' holders --sysroot '$tree' $*" \
		"$BATS_TEST_TMPDIR/log" >/dev/null
	sed '1d; $d' "$BATS_TEST_TMPDIR/log" | tr -d '\r' >"$BATS_TEST_TMPDIR/screen"
}

@test "holders shows its progress on a terminal after one second, and erases it before the report" {
	local pid line
	for pid in {11..18}; do
		process "$pid" name
		descriptor "$pid" 3 "$pid" 4096 system
	done
	bufinfo
	on_terminal -n -o pid
	line='reading /proc: [3-8] of 8 processes, [1-3]\.[0-9]/s, [0-9.]+[mn]?s left'
	# The escape sequence erases the rest of the line.
	has "$BATS_TEST_TMPDIR/screen" "^($line"$'\e'"\[K){2,}"$'\e''\[K11$'
	is "$(sed -n 2,8p "$BATS_TEST_TMPDIR/screen" | paste -sd ' ')" '12 13 14 15 16 17 18'
	on_terminal -n -o pid -q
	is "$(head -8 "$BATS_TEST_TMPDIR/screen" | paste -sd ' ')" '11 12 13 14 15 16 17 18'
}

@test "holders rejects options that cannot be combined with --cma" {
	local options
	fails_with 2 '--for requires --cma' holders --for 1s
	for options in 'system' '--pid 1' '--inode 1' '--device x' '--shared-by 1,2' '--by process'; do
		# shellcheck disable=SC2086 # several words
		fails_with 2 '--cma cannot be combined with HEAP' holders --cma reserved --for 1s $options
	done
	expected=2 holders --cma reserved
	contains "$stderr" '--cma cannot be combined with --sysroot'
	expected=2 holders --cma reserved --for 1s
	contains "$stderr" '--cma cannot be combined with --sysroot'
	fails_with 2 "invalid argument '' for '--cma'" holders --cma '' --for 1s
	fails_with 2 "invalid argument '0' for '--for'" holders --cma reserved --for 0
}

@test "holders --pid reports that /proc hides processes if process 1 is missing" {
	process 12 shown
	descriptor 12 3 7 4096 system
	bufinfo 7 4096 system '' ''
	# Without the file "record", the tree may be incomplete, so holders does not assume hidepid.
	echo 'record major=1 page_size=4096' >"$tree/record"
	holders --pid 12 --json
	is "$(field '[.holders[].pid, .summary.unreadable] | map(tostring) | join(" ")')" '12 null'
	contains "$stderr" '/proc hides processes of other users (mount option hidepid); record as root to see all'
	holders_fails 4 'process 99: not found (/proc hides processes of other users)' --pid 99
	# The message names the process even if no process is readable.
	rm -r "$tree/proc/12/fd" "$tree/proc/12/maps" "$tree/sys/kernel"
	ln -s /errno/EACCES "$tree/proc/12/fd"
	ln -s /errno/EACCES "$tree/proc/12/maps"
	holders_fails 4 'reading processes: Permission denied'
	holders_fails 4 'process 99: not found (/proc hides processes of other users)' --pid 99
	process 1 init
	holders_fails 3 'process 99: no such process' --pid 99
	holders --pid 1
	lacks "$stderr" hides
}
