# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # "run" sets the variables
#
# Functions of "run" that build the part of the image that differs between runs: the tool, the
# tests, the kernel's modules, init, screendump, the files given with --add, and the command.

# make_overlay ROOT COMMAND...: fills ROOT with the files of one run.
make_overlay() {
	local root=$1 entry tool
	shift
	mkdir -p "$root/vm" "$root/tests" "$root/usr/lib" "$root/usr/local/bin"
	cp "$vm/init" "$root/init"
	cp "$vm/screendump" "$root/usr/local/bin/"
	cp -R "${modules_dir:-"$kernel_dir/modules"}/lib/modules" "$root/usr/lib/"
	rm -f "$root"/usr/lib/modules/*/{build,source}
	cp -R "$top/tests/." "$root/tests/"
	tool=$(find_tool)
	[[ -z $tool ]] || install_programs "$root" "$tool:/usr/local/bin/dmaheapctl"
	for entry in ${add[@]+"${add[@]}"}; do
		add_path "$root" "$entry"
	done
	# The words of the command can contain any byte except NUL.
	(($# == 0)) || printf '%s\0' "$@" >"$root/vm/argv"
	chmod -R u+rwX,go+rX "$root"
}

# find_tool: prints the path of dmaheapctl. Prints nothing if dmaheapctl is not built, because a
# guest is useful even without it. Fails if --build names a directory without src/dmaheapctl.
find_tool() {
	local dir tool
	if [[ -n $build ]]; then
		[[ -e $build/src/dmaheapctl ]] || die "there is no src/dmaheapctl in $build"
	fi
	for dir in ${build:+"$build"} "$PWD" "$top/build/gcc" "$top/build" "$top"; do
		tool=$dir/src/dmaheapctl
		[[ -f $tool && -x $tool ]] || continue
		printf '%s\n' "$tool"
		return
	done
}

# add_path ROOT HOST[:GUEST]: copies the file or directory HOST to GUEST below ROOT (default: the
# path on the host), and copies the shared libraries of the programs in HOST.
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
