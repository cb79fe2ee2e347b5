// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/opens.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "discover/scan.h"
#include "model/fdinfo.h"

#define FOLDER "/dma_heap/"

/* What the kernel appends to the name of a file that was removed. */
#define GONE " (deleted)"

/* A process has a handful open at most; those beyond are passed over. */
#define HEAPS_MAX 32

struct search {
	const struct dh_root *root;
	int (*visit)(void *data, const struct dh_open_node *node);
	void *data;
	int fds; /* folder of the process that is being read */
	size_t n;
	struct {
		char *heap;
		bool gone;
		unsigned int fds;
	} found[HEAPS_MAX];
};

static int count(struct search *search, const char *heap, bool gone)
{
	size_t i = 0;

	while (i < search->n &&
	       (search->found[i].gone != gone || strcmp(search->found[i].heap, heap)))
		i++;
	if (i == HEAPS_MAX)
		return 0;
	if (i == search->n) {
		search->found[i].heap = strdup(heap);
		if (!search->found[i].heap)
			return -ENOMEM;
		search->found[i].gone = gone;
		search->found[i].fds = 0;
		search->n++;
	}
	search->found[i].fds++;
	return 0;
}

/*
 * Is the file gone? Then it takes the kernel's words for that off the name. Whether they are
 * part of the name, only a stat would tell, which another's file system can block.
 */
static bool strip_gone(char *heap)
{
	size_t length = strlen(heap), gone = strlen(GONE);

	if (length <= gone || strcmp(heap + length - gone, GONE) != 0)
		return false;
	heap[length - gone] = '\0';
	return true;
}

static int visit_fd(void *data, const char *name)
{
	struct search *search = data;
	char target[PATH_MAX];
	ssize_t length = readlinkat(search->fds, name, target, sizeof(target) - 1);
	char *slash;
	bool gone;

	if (length <= 0)
		return 0;
	target[length] = '\0';
	/* The name of a heap has no slash. */
	slash = strrchr(target, '/');
	if (!slash || slash - target < (ssize_t)strlen(FOLDER) - 1 ||
	    memcmp(slash - (strlen(FOLDER) - 1), FOLDER, strlen(FOLDER)))
		return 0;
	gone = strip_gone(slash + 1);
	return count(search, slash + 1, gone);
}

static int report(struct search *search, int dir, pid_t pid)
{
	char process[256];
	int ret = 0;

	if (search->n && dh_file_read(dir, "comm", process, sizeof(process)) < 0)
		*process = '\0';
	for (size_t i = 0; i < search->n; i++) {
		if (!ret)
			ret = search->visit(search->data, &(struct dh_open_node){
								  .pid = pid,
								  .process = process,
								  .heap = search->found[i].heap,
								  .gone = search->found[i].gone,
								  .fds = search->found[i].fds,
							  });
		free(search->found[i].heap);
	}
	search->n = 0;
	return ret;
}

static int visit_process(void *data, const char *name)
{
	struct search *search = data;
	dh_auto(fd) int dir = -1;
	dh_auto(fd) int fds = -1;
	uint64_t pid;
	int ret, reported;

	if (!dh_digits_parse(name, strlen(name), 10, 1, &pid) || pid > INT32_MAX)
		return 0;
	dir = dh_file_open(search->root->proc, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
	fds = dh_file_open(dir, "fd", O_PATH | O_DIRECTORY);
	if (fds < 0)
		return 0;
	search->fds = fds;
	ret = dh_folder_each(fds, ".", visit_fd, search);
	reported = report(search, dir, (pid_t)pid);
	return dh_scan_is_fatal(ret) ? ret : reported;
}

int dh_opens_each(const struct dh_root *root,
		  int (*visit)(void *data, const struct dh_open_node *node), void *data)
{
	struct search search = { .root = root, .visit = visit, .data = data };

	return dh_folder_each(root->proc, ".", visit_process, &search);
}
