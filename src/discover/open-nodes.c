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
#include "discover/proc-task.h"

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
	int (*visit)(void *data, const struct dh_open_node *node);
	void *data;
	unsigned int major; /* major number of heap nodes */
	bool has_init;	    /* process 1 is visible */
	struct dh_open_nodes_unread *unread;
	int fds;  /* descriptor of /proc/PID/fd of the process being read */
	size_t n; /* number of heaps in `found` */
	struct {
		char *heap;
		bool removed;
		unsigned int fds;
	} found[HEAPS_MAX];
};

static int count_fd(struct search *search, const char *heap, bool removed)
{
	size_t i = 0;

	while (i < search->n &&
	       (search->found[i].removed != removed || strcmp(search->found[i].heap, heap)))
		i++;
	if (i == HEAPS_MAX)
		return 0;
	if (i == search->n) {
		if (dh_text_copy(&search->found[i].heap, heap))
			return -ENOMEM;
		search->found[i].removed = removed;
		search->found[i].fds = 0;
		search->n++;
	}
	search->found[i].fds++;
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
	return count_fd(search, heap ? heap->name : slash + 1, !heap);
}

static int report_process(struct search *search, int dir, pid_t pid)
{
	char name[256];
	int ret = 0;

	if (search->n && dh_file_read(dir, "comm", name, sizeof(name)) < 0)
		*name = '\0';
	for (size_t i = 0; i < search->n; i++) {
		if (!ret)
			ret = search->visit(search->data,
					    &(struct dh_open_node){
						    .pid = pid,
						    .process_name = name,
						    .heap = search->found[i].heap,
						    .removed = search->found[i].removed,
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
	pid_t pid;
	int ret, reported;

	if (!dh_proc_parse_id(name, &pid))
		return 0;
	search->has_init = search->has_init || pid == 1;
	dir = dh_proc_open_process(search->root->proc, pid);
	fds = dir < 0 ? dir : dh_file_open(dir, "fd", O_PATH | O_DIRECTORY);
	search->fds = fds;
	ret = fds < 0 ? fds : dh_dir_each(fds, ".", visit_fd, search);
	reported = report_process(search, dir, pid);
	if (dh_proc_error_is_fatal(ret))
		return ret;
	search->unread->processes += ret && !dh_proc_error_is_gone(ret);
	return reported;
}

int dh_open_nodes_each(const struct dh_root *root, const struct dh_inventory *inventory,
		       int (*visit)(void *data, const struct dh_open_node *node), void *data,
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
