#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2030,SC2031 # output, stderr and status are bats'
#
# module on recorded systems: what is loaded, what there is a file of, what stands in its
# way. That loading loads is for the guest.

load common

release=6.12.0-test
magic="$release SMP preempt mod_unload modversions "

setup() {
	new_tree
	put proc/sys/kernel/osrelease $release
	put proc/sys/kernel/modules_disabled 0
	put proc/modules ''
	put proc/kallsyms "$(printf '%s\n' '0000000000000000 T dma_heap_add' \
		'0000000000000000 T dma_heap_get_name' "0000000000000000 t dma_heap_put	[other]")"
	put sys/kernel/security/lockdown '[none] integrity confidentiality'
	put sys/module/module/parameters/sig_enforce N
	folder=$tree/lib/modules/$release
	mkdir -p "$folder/kernel" "$folder/updates"
	touch "$folder"/modules.{order,builtin,builtin.modinfo}
	object "$folder/kernel/native.ko" name=native "vermagic=$magic" license=GPL
}

# object FILE KEY=VALUE...: what libkmod takes for a module.
object() {
	local file=$1 pair n=0
	shift
	for pair; do
		printf 'static const char i%d[] __attribute__((section(".modinfo"), used)) = "%s";\n' \
			$((n++)) "$pair"
	done >"$BATS_TEST_TMPDIR/object.c"
	gcc -c -x c -o "$file" "$BATS_TEST_TMPDIR/object.c"
}

# sim FILE [KEY=VALUE...]: a dmaheap_sim.
sim() {
	local file=$1
	shift
	object "$file" name=dmaheap_sim version=0.1.0 srcversion=ABC "parmtype=heaps:charp" \
		"parm=heaps:which heaps" "parmtype=count:int" "${@-vermagic=$magic}"
}

index() {
	depmod -b "$tree" $release
}

# cell NAME: of the module sim in $output.
cell() {
	json ".modules[] | select(.module == \"sim\").$1"
}

# shown ARGUMENT...: the status of the tree, as JSON.
shown() {
	tool_status 0 module status --sysroot "$tree" --json "$@"
}

# live: the module is loaded, and its parameters have values.
live() {
	put sys/module/dmaheap_sim/initstate live
	put sys/module/dmaheap_sim/refcnt 3
	put sys/module/dmaheap_sim/taint OE
	put sys/module/dmaheap_sim/version 0.2.0
	put sys/module/dmaheap_sim/parameters/heaps 'a;b c:slow'
	put sys/module/dmaheap_sim/parameters/count 7
	mkdir -p "$tree"/sys/module/dmaheap_sim/holders/{user_b,user_a}
}

@test "module: neither file nor loaded" {
	shown
	equals "$(json '.modules | map(.module) | join(" ")')" 'debug sim'
	equals "$(cell state)" absent
	equals "$(cell why)" "no file in $folder"
	equals "$(cell refs)" null
	rm -r "$folder"
	shown
	equals "$(cell why)" "no folder $folder"
}

@test "module: a file in the indexes, and one that is not" {
	sim "$folder/updates/dmaheap_sim.ko"
	for indexed in no yes; do
		[[ $indexed == no ]] || index
		shown
		equals "$(cell state)" loadable
		equals "$(cell file)" "$folder/updates/dmaheap_sim.ko"
		equals "$(cell version)" 0.1.0
		equals "$(cell signature)" unsigned
		equals "$(cell vermagic)" "${magic% }"
		equals "$(cell why)" null
		equals "$(json '.parameters | map([.parameter, .type, .value, .description] | join(","))[]')" \
			'heaps,charp,,which heaps
count,int,,'
	done
	equals "$(json .kernel.vermagic)" "${magic% }"
	mkdir "$folder/updates/dmaheap_sim"
	mv "$folder/updates/dmaheap_sim.ko" "$folder/updates/dmaheap_sim/"
	rm "$folder"/modules.dep*
	shown
	equals "$(cell file)" "$folder/updates/dmaheap_sim/dmaheap_sim.ko"
}

@test "module: what is loaded tells more than the file" {
	sim "$folder/updates/dmaheap_sim.ko"
	live
	shown
	equals "$(cell state)" loaded
	equals "$(cell version)" 0.2.0
	equals "$(cell refs)" 3
	equals "$(cell taint)" OE
	equals "$(cell holders)" user_a,user_b
	equals "$(cell parameters)" 'count=7 heaps="a;b c:slow"'
	equals "$(cell why)" null
	equals "$(json '.parameters[] | select(.parameter == "heaps") | .value + " " + .type')" \
		'a;b c:slow charp'
	rm "$tree/sys/module/dmaheap_sim/initstate"
	shown
	equals "$(cell state)" builtin
}

@test "module: hostile text is escaped, and JSON remains JSON" {
	live
	put sys/module/dmaheap_sim/parameters/heaps $'x\e[31m\ny"\xff'
	put sys/module/dmaheap_sim/taint $'\e]0;'
	tool_status 0 module status sim --sysroot "$tree"
	lacks "$output" $'\e'
	contains "$output" 'x\x1b[31m\x0ay"\xff'
	shown sim
	contains "$(cell parameters)" 'heaps='
}

@test "module: made for another kernel" {
	sim "$folder/updates/dmaheap_sim.ko" "vermagic=5.10.0 SMP mod_unload "
	shown
	equals "$(cell why)" "the file is made for another kernel: its vermagic is \
'5.10.0 SMP mod_unload', that of the running one '$release'"
	index
	shown
	equals "$(cell why)" "the file is made for another kernel: its vermagic is \
'5.10.0 SMP mod_unload', that of the running one '${magic% }'"
	# Checksums stand in for the release, as the kernel has it.
	sim "$folder/updates/dmaheap_sim.ko" "vermagic=6.12.9 SMP preempt mod_unload modversions "
	shown
	equals "$(cell why)" null
}

@test "module: signatures, lockdown, and no modules at all" {
	sim "$folder/updates/dmaheap_sim.ko"
	put sys/kernel/security/lockdown 'none [integrity] confidentiality'
	shown
	equals "$(cell why)" 'the file is not signed, and the kernel is locked down (integrity)'
	equals "$(json .kernel.lockdown)" integrity
	put sys/module/module/parameters/sig_enforce Y
	shown
	contains "$(cell why)" 'the file is not signed, and the kernel takes signed modules only'
	put proc/sys/kernel/modules_disabled 1
	shown
	contains "$(cell why)" 'kernel.modules_disabled is set'
	rm "$tree/proc/modules"
	shown
	contains "$(cell why)" 'built without modules'
}

@test "module: accessors: yes, no, and unknown" {
	shown
	equals "$(json '.kernel | [.dma_heap_add, .dma_heap_put, .dma_heap_find] | join(" ")')" \
		'true true false'
	: >"$tree/proc/kallsyms"
	shown
	equals "$(json .kernel.dma_heap_add)" null
	contains "$stderr" 'unknown: /proc/kallsyms'
	rm "$tree/proc/kallsyms"
	shown
	equals "$(json .kernel.dma_heap_find)" null
}

@test "module: --file" {
	sim "$tree/other name.ko"
	shown --file "$tree/other name.ko"
	equals "$(cell state)" loadable
	equals "$(cell file)" "$tree/other name.ko"
	live
	shown --file "$tree/other name.ko"
	equals "$(cell state)" loaded
	tool_status 1 module status debug --file "$tree/other name.ko" --sysroot "$tree"
	contains "$stderr" "this is the module 'dmaheap_sim', not dmaheap_debug"
	tool_status 1 module load --file "$folder/kernel/native.ko"
	contains "$stderr" "this is the module 'native', not dmaheap_debug or dmaheap_sim"
	tool_status 3 module load --file "$tree/none.ko"
	tool_status 1 module load --file "$tree"
	contains "$stderr" 'not a regular file'
	mkfifo "$tree/pipe"
	tool_status 1 module load --file "$tree/pipe"
	printf '\x7fELF' >"$tree/short.ko"
	tool_status 1 module load --file "$tree/short.ko"
	contains "$stderr" 'not a kernel module'
}

@test "module: usage" {
	tool_status 2 module
	tool_status 2 module stats
	tool_status 2 module load
	tool_status 2 module unload sim a=b
	tool_status 2 module status sim a=b
	tool_status 2 module load sim heaps
	tool_status 2 module load sim '=b'
	tool_status 2 module load sim 'a b=c'
	tool_status 2 module load sim 'heaps="a"'
	contains "$stderr" 'a quotation mark cannot be passed on'
	tool_status 2 module unload sim --file x
	tool_status 2 module load sim --sysroot "$tree"
	tool_status 2 module status -o NONE
	tool_status 3 module status other
	contains "$stderr" "no module 'other' here: there are debug and sim"
	sim "$tree/sim.ko"
	tool_status 2 module load --file "$tree/sim.ko" heap=a
	contains "$stderr" "no parameter 'heap'; there is: heaps, count"
}
