# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Defines apt_get, which ./demo, ./check and the scripts in tests/vm use.

# apt_get ARGUMENT...: runs apt-get and waits up to ten minutes for the locks of APT.
# DPkg::Lock::Timeout covers only the lock of dpkg, so this function repeats apt-get while the
# package lists or the archives are locked.
apt_get() {
	local errors status end=$((SECONDS + 600))

	errors=$(mktemp) || return
	while :; do
		status=0
		LC_ALL=C apt-get -o DPkg::Lock::Timeout=$((end - SECONDS)) "$@" 2>"$errors" || status=$?
		if ((status == 0 || SECONDS >= end)) || ! grep -q 'Could not get lock' "$errors"; then
			break
		fi
		sleep 2
	done
	cat "$errors" >&2
	rm -f "$errors"
	return "$status"
}
