/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Creates a recorded system in a temporary directory for each test. */
#ifndef DH_TESTS_TREE_H
#define DH_TESTS_TREE_H

#include "unit.h"

#include "base/maybe.h"
#include "base/root.h"
#include "model/inventory.h"

extern char tree[512];		      /* path of the temporary directory */
extern struct dh_root root;	      /* opened by reopen() */
extern struct dh_inventory inventory; /* cleared by reopen() */
extern char notes[65536];	      /* messages of the log, one per line */

int tree_setup(void **state);
int tree_teardown(void **state);

/* The put functions take a path relative to `tree`, and create its parent directories. */
void put_bytes(const char *path, const void *bytes, size_t size);
void put(const char *path, const char *text);
void put_folder(const char *path);
void put_link(const char *path, const char *target);

/* Clears `inventory`, and opens `root` again. */
void reopen(void);

/* Redirects stderr to a temporary file until captured() is called. */
void capture(void);

/*
 * Restores stderr, and returns the text that was written to it since capture(). The text is valid
 * until the next call.
 */
const char *captured(void);

/* Fails unless `text` contains `part`. */
void contains(const char *text, const char *part);

/* Fails if `text` contains `part`. */
void lacks(const char *text, const char *part);

void expect_known(struct dh_maybe figure, uint64_t value);

#define tree_test(function) cmocka_unit_test_setup_teardown(function, tree_setup, tree_teardown)

#endif
