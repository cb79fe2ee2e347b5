#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2030,SC2031 # variables of common.bash; each test is a subshell
#
# Tests of 'dmaheapctl list' on recorded trees and mocked devices.

load common

setup() {
	new_tree
}

# list ARG...: runs list on $tree and asserts exit status $expected (default: 0).
list() {
	run_tool "${expected-0}" list --sysroot "$tree" "$@"
}

# list_fails STATUS TEXT ARG...: asserts that list on $tree exits with STATUS and that its stderr
# contains TEXT.
list_fails() {
	fails_with "$1" "$2" list --sysroot "$tree" "${@:3}"
}

# list_prints TEXT ARG...: asserts that list on $tree succeeds and that its stdout is TEXT.
list_prints() {
	prints "$1" list --sysroot "$tree" "${@:2}"
}

# --- No heaps -----------------------------------------------------------------

# kernel_config LINE...: adds a compressed kernel configuration to $tree.
kernel_config() {
	printf '%s\n' 'CONFIG_64BIT=y' "$@" | gzip >"$tree/proc/config.gz"
}

@test "list exits with 5 if /sys/class/dma_heap is missing and no kernel configuration is readable" {
	expected=5 list
	is "$output" ''
	contains "$stderr" 'no heaps: /sys/class/dma_heap does not exist, and no kernel configuration is readable (heaps require CONFIG_DMABUF_HEAPS)'
	printf 'no configuration\n' | gzip >"$tree/proc/config.gz"
	list_fails 5 'no kernel configuration is readable'
	kernel_config
	truncate -s -8 "$tree/proc/config.gz"
	list_fails 5 'no kernel configuration is readable'
}

@test "list exits with 5 on a kernel built without heaps" {
	kernel_config '# CONFIG_DMABUF_HEAPS is not set' CONFIG_DMABUF_HEAPS_OTHER=y
	expected=5 list
	is "$output" ''
	is "$stderr" 'dmaheapctl: kernel built without heaps: CONFIG_DMABUF_HEAPS is not set in /proc/config.gz'
	expected=5 list --json
	is "$(field '.schema, (.heaps | length)' | xargs)" '1 0'
}

@test "list reports heaps as missing or hidden if the kernel was configured with heaps, but /sys/class/dma_heap is missing" {
	kernel_config CONFIG_DMABUF_HEAPS=y
	list_fails 5 'heaps missing or hidden: CONFIG_DMABUF_HEAPS is set in /proc/config.gz, but /sys/class/dma_heap does not exist'
	lacks "$stderr" 'built without'
}

@test "list exits with 5 if no heap is registered" {
	heap_class
	expected=5 list
	is "$output" ''
	contains "$stderr" 'no heap registered'
}

@test "list reports heaps as missing or hidden if /sys/class and the nodes are missing" {
	rmdir "$tree/sys/class"
	list_fails 5 'heaps missing or hidden'
	# Nobody can mount sysfs in a recorded system.
	lacks "$stderr" mount
}

@test "list reports that there are no heaps if /sys/class/dma_heap is missing and /dev/dma_heap is empty" {
	mkdir "$tree/dev/dma_heap"
	list_fails 5 'no heaps: /sys/class/dma_heap does not exist'
}

@test "list reports the devices that programs can use instead of dma-heaps" {
	: >"$tree/dev/udmabuf"
	put sys/class/rk_dma_heap/cma/dev 240:0
	put sys/class/rk_dma_heap/cma-uncached/dev 240:1
	list_fails 5 '/dev/udmabuf: not a dma-heap, but creates dma-bufs from memfds'
	lacks "$stderr" 'at most'
	put sys/module/udmabuf/parameters/size_limit_mb 64
	put sys/module/udmabuf/parameters/list_limit 1024
	list_fails 5 'creates dma-bufs from memfds, at most 64 MiB (size_limit_mb) and 1024 memfd ranges (list_limit) per buffer; programs can use it instead'
	contains "$stderr" "/dev/rk_dma_heap: not dma-heaps, but Rockchip's heaps with their own ioctls: cma, cma-uncached; programs can use them instead"
	is "$output" ''
	heap system 0
	list
	contains "$stderr" '/dev/rk_dma_heap: not dma-heaps'
	lacks "$stderr" udmabuf
	list -v
	contains "$stderr" '/dev/udmabuf: not a dma-heap'
	contains "$stderr" '/dev/rk_dma_heap: not dma-heaps'
}

@test "list --json shows the devices that programs can use instead of dma-heaps" {
	expected=5 list --json
	is "$(field '.fallbacks | length')" 0
	heap system 0
	put sys/class/rk_dma_heap/cma/dev 240:0
	: >"$tree/dev/udmabuf"
	list --json system
	is "$(field '.fallbacks[] | map(tostring) | join(" ")')" \
		"cma rockchip /dev/rk_dma_heap/cma null null null
udmabuf udmabuf /dev/udmabuf null null null"
	put sys/module/udmabuf/parameters/size_limit_mb 64
	put sys/module/udmabuf/parameters/list_limit 1024
	list --json
	is "$(field '.fallbacks[1] | "\(.list_limit) \(.size_limit)"')" '1024 67108864'
	# The tool must not report an unreadable class as absent.
	rm -r "$tree/sys/class/rk_dma_heap"
	ln -s /errno/EACCES "$tree/sys/class/rk_dma_heap"
	list --json
	contains "$stderr" '/dev/rk_dma_heap: devices unknown: reading /sys/class/rk_dma_heap: Permission denied'
	is "$(field '.fallbacks[].name')" udmabuf
	# The table omits the devices that are not dma-heaps.
	list
	is "${#lines[@]}" 2
}

# --- Rows -------------------------------------------------------------

@test "list shows the default columns" {
	heap system 0
	list
	is "${lines[0]}" \
		'NAME   KIND   ACCESS SIZE FREE'
	is "${lines[1]}" \
		'system system -         -    -'
	is "${#lines[@]}" 2
	is "$stderr" ''
}

@test "list --json prints every column, and null for each unknown value" {
	heap system 3
	list --json
	is "$(field '.schema')" 1
	is "$(field '.heaps[0] | to_entries | map(.key) | join(" ")')" \
		"name kind node mode access size free dev owner group alias largest others map source region region_source failed_bytes report kind_inferred_from conflict"
	is "$(field '.heaps[0] | [.name, .kind, .mode, .dev, .owner, .group, (.source | join(","))] | join(" ")')" \
		"system system 0600 252:3 root root sysfs,node"
	is "$(joined '.heaps[0] | [.access, .size, .free, .largest, .alias, .conflict]')" \
		'null null null null null null'
	contains "$(field '.heaps[0].kind_inferred_from')" 'system heap'
}

@test "list appends a plus sign to the mode of a node that has an access control list" {
	heap system 0
	gcc -o "$BATS_TEST_TMPDIR/set-acl" "$BATS_TEST_DIRNAME/../vm/helpers/set-acl.c"
	# user::rw-, group::---, group:44:rw-, mask::rw-, other::---
	"$BATS_TEST_TMPDIR/set-acl" "$tree/dev/dma_heap/system" 02000000 01000600ffffffff \
		04000000ffffffff 080006002c000000 10000600ffffffff 20000000ffffffff ||
		skip 'the file system has no access control lists'
	list --json
	is "$(field '.heaps[0].mode')" 0660+
}

@test "list infers the kind of a heap from its name" {
	local name i=0
	local names='system linux,cma default_cma_region protected protected,secure-video
		protected,trusted-ui memory@42000000 mtk_svp system-uncached whatever'

	for name in $names; do
		heap "$name" $((i++))
	done
	list --raw --no-headings -o name,kind
	is "$output" 'default_cma_region cma
linux,cma cma
memory@42000000 unknown
mtk_svp protected
protected protected
protected,secure-video protected
protected,trusted-ui protected
system system
system-uncached system
whatever unknown'
}

@test "list shows the heaps of a recorded Linux 6.12 system" {
	tree=$sysroots/own-6.12
	list --json
	# The recorded system has 4 KiB pages. The page size of this machine must not matter.
	is "$(field '.heaps[] | [.name, .kind, .mode, .size, .free, .dev, .region_source] | map(tostring) | join(" ")')" \
		'reserved cma 0600 67108864 67108864 254:1 ["sysfs","debugfs"]
system system 0600 null null 254:0 null'
	is "$(joined '.fallbacks[] | [.node, .list_limit, .size_limit]')" '/dev/udmabuf 1024 67108864'
	is "$(field '[.kernel.release[:4], .kernel.machine, .kernel.page_size] | map(tostring) | join(" ")')" \
		'6.12 x86_64 4096'
}

@test "list and holders show a recorded arm64 system with named CMA regions and a TEE heap" {
	tree=$sysroots/own-7.3-arm64
	list --json
	is "$(joined '.heaps[] | [.name, .kind, .size, .free, .alias, (.region_source // [] | join(","))]')" \
		'camera@50000000 cma 16777216 12582912 null sysfs,debugfs
default_cma_region cma 67108864 66977792 reserved sysfs,debugfs
display@52000000 cma 8388608 8388608 null sysfs,debugfs
protected,secure-video protected null null null 
reserved cma 67108864 66977792 default_cma_region sysfs,debugfs
system system null null null '
	list --raw --no-headings -o name protected
	is "$output" 'protected,secure-video'
	run_tool 0 holders --sysroot "$tree" --raw --no-headings -o size,exporter,pid,process
	is "$output" '4194304 camera@50000000 78 dmaheapctl'
}

# recorded NAME ROW...: asserts the page size, the heaps and the only buffer of a recorded system. The
# first ROW is the page size, the last one the buffer.
recorded() {
	tree=$sysroots/$1
	shift
	list --json
	is "$(field .kernel.page_size; joined '.heaps[] | [.name, .kind, .size, .free]')
$("$dmaheapctl" holders --sysroot "$tree" --raw -n -o size,exporter,name,process)" "$(printf '%s\n' "$@")"
}

@test "list and holders show three recorded systems: one with OP-TEE's dynamic pool, one with 64 KiB pages, and one with Debian's kernel" {
	recorded own-7.3-arm64-tee-dynamic 4096 'default_cma_region cma 67108864 65929216' \
		'protected,secure-video protected null null' 'reserved cma 67108864 65929216' \
		'system system null null' '524288 tee label dmaheapctl'
	recorded own-7.3-arm64-64k 65536 'default_cma_region cma 67108864 62783488' \
		'reserved cma 67108864 62783488' 'system system null null' \
		'4194304 default_cma_region label dmaheapctl'
	recorded debian-6.12 4096 'system system null null' '4194304 system label dmaheapctl'
}

@test "list shows 128 heaps" {
	local i

	for ((i = 0; i < 128; i++)); do
		heap "heap-$i" "$i"
	done
	list --json
	is "$(field '.heaps | length')" 128
	is "$(field '[.heaps[].dev] | unique | length')" 128
	list --no-headings
	is "${#lines[@]}" 128
}

# --- Regions ------------------------------------------------------------------

@test "list shows that linux,cma and default_cma_region share a region" {
	heap linux,cma 0
	heap default_cma_region 1
	area linux,cma 1000 250 7
	list --json
	is "$(joined '.heaps[] | [.name, .alias, .region, .size, .free, .failed_bytes]')" \
		"default_cma_region linux,cma linux,cma $(pages 1000) $(pages 250) $(pages 7)
linux,cma default_cma_region linux,cma $(pages 1000) $(pages 250) $(pages 7)"
}

@test "list reads the longest free run from debugfs" {
	heap reserved 0
	debug_area reserved 1024 512 100
	list --json
	is "$(joined '.heaps[0] | [.size, .free, .largest, (.region_source | join(","))]')" \
		"$(pages 1024) $(pages 512) $(pages 100) debugfs"
}

@test "list finds the cma-NAME directories of older kernels in debugfs" {
	heap linux,cma 0
	heap reserved 1
	debug_area cma-linux,cma 1024 512 100
	debug_area cma-reserved 2048 0 2048
	list --raw --no-headings -o name,region,size linux,cma reserved
	is "$output" "linux,cma linux,cma $(pages 1024)
reserved reserved $(pages 2048)"
}

@test "list reads missing figures from meminfo if there is only one CMA region" {
	heap reserved 0
	mkdir -p "$tree/sys/kernel/mm/cma/reserved"
	put proc/meminfo $'MemTotal:  100000 kB\nCmaTotal:  65536 kB\nCmaFree:  1024 kB'
	list --json
	is "$(joined '.heaps[0] | [.size, .free, .largest, (.region_source | join(","))]')" \
		'67108864 1048576 null meminfo'
	lacks "$stderr" unknown
}

@test "list does not use the totals of meminfo if there are two CMA regions" {
	heap reserved 0
	mkdir -p "$tree/sys/kernel/mm/cma/"{reserved,other}
	put proc/meminfo $'CmaTotal:  65536 kB\nCmaFree:  1024 kB'
	list --json
	is "$(joined '.heaps[0] | [.size, .free]')" 'null null'
	contains "$stderr" 'requires Linux 6.15 with CONFIG_CMA_SYSFS, or CONFIG_CMA_DEBUGFS and root'
	# The caller cannot mount the debugfs of a recorded system.
	lacks "$stderr" 'mount'
}

# pool NAME SIZE PROPERTY...: adds a reserved-memory node to the device tree of $tree. SIZE is in
# MiB. Each PROPERTY is the name of an empty property.
pool() {
	local property node=$tree/sys/firmware/devicetree/base/reserved-memory/$1

	mkdir -p "$node"
	printf 'shared-dma-pool\0' >"$node/compatible"
	printf %b "$(printf '%016x%016x' 0x42000000 $(($2 << 20)) | sed 's/../\\x&/g')" >"$node/reg"
	for property in "${@:3}"; do
		: >"$node/$property"
	done
}

@test "list reads the size of a region from its reserved-memory node in the device tree" {
	cp -R "$sysroots/own-7.3-arm64/." "$tree"
	rm -r "$tree/sys/kernel" "$tree/proc/meminfo"
	list --json camera@50000000 display@52000000
	is "$(joined '.heaps[] | [.kind, .size, .free, .region, (.region_source | join(","))]')" \
		'cma 16777216 null camera@50000000 device-tree
cma 8388608 null display@52000000 device-tree'
}

@test "list uses the reserved-memory node with the property linux,cma-default for the default CMA heap, unless the kernel command line contains cma=" {
	heap default_cma_region 0
	heap camera@42000000 1
	heap display@43000000 2
	pool camera@42000000 24 reusable linux,cma-default
	pool display@43000000 8 reusable
	list_prints "camera@42000000 cma 25165824 default_cma_region
default_cma_region cma 25165824 camera@42000000
display@43000000 cma 8388608 -" --raw --no-headings -o name,kind,size,alias
	# If the kernel command line contains cma=, the kernel ignores the node with the property
	# linux,cma-default.
	put proc/cmdline 'quiet cma=64M'
	list_prints "camera@42000000 unknown - -
default_cma_region cma - -
display@43000000 cma 8388608 -" --raw --no-headings -o name,kind,size,alias
}

@test "list shows a heap named after a non-reusable reserved-memory node as a carve-out" {
	heap camera@42000000 0
	heap reserved 1
	mkdir -p "$tree/sys/kernel/mm/cma/reserved"
	pool camera@42000000 40
	pool other@50000000 16
	put proc/meminfo $'CmaTotal:  65536 kB\nCmaFree:  1024 kB'
	list --json
	is "$(joined '.heaps[0] | [.name, .kind, .size, .free, .region, (.region_source | join(","))]')" \
		'camera@42000000 carveout 41943040 null camera@42000000 device-tree'
	is "$(joined '.heaps[1] | [.name, .kind, .size, .free]')" 'reserved cma 67108864 1048576'
	list -o name,why
	contains "$output" 'camera@42000000 a non-reusable reserved-memory node has the same name'
	list --map camera@42000000
	lacks "$stderr" 'map unknown'
}

@test "list shows a CMA heap and its uncached variant as aliases" {
	heap camera 0
	heap camera-uncached 1
	pool camera 32 reusable
	list --raw --no-headings -o name,kind,size,alias
	is "$output" 'camera cma 33554432 camera-uncached
camera-uncached cma 33554432 camera'
}

@test "list shows malformed figures as unknown, not as zero" {
	heap reserved 0
	area reserved banana -1 99999999999999999999999
	list --json
	is "$(joined '.heaps[0] | [.size, .free, .failed_bytes]')" \
		'null null null'
	list -v
	contains "$stderr" 'EBADMSG'
}

# --- Sources that disagree ------------------------------------------------------

@test "list reports a heap without a node" {
	heap system 0
	heap_device linux,cma 1
	list --raw --no-headings -o name,source,mode
	is "$output" 'linux,cma sysfs -
system sysfs,node 0600'
	contains "$stderr" "heap 'linux,cma': registered, but the node is missing"
	lacks "$stderr" 'devtmpfs'
}

@test "list reports the nodes as missing or hidden if no heap has a node" {
	heap_device system 0
	heap_device linux,cma 1
	list -o +node
	contains "$output" '/dev/dma_heap/system'
	contains "$stderr" "heaps 'linux,cma', 'system': registered, but the node is missing"
	contains "$stderr" 'nodes missing or hidden'
	contains "$stderr" 'devtmpfs'
}

@test "list reports a node without a registered heap" {
	heap system 0
	heap_node stray
	list --json
	contains "$(field '.heaps[] | select(.name == "stray") | .conflict')" \
		'the node belongs to no registered heap'
	contains "$stderr" "heap 'stray'"
}

@test "list finds heaps by their nodes if /sys/class is missing" {
	rmdir "$tree/sys/class"
	heap_node system
	list_prints 'system node' --raw --no-headings -o name,source
}

@test "list -q prints no remarks" {
	heap_device system 0
	list -q
	is "$stderr" ''
}

@test "list reports 100 missing nodes in two lines" {
	local i

	for ((i = 0; i < 100; i++)); do
		heap_device "heap-$i" "$i"
	done
	list
	is "${#stderr_lines[@]}" 2
	contains "$stderr" 'and 96 more'
}

@test "list -v reports each source and the result of reading it" {
	heap system 0
	list -v
	contains "$stderr" $'sys/class/dma_heap: 1 device\n'
	contains "$stderr" $'dev/dma_heap: 1 node\n'
	contains "$stderr" 'sys/kernel/mm/cma: ENOENT'
	contains "$stderr" 'libudev: not used for a recorded system'
}

# --- Selection ----------------------------------------------------------------

@test "list -v, list --json and list -o REPORT show a heap's debugfs report, unless it is larger than 64 KiB" {
	local file=sys/kernel/debug/dma_heap/protected
	new_tree
	heap protected 0
	heap system 1
	put "$file" $'pool: 4 MiB\n\tusers: \e[31mgpu'
	run_tool 0 list --sysroot "$tree"
	lacks "$output" pool
	run_tool 0 list -v --sysroot "$tree"
	is "$(sed '1,/^$/d' "$out")" $'Debugfs report of heap protected:\n  pool: 4 MiB\n  \\x09users: \\x1b[31mgpu'
	run_tool 0 list --json --sysroot "$tree"
	is "$(field '.heaps[] | .report | @json')" '"pool: 4 MiB\n\tusers: \u001b[31mgpu"
null'
	run_tool 0 list -o REPORT --raw --no-headings --sysroot "$tree" protected
	is "$output" 'pool:\x204\x20MiB\x0a\x09users:\x20\x1b[31mgpu'
	# The report is null for an empty text, and for a text of more than 64 KiB.
	: >"$tree/$file"
	run_tool 0 list --json --sysroot "$tree"
	is "$(field '.heaps[0].report')" null
	head -c 65537 /dev/zero | tr '\0' x >"$tree/$file"
	run_tool 0 list -v --json --sysroot "$tree"
	is "$(field '.heaps[0].report')" null
	contains "$stderr" 'sys/kernel/debug/dma_heap/protected: EFBIG'
	head -c 65536 /dev/zero | tr '\0' x >"$tree/$file"
	run_tool 0 list --json --sysroot "$tree"
	is "$(field '.heaps[0].report | length')" 65536
}

@test "list shows only the named heaps" {
	heap system 0
	heap linux,cma 1
	heap memory@42000000 2
	list --raw --no-headings -o name linux,cma memory@42000000
	is "$output" 'linux,cma
memory@42000000'
}

@test "list shows all heaps of a class" {
	heap system 0
	heap linux,cma 1
	heap default_cma_region 2
	list --raw --no-headings -o name cma
	is "$output" 'default_cma_region
linux,cma'
}

@test "list shows a heap once if it is named twice" {
	heap linux,cma 1
	list_prints 'linux,cma' --raw --no-headings -o name linux,cma cma linux,cma
}

@test "list exits with 3 for an unknown heap, and names the existing heap" {
	heap system 0
	list_fails 3 "heap 'nosuch': no such heap; the kernel has heap 'system'" nosuch
	lacks "$stderr" 'did you mean'
	expected=3 list --json nosuch
	is "$(field '.heaps | length')" 0
}

@test "list suggests a similar name for an unknown heap" {
	heap system 0
	list_fails 3 "heap 'sytem': no such heap (did you mean 'system'?)" sytem
}

@test "list exits with 3 for a class without heaps" {
	heap system 0
	list_fails 3 "class 'protected': no such heap; the kernel has" protected
}

@test "list explains why there is no CMA heap" {
	heap system 0
	list_fails 3 "class 'cma': no such heap; the kernel has heap 'system'" cma
	put proc/meminfo 'MemTotal: 1000 kB'
	list_fails 3 "class 'cma': no such heap (kernel built without CMA: /proc/meminfo has no CmaTotal); the kernel has" cma
	put proc/meminfo $'MemTotal: 1000 kB\nCmaTotal: 0 kB'
	list_fails 3 "class 'cma': no such heap (no CMA region is reserved: CmaTotal is 0); the kernel has" cma
	put proc/meminfo $'MemTotal: 100000 kB\nCmaTotal: 65536 kB'
	list_fails 3 "(CMA regions total 64 MiB, but no CMA heap is registered)" cma
	kernel_config CONFIG_DMABUF_HEAPS=y '# CONFIG_DMABUF_HEAPS_CMA is not set'
	list_fails 3 "(CONFIG_DMABUF_HEAPS_CMA is not set in /proc/config.gz)" cma
	kernel_config CONFIG_DMABUF_HEAPS=y CONFIG_DMABUF_HEAPS_CMA=m
	list_fails 3 "no CMA heap is registered" cma
	rm -r "$tree/sys/class"
	list_fails 3 "(CMA regions total 64 MiB, but /dev/dma_heap has no node of a CMA heap)" cma
}

@test "list reports that kernels before 6.18 have no TEE heaps" {
	heap system 0
	put proc/sys/kernel/osrelease 6.17.9-board
	list_fails 3 "class 'protected': no such heap (TEE heaps require Linux 6.18, but the kernel is 6.17.9-board); the" protected
	put proc/sys/kernel/osrelease 6.18.0
	list_fails 3 "class 'protected': no such heap; the kernel has" protected
	put proc/sys/kernel/osrelease 7.0
	list_fails 3 "class 'protected': no such heap; the kernel has" protected
}

@test "list exits with 3 if one of the named heaps does not exist, and still shows the others" {
	heap system 0
	expected=3 list --raw --no-headings -o name nosuch system
	is "$output" system
	contains "$stderr" nosuch
}

@test "list escapes the name of an unknown heap in the error message" {
	heap system 0
	expected=3 list $'\e[31mred'
	lacks "$stderr" $'\e'
	contains "$stderr" '\x1b[31mred'
}

# --- Hostile names ---------------------------------------------------------

@test "in a UTF-8 locale, list escapes printable UTF-8 only with --raw, --pairs and --json" {
	local wide=$'\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e' accent=$'caf\xc3\xa9'
	local bidi=$'a\xe2\x80\xaeb' c1=$'a\xc2\x9b31m'

	export LC_ALL=C.UTF-8
	heap "$wide" 0
	heap "$accent" 1
	heap "$bidi" 2
	heap "$c1" 3
	list -o NAME,DEV
	is "$output" "NAME           DEV
a\\xc2\\x9b31m   252:3
a\\xe2\\x80\\xaeb 252:2
$accent           252:1
$wide         252:0"
	expected=3 list "$accent$bidi"
	contains "$stderr" "heap '${accent}a\\xe2\\x80\\xaeb': no such heap"
	list -rno NAME
	is "$output" 'a\xc2\x9b31m
a\xe2\x80\xaeb
caf\xc3\xa9
\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e'
	list -Po NAME
	is "${lines[2]}" 'NAME="caf\xc3\xa9"'
	list --json
	is "$(LC_ALL=C tr -d ' -~\n' <<<"$output")" ''
	LC_ALL=C list -o NAME
	contains "$output" 'caf\xc3\xa9'
}

@test "list escapes control characters in names, and with --raw also blanks" {
	local name count=0
	local esc=$'red\e[31m' blank='two words' tab=$'a\tb' back='back\slash' bad=$'bad\xff' utf=$'caf\xc3\xa9'

	for name in "$esc" "$blank" "$tab" "$back" "$bad" "$utf" -- - '"quoted"'; do
		heap "$name" $((count++))
	done
	list
	lacks "$output" $'\e'
	lacks "$output" $'\t'
	contains "$output" 'red\x1b[31m'
	contains "$output" 'two words'
	contains "$output" 'caf\xc3\xa9'

	list --raw --no-headings -o name,dev
	is "${#lines[@]}" $count
	[[ -z $(awk 'NF != 2' <<<"$output") ]]
	contains "$output" 'two\x20words 252:'
	contains "$output" '\x2d 252:'
	contains "$output" 'back\x5cslash 252:'

	list --json
	lacks "$output" $'\e'
	is "$(LC_ALL=C tr -d ' -~\n' <<<"$output")" ''
	is "$(jq --arg n "$esc" '[.heaps[] | select(.name == $n)] | length' <<<"$output")" 1
	is "$(jq --arg n "$tab" '[.heaps[] | select(.name == $n)] | length' <<<"$output")" 1
	is "$(jq --arg n "$utf" '[.heaps[] | select(.name == $n)] | length' <<<"$output")" 1
	is "$(jq --arg n 'bad\xff' '[.heaps[] | select(.name == $n)] | length' <<<"$output")" 1
}

@test "list shows the name and the node of a heap whose name contains a slash" {
	heap_device vendor/secure 0
	list_prints 'vendor/secure /dev/dma_heap/vendor/secure' --raw --no-headings -o name,node
}

@test "list does not follow symlinks out of the directory given with --sysroot" {
	mkdir -p "$BATS_TEST_TMPDIR/outside/secret"
	printf 'DEVNAME=dma_heap/stolen\n' >"$BATS_TEST_TMPDIR/outside/secret/uevent"
	heap_class
	ln -s "$BATS_TEST_TMPDIR/outside/secret" "$tree/sys/class/dma_heap/absolute"
	ln -s ../../../../outside/secret "$tree/sys/class/dma_heap/climbing"
	ln -s loop "$tree/sys/class/dma_heap/loop"
	# The tool does not follow these links, so it cannot read the device numbers of the heaps
	# and exits with 1.
	expected=1 list -v
	lacks "$output" stolen
	contains "$stderr" "heap 'absolute': reading device number: Invalid cross-device link"
	contains "$stderr" 'class/dma_heap/absolute/uevent: EXDEV'
	contains "$stderr" 'class/dma_heap/climbing/uevent: EXDEV'
	contains "$stderr" 'class/dma_heap/loop/uevent: ELOOP'
}

# --- Columns and formats ------------------------------------------------------------

@test "list and accounting sort heaps in natural order" {
	local name

	for name in buf10 buf2 buf1; do
		heap $name "${name#buf}"
	done
	list_prints $'buf1\nbuf2\nbuf10' -rno NAME
	list_prints $'buf2\nbuf10' -rno NAME buf10 buf2
	run_tool 5 accounting -rno HEAP --sysroot "$tree"
	is "$output" $'buf1\nbuf2\nbuf10'
}

@test "list -o shows each named column once, in the given order" {
	heap system 5
	list -o DEV,name,dev
	is "${lines[0]}" 'DEV   NAME'
	is "${lines[1]}" '252:5 system'
	list --json -o kind,name
	is "$(field '.heaps[0] | to_entries | map(.key) | join(" ")')" 'kind name'
}

@test "list -o +COLUMN adds a column to the default columns" {
	heap system 5
	list -o +dev
	contains "${lines[0]}" 'FREE DEV'
	list --raw -o +dev,owner
	is "${lines[0]}" 'NAME KIND ACCESS SIZE FREE DEV OWNER'
	is "${lines[1]}" 'system system - - - 252:5 root'
}

@test "list -o accepts every column that --list-columns prints" {
	heap reserved 0
	area reserved 10 5
	run_tool 0 --list-columns list
	local column columns=$output
	while IFS=$'\t' read -r column _; do
		list -o "$column"
		is "${#lines[@]}" 2
	done <<<"$columns"
}

# bitmap DIRECTORY ORDER NUMBER...: adds the bitmap of a CMA area to debugfs. A bit stands for
# 2^ORDER pages. Each NUMBER contains 32 bits.
bitmap() {
	put "sys/kernel/debug/cma/$1/order_per_bit" "$2"
	put "sys/kernel/debug/cma/$1/bitmap" "${*:3}"
}

@test "list --map draws the free and used memory of each region" {
	local dots

	heap linux,cma 0
	heap reserved 1
	heap camera 2
	heap system 3
	# The bitmap has 1024 bits, so each of the 80 characters stands for 12 or 13 bits.
	debug_area linux,cma 1024 34 512
	# shellcheck disable=SC2046 # several numbers
	bitmap linux,cma 0 4294967295 1 $(printf '0 %.0s' {3..31}) 2147483648
	# Each bit stands for two pages, and there are fewer bits than characters in a line. The
	# last number has unused bits.
	debug_area camera 80 36 40
	bitmap camera 1 65535 3
	printf -v dots '.%.0s' {4..79}
	list_prints "NAME      SIZE FREE LARGEST OTHERS
camera    320K 176K    160K      -
linux,cma   4M 3.8M      2M      -
reserved    4M 3.8M      2M      -

camera: . free, + partly used, # used; 8K per character
################................##......

linux,cma: . free, + partly used, # used; 51.1K per character
##+$dots+" --map
	list_prints "camera ################................##......" camera --map --raw -n
	list_prints "##+$dots+" reserved --raw -n -o MAP
	list --json camera
	is "$(field '.heaps[0].map')" '################................##......'
	list --map system
	contains "$stderr" "heap 'system': no map: the heap has no known CMA region"

	# Since Linux 6.15, an area can have several ranges.
	bitmap camera/ranges/0 1 4294967295
	bitmap camera/ranges/1 1 15
	debug_area camera 128 72 40
	list_prints '####################################............................' camera --raw -n -o MAP
	bitmap camera/ranges/0 1 4294967295 1
	list_prints - camera --raw -n -o MAP
	new_tree
	heap system 0
	list --map
	is "$output" ''
	contains "$stderr" 'no map: no selected heap has a known CMA region'
	expected=3 list --map nosuch
	lacks "$stderr" 'no map'
	# Without figures of CMA, the region of a CMA heap is unknown, not absent.
	heap linux,cma 1
	list --map linux,cma
	contains "$stderr" "heap 'linux,cma': map unknown (requires CONFIG_CMA_DEBUGFS and root)"
}

@test "list --map --json lists the used memory of each region" {
	heap linux,cma 0
	heap camera 1
	debug_area linux,cma 1024 34 512
	# shellcheck disable=SC2046 # several numbers
	bitmap linux,cma 0 4294967295 1 $(printf '0 %.0s' {3..31}) 2147483648
	debug_area camera 80 36 40
	bitmap camera 1 65535 3
	list --map --json
	is "$(field '.runs[] | [.region, .offset, .bytes, .heap, .inode, .pid, .process] | map(tostring) | join(" ")')" \
		"camera 0 131072 null null null null
camera 262144 16384 null null null null
linux,cma 0 135168 null null null null
linux,cma 4190208 4096 null null null null"
	list --map --json camera
	is "$(field '[.runs[].region] | unique | join(" ")')" camera
	list --json
	is "$(field 'has("runs")')" false
}

@test "list shows no map if the bitmap is malformed or contradicts the size of the region" {
	local numbers

	heap camera 2
	debug_area camera 40 32 8
	for numbers in '65535' '65535 256' '65535 0 0' '4294967296 0' '-1 0' 'x' '0x1 0' ''; do
		# shellcheck disable=SC2086 # several numbers
		bitmap camera 0 $numbers
		list_prints - --raw -n -o MAP
	done
	bitmap camera 21 0
	list_prints - --raw -n -o MAP
	bitmap camera 0 0 0
	list_prints "$(printf '.%.0s' {1..40})" --raw -n -o MAP
	rm -r "$tree/sys/kernel/debug"
	list --map camera
	area camera 10 5
	list --map camera
	contains "$stderr" "heap 'camera': map unknown (requires CONFIG_CMA_DEBUGFS and root)"
}

@test "list -o rejects unknown columns" {
	heap system 0
	for columns in nosuch name,nosuch '' ',' 'name,' +nosuch ++ 'name kind'; do
		expected=2 list -o "$columns"
		is "$output" ''
	done
	expected=2 list -o $'x\e[31m'
	lacks "$stderr" $'\e'
}

@test "list --no-headings prints no headings" {
	heap system 0
	list_prints 'system system' --no-headings -o name,kind
	list_prints 'system system' --raw --no-headings -o name,kind
}

@test "list --raw prints sizes in bytes, without a unit" {
	heap reserved 0
	area reserved 1024 3
	list_prints "reserved $(pages 1024) $(pages 3) -" --raw --no-headings -o name,size,free,largest
}

# on_terminal WIDTH COMMAND: runs a command on a terminal with WIDTH columns, and stores its output
# in $output.
on_terminal() {
	run script -qec "stty cols $1; $2" /dev/null
	output=${output//$'\r'/}
}

@test "list prints each row as a record if the table is wider than the terminal, except with -n or --raw" {
	local record=$'NAME   system\nKIND   system\nACCESS -\nSIZE   -\nFREE   -'
	local table=$'NAME   KIND   ACCESS SIZE FREE\nsystem system -         -    -'

	heap system 0
	on_terminal 30 "'$dmaheapctl' list -q --sysroot '$tree'"
	is "$output" "$table"
	on_terminal 29 "'$dmaheapctl' list -q --sysroot '$tree'"
	is "$output" "$record"
	# A serial console reports a width of 0.
	on_terminal 0 "'$dmaheapctl' list -q --sysroot '$tree'"
	is "$output" "$table"
	on_terminal 29 "COLUMNS=30 '$dmaheapctl' list -q --sysroot '$tree'"
	is "$output" "$table"
	COLUMNS=29 list_prints "$record"
	COLUMNS=29 list_prints 'system system - - -' -n
	COLUMNS=29 list_prints $'NAME KIND ACCESS SIZE FREE\nsystem system - - -' --raw
	# The tool ignores values of COLUMNS that are not valid widths.
	for columns in '' 0 -29 29x 0x 65536 18446744073709551645; do
		COLUMNS=$columns list_prints "$table"
	done
}

@test "errors have a red prefix on a terminal, unless --color, NO_COLOR or TERM disables colours" {
	local red=$'\e[31mdmaheapctl:\e[0m heap' command="'$dmaheapctl' list nosuch --sysroot '$tree'"

	heap system 0
	export TERM=vt100
	unset NO_COLOR
	on_terminal 80 "$command"
	contains "$output" "$red"
	for command in "NO_COLOR=1 $command" "TERM=dumb $command" "$command --color=never"; do
		on_terminal 80 "$command"
		contains "$output" 'dmaheapctl: heap'
	done
	expected=3 list nosuch
	contains "$stderr" 'dmaheapctl: heap'
	expected=3 list nosuch --color=always
	contains "$stderr" "$red"
	list_fails 2 "invalid argument 'x' for '--color': expected auto, always or never" --color=x
}

@test "list prints records to a file if the table is wider than 80 characters, with -o only if the variable COLUMNS is set" {
	local name
	name=$(printf 'x%.0s' {1..55})

	heap "$name" 0
	list
	is "${lines[0]}" "NAME$(printf '%52s' '')KIND    ACCESS SIZE FREE"
	heap "${name}y" 1
	list
	is "${lines[0]}" "NAME   $name"
	is "${lines[5]}" ''
	list -o +NODE
	contains "${lines[0]}" 'FREE NODE'
	COLUMNS=80 list -o +NODE
	is "${lines[5]}" "NODE   /dev/dma_heap/$name"
}

@test "list does not truncate long values in a file or on a terminal" {
	local name=protected,secure-video-record-with-a-name-that-goes-on-and-on

	heap "$name" 0
	list -o +node,conflict,why,source
	contains "$output" "/dev/dma_heap/$name"
	contains "$output" 'name of a TEE heap'
	COLUMNS=40 run script -qec "stty cols 40; '$dmaheapctl' list -o +node --sysroot '$tree'" /dev/null
	contains "$output" "/dev/dma_heap/$name"
}

@test "list --pairs writes lines that a shell can evaluate" {
	# shellcheck disable=SC2016 # no expansion in names
	heap 'a b"c$d`e\' 0
	heap plain 1
	run_tool 0 list --pairs -o name,region-source,free --sysroot "$tree"
	is "${lines[0]}" 'NAME="a b\x22c\x24d\x60e\x5c" REGION_SOURCE="-" FREE="-"'
	is "${lines[1]}" 'NAME="plain" REGION_SOURCE="-" FREE="-"'
	local NAME='' REGION_SOURCE='' FREE=''
	eval "${lines[0]}"
	is "$(printf %b "$NAME")" 'a b"c$d`e\'
	is "$REGION_SOURCE$FREE" '--'
}

@test "list accepts the path of a node, and shell patterns" {
	heap system 0
	heap protected 1
	heap protected,video 2
	run_tool 0 list -rno name 'protected*' --sysroot "$tree"
	is "$output" $'protected\nprotected,video'
	run_tool 0 list -rno name '[ps]*[md]' --sysroot "$tree"
	is "$output" $'protected\nsystem'
	run_tool 0 list -rno name /dev/dma_heap/system --sysroot "$tree"
	is "$output" system
	fails_with 3 "heap 'x*': no such heap" list 'x*' --sysroot "$tree"
}

@test "list exits with 2 after a usage error" {
	for arguments in --nosuch -x '--json --raw' -o '--sysroot' --json=1; do
		# shellcheck disable=SC2086 # several words
		run_tool 2 list $arguments
		expects_json $arguments || is "$output" ''
	done
	run_tool 2 list ''
}

@test "list exits with 3 if it cannot open the sysroot, and with 1 if the sysroot is a regular file but not a record" {
	run_tool 3 list --sysroot "$tree/nosuch" --json
	is "$(field '.error | [.subject, .stage] | join(" ")')" "sysroot '$tree/nosuch' opening"
	mkdir -p "$tree/etc"
	: >"$tree/etc/passwd"
	run_tool 1 list --sysroot "$tree/etc/passwd"
	contains "$stderr" 'not a recorded system'
	run_tool 3 list --sysroot /dev/null
	contains "$stderr" 'Not a directory'
	run_tool 3 list --sysroot "$(printf '%05000d' 0)"
	contains "$stderr" 'File name too long'
	ln -s loop "$tree/loop"
	run_tool 3 list --sysroot "$tree/loop"
}

# --- Output errors -------------------------------------------------------

@test "list reports a write error on a full disk" {
	heap system 0
	for format in '' --json --raw; do
		# shellcheck disable=SC2086 # an empty format is no word
		run -1 --separate-stderr bash -c '"$@" >/dev/full' - "$dmaheapctl" list \
			--sysroot "$tree" $format
		contains "$stderr" 'No space left on device'
	done
}

@test "list reports a closed stdout" {
	heap system 0
	for format in '' --json --raw; do
		# shellcheck disable=SC2086 # an empty format is no word
		run -1 --separate-stderr bash -c '"$@" >&-' - "$dmaheapctl" list \
			--sysroot "$tree" $format
		contains "$stderr" 'Bad file descriptor'
	done
}

@test "list reports a pipe without a reader if SIGPIPE is ignored" {
	heap system 0
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	run bash -c '
		pipe=$1; shift
		exec 3<>"$pipe" 4>"$pipe" 3>&-
		"$@" >&4
		echo "status $?"
	' - "$BATS_TEST_TMPDIR/pipe" "$dmaheapctl" list --sysroot "$tree"
	# SIGPIPE kills the tool (status 141), or write() fails with EPIPE if SIGPIPE is ignored.
	[[ $output == *'status 141'* || $output == *'status 1'* ]]
	run bash -c '
		trap "" PIPE
		pipe=$1; shift
		exec 3<>"$pipe" 4>"$pipe" 3>&-
		"$@" >&4
		echo "status $?"
	' - "$BATS_TEST_TMPDIR/pipe" "$dmaheapctl" list --sysroot "$tree"
	contains "$output" 'status 1'
	contains "$output" 'Broken pipe'
}

# --- Waiting ---------------------------------------------------------------------------

@test "list --wait and --gone require a HEAP, and reject --sysroot and invalid durations" {
	fails_with 2 '--wait requires a HEAP' list --wait
	fails_with 2 '--gone requires a HEAP' list --gone=1s
	fails_with 2 '--wait cannot be combined with --sysroot' list --wait system --sysroot "$tree"
	fails_with 2 '--gone cannot be combined with --sysroot' list --gone system --sysroot "$tree"
	fails_with 2 '--wait takes its value as --wait=5s' list --wait 5s system
	fails_with 2 "'--gone'" list --gone=0 system
}

@test "list --wait exits with 7 if the named heaps do not become usable in time" {
	local began=${EPOCHREALTIME/./}
	run_tool 7 list --wait=300ms --json no-such-heap system
	((${EPOCHREALTIME/./} - began >= 300000))
	contains "$stderr" "heaps 'no-such-heap', 'system': waiting until usable: timed out after 300ms"
	is "$(joined '.error | [.status, .subject, .stage]')" \
		"7 heaps 'no-such-heap', 'system' waiting until usable"
}

@test "list --wait exits with 130 after a signal" {
	local status=0 tool
	env --default-signal=INT "$dmaheapctl" list --wait no-such-heap >"$out" 2>"$err" 3>&- &
	tool=$!
	await blocks_interrupt $tool
	kill -INT $tool
	wait $tool || status=$?
	is $status 130
}

# blocks_interrupt PID: succeeds if the process blocks SIGINT, as list --wait does while it waits.
blocks_interrupt() {
	local blocked
	blocked=$(sed -n 's/^SigBlk:\t//p' "/proc/$1/status")
	((0x$blocked & 2))
}

@test "list --gone succeeds and prints no rows if the named heap is not registered" {
	run_tool 0 list --gone=10s no-such-heap
	is "$output$stderr" ''
}

# --- libudev, in umockdev's testbed -----------------------------------------------------

# mocked FILE: makes run_tool run the tool in the testbed of umockdev. In the testbed, /sys contains
# only the devices of FILE, and libudev enumerates them. The device nodes of the testbed are
# symbolic links to pseudo terminals. The tool rejects such links, so these tests cannot cover
# usable nodes.
mocked() {
	program=(umockdev-run --device "$1" -- "$dmaheapctl")
}

need_umockdev() {
	type umockdev-run >/dev/null || { echo 'umockdev-run is not installed'; return 1; }
	"$dmaheapctl" list -v 2>&1 | grep -q '^dmaheapctl: libudev, subsystem' ||
		skip 'built without libudev'
	[[ ! -e /run/udev/control ]] ||
		skip 'udevd runs on this machine, and has not initialised the mocked devices'
}

@test "list finds the same heaps through libudev and sysfs" {
	need_umockdev
	mocked "$devices/heaps.umockdev"
	run_tool 0 list -v --json
	contains "$stderr" 'libudev, subsystem dma_heap: 5 devices'
	contains "$stderr" 'sys/class/dma_heap: 5 devices'
	is "$(field '.heaps[] | [.name, .kind, .dev, (.source | join(","))] | join(" ")')" \
		'default_cma_region cma 252:2 udev,sysfs,node
linux,cma cma 252:1 udev,sysfs,node
memory@42000000 unknown 252:4 udev,sysfs,node
protected,secure-video protected 252:3 udev,sysfs,node
system system 252:0 udev,sysfs,node'
}

@test "list exits with 5 if neither libudev nor sysfs lists a heap" {
	need_umockdev
	mocked "$devices/no-heaps.umockdev"
	run_tool 5 list -v
	contains "$stderr" 'libudev, subsystem dma_heap: 0 devices'
	# The message depends on the configuration of the host's kernel.
	[[ $stderr == *'/sys/class/dma_heap does not exist'* || $stderr == *'built without heaps'* ]]
}

@test "list finds 128 heaps through libudev" {
	need_umockdev
	local i file=$BATS_TEST_TMPDIR/many.umockdev

	for ((i = 0; i < 128; i++)); do
		printf 'P: /devices/virtual/dma_heap/heap-%d\nN: dma_heap/heap-%d\n' $i $i
		printf 'E: DEVNAME=/dev/dma_heap/heap-%d\nE: SUBSYSTEM=dma_heap\n' $i
		printf 'E: MAJOR=252\nE: MINOR=%d\nA: dev=252:%d\n\n' $i $i
	done >"$file"
	mocked "$file"
	run_tool 0 list --json
	is "$(field '[.heaps[] | select(.source[:2] == ["udev", "sysfs"])] | length')" 128
}

@test "list reports that a node is not a character device, and shows its access as unknown" {
	need_umockdev
	mocked "$devices/heaps.umockdev"
	run_tool 0 list --json system
	is "$(joined '.heaps[0] | [.access, .conflict]')" \
		'null the node is not a character device'
}

@test "list --gone exits with 7 and shows the remaining heaps if the wait times out" {
	need_umockdev
	mocked "$devices/heaps.umockdev"
	run_tool 7 list --gone=200ms --raw --no-headings -o NAME no-such-heap cma
	is "$output" 'default_cma_region
linux,cma'
	contains "$stderr" "heaps 'no-such-heap', 'cma': waiting for removal: timed out after 200ms"
}
