# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Calls apt-get for ./demo, ./check and the scripts of tests/vm. Sourced.

# apt_get ARGUMENT... : apt-get, which waits up to ten minutes for another apt. Its option
# covers dpkg's lock alone; the locks of the package lists and of the archives fail at once.
apt_get() {
	local errors status end=$((SECONDS + 600))

	errors=$(mktemp) || return
	while :; do
		status=0
		LC_ALL=C apt-get -o DPkg::Lock::Timeout=600 "$@" 2>"$errors" || status=$?
		if ((status == 0 || SECONDS >= end)) || ! grep -q 'Could not get lock' "$errors"; then
			break
		fi
		sleep 2
	done
	cat "$errors" >&2
	rm -f "$errors"
	return "$status"
}
