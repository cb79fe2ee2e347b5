// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/open-nodes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/auto.h"
#include "base/text.h"
#include "discover/nodes.h"
#include "discover/proc.h"

#define NODE_DIR "/dma_heap/"

/* The kernel appends this suffix to the path of an unlinked file. */
#define DELETED " (deleted)"

/*
 * Maximum number of heaps for one process. Additional heaps are ignored: a process usually opens
 * only a few heaps.
 */
#define HEAPS_MAX 32

struct search {
	const struct dh_root *root;
	const struct dh_inventory *inventory;
	void (*visit)(void *data, const struct dh_open_node *node);
	void *data;
	unsigned int major; /* major number of heap nodes */
	bool has_init;	    /* process 1 is visible */
	struct dh_open_nodes_unread *unread;
	/* The process being read */
	pid_t pid;
	int dir;  /* /proc/PID */
	int fds;  /* /proc/PID/fd */
	size_t n; /* number of heaps in `found` */
	struct {
		char *heap;
		bool removed;
	} found[HEAPS_MAX];
};

/* Reports a heap that the process has open, unless it was already reported for this process. */
static int report(struct search *search, const char *heap, bool removed)
{
	char name[256];

	for (size_t i = 0; i < search->n; i++)
		if (search->found[i].removed == removed && !strcmp(search->found[i].heap, heap))
			return 0;
	if (search->n == HEAPS_MAX)
		return 0;
	if (dh_text_copy(&search->found[search->n].heap, heap))
		return -ENOMEM;
	search->found[search->n++].removed = removed;
	if (dh_file_read(search->dir, "comm", name, sizeof(name)) < 0)
		*name = '\0';
	search->visit(search->data, &(struct dh_open_node){
					    .pid = search->pid,
					    .process_name = name,
					    .heap = heap,
					    .removed = removed,
				    });
	return 0;
}

static void strip_deleted(char *name)
{
	size_t length = strlen(name), suffix = strlen(DELETED);

	if (length > suffix && !strcmp(name + length - suffix, DELETED))
		name[length - suffix] = '\0';
}

/*
 * Sets `*dev` to the number of a character device, or to 0 for any other file. Returns 0 or -errno.
 * A plain stat() can block, for example in a FUSE file system. The type and the device number of an
 * inode never change, so the cached values that AT_STATX_DONT_SYNC requests are correct.
 */
static int device_of(int fds, const char *name, dev_t *dev)
{
	struct statx facts;

	*dev = 0;
	if (statx(fds, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &facts))
		return -errno;
	if (S_ISCHR(facts.stx_mode))
		*dev = makedev(facts.stx_rdev_major, facts.stx_rdev_minor);
	return 0;
}

static const struct dh_heap *heap_of(const struct dh_inventory *inventory, dev_t dev)
{
	for (size_t i = 0; i < inventory->n_heaps; i++)
		if (inventory->heaps[i].has_dev && inventory->heaps[i].dev == dev)
			return &inventory->heaps[i];
	return NULL;
}

static int visit_fd(void *data, const char *name)
{
	struct search *search = data;
	char target[PATH_MAX];
	ssize_t length = readlinkat(search->fds, name, target, sizeof(target) - 1);
	const struct dh_heap *heap;
	char *slash;
	dev_t dev;
	int ret;

	if (length < 0)
		return dh_proc_error_is_gone(-errno) ? 0 : -errno;
	target[length] = '\0';
	/* Limitation: this search does not find a heap whose name contains a slash. */
	slash = strrchr(target, '/');
	if (!slash || slash - target < (ssize_t)strlen(NODE_DIR) - 1 ||
	    memcmp(slash - (strlen(NODE_DIR) - 1), NODE_DIR, strlen(NODE_DIR)))
		return 0;
	ret = device_of(search->fds, name, &dev);
	if (ret)
		return dh_proc_error_is_gone(ret) ? 0 : ret;
	if (!dev || major(dev) != search->major)
		return 0;
	heap = heap_of(search->inventory, dev);
	if (!heap)
		strip_deleted(slash + 1);
	return report(search, heap ? heap->name : slash + 1, !heap);
}

static int visit_process(void *data, const char *name)
{
	struct search *search = data;
	dh_auto(fd) int dir = -1;
	dh_auto(fd) int fds = -1;
	int ret;

	if (!dh_proc_parse_id(name, &search->pid))
		return 0;
	search->has_init = search->has_init || search->pid == 1;
	dir = dh_proc_open_process(search->root->proc, search->pid);
	fds = dir < 0 ? dir : dh_file_open(dir, "fd", O_PATH | O_DIRECTORY);
	search->dir = dir;
	search->fds = fds;
	ret = fds < 0 ? fds : dh_dir_each(fds, ".", visit_fd, search);
	while (search->n)
		free(search->found[--search->n].heap);
	if (dh_proc_fatal_error(ret))
		return ret;
	search->unread->processes += ret && !dh_proc_error_is_gone(ret);
	return 0;
}

int dh_open_nodes_each(const struct dh_root *root, const struct dh_inventory *inventory,
		       void (*visit)(void *data, const struct dh_open_node *node), void *data,
		       struct dh_open_nodes_unread *unread)
{
	struct search search = {
		.root = root,
		.inventory = inventory,
		.visit = visit,
		.data = data,
		.unread = unread,
	};
	int ret;

	*unread = (struct dh_open_nodes_unread){ 0 };
	ret = dh_heap_major_read(root, &search.major);
	if (ret)
		return ret == -ENODATA ? 0 : ret; /* the kernel does not support heaps */
	ret = dh_dir_each(root->proc, ".", visit_process, &search);
	unread->hidden = !ret && !search.has_init;
	return ret;
}
