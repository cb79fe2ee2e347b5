#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes a kernel ready in the cache and prints its directory, which holds
#   vmlinuz config version modules/lib/modules/VERSION/...
# and, where it was built here, headers/, which modules are built against.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"

# Importers that tests may ask for; a kernel has those it was built with.
importers=(vgem vkms cirrus bochs virtio-gpu)

usage() {
	cat <<-END
		Usage: ${0##*/} NAME
		       ${0##*/} --list
		NAME is debian-SERIES (fetched) or own-SERIES (built), as in own-6.12.
	END
}

list() {
	local config base
	echo debian-6.12
	for config in "$vm"/kernels/own-*.config; do
		base=$(basename "$config" .config)
		printf '%s\n' "$base" "$base-checked"
		[[ ! -d $top/kernel/patches/${base#own-} ]] || printf '%s\n' "$base-series" "$base-series-checked"
	done
}

# Not the cloud, rt, debug or unsigned flavours: those have one more dash.
newest_image() {
	apt-cache pkgnames "linux-image-$1." |
		grep -Ex "linux-image-[^-]*-amd64" | sort -V | tail -n 1
}

debian() {
	local name=$1 image version
	image=$(asked newest_image "${name#debian-}")
	version=$(asked candidate "$image")
	cached "$cache/kernels/$name/$(key_of "$image" "$version" "${importers[*]}" \
		"$(declare -f unpack_image)")" unpack_image "$image" "$version"
}

unpack_image() {
	local deb version file from=unpacked
	deb=$(package "$1" "$2")
	say "unpacking ${deb##*/} (about 10 seconds)"
	dpkg-deb --extract "$deb" "$from"
	version=${1#linux-image-}
	mv "$from/boot/vmlinuz-$version" vmlinuz
	mv "$from/boot/config-$version" config
	echo "$version" >version
	[[ -d $from/lib ]] || mv "$from/usr/lib" "$from/lib"
	depmod -b "$from" "$version"
	mkdir -p "modules/lib/modules/$version"
	for file in "$from/lib/modules/$version"/modules.{order,builtin,builtin.modinfo}; do
		mv "$file" "modules/lib/modules/$version/"
	done
	# All 4000 modules would make the image slow to load.
	wanted_modules "$from" "$version" | while read -r file; do
		install -D -m 644 "$file" "modules/${file#*"$from/"}"
	done
	depmod -b modules "$version"
	rm -rf "$from"
}

wanted_modules() {
	local module
	for module in "${importers[@]}"; do
		modprobe -d "$PWD/$1" -S "$2" --show-depends "$module" 2>/dev/null || true
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u
}

# A name is own-SERIES, and after it the words that follow change the kernel:
#   series   with kernel/patches/SERIES, built on top of the same tree
#   checked  with what finds errors of memory, locks and life cycles
own() {
	local name=$1 words series base fragments=() tree options patches=()
	IFS=- read -ra words <<<"${name#own-}"
	series=${words[0]} base=own-${words[0]}
	fragments=("$vm/kernels/own.config" "$vm/kernels/own-$series.config")
	[[ -f ${fragments[1]} ]] || die "there is no kernel '$name' (--list names them)"
	[[ $series == 6.* ]] || from_backports
	[[ $name != *-checked ]] || fragments+=("$vm/kernels/checked.config") base+=-checked
	tree=$(tree_of "$base" "$series" "${fragments[@]}")
	case $name in
	"$base") options=/dev/null ;;
	"own-$series-series${base#"own-$series"}")
		options=$vm/kernels/series.config
		patches=("$top/kernel/patches/$series"/0*.patch)
		[[ ${patches[0]} != */0000-* ]] || patches=("${patches[@]:1}")
		;;
	*) die "there is no kernel '$name' (--list names them)" ;;
	esac
	cached "$cache/kernels/$name/$(key_of "$tree" "$(cat "$options" "${patches[@]}")" \
		"$(declare -f in_tree keep headers_of)")" in_tree "$tree" "$options" "${patches[@]}"
}

# The source with the build in it, kept: what is built on top of it takes a minute
# instead of ten.
tree_of() {
	local base=$1 series=$2 version
	shift 2
	version=$(asked candidate "linux-source-$series")
	cached "$cache/trees/$base/$(key_of "$series" "$version" "$(sort "$@")" \
		"$(declare -f build_tree check_config make_kernel)")" build_tree "$series" "$version" "$@"
}

build_tree() {
	local series=$1 version=$2
	shift 2
	need bc bison flex gcc make xz
	unpack_source "$(package "linux-source-$series" "$version")" source
	make_kernel tinyconfig
	cat "$@" >>source/.config
	# It warns of every line that takes the place of tinyconfig's.
	make_kernel olddefconfig 2>/dev/null
	check_config source/.config "$@"
	say "building the kernel (5 to 10 minutes on two cores)"
	make_kernel bzImage modules
}

make_kernel() {
	nice make -s -C source -j"$(nproc)" KBUILD_BUILD_USER=vm KBUILD_BUILD_HOST=vm "$@"
}

# in_tree TREE OPTIONS PATCH...: a kernel with these options and patches, instead of those
# that the tree has now. What they do not touch is not built again.
in_tree() {
	local tree=$1 options=$2 lock
	shift 2
	exec {lock}>"$tree/lock"
	flock "$lock"
	say "building the kernel with $# patches (up to 2 minutes)"
	(
		cd "$tree"
		[[ -f config ]] || cp source/.config config
		take_off source
		put_on source "$@"
		cat config "$options" >source/.config
		make_kernel olddefconfig 2>/dev/null
		check_config source/.config "$options"
		settle_objtool source
		make_kernel bzImage modules
	) {lock}>&-
	keep "$tree/source"
	exec {lock}>&-
}

# What was put on is kept beside the source, so that it can be taken off.
put_on() {
	local source=$1 patch
	shift
	mkdir -p "$source/.patches"
	for patch; do
		cp "$patch" "$source/.patches/$(printf '%02d' "$(find "$source/.patches" -type f | wc -l)")"
		patch -s -d "$source" -p1 <"$patch"
	done
}

take_off() {
	local source=$1 patch
	for patch in $(find "$source/.patches" -type f 2>/dev/null | sort -r); do
		patch -s -R -d "$source" -p1 <"$patch"
		rm "$patch"
	done
}

# objtool is built by absolute paths. Where the tree was moved it is built anew, and
# every object, being older than it, would be built after it.
settle_objtool() {
	touch -r "$1/tools/objtool/objtool" objtool-time
	make_kernel prepare
	find "$1/tools/objtool" -type f -newer objtool-time -exec touch -r objtool-time {} +
	rm objtool-time
}

# keep SOURCE: what a guest and the builders of modules need of it.
keep() {
	local make=(make -s -C "$1")
	"${make[@]}" INSTALL_MOD_PATH="$PWD/modules" INSTALL_MOD_STRIP=1 modules_install
	rm -f modules/lib/modules/*/{build,source}
	"${make[@]}" kernelrelease >version
	cp "$1/arch/x86/boot/bzImage" vmlinuz
	cp "$1/.config" config
	headers_of "$1"
}

headers_of() {
	mkdir headers
	tar -C "$1" -c --exclude='*.o' --exclude='*.a' --exclude='*.cmd' --exclude='arch/x86/boot' \
		--exclude='arch/x86/kvm' Makefile .config Kbuild Module.symvers include scripts arch/x86 \
		tools/objtool/objtool | tar -x -C headers
}

# check_config CONFIG FRAGMENT...: a line can be lost when what it depends on is
# not there, and the tests would then skip in silence.
check_config() {
	local config=$1 line lost=()
	shift
	while read -r line; do
		[[ $line =~ ^(# )?CONFIG_ ]] || continue
		grep -qFx -- "$line" "$config" && continue
		# An option that cannot be chosen at all has no line.
		[[ $line == '# '* ]] && ! grep -q "^${line:2:-11}=" "$config" && continue
		lost+=("$line")
	done < <(cat "$@")
	((${#lost[@]} == 0)) || die "${*##*/}: the kernel's configuration lost: ${lost[*]}"
}

