#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of a build without libudev, libdrm, libkmod, libarchive or BPF.

setup() {
	export LC_ALL=C
	sysroots=$BATS_TEST_DIRNAME/../cli/sysroots
}

@test "the small build is not linked with libudev, libdrm or libkmod" {
	run ldd "$DMAHEAPCTL"
	[[ $status -eq 0 && $output == *libsmartcols* ]]
	[[ $output != *libudev* && $output != *libdrm* && $output != *libkmod* ]]
}

@test "the full build is linked with libudev and libdrm, but not with libkmod, libarchive or libbpf" {
	run ldd "$BATS_TEST_DIRNAME/../../build/gcc/src/dmaheapctl"
	[[ $output == *libudev* && $output == *libdrm* ]]
	[[ $output != *libkmod* && $output != *libcrypto* && $output != *libbpf* ]]
	[[ $output != *libarchive* ]]
}

@test "--version -v reports which features the small build lacks, and that the full build lacks none" {
	run "$DMAHEAPCTL" --version -v
	[[ $status -eq 0 ]]
	for feature in libudev libdrm libkmod libarchive BPF; do
		grep -qE "^  $feature +no: [^ ]" <<<"$output"
	done
	run "$BATS_TEST_DIRNAME/../../build/gcc/src/dmaheapctl" --version -v
	[[ $status -eq 0 && $output != *' no: '* ]]
}

@test "list without libudev shows a heap of a recorded tree" {
	run "$DMAHEAPCTL" list --raw --no-headings -o NAME --sysroot "$sysroots/own-6.12"
	[[ $status -eq 0 && $output == *system* ]]
}

@test "export without libdrm exits with 5 and names the library" {
	run "$DMAHEAPCTL" export --heap system --size 4K
	[[ $status -eq 5 && $output == *libdrm* ]]
}

@test "alloc --export without libdrm exits with 5 and names the library" {
	run "$DMAHEAPCTL" alloc --heap system --size 4K --export
	[[ $status -eq 5 && $output == *libdrm* ]]
}

@test "list -v reports that the tool was built without libudev" {
	run "$DMAHEAPCTL" list -v
	[[ $output == *libudev* ]]
}

@test "holders without BPF reads all of /proc" {
	run "$DMAHEAPCTL" holders -v
	[[ $status -eq 0 && $output == *"bpf: built without BPF; reading all of /proc"* ]]
}

@test "module load without libkmod exits with 5 and names the library" {
	run "$DMAHEAPCTL" module load --file /etc/passwd
	[[ $status -eq 5 && $output == *'modules: not supported (built without libkmod)'* ]]
}

@test "module status without libkmod exits with 5 and names the library" {
	run "$DMAHEAPCTL" module status --json
	[[ $status -eq 5 && $output == *'built without libkmod'* ]]
}

@test "record without libarchive exits with 5, as does list --sysroot with a tar file" {
	run "$DMAHEAPCTL" record "$BATS_TEST_TMPDIR/record.tar"
	[[ $status -eq 5 && $output == *libarchive* && ! -e $BATS_TEST_TMPDIR/record.tar ]]
	tar -cf "$BATS_TEST_TMPDIR/record.tar" -C "$sysroots/own-6.12" .
	run "$DMAHEAPCTL" list --sysroot "$BATS_TEST_TMPDIR/record.tar"
	[[ $status -eq 5 && $output == *'extract the file and use the directory'* ]]
}

@test "in the small build, kernel exits with 5 without dmaheap_client, and with 2 after a usage error" {
	[[ ! -d /sys/module/dmaheap_client ]] || skip "dmaheap_client is loaded on this machine"
	run "$DMAHEAPCTL" kernel --heap system --size 4K
	[[ $status -eq 5 && $output == *"module 'dmaheap_client': not loaded"* ]]
	run "$DMAHEAPCTL" kernel find
	[[ $status -eq 2 ]]
}
