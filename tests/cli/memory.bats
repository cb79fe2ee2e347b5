#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # variables of common.bash
#
# Runs list, holders and accounting many times. In each run, a different memory allocation fails.
# The output must be complete, or the command must print an error and exit with a status other than
# 0.

load common

folder=sys/kernel/debug/dmaheap_debug

setup() {
	preload=$BATS_TEST_TMPDIR/fail-allocation.so
	gcc -O1 -shared -fPIC -D_GNU_SOURCE -o "$preload" "$BATS_TEST_DIRNAME/fail-allocation.c"
	new_tree
	heap system 0
	heap linux,cma 1
	heap "two words" 2
	area linux,cma 16384 8192
	debug_area cma-linux,cma 16384 8192 4096
	put proc/sys/kernel/random/boot_id 3c2b-boot
	mkdir -p "$tree/proc/7/"{fd,fdinfo}
	put proc/7/comm holder
	put proc/7/maps '10000-11000 rw-s 00000000 00:0d 11   /dmabuf:frame'
	ln -s /dmabuf:frame "$tree/proc/7/fd/3"
	printf 'pos:\t0\nflags:\t02\nmnt_id:\t14\nino:\t11\nsize:\t4096\ncount:\t1\nexp_name:\tsystem\nname:\tframe\n' \
		>"$tree/proc/7/fdinfo/3"
	put sys/kernel/debug/dma_buf/bufinfo 'Dma-buf Objects:
size    	flags   	mode    	count   	exp_name	ino     	name
00004096	00000002	00080007	00000001	system	00000011	frame
	Attached Devices:
	vgem
Total 1 devices attached


Total 1 objects, 4096 bytes'
	put $folder/version 'version major=1 minor=0 module=0.1.0'
	counted 3 3
	printf 'probe symbol=%s state=attached module=vmlinux since=1 missed=0 errno=-\n' \
		dma_buf_release dma_buf_export dma_heap_ioctl dma_heap_open dma_heap_put \
		dma_heap_find dma_heap_buffer_alloc >"$tree/$folder/probes"
	put $folder/callsites 'callsite heap=system module=drv symbol=user+0x3 finds=1 puts=0 kallocs=0
callsite-other finds=0 puts=0 kallocs=0'
}

# counted ALLOCS FREES: writes the stats file of dmaheap_debug with these figures of heap 'system'.
counted() {
	put $folder/stats "stats loaded=100 now=$((200 + $1)) reset=100 missed=0
heap name=system finds=1 puts=0 old_puts=0 refs=1 allocs=$1 alloc_fails=1 kallocs=0 frees=$2 live=$(($1 - $2)) live_bytes=$((4096 * ($1 - $2))) peak=1 older=0 unseen=0 errnos=12:1 latency=10:$1
miss name=nosuch count=2"
}

# strip_time FILE: removes the time, which differs between two runs, from a JSON document.
strip_time() {
	sed -i '/^  "time":/d' "$1"
}

# each_fails STATUS ARG...: asserts that dmaheapctl exits with STATUS. Then repeats the command once
# for each allocation, and makes this allocation fail. Asserts that dmaheapctl either exits with
# STATUS and prints the same output, or reports an error.
each_fails() {
	local want=$1 i n status failed=0

	shift
	cd "$BATS_TEST_TMPDIR"
	status=0
	FAIL_COUNT=count LD_PRELOAD=$preload "$dmaheapctl" "$@" --sysroot "$tree" >want 2>err ||
		status=$?
	cat err
	((status == want))
	cp want "$out"
	! expects_json "$@" || is_answer "$status"
	strip_time want
	n=$(<count)
	((n > 20))
	for ((i = 1; i <= n; i++)); do
		status=0
		FAIL_AT=$i LD_PRELOAD=$preload timeout 20 "$dmaheapctl" "$@" --sysroot "$tree" \
			>out 2>err || status=$?
		strip_time out
		# stderr may differ: without memory for a full remark, the tool shortens it.
		if ((status == want)) && cmp -s want out; then
			((want == 0)) || [[ -s err ]] && continue
		elif ((status >= 1 && status <= 5)) && [[ -s err ]]; then
			failed=$((failed + 1))
			continue
		fi
		echo "allocation $i of $n: status $status, expected $want"
		cat out err
		return 1
	done
	# If the preloaded library had no effect on the tool, no run would fail.
	((failed > n / 4))
}

@test "list prints complete output or an error if a memory allocation fails" {
	each_fails 0 list
	each_fails 0 list --json
	each_fails 0 list --raw -o name,node,kind,size,free "two words"
	each_fails 0 list --json system
	tree=$sysroots/own-6.12
	each_fails 0 list --json
}

@test "holders prints complete output or an error if a memory allocation fails" {
	each_fails 0 holders
	each_fails 0 holders --json
}

@test "accounting prints complete output or an error if a memory allocation fails" {
	each_fails 0 accounting
	each_fails 0 accounting --json
	each_fails 0 accounting --callers --json
}

@test "accounting --since prints complete output or an error if a memory allocation fails" {
	run_tool 0 accounting --sysroot "$tree" --save "$BATS_TEST_TMPDIR/saved"
	counted 5 3
	each_fails 6 accounting --since "$BATS_TEST_TMPDIR/saved" --json
	counted 3 3
	each_fails 0 accounting --since "$BATS_TEST_TMPDIR/saved" --json
}

@test "accounting --save writes a complete file or none if a memory allocation fails" {
	local saved=$BATS_TEST_TMPDIR/saved i n status

	FAIL_COUNT=$BATS_TEST_TMPDIR/count LD_PRELOAD=$preload "$dmaheapctl" accounting -q \
		--sysroot "$tree" --save "$saved" >"$BATS_TEST_TMPDIR/want"
	n=$(<"$BATS_TEST_TMPDIR/count")
	((n > 20))
	for ((i = 1; i <= n; i++)); do
		status=0
		rm -f "$saved.$i"
		FAIL_AT=$i LD_PRELOAD=$preload "$dmaheapctl" accounting -q --sysroot "$tree" \
			--save "$saved.$i" >/dev/null 2>"$BATS_TEST_TMPDIR/err" || status=$?
		if ((status == 0)) || [[ -e $saved.$i ]]; then
			diff <(jq -S . "$saved") <(jq -S . "$saved.$i")
		fi
		((status == 0)) || [[ -s $BATS_TEST_TMPDIR/err ]]
	done
}
