/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Includes cmocka.h, after the headers that it requires. */
#ifndef DH_TESTS_UNIT_H
#define DH_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Defines a test function. The name of the function is the title of the test. */
#define TEST(name) static void name(void **state __attribute__((unused)))

#endif
