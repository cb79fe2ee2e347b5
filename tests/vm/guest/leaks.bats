#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The last of a group on a kernel with kmemleak: what the tests before it have leaked.

load guest

@test "no memory of the kernel is lost" {
	no_leaks
}
