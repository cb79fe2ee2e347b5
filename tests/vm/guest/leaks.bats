#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every suite on a kernel with kmemleak runs this file last, to report leaks from all earlier tests.

load guest

@test "kmemleak finds no leaks from earlier tests" {
	no_leaks
}
