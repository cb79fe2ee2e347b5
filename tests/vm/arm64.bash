# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # the scripts that source this file use the variables
#
# The functions and variables of the scripts in this directory that differ on arm64. use_arch in
# lib.bash sources this file. The names of kernels in the cache are hashes of the functions that
# build them, so this file replaces these functions instead of adding parameters to them.

export ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-

# The other scripts install nothing. This one does, so that one command is enough for a guest.
(cd "$top" && . tests/setup.sh && need "${guest_packages[@]}" "${arm64_packages[@]}") >&2 || exit 125

gcc() { aarch64-linux-gnu-gcc "$@"; }
cc() { aarch64-linux-gnu-gcc "$@"; }
strip() { aarch64-linux-gnu-strip "$@"; }

# kernel: make_kernel, restore_objtool_time, keep, headers_of

make_kernel() {
	# The callers use the name of the image on x86-64.
	nice make -s -C source -j"$(nproc)" KBUILD_BUILD_USER=vm KBUILD_BUILD_HOST=vm "${@/bzImage/Image}"
}

# The build of an arm64 kernel has no objtool.
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
