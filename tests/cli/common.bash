# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # variables of the tests
#
# All command-line tests load this file. It sets the paths of the tool and of recorded systems, and
# defines functions that create trees for --sysroot.

bats_require_minimum_version 1.5.0

load ../assert

# In the locale C, the tool escapes all bytes outside ASCII. The tests of UTF-8 set another locale.
export LC_ALL=C

sysroots=$BATS_TEST_DIRNAME/sysroots
devices=$BATS_TEST_DIRNAME/devices
validator=$BATS_TEST_DIRNAME/../schema/validate
out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err

# Prints the first of these paths that is executable: $DMAHEAPCTL, build/src/dmaheapctl,
# src/dmaheapctl.
find_tool() {
	local top=$BATS_TEST_DIRNAME/../.. candidate

	for candidate in "${DMAHEAPCTL-}" "$top/build/src/dmaheapctl" "$top/src/dmaheapctl"; do
		if [[ -n $candidate && -x $candidate ]]; then
			realpath "$candidate"
			return
		fi
	done
	echo "no dmaheapctl to test: set DMAHEAPCTL to its path" >&2
	return 1
}
dmaheapctl=$(find_tool) || exit 1
program=("$dmaheapctl")

# --- Trees for --sysroot -------------------------------------------------------

# new_tree: creates the tree of a kernel without heaps, and sets $tree to its path.
new_tree() {
	tree=$(mktemp -d "$BATS_TEST_TMPDIR/tree.XXXXXX")
	mkdir -p "$tree"/{sys/class,sys/devices/virtual,proc,dev,etc}
	printf 'root:x:0:0:root:/root:/bin/sh\n' >"$tree/etc/passwd"
	printf 'root:x:0:\nvideo:x:44:\n' >"$tree/etc/group"
}

# heap_class: adds the device class of heaps to $tree, without a device.
heap_class() {
	mkdir -p "$tree/sys/class/dma_heap" "$tree/sys/devices/virtual/dma_heap"
}

# heap_device NAME MINOR: adds the device of a heap to $tree. sysfs replaces each '/' in a name with
# '!'.
heap_device() {
	local entry=${1//\//!}
	local folder=$tree/sys/devices/virtual/dma_heap/$entry

	heap_class
	mkdir -p "$folder"
	printf '252:%d\n' "$2" >"$folder/dev"
	printf 'MAJOR=252\nMINOR=%d\nDEVNAME=dma_heap/%s\n' "$2" "$1" >"$folder/uevent"
	ln -s "../../devices/virtual/dma_heap/$entry" "$tree/sys/class/dma_heap/$entry"
}

# heap_node NAME [MODE]: adds a regular file in place of the device node.
heap_node() {
	mkdir -p "$tree/dev/dma_heap"
	: >"$tree/dev/dma_heap/$1"
	chmod "${2-0600}" "$tree/dev/dma_heap/$1"
}

# heap NAME MINOR [MODE]: adds a heap to $tree, with its device and its node.
heap() {
	heap_device "$1" "$2"
	heap_node "$1" "${3-0600}"
}

# put PATH TEXT: writes TEXT and a newline to the file PATH below $tree.
put() {
	mkdir -p "$(dirname "$tree/$1")"
	printf '%s\n' "$2" >"$tree/$1"
}

# area NAME TOTAL FREE [FAILED]: adds a CMA area to sysfs. TOTAL, FREE and FAILED are in pages.
area() {
	put "sys/kernel/mm/cma/$1/total_pages" "$2"
	put "sys/kernel/mm/cma/$1/available_pages" "$3"
	put "sys/kernel/mm/cma/$1/alloc_pages_fail" "${4-0}"
	cma_total "mm/cma/*/total_pages"
}

# debug_area DIRECTORY COUNT USED MAXCHUNK: adds a CMA area to debugfs. COUNT, USED and MAXCHUNK are
# in pages.
debug_area() {
	put "sys/kernel/debug/cma/$1/count" "$2"
	put "sys/kernel/debug/cma/$1/used" "$3"
	put "sys/kernel/debug/cma/$1/maxchunk" "$4"
	cma_total "debug/cma/*/count"
}

# cma_total PATTERN: sets CmaTotal in meminfo to the sum of the page counts in the files below
# sys/kernel that match PATTERN.
cma_total() {
	local file sum=0
	for file in "$tree/sys/kernel/"$1; do
		[[ ! $(<"$file") =~ ^[0-9]{1,9}$ ]] || sum=$((sum + $(<"$file")))
	done
	put proc/meminfo "CmaTotal: $(($(pages $sum) / 1024)) kB"
}

# pages N: prints the size of N pages of the host, in bytes.
pages() {
	echo $(($1 * $(getconf PAGESIZE)))
}

# joined FILTER: applies a jq filter to the JSON in $out. Prints each resulting array as one line,
# with "null" for a null or absent field.
joined() {
	field "$1 | map(tostring) | join(\" \")"
}

# preload: builds a library for LD_PRELOAD from interrupt.c, and sets $preload to its path.
preload() {
	preload=$BATS_TEST_TMPDIR/interrupt.so
	gcc -O1 -shared -fPIC -D_GNU_SOURCE -o "$preload" "$BATS_TEST_DIRNAME/interrupt.c"
}

# commands: prints the names of all commands, one per line.
commands() {
	"$dmaheapctl" --list-commands | cut -f 1
}
