// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char tree[512];
struct dh_root root;
struct dh_inventory inventory;
char notes[65536];

static void note(const char *sentence)
{
	size_t used = strlen(notes);

	snprintf(notes + used, sizeof(notes) - used, "%s\n", sentence);
}

static const struct dh_log test_log = { .note = note };

/* Stores the full path of `path` in `full` and creates its parent directories. */
static void place(const char *path, char full[PATH_MAX])
{
	snprintf(full, PATH_MAX, "%s/%s", tree, path);
	for (char *slash = full + strlen(tree) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
}

void put_bytes(const char *path, const void *bytes, size_t size)
{
	char full[PATH_MAX];
	FILE *file;

	place(path, full);
	file = fopen(full, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

void put(const char *path, const char *text)
{
	put_bytes(path, text, strlen(text));
}

void put_folder(const char *path)
{
	char full[PATH_MAX];

	place(path, full);
	assert_int_equal(mkdir(full, 0755), 0);
}

void put_link(const char *path, const char *target)
{
	char full[PATH_MAX];

	place(path, full);
	assert_int_equal(symlink(target, full), 0);
}

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *ftw)
{
	(void)facts;
	(void)type;
	(void)ftw;
	return remove(path);
}

void reopen(void)
{
	char reason[DH_EXTRACT_REASON_MAX];

	dh_inventory_clear(&inventory);
	dh_root_close(&root);
	assert_int_equal(dh_root_open(&root, tree, &test_log, reason), 0);
}

int tree_setup(void **state)
{
	const char *folder = getenv("TMPDIR");

	(void)state;
	snprintf(tree, sizeof(tree), "%s/test-discover.XXXXXX", folder ? folder : "/tmp");
	if (!mkdtemp(tree))
		return -1;
	root = (struct dh_root){ -1, -1, -1, -1, .live = false, .log = &test_log };
	*notes = '\0';
	put_folder("sys");
	put_folder("proc");
	put_folder("dev");
	put_folder("etc");
	reopen();
	return 0;
}

int tree_teardown(void **state)
{
	(void)state;
	dh_inventory_clear(&inventory);
	dh_root_close(&root);
	return nftw(tree, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static FILE *capture_file;
static int kept_stderr;

void capture(void)
{
	fflush(stderr);
	capture_file = tmpfile();
	kept_stderr = dup(STDERR_FILENO);
	assert_non_null(capture_file);
	assert_true(dup2(fileno(capture_file), STDERR_FILENO) >= 0);
}

const char *captured(void)
{
	static char text[8192];

	fflush(stderr);
	assert_true(dup2(kept_stderr, STDERR_FILENO) >= 0);
	close(kept_stderr);
	rewind(capture_file);
	text[fread(text, 1, sizeof(text) - 1, capture_file)] = '\0';
	fclose(capture_file);
	return text;
}

void contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

void lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" in:\n%s", part, text);
}

void expect_known(struct dh_maybe figure, uint64_t value)
{
	assert_true(figure.known);
	assert_int_equal(figure.value, value);
}
