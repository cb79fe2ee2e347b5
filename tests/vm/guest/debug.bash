# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Functions that the tests of the companion modules share.

extra=/lib/modules/extra
folder=/sys/kernel/debug/dmaheap_debug
client_folder=/sys/kernel/debug/dmaheap_client

loaded() {
	grep -q "^$1 " /proc/modules
}

watch() {
	insmod $extra/dmaheap_debug.ko "$@"
}

# act: loads dmaheap_client.
act() {
	insmod $extra/dmaheap_client.ko
}

# unload_all [MODULE...]: for teardown. Unloads the given modules, dmaheap_client, dmaheap_accessors
# and dmaheap_debug, if they are loaded. Fails if dmaheap_debug, dmaheap_client or a buffer remains.
unload_all() {
	local module
	nothing_left
	for module in "$@" dmaheap_client dmaheap_accessors dmaheap_debug; do
		! loaded "$module" || rmmod "$module"
	done
	# bats checks only the status of the last command of a teardown, so check again for buffers.
	[[ ! -e /sys/module/dmaheap_debug && ! -e /sys/module/dmaheap_client ]] && no_buffers
}

has_accessors() {
	grep -q ' dma_heap_find\(_by_name\)\?$' /proc/kallsyms
}

# accessors [PARAMETER]...: loads dmaheap_accessors, or skips the test if the kernel has accessors
# of its own.
accessors() {
	! has_accessors || skip "the kernel has its own accessors"
	insmod $extra/dmaheap_accessors.ko "$@"
}

# stand_in: loads dmaheap_accessors if the kernel has no accessors of its own.
stand_in() {
	has_accessors || insmod $extra/dmaheap_accessors.ko
}

# record PATTERN [FILE]: prints the lines that begin with PATTERN in FILE (stats by default).
record() {
	grep -- "^$1" "$folder/${2:-stats}"
}

# refused COMMAND...: fails if COMMAND succeeds. bats ignores the status of a command after "!".
refused() {
	if "$@"; then
		echo "succeeded, expected a failure: $*"
		return 1
	fi
}

# refused_text TEXT: fails if the file "control" of dmaheap_debug accepts TEXT, a printf format.
refused_text() {
	refused bash -c "printf '$1' >$folder/control"
}

# figure KEY HEAP: prints the value of KEY for HEAP, or nothing if the heap has no record.
figure() {
	record "heap name=$2 " | grep -o " $1=[^ ]*" | cut -d= -f2
}

# figures HEAP KEY=VALUE...: fails unless every KEY of HEAP equals its VALUE.
figures() {
	local heap=$1 pair
	shift
	for pair; do
		[[ $(figure "${pair%=*}" "$heap") == "${pair#*=}" ]] && continue
		echo "$heap: expected $pair"
		cat $folder/stats $folder/probes
		return 1
	done
}

# older COUNT BYTES: fails unless dmaheap_debug reports that COUNT buffers of the system heap, with
# BYTES in total, were freed without a record of their allocation.
older() {
	if [[ $(exporter system) == system ]]; then
		figures system older="$1" older_bytes="$2"
	else
		record "exporter name=$(exporter system) older=$1 older_bytes=$2$"
	fi
}

# all_freed [HEAP]: waits until no buffer is left and dmaheap_debug has counted the release of each
# buffer of HEAP (default: system). The kernel can free a buffer some time after the last close.
all_freed() {
	await none_left && await figures "${1:-system}" live=0
}

missed() {
	record stats | grep -o 'missed=[^ ]*'
}

# missed_is_sum: fails unless "missed" in the file stats is the sum of "missed" in the file probes.
missed_is_sum() {
	is "$(missed)" "missed=$(grep -o ' missed=[0-9]*' $folder/probes | awk -F= '{ n += $2 } END { print n + 0 }')"
}

# together N COMMAND...: runs COMMAND in N processes at the same time, and waits for them.
together() {
	local i n=$1 pids=()
	shift
	for ((i = 0; i < n; i++)); do
		"$@" >/dev/null 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
}

# client [LINE ANSWER]...: writes each LINE to descriptor 9, the file "client" of dmaheap_client.
# Fails unless each answer matches its regular expression ANSWER.
client() {
	local answer
	while (($#)); do
		echo "$1" >&9
		answer=$(cat <&9)
		[[ $answer =~ ^$2$ ]] || {
			echo "the client answered '$answer' to '$1', expected '$2'"
			return 1
		}
		shift 2
	done
}

# miss_ioctls: allocates buffers until the probe on dma_heap_ioctl() misses a call, or until 400 calls
# have been made. Sets $calls to the number of calls, and $short to "missed=N", where N is the number
# of missed calls. The probe misses a call if more than "maxactive" calls overlap. Large buffers make
# the calls long, so that they overlap even on a slow host.
miss_ioctls() {
	calls=0 short=missed=0
	while ((${short#*=} == 0 && calls < 400)); do
		together 8 dmaheapctl alloc --heap system --size 32M --summary
		calls=$((calls + 8))
		short=$(record 'probe symbol=dma_heap_ioctl ' probes | grep -o 'missed=[0-9]*')
	done
}
