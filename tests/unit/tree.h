/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recorded system below a temporary folder, made anew for each test. */
#ifndef DH_TESTS_TREE_H
#define DH_TESTS_TREE_H

#include "unit.h"

#include "base/maybe.h"
#include "base/root.h"
#include "model/inventory.h"

extern char tree[512];		      /* the folder */
extern struct dh_root root;	      /* opened below it */
extern struct dh_inventory inventory; /* cleared by reopen() */
extern char notes[65536];	      /* what was said to the log, a line each */

int tree_setup(void **state);
int tree_teardown(void **state);

/* Paths are below the folder; what stands above them is made. */
void put_bytes(const char *path, const void *bytes, size_t size);
void put(const char *path, const char *text);
void put_folder(const char *path);
void put_link(const char *path, const char *target);

/* Forgets what was read, and takes folders in that are new. */
void reopen(void);

void expect_known(struct dh_maybe figure, uint64_t value);

#define tree_test(function) cmocka_unit_test_setup_teardown(function, tree_setup, tree_teardown)

#endif
