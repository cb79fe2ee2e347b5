#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # guest.bash sets out and err
#
# Tests of every command except record under low limits on descriptors, address space and file size.
# A command must complete or report an error. The tests print a table of the exit statuses.
#
#   tests/vm/suite debian-6.12 limits

load guest
load debug

commands=(
	'list -o NAME,KIND,NODE'
	'list --json -o NAME,KIND,NODE'
	'alloc --heap system --size 64K --count 3 --name x --raw -o HEAP,SIZE,NAME'
	'map --heap system --size 64K --fill counter --verify --raw -o HEAP,SIZE,VERIFIED,CRC32'
	'export --heap system --size 64K --device driver:vgem --raw -o DRIVER,STAGE,RESULT'
	'inspect --heap system --size 64K --raw -o HEAP,SIZE'
	'kernel --heap system --size 64K --raw -o STAGE,RESULT'
	'holders --raw -o NAME,SIZE,FDS'
	'accounting --raw -o HEAP,LIVE'
	'module status --raw -o MODULE,STATE'
)

setup() {
	modprobe vgem
	udevadm settle
	watch
	act
	stand_in
	start HEAP alloc --heap system --size 4K --name held --hold
}

teardown() {
	finish 0 && unload_all
}

# limited LETTER VALUE...: runs each command under "ulimit -LETTER VALUE" for each value, and
# prints one line of the table per command. Fails if a command neither completes nor reports an
# error.
limited() {
	local letter=$1 words status value row bad=0 files=/tmp/limits
	shift
	mkdir -p $files
	for words in "${commands[@]}"; do
		row=
		# shellcheck disable=SC2086 # several words
		dmaheapctl $words >$files/good 2>$files/err </dev/null
		for value; do
			status=0
			# shellcheck disable=SC2016,SC2086
			timeout 30 bash -c 'ulimit "$1" "$2"; shift 2; exec dmaheapctl "$@"' - \
				"-$letter" "$value" $words >$files/out 2>$files/err </dev/null || status=$?
			row+=" $status"
			# The status is 127 if the dynamic loader cannot map a library. Do not
			# compare the time in a JSON document, because it differs between two runs.
			((status == 0)) && cmp -s <(grep -v '^  "time":' $files/good) \
				<(grep -v '^  "time":' $files/out) && continue
			# The messages also go to a file, so "ulimit -f 0" suppresses them.
			if ((status > 0 && (status <= 8 || status == 127))); then
				[[ $letter != f && ! -s $files/err ]] || continue
			fi
			echo "ulimit -$letter $value: status $status: $words"
			cat $files/out $files/err
			bad=1
		done
		printf '# -%s %-10.10s %s\n' "$letter" "$words" "$row" >&3
	done
	return $bad
}

@test "commands complete or report an error under a limit of 3 to 40 descriptors" {
	limited n 3 8 {13..21} 40
}

@test "commands complete or report an error under a limit of 3 to 40 MB of address space" {
	limited v 3000 4500 6000 9000 16000 40000
}

@test "commands complete or exit with an error status if the file size limit is zero" {
	limited f 0
}
