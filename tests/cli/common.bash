# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154 # output, stderr and status are bats'
#
# What the tests of the command line share: where the tool is, and recorded systems to
# show it.

bats_require_minimum_version 1.5.0

# shellcheck disable=SC2034 # for the tests
{
	here=$BATS_TEST_DIRNAME
	sysroots=$here/sysroots
	devices=$here/devices
}

# The tool: $DMAHEAPCTL, or else that of the build folder, or of a build in the sources.
find_tool() {
	local top=$BATS_TEST_DIRNAME/../.. candidate

	for candidate in "${DMAHEAPCTL-}" "$top/build/src/dmaheapctl" "$top/src/dmaheapctl"; do
		if [[ -n $candidate && -x $candidate ]]; then
			realpath "$candidate"
			return
		fi
	done
	echo "no dmaheapctl to test; name it in \$DMAHEAPCTL" >&2
	return 1
}
dmaheapctl=$(find_tool) || exit 1

# The tool, with its answer in $output, its remarks in $stderr, its status in $status.
tool() {
	run --separate-stderr "$dmaheapctl" "$@"
}

# As tool(), and the status must be the first argument.
tool_status() {
	local want=$1

	shift
	tool "$@"
	if ((status != want)); then
		printf 'dmaheapctl'
		printf ' %q' "$@"
		printf '\nstatus %s, wanted %s\nstdout:\n%s\nstderr:\n%s\n' "$status" "$want" \
			"$output" "$stderr"
		return 1
	fi
}

# contains TEXT WORDS: shows both where they do not.
contains() {
	[[ $1 == *"$2"* ]] || {
		printf 'wanted: %s\nin:\n%s\n' "$2" "$1"
		return 1
	}
}

lacks() {
	[[ $1 != *"$2"* ]] || {
		printf 'not wanted: %s\nin:\n%s\n' "$2" "$1"
		return 1
	}
}

equals() {
	[[ $1 == "$2" ]] || {
		printf 'got:\n%s\nwanted:\n%s\n' "$1" "$2"
		return 1
	}
}

# json FILTER: what jq finds in $output; fails where that is no JSON.
json() {
	jq -r "$1" <<<"$output"
}

# --- Trees that stand for a system ------------------------------------------

# new_tree: an empty one, in $tree: a kernel without heaps.
new_tree() {
	tree=$(mktemp -d "$BATS_TEST_TMPDIR/tree.XXXXXX")
	mkdir -p "$tree"/{sys/class,sys/devices/virtual,proc,dev,etc}
	printf 'root:x:0:0:root:/root:/bin/sh\n' >"$tree/etc/passwd"
	printf 'root:x:0:\nvideo:x:44:\n' >"$tree/etc/group"
}

# heap_class: the kernel has heaps, none of them registered yet.
heap_class() {
	mkdir -p "$tree/sys/class/dma_heap" "$tree/sys/devices/virtual/dma_heap"
}

# heap_device NAME MINOR: registers a heap, of which sysfs has '!' for '/'.
heap_device() {
	local entry=${1//\//!}
	local folder=$tree/sys/devices/virtual/dma_heap/$entry

	heap_class
	mkdir -p "$folder"
	printf '252:%d\n' "$2" >"$folder/dev"
	printf 'MAJOR=252\nMINOR=%d\nDEVNAME=dma_heap/%s\n' "$2" "$1" >"$folder/uevent"
	ln -s "../../devices/virtual/dma_heap/$entry" "$tree/sys/class/dma_heap/$entry"
}

# heap_node NAME [MODE]: a file stands for the node.
heap_node() {
	mkdir -p "$tree/dev/dma_heap"
	: >"$tree/dev/dma_heap/$1"
	chmod "${2-0600}" "$tree/dev/dma_heap/$1"
}

# heap NAME MINOR [MODE]: both.
heap() {
	heap_device "$1" "$2"
	heap_node "$1" "${3-0600}"
}

# put PATH TEXT: a file below $tree.
put() {
	mkdir -p "$(dirname "$tree/$1")"
	printf '%s\n' "$2" >"$tree/$1"
}

# area NAME TOTAL FREE [FAILED]: a CMA area in sysfs, in pages, as newer kernels show it.
area() {
	put "sys/kernel/mm/cma/$1/total_pages" "$2"
	put "sys/kernel/mm/cma/$1/available_pages" "$3"
	put "sys/kernel/mm/cma/$1/alloc_pages_fail" "${4-0}"
	cma_total "mm/cma/*/total_pages"
}

# debug_area FOLDER COUNT USED MAXCHUNK: a CMA area in debugfs, in pages.
debug_area() {
	put "sys/kernel/debug/cma/$1/count" "$2"
	put "sys/kernel/debug/cma/$1/used" "$3"
	put "sys/kernel/debug/cma/$1/maxchunk" "$4"
	cma_total "debug/cma/*/count"
}

# cma_total PATTERN: makes meminfo say what these files come to, in pages of this machine.
cma_total() {
	local file sum=0
	for file in "$tree/sys/kernel/"$1; do
		[[ ! $(<"$file") =~ ^[0-9]{1,9}$ ]] || sum=$((sum + $(<"$file")))
	done
	put proc/meminfo "CmaTotal: $(($(pages $sum) / 1024)) kB"
}

# pages N: their bytes, on this machine.
pages() {
	echo $(($1 * $(getconf PAGESIZE)))
}

# --- Mocked devices -----------------------------------------------------------

# mocked FILE COMMAND...: runs it in umockdev's testbed. There /sys holds the devices of the
# file and nothing else, and libudev enumerates them. Nodes are links to a pty there, which
# libc's stat() is made to lie about; the tool looks at descriptors and sees the links, so
# nodes as they ought to be are for the recorded trees and the guest.
mocked() {
	local file=$1

	shift
	umockdev-run --device "$file" -- "$@"
}
