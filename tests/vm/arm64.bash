# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # the scripts that source this file use the variables
#
# Defines arm64 versions of functions and variables of the scripts in this directory. use_arch in
# lib.bash sources this file. The name of a kernel's directory in the cache is a hash that includes
# the text of the functions that build the kernel. This file replaces these functions instead of
# adding parameters to them, so a change for arm64 does not rebuild the kernels for x86-64.

export ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-

# Unlike the scripts for x86-64 guests, this script installs packages, so that a single command can
# run a guest. The scripts that this script starts inherit packages_present and do not check the
# packages again.
if [[ -z ${packages_present-} ]]; then
	(cd "$top" && . tests/setup.sh && need "${guest_packages[@]}" "${arm64_packages[@]}") >&2 || exit 125
	export packages_present=yes
fi

gcc() { aarch64-linux-gnu-gcc "$@"; }
cc() { aarch64-linux-gnu-gcc "$@"; }
strip() { aarch64-linux-gnu-strip "$@"; }

# use_clang: makes the builds of kernels and modules use clang and the tools of LLVM. Kernels with CFI
# and BTI need clang 17 to 20.
use_clang() {
	(cd "$top" && . tests/setup.sh && need "${clang_packages[@]}") >&2 || exit 125
	export LLVM=-19
}

# --- kernel

make_kernel() {
	# The callers build the target bzImage, which arm64 lacks, so replace it with Image.
	nice make -s -C source -j"$(nproc)" KBUILD_BUILD_USER=vm KBUILD_BUILD_HOST=vm "${@/bzImage/Image}"
}

# The build of an arm64 kernel does not use objtool, so there is no modification time to restore.
restore_objtool_time() {
	make_kernel prepare
}

keep() {
	local make=(make -s -C "$1")
	"${make[@]}" INSTALL_MOD_PATH="$PWD/modules" INSTALL_MOD_STRIP=1 modules_install
	rm -f modules/lib/modules/*/{build,source}
	"${make[@]}" kernelrelease >version
	cp "$1/arch/arm64/boot/Image" vmlinuz
	cp "$1/.config" config
	headers_of "$1"
}

headers_of() {
	mkdir headers
	tar -C "$1" -c --exclude='*.o' --exclude='*.a' --exclude='*.cmd' --exclude='arch/arm64/boot' \
		Makefile .config Kbuild Module.symvers include scripts arch/arm64 | tar -x -C headers
}

# --- image and overlay.bash

sysroot=$("$vm/sysroot")

program() {
	local dir
	for dir in "$sysroot"{/usr,}{/bin,/sbin}; do
		[[ ! -x $dir/$1 ]] || { printf '%s\n' "$dir/$1" && return; }
	done
	return 1
}

# Copies the libraries that the files need (DT_NEEDED), then those that these libraries need, and so
# on. ldd would have to load the programs, which are for another architecture.
install_libraries() {
	local root=$1 name dir loader=/lib/ld-linux-aarch64.so.1
	shift
	install_file "$root" "$sysroot$loader" "$loader"
	while (($#)); do
		# readelf fails if one of the files is a script.
		mapfile -t names < <({ readelf -d "$@" 2>/dev/null || true; } |
			sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | sort -u)
		set --
		for name in "${names[@]}"; do
			for dir in /lib/aarch64-linux-gnu /usr/lib/aarch64-linux-gnu; do
				[[ -e $sysroot$dir/$name && ! -e $root/usr/${dir#/usr}/$name ]] || continue
				install_file "$root" "$sysroot$dir/$name" "$dir/$name"
				set -- "$@" "$sysroot$dir/$name"
			done
		done
	done
}

find_tool() {
	local dir=$build
	[[ -n $dir ]] || dir=$("$vm/tool")
	[[ -e $dir/src/dmaheapctl ]] || die "there is no src/dmaheapctl in $dir"
	printf '%s\n' "$dir/src/dmaheapctl"
}

# --- qemu.bash

emulator=qemu-system-aarch64 console=ttyAMA0

choose_accelerator() {
	printf '%s\n' "${DMAHEAPCTL_ACCEL:-tcg,thread=multi}"
}

# The firmware starts the kernel without a boot loader. With firmware, the kernel is therefore in
# the flash memory, the initramfs at a fixed address in RAM, and the command line in the device
# tree.
machine() {
	local tree=$work/virt.dtb initrd=0x74000000 size
	size=$(stat -c %s "$work/initrd")
	serials=()
	# Without pauth-impdef, QEMU emulates pointer authentication with a slow algorithm.
	arguments=(-machine "virt,gic-version=3${firmware:+,secure=on}" -cpu "max,pauth-impdef=on")
	if [[ -n $firmware ]]; then
		# The initramfs must end below the pool of tee-static.
		((size <= 128 << 20)) || die "the initramfs has more than 128 MiB"
		make_flash
		arguments+=(-bios "$work/flash.bin")
		make_tree
		fdtput -t s "$tree" /chosen bootargs "$(command_line) initrd=$initrd,$size"
		arguments+=(-device "loader,file=$work/initrd,addr=$initrd,force-raw=on")
		rm -f "$work/secure.log"
		serials=(-serial "file:$work/secure.log")
	else
		make_tree
		arguments+=(-kernel "$kernel_dir/vmlinuz" -initrd "$work/initrd" -append "$(command_line)")
	fi
	arguments+=(-dtb "$tree")
}

# make_flash: puts the firmware and the kernel into flash.bin.
make_flash() {
	cp "$firmware_dir/fip.bin" "$work/fip.bin"
	"$firmware_dir/fiptool" update --nt-fw "$kernel_dir/vmlinuz" "$work/fip.bin"
	cp "$firmware_dir/bl1.bin" "$work/flash.bin"
	dd if="$work/fip.bin" of="$work/flash.bin" bs=256K seek=1 status=none
}

# make_tree: writes the device tree of the machine to $tree, with reserved memory for the pool of
# tee-static and for each --region.
make_tree() {
	local pool=() region name size reusable
	"$emulator" "${arguments[@]}" -m "$memory" -smp "$smp" -nodefaults -display none \
		-machine "dumpdtb=$tree.large" 2>"$work/qemu.log" || die "QEMU: $(<"$work/qemu.log")"
	# QEMU pads the dumped tree to 1 MiB, and -dtb would then pad it to more than 2 MiB, the
	# maximum that Linux accepts, so remove the padding.
	dtc -q -I dtb -O dtb -o "$tree" "$tree.large"
	[[ -z $firmware ]] || read -ra pool <"$firmware_dir/reserved" || true
	if ((${#pool[@]})); then
		reserve "tee@${pool[0]#0x}" "${pool[1]}" no-map
	fi
	for region in ${regions[@]+"${regions[@]}"}; do
		IFS=: read -r name size reusable <<<"$region"
		reserve "$name" "$(numfmt --from=iec "$size")" "${reusable:-no-map}"
		fdtput -t s "$tree" "/reserved-memory/$name" compatible shared-dma-pool
	done
}

# reserve NAME SIZE PROPERTY: adds a node to /reserved-memory of $tree. If NAME does not end with
# @ADDRESS, the kernel chooses the address.
reserve() {
	local node=/reserved-memory/$1 size
	printf -v size '%x' "$2"
	fdtput -p -c "$tree" "$node"
	fdtput "$tree" /reserved-memory '#address-cells' 2
	fdtput "$tree" /reserved-memory '#size-cells' 2
	fdtput "$tree" /reserved-memory ranges
	if [[ $1 == *@* ]]; then
		fdtput -t x "$tree" "$node" reg 0 "${1#*@}" 0 "$size"
	else
		fdtput -t x "$tree" "$node" size 0 "$size"
	fi
	fdtput "$tree" "$node" "$3"
}

# The machine has no isa-debug-exit: QEMU exits with 0 after a power-off and after a panic, so
# search the serial log for a panic.
ended_cleanly() {
	((qemu_status == 0)) && ! grep -q 'Kernel panic' "$work/serial.log"
}
