#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # variables of common.bash
#
# Tests with hostile arguments and hostile recorded trees. All tests except the test with resource
# limits run $DMAHEAPCTL_ASAN, a build with sanitizers, if this variable is set. The tool must exit
# with a documented status, and print only its own messages and no control characters.

load common

setup() {
	tool=$(realpath "${DMAHEAPCTL_ASAN:-$dmaheapctl}")
	new_tree
	mkdir "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work"
}

# survives ARGUMENT...: asserts that the tool exits within 20 seconds with a documented status, and
# prints only its own messages. If the status is not 0, the tool must print at least one message.
survives() {
	local status=0

	timeout 20 "$tool" "$@" </dev/null >"$out" 2>"$err" ||
		status=$?
	((status <= 8)) || {
		printf 'status %s:' "$status"
		printf ' %q' "${@:0:200}" | head -c 2000
		cat "$err"
		return 1
	}
	if LC_ALL=C grep -qvaE '^((dmaheapctl|Try .dmaheapctl)[ -~]*|(or .dmaheapctl[ -~]*)?[a-z ]*information\.)$' "$err" ||
		LC_ALL=C grep -qaP '[^\t\n\x20-\x7e]' "$out" && [[ $* != *--json* ]]; then
		printf 'unexpected output:'
		printf ' %q' "$@" | head -c 2000
		cat -v "$err" "$out" | head -c 4000
		return 1
	fi
	# The "Try" line after a usage error does not count as a message.
	((status == 0 || $(grep -vc '^Try' "$err") > 0)) || {
		printf 'status %s without a message:' "$status"
		printf ' %q' "$@" | head -c 2000
		return 1
	}
}

hostile=(
	'' "$(printf 'x%.0s' {1..65536})" $'\e[31m%n%s\xff\n\a' 18446744073709551616 -1
)

@test "no command crashes on hostile option values" {
	local command name letter argument help value
	while read -r command _; do
		while IFS=$'\t' read -r name letter argument help; do
			for value in "${hostile[@]}"; do
				survives "$command" "$name=$value"
				# An optional value must be in the same word as the letter.
				[[ -z $letter || $letter == '-?' ]] || survives "$command" "$letter$value"
			done
		done < <("$tool" --list-options "$command")
	done < <("$tool" --list-commands)
}

@test "no command crashes on hostile arguments or unknown options" {
	local command value
	while read -r command _; do
		for value in "${hostile[@]}"; do
			survives "$command" "$value" "$value"
			survives "$command" "--$value"
			# Skip "record -", because it writes a tar file to stdout.
			[[ $command$value == record ]] || survives "$command" "-$value"
			survives "$command" -o "$value"
		done
	done < <("$tool" --list-commands)
	for value in "${hostile[@]}"; do
		survives "$value"
		survives "--$value"
		survives "-$value"
		survives --list-options "$value"
		survives --list-columns "$value"
	done
}

# full_tree: fills $tree with files that list, holders and accounting read.
full_tree() {
	local folder=sys/kernel/debug/dmaheap_debug

	heap system 0
	heap linux,cma 1
	area reserved 1024 512
	debug_area cma-reserved 1024 512 128
	put sys/class/drm/card0/uevent $'MAJOR=226\nMINOR=0\nDEVNAME=dri/card0'
	put sys/firmware/devicetree/base/reserved-memory/cma@1/size x
	put sys/kernel/debug/dma_buf/bufinfo $'\nDma-buf Objects:\nsize    \tflags   \tmode    \tcount   \texp_name\tino     \tname\n00004096\t00000002\t00080007\t00000001\tsystem\t00000009\tlabel\n\tAttached Devices:\nTotal 0 devices attached\n\n\nTotal 1 objects, 4096 bytes'
	put sys/module/dma_heap/parameters/mem_accounting N
	put proc/sys/kernel/random/boot_id boot
	put proc/meminfo $'MemTotal: 1000 kB\nMemAvailable: 500 kB\nCmaTotal: 100 kB\nCmaFree: 50 kB'
	put proc/devices $'Character devices:\n252 dma_heap\n'
	put proc/7/comm holder
	put proc/7/maps '7f0000000000-7f0000001000 rw-s 00000000 00:0b 9                          /dmabuf:label'
	put proc/7/fdinfo/3 $'pos:\t0\nflags:\t02000002\nmnt_id:\t10\nino:\t9\nsize:\t4096\ncount:\t2\nexp_name:\tsystem'
	mkdir -p "$tree/proc/7/fd"
	ln -s /dmabuf:label "$tree/proc/7/fd/3"
	put $folder/version 'version major=1 minor=0 module=0.1.0'
	put $folder/probes 'probe symbol=dma_heap_ioctl state=attached module=vmlinux since=1 missed=0 errno=-'
	put $folder/stats 'stats loaded=100 now=200 reset=100 missed=0'
	put $folder/callsites 'callsite-other finds=0 puts=0 kallocs=0'
}

# replace FILE KIND: replaces FILE with a file of KIND, such as a pipe or a symlink to itself.
replace() {
	rm -rf "$1"
	case $2 in
	fifo) mkfifo "$1" ;;
	device) mknod "$1" c 1 5 ;;
	sparse) truncate -s 16G "$1" ;;
	garbage) head -c 100000 "$(type -P bash)" >"$1" ;;
	line) head -c 1M /dev/zero | tr '\0' x >"$1" ;;
	escapes) printf '\e[31m\a\x9b31m%%n\n%.0s' {1..100} >"$1" ;;
	empty) : >"$1" ;;
	folder) mkdir "$1" ;;
	loop) ln -s "$(basename "$1")" "$1" ;;
	outside) ln -s ../../../../../../../../../etc/passwd "$1" ;;
	absolute) ln -s /dev/zero "$1" ;;
	esac
}

@test "list, holders and accounting do not crash if a file in a recorded tree has an unexpected type or content" {
	local file kind kinds=(fifo sparse garbage line escapes empty folder loop outside absolute)
	((EUID)) || kinds+=(device)
	full_tree
	mv "$tree" "$tree.good"
	while read -r file; do
		for kind in "${kinds[@]}"; do
			cp -a "$tree.good" "$tree"
			replace "$tree/$file" "$kind"
			case $file in
			*dmaheap_debug* | */boot_id | *mem_accounting)
				survives accounting -v --sysroot "$tree" ;;
			proc/7/* | *bufinfo) survives holders --sysroot "$tree" ;;
			*) survives list -o +OWNER,GROUP --sysroot "$tree" ;;
			esac
			rm -rf "$tree"
		done
	done < <(cd "$tree.good" && find . -type f -o -type l | sed 's|^\./||')
}

@test "list and holders do not crash on an oversized recorded tree" {
	local i
	full_tree
	for i in {0..2999}; do
		heap_node "heap$i"
	done
	survives list --sysroot "$tree"
	contains "$(cat "$err")" 'File too large'
	rm -r "$tree/dev/dma_heap"
	for i in {100..2100}; do
		mkdir -p "$tree/proc/$i/fd"
		ln -s /dmabuf: "$tree/proc/$i/fd/3"
	done
	survives holders --sysroot "$tree"
	head -c 8M /dev/zero | tr '\0' x >"$tree/etc/passwd"
	heap_node late
	survives list --sysroot "$tree"
	head -c 8M /dev/zero | tr '\0' '\n' >"$tree/etc/group"
	survives list --sysroot "$tree"
}

@test "list does not block if another process holds a write lease on a file" {
	local holder
	full_tree
	python3 -c 'import fcntl, signal, sys, time
signal.signal(signal.SIGIO, signal.SIG_IGN)
f = open(sys.argv[1], "r+")
fcntl.fcntl(f, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("held", flush=True)
time.sleep(60)' "$tree/etc/passwd" >"$BATS_TEST_TMPDIR/held" 3>&- &
	holder=$!
	until grep -q held "$BATS_TEST_TMPDIR/held"; do sleep 0.1; done
	survives list --sysroot "$tree"
	kill "$holder"
}

# limited LIMIT ARGUMENT...: runs the tool after "ulimit LIMIT". Asserts that the tool prints the
# complete output, or fails with a documented status. Counts the complete outputs in $done.
limited() {
	local status=0 limit=$1
	shift
	timeout 20 bash -c 'ulimit $1; shift; exec "$@"' - "$limit" "$dmaheapctl" "$@" \
		</dev/null >"$out" 2>"$err" || status=$?
	# The dynamic loader exits with 127 if it cannot map a library. Do not compare the time in a
	# JSON document, because it differs between two runs.
	if ((status == 0)) && cmp -s <(sed '/^  "time":/d' "$BATS_TEST_TMPDIR/good") <(sed '/^  "time":/d' "$out"); then
		done=$((done + 1))
	elif ((status == 0 || (status > 8 && status != 127))); then
		printf 'status %s with ulimit %s: %s\n' "$status" "$limit" "$*"
		head -c 2000 "$err"
		return 1
	fi
}

# json-c omits parts of the JSON text if it cannot allocate memory. The status alone therefore does
# not prove that the output is complete.
@test "under resource limits, list, holders and accounting print complete output or fail" {
	local i done options status saved=$BATS_TEST_TMPDIR/saved
	full_tree
	for i in {0..200}; do
		heap_node "heap$i"
	done
	"$dmaheapctl" accounting -q --sysroot "$tree" --save "$saved" >/dev/null
	for options in 'list --json' list 'holders --json' 'accounting --json' "accounting --since $saved"; do
		status=0
		# shellcheck disable=SC2086 # several words
		"$dmaheapctl" $options -q --sysroot "$tree" >"$BATS_TEST_TMPDIR/good" 2>/dev/null || status=$?
		# The tree lacks some figures, so accounting --since cannot prove a balance and exits with 1.
		case $options in
		*--since*) ((status == 1)) ;;
		*) ((status == 0)) ;;
		esac
		[[ -s $BATS_TEST_TMPDIR/good ]]
		cp "$BATS_TEST_TMPDIR/good" "$out"
		[[ $options != *--json ]] || is_answer 0
		done=0
		for i in {3..14}; do
			# shellcheck disable=SC2086
			limited "-n $i" $options -q --sysroot "$tree"
		done
		for ((i = 3000; i < 8000; i += 50)); do
			# shellcheck disable=SC2086
			limited "-v $i" $options -q --sysroot "$tree"
		done
		[[ $options == accounting* ]] || ((done > 10))
	done
}
