# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # the scripts that source this file use the variables
#
# Functions that the scripts in this directory share: messages, results as TAP, the cache, packages,
# kernel sources, compiling programs, and copying programs with their libraries.

shopt -s inherit_errexit

vm=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$vm/../.." && pwd)
# shellcheck source=tests/apt.bash
. "$top/tests/apt.bash"
cache=${DMAHEAPCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dmaheapctl}

# The PATH of an unprivileged user lacks the sbin directories, and bats prepends its own directory.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

say() {
	printf 'vm: %s\n' "$*" >&2
}

# The status 125 distinguishes a failure of the harness from a failed test. No command that these
# scripts run in a guest exits with 125.
die() {
	say "$@"
	exit 125
}

need() {
	local tool missing=()
	for tool; do
		command -v "$tool" >/dev/null || missing+=("$tool")
	done
	((${#missing[@]} == 0)) || die "not installed: ${missing[*]}"
}

# key_of TEXT...: prints a short hash of the texts.
key_of() {
	printf '%s\n' "$@" | sha256sum | cut -c1-12
}

# cached DIR BUILDER [ARG...]: prints DIR. If DIR does not exist, runs BUILDER in an empty
# directory and renames this directory to DIR. Other processes wait for the build. The next build
# removes the directory of a failed build.
cached() {
	local dir=$1 parent=${1%/*} lock
	shift
	if [[ ! -d $dir ]]; then
		mkdir -p "$parent"
		exec {lock}>"$parent/lock"
		flock "$lock"
		if [[ ! -d $dir ]]; then
			rm -rf "$parent"/*.tmp
			mkdir "$dir.tmp"
			# A child that inherits the lock could hold it after the build.
			(cd "$dir.tmp" && set -e && "$@") {lock}>&- >&2
			mv -T "$dir.tmp" "$dir"
		fi
		exec {lock}>&-
	fi
	printf '%s\n' "$dir"
}

# arch_of KERNEL: prints the architecture of the kernel with this name, or of the image with this
# path.
arch_of() {
	case $1 in
	# The header of an arm64 image contains the magic number ARM\x64.
	/*) if [[ $(dd if="$1" bs=4 skip=14 count=1 status=none | tr -d '\0') == ARMd ]]; then
		echo arm64
	else
		echo x86-64
	fi ;;
	own-*-arm64 | own-*-arm64-*) echo arm64 ;;
	*) echo x86-64 ;;
	esac
}

# use_arch KERNEL: replaces the functions and variables whose contents depend on the architecture of
# KERNEL. The defaults are for x86-64. Call use_arch after all functions are defined.
use_arch() {
	if [[ $(arch_of "$1") == arm64 ]]; then
		# shellcheck source=tests/vm/arm64.bash
		. "$vm/arm64.bash"
		[[ $1 != *-clang* ]] || use_clang
	fi
}

# candidate PACKAGE: prints the version that apt would install.
candidate() {
	apt-cache policy "$1" | sed -n 's/^  Candidate: //p' | grep -vFx '(none)'
}

# The directory of apt's package lists
lists=/var/lib/apt/lists

# use_suite_of VERSION: makes apt use the Debian suite that has kernels of this version, such as
# 5.10. For 6.x, this is the suite of the host, so the function changes nothing.
use_suite_of() {
	case $1 in
	5.*) from_suite bullseye ;;
	6.*) ;;
	*) from_suite trixie-backports ;;
	esac
}

# from_suite SUITE [TYPE]: makes apt use SUITE, from the mirror that the host uses. TYPE is deb (the
# default) or deb-src. The package lists of the host do not change.
from_suite() {
	local suite=$1 type=${2:-deb} dir=$cache/apt-$1${2:+-$2} uri
	lists=$dir/lists
	export APT_CONFIG=$dir/apt.conf
	[[ ! -f $APT_CONFIG ]] || return 0
	# shellcheck disable=SC2016
	uri=$(APT_CONFIG='' apt-get indextargets --format '$(REPO_URI) $(COMPONENT)' 'Created-By: Packages' |
		awk '$2 == "main" && !/security/ && !found++ { print $1 }')
	[[ -n $uri ]] || die "apt has no package source; run 'apt-get update' as root"
	mkdir -p "$lists/partial" "$dir/archives/partial"
	echo "$type $uri $suite main" >"$dir/sources.list"
	cat >"$dir/apt.conf.new" <<-END
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "-";
		Dir::State::lists "$lists";
		Dir::State::status "/dev/null";
		Dir::Cache "$dir";
		APT::Sandbox::User "root";
	END
	mv "$dir/apt.conf.new" "$APT_CONFIG"
}

# asked COMMAND...: prints the output of COMMAND, a query to apt. A query takes a second, so this
# function caches the output until apt's package lists change. If the query fails or prints nothing,
# this function fetches the lists and repeats the query. Only root can fetch the lists of the host.
asked() {
	local file="$cache/apt/$*" state answer
	state=$(stat -c %y "$lists")
	if [[ ! -s $file || $(head -n 1 "$file") != "$state" ]]; then
		answer=$("$@") || answer=
		if [[ -z $answer ]]; then
			((EUID == 0)) || [[ -n ${APT_CONFIG-} ]] || die "apt has no result for '$*'; run 'apt-get update' as root"
			say "fetching apt's package lists"
			apt_get -qq update >&2
			answer=$("$@") || die "apt has no result for '$*'"
			state=$(stat -c %y "$lists")
		fi
		mkdir -p "${file%/*}"
		printf '%s\n' "$state" "$answer" >"$file.$$"
		mv "$file.$$" "$file"
	fi
	sed 1d "$file"
}

# package NAME VERSION: fetches a package and prints the path of its .deb.
package() {
	local dir
	dir=$(cached "$cache/packages/$1/$2" fetch_package "$1=$2")
	printf '%s\n' "$dir"/*.deb
}

fetch_package() {
	local options=(-qq)
	# apt's sandbox user cannot write to the cache if it is in a home directory.
	((EUID != 0)) || options+=(-o APT::Sandbox::User=root)
	say "fetching ${1%%=*} (up to 150 MB)"
	apt_get "${options[@]}" download "$1"
}

# unpack_source DEB DIR [PART...]: unpacks the kernel source in the linux-source package DEB to DIR.
# With PARTs, unpacks only these files and directories of the source.
unpack_source() {
	local deb=$1 dir=$2
	shift 2
	say "unpacking ${deb##*/} (about 20 seconds)"
	mkdir -p "$dir"
	dpkg-deb --fsys-tarfile "$deb" |
		tar -xO --wildcards '*/linux-source-*.tar.xz' |
		tar -xJ -C "$dir" --strip-components=1 --wildcards --no-wildcards-match-slash "${@/#/*/}"
}

# source_of VERSION PATCH...: prints the directory of a kernel source with these patches.
source_of() (
	series=$1
	shift
	use_suite_of "$series"
	version=$(asked candidate "linux-source-$series")
	dir=$(cached "$cache/sources/$series/$(key_of "$version" "$(cat /dev/null "$@")")" \
		unpack_patched "$series" "$version" "$@")
	printf '%s\n' "$dir/source"
)

unpack_patched() {
	local series=$1 version=$2 patch
	shift 2
	unpack_source "$(package "linux-source-$series" "$version")" source
	for patch; do
		patch -s -d source -p1 <"$patch"
	done
}

# source_of_package NAME: prints the directory of the unpacked source package. If the archive no
# longer has the version in source-packages, uses the newest one.
source_of_package() (
	name=$1 dir=$cache/sources/$1
	read -r suite _ version hash < <(grep -P "\t$name\t" "$vm/source-packages")
	if [[ ! -d $dir/$version ]]; then
		from_suite "$suite" deb-src
		if ! has_version "$name" "$version"; then
			say "fetching apt's package lists"
			apt_get -qq update >&2
		fi
		if ! has_version "$name" "$version"; then
			newest=$(versions "$name" | sed -n 1p)
			[[ -n $newest ]] || die "$suite has no source package $name"
			say "$name: $suite has $newest instead of $version; the hash of $newest is not known"
			version=$newest hash=
		fi
	fi
	cached "$dir/$version" fetch_source "$name" "$version" "$hash"
)

# versions NAME: prints the versions of the source package in the archive, beginning with the newest.
versions() {
	apt-cache showsrc --only-source "$1" 2>/dev/null | sed -n 's/^Version: //p' | sort -rV
}

has_version() {
	versions "$1" | grep -xF -e "$2" >/dev/null
}

fetch_source() {
	local name=$1 version=$2 hash=$3 dsc
	say "fetching the source of $name $version (up to 10 MB)"
	apt_get -qq -o APT::Sandbox::User=root source --download-only "$name=$version"
	dsc=$(echo "$name"_*.dsc)
	[[ -z $hash ]] || sha256sum --status -c <<<"$hash  $dsc" || die "$dsc: the hash differs from source-packages"
	dpkg-source --no-check -x "$dsc" source >/dev/null
	rm "$name"_*
}

# patches_of VERSION: sets $patches to the patches in kernel/patches/VERSION, without the cover
# letters.
patches_of() {
	mapfile -t patches < <(compgen -G "$top/kernel/patches/$1/0*.patch" | grep -v /0000- | sort)
}

# check NAME COMMAND...: runs COMMAND as one test and prints the result as TAP. If COMMAND fails,
# also prints the end of its output.
number=0
check() {
	local name=$1 log
	shift
	number=$((number + 1))
	log=$(mktemp)
	if "$@" >"$log" 2>&1; then
		echo "ok $number $name"
	else
		echo "not ok $number $name"
		tail -n 40 "$log" | sed 's/^/# /'
	fi
	rm "$log"
}

# Arguments of make that run sparse. The kernel's build skips a version of sparse that lacks
# __typeof_unqual__, so CHECK defines this keyword. Such a version also reports that the length of a
# string is not constant. $sparse_lacks matches these errors.
sparse=(C=1 CHECK="sparse -D__typeof_unqual__=__typeof__")
sparse_lacks=': error: bad constant expression$'

# The directory of the programs and libraries of the guests. Empty if the guests use those of the
# host.
sysroot=''

# program NAME: prints the path of a program for the guests.
program() {
	type -P -- "$1"
}

# install_programs ROOT FILE[:PLACE]...: copies each program FILE to PLACE below ROOT (default: the
# path on the host), and copies the shared libraries of the programs.
install_programs() {
	local root=$1 entry
	local -a files=()
	shift
	for entry; do
		install_file "$root" "${entry%%:*}" "${entry#*:}"
		files+=("${entry%%:*}")
	done
	install_libraries "$root" "${files[@]}"
}

# install_libraries ROOT FILE...: copies the shared libraries of these files below ROOT.
install_libraries() {
	local root=$1 library
	shift
	# ldd fails if one of the files is a script.
	{ ldd "$@" 2>/dev/null || true; } |
		sed -n 's/^\t\(.* => \)\{0,1\}\(\/[^ ]*\) (0x.*/\2/p' | sort -u |
		while read -r library; do
			install_file "$root" "$library" "$library"
		done
}

# install_file ROOT FILE PLACE: copies FILE to PLACE below ROOT, unless PLACE exists there. In the
# guest, /bin and /lib are symlinks to directories in /usr, so /bin/NAME becomes /usr/bin/NAME.
install_file() {
	local root=$1 file=$2 place=$3
	case $place in
	/bin/* | /sbin/* | /lib/* | /lib64/*) place=/usr$place ;;
	esac
	[[ -e $root$place ]] || install -D -m "$(stat -L -c %a "$file")" "$file" "$root$place"
}

# add_programs SOURCE...: compiles C programs into a new directory and sets $programs to its path.
# Adds --add options to $options, so that "run" copies the programs into the guest.
add_programs() {
	local source name
	programs=$(mktemp -d)
	trap 'rm -rf "$programs"' EXIT
	for source; do
		name=$(basename "$source" .c)
		cc -O2 -static -D_GNU_SOURCE -Wall -Werror -o "$programs/$name" "$source"
		options+=(--add "$programs/$name:/usr/local/bin/$name")
	done
}

# pack ROOT: writes an initramfs archive of ROOT to stdout.
pack() {
	(cd "$1" && find . -print0 | LC_ALL=C sort -z |
		cpio --null --create --format=newc --owner=0:0 --quiet)
}
