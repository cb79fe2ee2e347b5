#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# shellcheck disable=SC2016
#
# Checks the guest harness itself. Each test is one boot, or two.

setup() {
	kernel=${VM_KERNEL:-debian-6.12}
	vm=$BATS_TEST_DIRNAME
	export TMPDIR=$BATS_TEST_TMPDIR
}

# guest STATUS ARG...: runs with these arguments and expects STATUS; leaves
# $BATS_TEST_TMPDIR/stdout and stderr.
guest() {
	local expected=$1 status=0
	shift
	"$vm/run" "$@" >"$TMPDIR/stdout" 2>"$TMPDIR/stderr" || status=$?
	((status == expected)) || {
		echo "status $status instead of $expected"
		cat "$TMPDIR/stderr"
		return 1
	}
}

expect_in() {
	grep -qE -- "$2" "$1" || {
		echo "no '$2' in $1:"
		cat "$1"
		return 1
	}
}

@test "arguments arrive as they were given; status 0" {
	local words=('two words' '' $'line\nfeed\n' "it's" '"quoted"' '$HOME `id` \n' '*' --help -- $'\t')
	guest 0 --out "$TMPDIR/out" "$kernel" -- \
		bash -c 'printf "%s\0" "$@" >/out/words' bash "${words[@]}"
	printf '%s\0' "${words[@]}" | cmp - "$TMPDIR/out/words"
	[[ -s $TMPDIR/out/dmesg ]]
	[[ ! -s $TMPDIR/stdout ]]
}

@test "output is kept apart, byte for byte; status 7" {
	head -c 300000 /dev/urandom >"$TMPDIR/noise"
	guest 7 --add "$TMPDIR/noise:/noise" "$kernel" -- \
		sh -c 'cat /noise; tac /noise >/dev/stderr; exit 7'
	cmp "$TMPDIR/noise" "$TMPDIR/stdout"
	tac "$TMPDIR/noise" | cmp - "$TMPDIR/stderr"
}

@test "a killed command gives 137" {
	guest 137 "$kernel" -- sh -c 'kill -KILL $$'
}

@test "bats runs in the guest, and its failure is ours" {
	printf '@test "good" { true; }\n@test "bad" { false; }\n' >"$TMPDIR/two.bats"
	guest 1 --add "$TMPDIR/two.bats:/two.bats" "$kernel" -- bats --tap /two.bats
	expect_in "$TMPDIR/stdout" '^ok 1 good'
	expect_in "$TMPDIR/stdout" '^not ok 2 bad'
}

@test "udev knows the heaps; vgem and cirrus are there; screendump shows the display" {
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

@test "the prompt runs commands" {
	local out
	out=$({
		until grep -qs 'guest is up' "$TMPDIR"/dmaheapctl-vm.*/serial.log; do sleep 0.5; done
		sleep 2
		echo 'echo $((6 * 7))'
		echo exit
	} | "$vm/run" --timeout 60 --shell "$kernel" 2>&1)
	[[ $out == *'guest:/#'*42* ]]
}

@test "a panic gives 125, with the log" {
	# What a port was given at the very last dies with the kernel: hence the sleep.
	guest 125 "$kernel" -- sh -c 'echo before; sleep 2; echo c >/proc/sysrq-trigger; sleep 60'
	expect_in "$TMPDIR/stdout" before
	expect_in "$TMPDIR/stderr" 'ended without a result .Kernel panic'
	[[ -s $(sed -n 's/.*serial log is \([^ ]*\) .*/\1/p' "$TMPDIR/stderr") ]]
}

@test "a command that takes too long gives 125" {
	guest 125 --timeout 25 "$kernel" -- sh -c 'echo started; sleep 600'
	expect_in "$TMPDIR/stdout" started
	expect_in "$TMPDIR/stderr" 'longer than 25 seconds'
}

@test "a warning of the kernel gives 125, unless it is allowed" {
	guest 125 "$kernel" -- sh -c 'echo "WARNING: planted" >/dev/kmsg'
	expect_in "$TMPDIR/stderr" 'WARNING: planted'
	guest 0 --allow-warnings "$kernel" -- sh -c 'echo "WARNING: planted" >/dev/kmsg'
}

@test "nonsense is told at once" {
	guest 125 --frobnicate "$kernel" -- true
	guest 125 no-such-kernel -- true
	guest 125 "$kernel"
	guest 125 --add /does/not/exist "$kernel" -- true
}
