# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # "run" sets the variables
#
# What a single run puts on top of the base image: the tool, the tests, the
# kernel's modules, the first process and the command. Part of "run".

# make_overlay ROOT COMMAND...
make_overlay() {
	local root=$1 entry tool
	shift
	mkdir -p "$root/vm" "$root/tests" "$root/usr/lib" "$root/usr/local/bin"
	cp "$vm/init" "$root/init"
	cp "$vm/screendump" "$root/usr/local/bin/"
	cp -R "$kernel_dir/modules/lib/modules" "$root/usr/lib/"
	cp -R "$top/tests/." "$root/tests/"
	tool=$(find_tool)
	[[ -z $tool ]] || install_programs "$root" "$tool:/usr/local/bin/dmaheapctl"
	for entry in ${add[@]+"${add[@]}"}; do
		add_path "$root" "$entry"
	done
	# No word of the command may be lost or changed on the way.
	(($# == 0)) || printf '%s\0' "$@" >"$root/vm/argv"
	chmod -R u+rwX,go+rX "$root"
}

# Where nothing is built yet, the guest is still of use.
find_tool() {
	local dir tool
	if [[ -n $build ]]; then
		[[ -e $build/src/dmaheapctl ]] || die "there is no src/dmaheapctl in $build"
	fi
	for dir in ${build:+"$build"} "$PWD" "$top/build/gcc" "$top/build" "$top"; do
		tool=$dir/src/dmaheapctl
		[[ -f $tool && -x $tool ]] || continue
		# Libtool may leave a script there that starts the real one.
		[[ $(head -c 2 "$tool") != '#!' ]] || tool=$dir/src/.libs/dmaheapctl
		printf '%s\n' "$tool"
		return
	done
}

# add_path ROOT HOST[:GUEST]: without GUEST the guest's path is the host's.
add_path() {
	local root=$1 host=${2%%:*} guest=${2#*:} file
	[[ -e $host ]] || die "--add: there is no $host"
	host=$(realpath -s "$host")
	[[ $2 == *:* ]] || guest=$host
	[[ $guest == /* ]] || die "--add: $guest is not absolute"
	if [[ -d $host ]]; then
		mkdir -p "$root$guest"
		cp -R "$host/." "$root$guest/"
	else
		install_file "$root" "$host" "$guest"
	fi
	while read -r -d '' file; do
		if is_elf "$file"; then install_libraries "$root" "$file"; fi
	done < <(find -L "$host" -type f \( -perm /111 -o -name '*.so*' \) -print0)
}

is_elf() {
	[[ $(head -c 4 "$1" | tr -d '\0') == $'\x7fELF' ]]
}
