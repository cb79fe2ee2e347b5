#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # bats and guest.bash set the variables
#
# Tests of 'dmaheapctl module', which loads, shows and unloads the companion modules.
#
#   tests/vm/suite debian-6.12 module
#
# Later test files of the same boot cannot load modules, because the last test disables the loading
# of modules. On kernels that cannot remove heaps, dmaheap_sim stays loaded.

bats_require_minimum_version 1.5.0
load guest
load debug

mine=/lib/modules/$(uname -r)
facts=/sys/module/dmaheap_debug

setup() {
	[[ -e $extra/dmaheap_debug.ko && -e $extra/dmaheap_sim.ko ]]
}

teardown() {
	[[ -z ${busy-} ]] || exec {busy}<&-
	! loaded dmaheap_debug || rmmod dmaheap_debug
	! loaded dmaheap_client || rmmod dmaheap_client
	rm -f /etc/modprobe.d/dmaheapctl.conf
	if [[ -e $mine/updates ]]; then
		rm -r "$mine/updates"
		depmod 2>/dev/null
	fi
	nothing_left
}

unloaded() {
	run ! loaded "$1"
}

# install_module NAME: installs a module as "make modules_install" does, but without depmod.
install_module() {
	mkdir -p "$mine/updates/$1"
	cp "$extra/$1.ko" "$mine/updates/$1/"
}

# cell COLUMN: prints a column of the first module in the JSON in $out.
cell() {
	field ".modules[0].$1"
}

@test "module load exits with 3 for a module that is not installed" {
	run_tool 0 module status debug --json
	is "$(cell state)" absent
	is "$(cell file)" null
	is "$(cell refs)" null
	run_tool 3 module load debug
	has "$err" "module 'dmaheap_debug': not found in the indexes of /lib/modules; run depmod"
	run_tool 3 module load --file /no/such.ko
	has "$err" "module file '/no/such.ko': No such file or directory"
	run_tool 3 module load nosuch
	has "$err" "unknown module 'nosuch': expected debug, client or sim"
}

@test "module loads a module file with parameters, shows the parameters and unloads the module" {
	run_tool 0 module load debug --file $extra/dmaheap_debug.ko buffers=5000 maxactive=0x40 --json
	is "$(cell state)" loaded
	loaded dmaheap_debug
	is "$(cat $facts/parameters/buffers)" 5000
	is "$(cat $facts/parameters/maxactive)" 64

	run_tool 0 module status debug --json
	is "$(cell state)" loaded
	is "$(cell version)" "$(cat $facts/version)"
	is "$(cell refs)" "$(cat $facts/refcnt)"
	is "$(cell 'holders | length')" 0
	has <(cell 'parameters | join(" ")') 'buffers=5000.*maxactive=64'

	run_tool 0 module unload debug
	unloaded dmaheap_debug
	[[ ! -s $err ]]
}

@test "module load succeeds and changes nothing if the module is already loaded" {
	run_tool 0 module load --file $extra/dmaheap_debug.ko maxactive=64
	run_tool 0 module load --file $extra/dmaheap_debug.ko
	has "$err" "module 'dmaheap_debug': already loaded$"
	run_tool 0 module load debug maxactive=65
	has "$err" "already loaded; parameters unchanged"
	run_tool 0 module load debug maxactive=65 -q
	[[ ! -s $err ]]
	is "$(cat $facts/parameters/maxactive)" 64
}

@test "module loads and unloads dmaheap_client, which needs no other module" {
	run_tool 0 module load client --file $extra/dmaheap_client.ko --json
	is "$(cell state)" loaded
	loaded dmaheap_client
	unloaded dmaheap_debug
	run_tool 0 inspect --heap system --size 4K
	run_tool 5 accounting
	run_tool 0 module unload client
	unloaded dmaheap_client
}

@test "module unload succeeds if the module is not loaded" {
	run_tool 0 module unload debug
	has "$err" "module 'dmaheap_debug': not loaded"
	run_tool 0 module unload debug -q
	[[ ! -s $err ]]
}

@test "module load uses depmod's indexes and modprobe.d's options, and fails instead of running an install command" {
	install_module dmaheap_debug
	run_tool 3 module load debug
	has "$err" 'run depmod'
	depmod 2>/dev/null
	run_tool 0 module status debug --json
	is "$(cell state)" loadable
	is "$(cell file)" "$mine/updates/dmaheap_debug/dmaheap_debug.ko"
	run_tool 0 module load debug
	loaded dmaheap_debug
	run_tool 0 module unload debug

	mkdir -p /etc/modprobe.d
	echo 'options dmaheap_debug buffers=4321' >/etc/modprobe.d/dmaheapctl.conf
	run_tool 0 module load debug maxactive=77
	is "$(cat $facts/parameters/buffers)" 4321
	is "$(cat $facts/parameters/maxactive)" 77
	run_tool 0 module unload debug

	# The tool fails, because it neither runs nor ignores an install command.
	echo 'install dmaheap_debug touch /tmp/was-run' >/etc/modprobe.d/dmaheapctl.conf
	run_tool 1 module load debug -v
	has "$err" "contains an 'install' command for the module"
	has "$err" "libkmod: install command not run: 'touch /tmp/was-run'$"
	unloaded dmaheap_debug
	[[ ! -e /tmp/was-run ]]
}

@test "module load succeeds in eight processes at the same time" {
	local workers=() worker
	for worker in {1..8}; do
		dmaheapctl module load debug --file $extra/dmaheap_debug.ko >/dev/null 2>&1 3>&- &
		workers+=($!)
	done
	for worker in "${workers[@]}"; do
		wait "$worker"
	done
	loaded dmaheap_debug
}

@test "without sysfs, module status reports the state as unknown, but module unload succeeds" {
	run_tool 0 module load --file $extra/dmaheap_debug.ko
	unshare --mount bash -ec 'umount -l /sys; dmaheapctl module status debug --json' >"$out" 2>"$err"
	is "$(cell state)" unknown
	unshare --mount bash -ec 'umount -l /sys; dmaheapctl module unload debug --json' >"$out" 2>"$err"
	has_no "$err" 'not loaded'
	unloaded dmaheap_debug
	[[ $(cell state) == @(absent|loadable) ]]
	unshare --mount bash -ec 'umount -l /sys; dmaheapctl module unload debug --json' >"$out" 2>"$err"
	has "$err" 'not loaded'
	[[ $(cell state) == @(absent|loadable) ]]
}

@test "module unload reports the reference count of a module in use" {
	run_tool 0 module load --file $extra/dmaheap_debug.ko
	exec {busy}</sys/kernel/debug/dmaheap_debug/stats
	run_tool 1 module unload debug --json
	has "$err" "unloading: Resource temporarily unavailable; reference count 1: open files of the module"
	is "$(cell state)" loaded
	is "$(cell refs)" 1
	exec {busy}<&-
	busy=
	run_tool 0 module unload debug
}

# libkmod 30 loops forever, exhausts memory, aborts or crashes on damaged indexes.
@test "module and export do not crash or hang on damaged module indexes" {
	local file size
	install_module dmaheap_debug
	depmod 2>/dev/null
	for file in modules.dep.bin modules.alias.bin; do
		cp "$mine/$file" /tmp/index
		size=$(stat -c %s /tmp/index)
		head -c $((size / 2)) /tmp/index >"$mine/$file"
		survives module status debug
		# Damage the offset of the root node. It follows the magic number and the version.
		cp /tmp/index "$mine/$file"
		printf '\17\377\377\0' | dd of="$mine/$file" bs=1 seek=8 conv=notrunc status=none
		survives module status debug
		survives module load debug
		survives export --heap system --size 4K --device driver:nosuch
		unloaded dmaheap_debug || rmmod dmaheap_debug
	done
}

survives() {
	local status=0
	timeout 30 dmaheapctl "$@" >"$out" 2>"$err" || status=$?
	((status <= 7)) && return
	echo "exit status $status, expected at most 7: dmaheapctl $*"
	cat "$err"
	return 1
}

@test "module load reports the kernel's messages about unknown parameters and invalid values" {
	run_tool 2 module load --file $extra/dmaheap_debug.ko 'buffers="1"'
	has "$err" "double quotes are not allowed"
	run_tool 0 module load --file $extra/dmaheap_debug.ko bufers=1
	has "$err" "kernel: dmaheap_debug: unknown parameter 'bufers' ignored"
	run_tool 0 module unload debug
	run_tool 1 module load --file $extra/dmaheap_debug.ko maxactive=abc
	has "$err" "loading '$extra/dmaheap_debug.ko': Invalid argument; a parameter is invalid"
	has "$err" "kernel: .*dmaheap_debug: .abc. invalid for parameter .maxactive"
	unloaded dmaheap_debug
}

@test "module load reports the kernel's message about a module that was built for a different kernel" {
	local wrong=/tmp/wrong.ko
	sed 's/mod_unload modversions/mod_unlaod modversions/; s/vermagic=[0-9]/vermagic=9/' \
		$extra/dmaheap_debug.ko >$wrong
	run_tool 1 module load debug --file $wrong
	has "$err" "loading '$wrong': Exec format error; the file was built for another kernel, or is damaged"
	has "$err" 'kernel: dmaheap_debug: version magic .* should be'
	rm $wrong
}

@test "module load rejects a file that does not contain the expected companion module" {
	run_tool 1 module load --file /etc/passwd
	has "$err" "module file '/etc/passwd': .*not a kernel module"
	run_tool 1 module load --file /dev/null
	has "$err" "not a regular file"
	run_tool 1 module load --file /tmp
	has "$err" "not a regular file"
	run_tool 1 module load sim --file $extra/dmaheap_debug.ko
	has "$err" "contains module 'dmaheap_debug', expected dmaheap_sim"
	run_tool 1 module load --file "$(find "$mine" -name 'vgem.ko*')"
	has "$err" "contains module 'vgem', expected dmaheap_debug, dmaheap_client or dmaheap_sim"
	head -c 20000 $extra/dmaheap_debug.ko >/tmp/cut.ko
	run_tool 1 module load --file /tmp/cut.ko
	# The file name can contain blanks and differ from the name of the module.
	cp $extra/dmaheap_debug.ko '/tmp/a  file.ko'
	run_tool 0 module load --file '/tmp/a  file.ko'
	loaded dmaheap_debug
}

@test "an unprivileged user cannot load or unload a module, but can run module status" {
	local user=(setpriv --reuid nobody --regid nogroup --clear-groups dmaheapctl module)
	chmod 0644 $extra/*.ko
	run "${user[@]}" load --file $extra/dmaheap_debug.ko
	is "$status" 4
	[[ $output == *'Operation not permitted; only root (CAP_SYS_MODULE) may load'* ]]
	run "${user[@]}" status debug
	is "$status" 0
	[[ $output == *'dma_heap_add '*'yes'* ]]

	dmaheapctl module load --file $extra/dmaheap_debug.ko
	run "${user[@]}" load debug
	is "$status" 0
	run "${user[@]}" unload debug
	is "$status" 4
	[[ $output == *'unloading: Operation not permitted; only root (CAP_SYS_MODULE)'* ]]
	loaded dmaheap_debug
}

@test "module status shows whether the kernel contains each dma_heap function that drivers call" {
	local name
	run_tool 0 module status --json
	for name in dma_heap_add dma_heap_remove dma_heap_find dma_heap_find_by_name dma_heap_put \
		dma_heap_buffer_alloc dma_heap_bufferfd_alloc; do
		is "$(field ".accessors.$name")" \
			"$(grep -qE " [Tt] (__)?$name\$" /proc/kallsyms && echo true || echo false)"
	done
	is "$(field .accessors.release)" "$(uname -r)"
	# If /proc/kallsyms is empty, the tool must not report the functions as absent.
	unshare --mount bash -ec 'mount --bind /dev/null /proc/kallsyms; dmaheapctl module status --json' \
		>"$out" 2>"$err"
	is "$(field .accessors.dma_heap_add)" null
	has "$err" 'drivers call to provide and use heaps: availability unknown: reading /proc/kallsyms: '
	# 5 is EIO. The tool still shows the states of the modules, because they come from libkmod.
	deny openat2 -=5 dmaheapctl module status --json >"$out" 2>"$err" || status=$?
	is "$status" 1
	is "$(field .accessors.dma_heap_add)" null
	is "$(field '.modules | length')" 3
	has "$err" '/proc/kallsyms: Input/output error'
}

@test "module exits with 5 and names the package if libkmod is missing" {
	local library
	library=$(realpath "$(ldconfig -p 2>/dev/null | sed -n 's/.*libkmod.so.2 .* => //p')" 2>/dev/null) ||
		library=$(find /usr/lib/ -name 'libkmod.so.2*' -type f | head -n 1)
	insmod $extra/dmaheap_debug.ko
	hidden() {
		# shellcheck disable=SC2016
		run unshare --mount bash -c 'mount --bind /dev/null "$1" && shift && exec dmaheapctl module "$@"' \
			- "$library" "$@"
	}
	hidden load --file $extra/dmaheap_sim.ko
	is "$status" 5
	[[ $output == *'libkmod.so.2 is missing'*libkmod2* ]]
	hidden status debug
	is "$status" 5
	hidden unload debug
	is "$status" 5
	loaded dmaheap_debug
}

@test "module unload sim succeeds, or explains that the kernel cannot remove heaps" {
	run_tool 0 module load --file $extra/dmaheap_sim.ko 'heaps=protected;a heap:protected:1M'
	if ! grep -q 'already loaded' "$err"; then
		is "$(cat /sys/module/dmaheap_sim/parameters/heaps)" 'protected;a heap:protected:1M'
		run_tool 0 alloc --heap 'a heap' --size 4K
		run_tool 0 module status sim --json
		is "$(cell 'parameters[0]')" 'heaps=protected;a heap:protected:1M'
	fi
	run_tool 0 alloc --heap protected --size 4K
	if can_remove_heaps; then
		run_tool 0 module unload sim
		return
	fi
	run_tool 1 module unload sim
	has "$err" 'unloading: Resource temporarily unavailable; the kernel cannot remove heaps'
	loaded dmaheap_sim
}

# The tool assumes that a kernel can remove heaps if /proc/kallsyms contains dma_heap_remove. This
# test runs on every kernel, because it uses a copy of /proc/kallsyms with this symbol.
@test "module unload sim names the processes that use nodes or buffers of dmaheap_sim" {
	loaded dmaheap_sim || dmaheapctl module load -q --file $extra/dmaheap_sim.ko
	sed '$a0000000000000000 T dma_heap_remove' /proc/kallsyms >/tmp/kallsyms
	exec {busy}</dev/dma_heap/protected
	start HEAP alloc --heap protected --size 64K --count 2 --hold
	unload() {
		unshare --mount bash -ec 'mount --bind /tmp/kallsyms /proc/kallsyms
			exec dmaheapctl module unload sim "$@"' - "$@" >"$out" 2>"$err"
	}
	run unload
	is "$status" 1
	has "$err" 'reference count [0-9]+: buffers of its heaps, open nodes'
	has "$err" "heap 'protected': node is open in process $$ \(bash\)"
	is "$(grep -c "heap 'protected': process $tool (dmaheapctl) holds buffer [0-9]*, 64 KiB" "$err")" 2
	run unload -q
	is "$(wc -l <"$err")" 1
	finish 0
	exec {busy}<&-
	busy=
	no_buffers
	# An open directory whose path resembles that of a node does not count as a node.
	mkdir -p /tmp/dma_heap/protected
	exec {busy}</tmp/dma_heap/protected
	run unload
	exec {busy}<&-
	busy=
	is "$status" 1
	has "$err" "no process has a node open or holds a buffer of the heaps of the module \(a driver may hold"
}

@test "module load reports a missing signature if the kernel accepts only signed modules" {
	local switch=/sys/module/module/parameters/sig_enforce
	[[ -w $switch ]] && echo 1 >$switch || skip "this kernel does not check signatures"
	run_tool 1 module load --file $extra/dmaheap_debug.ko
	has "$err" "Key was rejected by service; the file has no signature that the kernel accepts"
	has "$err" 'kernel: Loading of unsigned module is rejected'
}

@test "module load exits with 4 if kernel.modules_disabled is set" {
	echo 1 >/proc/sys/kernel/modules_disabled
	run_tool 4 module load --file $extra/dmaheap_debug.ko
	has "$err" 'Operation not permitted; only root .* kernel.modules_disabled is 0'
}
