/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cmocka.h wants to be included before it. */
#ifndef DH_TESTS_UNIT_H
#define DH_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
