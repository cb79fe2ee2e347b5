#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# shellcheck disable=SC2016
#
# Tests of the guest harness itself. Most tests boot one or two guests.

setup() {
	kernel=${VM_KERNEL:-debian-6.12}
	vm=$BATS_TEST_DIRNAME
	export TMPDIR=$BATS_TEST_TMPDIR
}

# guest STATUS ARG...: calls tests/vm/run with these arguments, and fails unless it exits with
# STATUS. Writes the output of tests/vm/run to the files stdout and stderr in $TMPDIR.
guest() {
	local expected=$1 status=0
	shift
	"$vm/run" "$@" >"$TMPDIR/stdout" 2>"$TMPDIR/stderr" || status=$?
	((status == expected)) || {
		echo "exit status $status, expected $expected"
		cat "$TMPDIR/stderr"
		return 1
	}
}

expect_in() {
	grep -qE -- "$2" "$1" || {
		echo "no match for '$2' in $1:"
		cat "$1"
		return 1
	}
}

@test "the table in tests/vm/README lists the groups and kernels of every guest test" {
	"$vm/../lint/guest-table"
}

@test "tests/vm/run passes arguments to the command unchanged" {
	local words=('two words' '' $'line\nfeed\n' "it's" '"quoted"' '$HOME `id` \n' '*' --help -- $'\t')
	guest 0 --out "$TMPDIR/out" "$kernel" -- \
		bash -c 'printf "%s\0" "$@" >/out/words' bash "${words[@]}"
	printf '%s\0' "${words[@]}" | cmp - "$TMPDIR/out/words"
	[[ -s $TMPDIR/out/dmesg ]]
	[[ ! -s $TMPDIR/stdout ]]
}

@test "tests/vm/run copies stdout and stderr of the command unchanged, and exits with its status" {
	head -c 300000 /dev/urandom >"$TMPDIR/noise"
	guest 7 --add "$TMPDIR/noise:/noise" "$kernel" -- \
		sh -c 'cat /noise; tac /noise >/dev/stderr; exit 7'
	cmp "$TMPDIR/noise" "$TMPDIR/stdout"
	tac "$TMPDIR/noise" | cmp - "$TMPDIR/stderr"
}

@test "tests/vm/run exits with 137 if SIGKILL ends the command" {
	guest 137 "$kernel" -- sh -c 'kill -KILL $$'
}

@test "tests/vm/run exits with 1 if a bats test in the guest fails" {
	printf '@test "good" { true; }\n@test "bad" { false; }\n' >"$TMPDIR/two.bats"
	guest 1 --add "$TMPDIR/two.bats:/two.bats" "$kernel" -- bats --tap /two.bats
	expect_in "$TMPDIR/stdout" '^ok 1 good'
	expect_in "$TMPDIR/stdout" '^not ok 2 bad'
}

@test "in the guest, udev initializes nodes, vgem and cirrus load, and screendump writes a screenshot" {
	guest 0 --modules vgem --vga cirrus --out "$TMPDIR/out" "$kernel" -- bash -ec '
		udevadm wait --initialized=true --timeout=1 /dev/dma_heap/system
		test -w /dev/dma_heap/system
		test -c /dev/dri/renderD128
		test "$(stat -c %G /dev/dri/renderD128)" = render
		for card in /sys/class/drm/card?; do basename "$(realpath $card/device/driver)"; done
		screendump /out/screen.ppm'
	expect_in "$TMPDIR/stdout" '^cirrus'
	[[ $(head -c 2 "$TMPDIR/out/screen.ppm") == P6 ]]
	(($(stat -c %s "$TMPDIR/out/screen.ppm") > 100000))
}

@test "tests/vm/run --shell opens a shell that runs commands" {
	local out
	out=$({
		until grep -qs 'guest is up' "$TMPDIR"/dmaheapctl-vm.*/serial.log; do sleep 0.5; done
		sleep 2
		echo 'echo $((6 * 7))'
		echo exit
	} | "$vm/run" --timeout 60 --shell "$kernel" 2>&1)
	[[ $out == *'guest:/#'*42* ]]
}

@test "tests/vm/run exits with 125 and keeps the serial log if the kernel panics" {
	# A panic discards output that is still in the virtio-serial port, so the command sleeps
	# first.
	guest 125 "$kernel" -- sh -c 'echo before; sleep 2; echo c >/proc/sysrq-trigger; sleep 60'
	expect_in "$TMPDIR/stdout" before
	expect_in "$TMPDIR/stderr" 'ended without a result .Kernel panic'
	[[ -s $(sed -n 's/.*serial log is \([^ ]*\) .*/\1/p' "$TMPDIR/stderr") ]]
}

@test "tests/vm/run exits with 125 if the command exceeds --timeout" {
	guest 125 --timeout 25 "$kernel" -- sh -c 'echo started; sleep 600'
	expect_in "$TMPDIR/stdout" started
	expect_in "$TMPDIR/stderr" 'longer than 25 seconds'
}

@test "tests/vm/run exits with 125 after a kernel warning, except with --allow-warnings" {
	guest 125 "$kernel" -- sh -c 'echo "WARNING: planted" >/dev/kmsg'
	expect_in "$TMPDIR/stderr" 'WARNING: planted'
	guest 0 --allow-warnings "$kernel" -- sh -c 'echo "WARNING: planted" >/dev/kmsg'
}

@test "tests/vm/run exits with 125 for invalid arguments" {
	guest 125 --frobnicate "$kernel" -- true
	guest 125 no-such-kernel -- true
	guest 125 "$kernel"
	guest 125 --add /does/not/exist "$kernel" -- true
	guest 125 --kernel /does/not/exist -- true
	guest 125 --modules /does/not/exist "$kernel" -- true
	guest 125 --firmware tee-static "$kernel" -- true
	guest 125 --region camera:16M:reusable "$kernel" -- true
	guest 125 --region camera:16Q "$kernel" -- true
}
