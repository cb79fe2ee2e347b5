# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests of dmaheap_debug share.

extra=/lib/modules/extra
folder=/sys/kernel/debug/dmaheap_debug

loaded() {
	grep -q "^$1 " /proc/modules
}

watch() {
	insmod $extra/dmaheap_debug.ko "$@"
}

# unload_all: for the teardown of tests that may have loaded either module.
unload_all() {
	local module
	nothing_left
	for module in dmaheap_accessors dmaheap_debug; do
		! loaded "$module" || rmmod "$module"
	done
	# bats looks at the last status only.
	[[ ! -e /sys/module/dmaheap_debug ]] && no_buffers
}

accessors() {
	! grep -q ' dma_heap_find\(_by_name\)\?$' /proc/kallsyms || skip "the kernel has its own"
	insmod $extra/dmaheap_accessors.ko
}

# record PATTERN [FILE]: the lines of a file that begin so.
record() {
	grep -- "^$1" "$folder/${2:-stats}"
}

# refused COMMAND...: fails. (Bats does not look at the status behind a "!".)
refused() {
	if "$@"; then
		echo "was not refused: $*"
		return 1
	fi
}

# refused_text TEXT: control does not take it.
refused_text() {
	refused bash -c "printf '$1' >$folder/control"
}

# figure KEY HEAP: its value; nothing when there is no such record.
figure() {
	record "heap name=$2 " | grep -o " $1=[^ ]*" | cut -d= -f2
}

# figures HEAP KEY=VALUE...
figures() {
	local heap=$1 pair
	shift
	for pair; do
		[[ $(figure "${pair%=*}" "$heap") == "${pair#*=}" ]] && continue
		echo "$heap: not $pair"
		cat $folder/stats $folder/probes
		return 1
	done
}

# older COUNT BYTES: of the system heap, whose allocation nobody counted.
older() {
	if [[ $(exporter system) == system ]]; then
		figures system older="$1" older_bytes="$2"
	else
		record "exporter name=$(exporter system) older=$1 older_bytes=$2$"
	fi
}

# The last reference of a buffer is dropped a little after its process ended.
settled() {
	await none_left && await figures "${1:-system}" live=0
}

missed() {
	record stats | grep -o 'missed=.*'
}

# together N COMMAND...: in N processes.
together() {
	local i n=$1 pids=()
	shift
	for ((i = 0; i < n; i++)); do
		"$@" >/dev/null 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
}
