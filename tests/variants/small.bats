#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The build without libudev, libdrm, libkmod and BPF.

setup() {
	export LC_ALL=C
	sysroots=$BATS_TEST_DIRNAME/../cli/sysroots
}

@test "it is linked with none of them" {
	run ldd "$DMAHEAPCTL"
	[[ $status -eq 0 && $output == *libsmartcols* ]]
	[[ $output != *libudev* && $output != *libdrm* && $output != *libkmod* ]]
}

@test "the full build is not linked with libkmod and libbpf either" {
	run ldd "$BATS_TEST_DIRNAME/../../build/gcc/src/dmaheapctl"
	[[ $output == *libudev* && $output == *libdrm* ]]
	[[ $output != *libkmod* && $output != *libcrypto* && $output != *libbpf* ]]
}

@test "list reads sysfs" {
	run "$DMAHEAPCTL" list --raw --no-headings -o NAME --sysroot "$sysroots/own-6.12"
	[[ $status -eq 0 && $output == *system* ]]
}

@test "export says what is missing, with status 5" {
	run "$DMAHEAPCTL" export --heap system --size 4K
	[[ $status -eq 5 && $output == *libdrm* ]]
}

@test "alloc --export says so too, before it allocates" {
	run "$DMAHEAPCTL" alloc --heap system --size 4K --export
	[[ $status -eq 5 && $output == *libdrm* ]]
}

@test "-v says that libudev is not there" {
	run "$DMAHEAPCTL" list -v
	[[ $output == *libudev* ]]
}

@test "holders reads /proc" {
	run "$DMAHEAPCTL" holders -v
	[[ $status -eq 0 && $output == *"bpf: built without BPF, so all of /proc is read"* ]]
}

@test "module: loading says that libkmod is not there, with status 5" {
	run "$DMAHEAPCTL" module load --file /etc/passwd
	[[ $status -eq 5 && $output == *'dmaheapctl was built without libkmod'* ]]
}

@test "module status says the same" {
	run "$DMAHEAPCTL" module status --json
	[[ $status -eq 5 && $output == *'built without libkmod'* ]]
}

@test "kernel and inspect need the debug module, and no library" {
	[[ ! -d /sys/module/dmaheap_debug ]] || skip "this machine has it loaded"
	run "$DMAHEAPCTL" kernel --heap system --size 4K
	[[ $status -eq 5 && $output == *"the module dmaheap_debug is not loaded"* ]]
	run "$DMAHEAPCTL" kernel find
	[[ $status -eq 2 ]]
}
