# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # those who read this use the variables
#
# What the scripts of this folder share: messages, the cache, the fetching of
# packages, and copying programs together with the libraries they need.

shopt -s inherit_errexit

vm=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$vm/../.." && pwd)
# shellcheck source=tests/apt.bash
. "$top/tests/apt.bash"
cache=${DMAHEAPCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dmaheapctl}

# A plain user's lacks the administrators' tools, and bats puts a part of
# itself in front.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

say() {
	printf 'vm: %s\n' "$*" >&2
}

# 125 is the status that no command in the guest should use: it tells a
# harness that failed from a test that failed.
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

# key_of TEXT...: a short name for this content.
key_of() {
	printf '%s\n' "$@" | sha256sum | cut -c1-12
}

# cached DIR BUILDER [ARG...]: prints DIR, after filling it, if it is not
# there, by running BUILDER in an empty directory that then becomes DIR. One
# process builds while others wait; a failed build is cleared by the next.
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
			# The children must not inherit the lock: it would live
			# as long as any of them.
			(cd "$dir.tmp" && set -e && "$@") {lock}>&- >&2
			mv -T "$dir.tmp" "$dir"
		fi
		exec {lock}>&-
	fi
	printf '%s\n' "$dir"
}

# candidate PACKAGE: the version that apt would fetch.
candidate() {
	apt-cache policy "$1" | sed -n 's/^  Candidate: //p' | grep -vFx '(none)'
}

# Where apt keeps what it knows.
lists=/var/lib/apt/lists

# from_home_of SERIES: from here on, packages come from the suite of Debian that has this
# series of kernels: this machine's own, or an older or a newer one.
from_home_of() {
	case $1 in
	5.*) from_suite bullseye ;;
	6.*) ;;
	*) from_suite trixie-backports ;;
	esac
}

# from_suite SUITE: from here on, packages come from there, wherever this machine gets
# Debian from. Its own lists stay as they are.
from_suite() {
	local suite=$1 dir=$cache/apt-$1 uri
	lists=$dir/lists
	export APT_CONFIG=$dir/apt.conf
	[[ ! -f $APT_CONFIG ]] || return 0
	# shellcheck disable=SC2016
	uri=$(APT_CONFIG='' apt-get indextargets --format '$(REPO_URI) $(COMPONENT)' 'Created-By: Packages' |
		awk '$2 == "main" && !/security/ && !found++ { print $1 }')
	[[ -n $uri ]] || die "apt names no source of packages; run 'apt-get update' as root"
	mkdir -p "$lists/partial" "$dir/archives/partial"
	echo "deb $uri $suite main" >"$dir/sources.list"
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

# asked COMMAND...: runs COMMAND, which asks apt something. That takes a second,
# so the answer is kept for as long as apt's lists stay the same. Where there
# is no answer, the lists are fetched and apt is asked once more.
asked() {
	local file="$cache/apt/$*" state answer
	state=$(stat -c %y "$lists")
	if [[ ! -s $file || $(head -n 1 "$file") != "$state" ]]; then
		answer=$("$@") || answer=
		if [[ -z $answer ]]; then
			((EUID == 0)) || [[ -n ${APT_CONFIG-} ]] || die "apt knows nothing for '$*'; run 'apt-get update' as root"
			say "fetching apt's package lists"
			apt_get -qq update >&2
			answer=$("$@") || die "apt has nothing for '$*'"
			state=$(stat -c %y "$lists")
		fi
		mkdir -p "${file%/*}"
		printf '%s\n' "$state" "$answer" >"$file.$$"
		mv "$file.$$" "$file"
	fi
	sed 1d "$file"
}

# package NAME VERSION: prints the path of the fetched .deb.
package() {
	local dir
	dir=$(cached "$cache/packages/$1/$2" fetch_package "$1=$2")
	printf '%s\n' "$dir"/*.deb
}

fetch_package() {
	local options=(-qq)
	# apt's own unprivileged user may not write below our home.
	((EUID != 0)) || options+=(-o APT::Sandbox::User=root)
	say "fetching ${1%%=*} (up to 150 MB)"
	apt_get "${options[@]}" download "$1"
}

# unpack_source DEB DIR [PART...]: the kernel source that is inside a
# linux-source package, or these parts of it.
unpack_source() {
	local deb=$1 dir=$2
	shift 2
	say "unpacking ${deb##*/} (about 20 seconds)"
	mkdir -p "$dir"
	dpkg-deb --fsys-tarfile "$deb" |
		tar -xO --wildcards '*/linux-source-*.tar.xz' |
		tar -xJ -C "$dir" --strip-components=1 --wildcards --no-wildcards-match-slash "${@/#/*/}"
}

# source_of SERIES PATCH...: prints the folder of a kernel's source with these patches.
source_of() (
	series=$1
	shift
	from_home_of "$series"
	version=$(asked candidate "linux-source-$series")
	printf '%s/source\n' "$(cached "$cache/sources/$series/$(key_of "$version" \
		"$(cat /dev/null "$@")")" unpack_patched "$series" "$version" "$@")"
)

unpack_patched() {
	local series=$1 version=$2 patch
	shift 2
	unpack_source "$(package "linux-source-$series" "$version")" source
	for patch; do
		patch -s -d source -p1 <"$patch"
	done
}

# For make: to call sparse. One that is older than the kernel lacks an operator, and is not
# called without it; nor does it know that the length of a string is a constant.
# shellcheck disable=SC2034 # for those who source this
sparse=(C=1 CHECK="sparse -D__typeof_unqual__=__typeof__")
sparse_lacks=': error: bad constant expression$'

# install_programs ROOT FILE[:PLACE]...: copies programs below ROOT, by default
# to the place they have here, and the shared libraries that they need.
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

# install_libraries ROOT FILE...: what the loader would take for these.
install_libraries() {
	local root=$1 library
	shift
	# ldd fails as soon as one of the files is a script.
	{ ldd "$@" 2>/dev/null || true; } |
		sed -n 's/^\t\(.* => \)\{0,1\}\(\/[^ ]*\) (0x.*/\2/p' | sort -u |
		while read -r library; do
			install_file "$root" "$library" "$library"
		done
}

# The guest has one /usr; what the host calls /bin or /lib is in there.
install_file() {
	local root=$1 file=$2 place=$3
	case $place in
	/bin/* | /sbin/* | /lib/* | /lib64/*) place=/usr$place ;;
	esac
	[[ -e $root$place ]] || install -D -m "$(stat -L -c %a "$file")" "$file" "$root$place"
}

# pack ROOT: an archive of ROOT on stdout, as the kernel wants it.
pack() {
	(cd "$1" && find . -print0 | LC_ALL=C sort -z |
		cpio --null --create --format=newc --owner=0:0 --quiet)
}
