# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Functions that install packages and build the tool, for ./demo, ./check and other scripts. Source
# this file from the top directory of the tree.
# shellcheck disable=SC2034 # the scripts that source this file use the variables

# shellcheck source=tests/apt.bash
. "$(dirname "${BASH_SOURCE[0]}")/apt.bash"

build_packages=(
	gcc make libc6-dev autoconf automake pkg-config clang bpftool
	libudev-dev libkmod-dev libarchive-dev libbpf-dev libdrm-dev libsmartcols-dev libjson-c-dev
	libcmocka-dev
)
guest_packages=(
	qemu-system-x86 seabios ipxe-qemu cpio kmod udev bats socat procps file xz-utils dpkg-dev
	bc bison flex sparse patch libelf-dev libssl-dev rsync zlib1g-dev bsdextrautils busybox-static
)
# Running arm64 guests requires these packages in addition to guest_packages.
arm64_packages=(
	gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-system-arm device-tree-compiler
	python3-pyelftools python3-cryptography python3-minimal
)
# Building a kernel with clang requires these packages.
clang_packages=(clang-19 lld-19 llvm-19)
# Building the static binary for armhf requires these packages.
armhf_packages=(gcc-arm-linux-gnueabihf libc6-dev-armhf-cross)
check_packages=(
	libclang-rt-14-dev umockdev libumockdev-dev jq fish zsh mandoc man-db groff valgrind
	shellcheck xz-utils python3-minimal python3-jsonschema lsof kmod bats
)

say() {
	printf '\n== %s\n' "$*"
}

# need PACKAGE...: installs the missing packages. If packages are missing and the caller is not
# root, prints the command that installs them, and fails. On systems without dpkg, only prints the
# package names.
need() {
	local missing=() package

	if ! command -v dpkg-query >/dev/null; then
		echo "This is not a Debian system. Install these packages or equivalents: $*" >&2
		return 0
	fi
	for package; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
			missing+=("$package")
	done
	((${#missing[@]})) || return 0

	if ((EUID != 0)); then
		echo "Packages are missing. Run as root: apt-get install ${missing[*]}" >&2
		return 1
	fi
	say "installing ${#missing[@]} packages"
	[[ -n $(apt-cache policy "${missing[0]}" 2>/dev/null) ]] || apt_get update -q >&2
	DEBIAN_FRONTEND=noninteractive apt_get install -qq -y --no-install-recommends \
		"${missing[@]}" >/dev/null || {
		# Old package lists can name versions that are no longer on the mirror.
		apt_get update -q >&2
		DEBIAN_FRONTEND=noninteractive apt_get install -qq -y --no-install-recommends \
			"${missing[@]}" >/dev/null
	}
}

# build NAME [CONFIGURE-ARGUMENT...]: configures build/NAME if necessary, and builds it. Fails if
# the build prints a warning.
build() {
	local folder=build/$1
	shift

	mkdir -p "$folder"
	if [[ ! -x configure || configure.ac -nt configure || Makefile.am -nt Makefile.in ]]; then
		autoreconf -fi >build/autoreconf.log 2>&1 || { cat build/autoreconf.log; return 1; }
	fi
	if [[ ! -f $folder/config.status || configure -nt $folder/config.status ]]; then
		(cd "$folder" && ../../configure -q "$@" >configure.log 2>&1) ||
			{ tail -30 "$folder/configure.log"; return 1; }
	fi
	make -s -C "$folder" -j"$(nproc)" >"$folder/make.log" 2>&1 || { tail -40 "$folder/make.log"; return 1; }
	if grep -nE 'warning:' "$folder/make.log"; then return 1; fi
}
