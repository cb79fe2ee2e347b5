// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/nodes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/record.h"
#include "base/text.h"
#include "base/units.h"
#include "discover/discover.h"
#include "discover/passwd.h"

/*
 * Size in bytes of a buffer for the line of a recorded node, enough for an ACL of DH_ACL_SIZE_MAX
 * bytes.
 */
#define ACL_TEXT_MAX 16384

struct node_reader {
	const struct dh_root *root;
	struct dh_inventory *inventory;
	bool check_access;
	bool by_open;	/* check the access by opening the nodes: see DH_WANT_OPEN */
	bool has_major; /* `heap_major` is known, and replaces the missing facts of sysfs */
	unsigned int heap_major;
	size_t n;
};

int dh_heap_major_read(const struct dh_root *root, unsigned int *number)
{
	char text[16384], *rest = text, *line;
	ssize_t length = dh_file_read(root->proc, "devices", text, sizeof(text));

	if (length < 0)
		return (int)length;
	while ((line = strsep(&rest, "\n")) != NULL) {
		char name[32];

		/* Stop at the list of block devices, which have their own major numbers. */
		if (!strncmp(line, "Block", 5))
			break;
		if (sscanf(line, "%u %31s", number, name) == 2 && !strcmp(name, "dma_heap"))
			return 0;
	}
	return -ENODATA;
}

/*
 * Returns true if the node is a character device with the number that the kernel registered for the
 * heap.
 */
static bool is_registered(const struct dh_heap *heap)
{
	return S_ISCHR(heap->permission.mode) && heap->has_dev && heap->node_dev == heap->dev;
}

static void check_access(const struct node_reader *reader, struct dh_heap *heap, const char *path)
{
	dh_auto(fd) int fd = -1;
	int error = 0;

	if (reader->by_open) {
		fd = dh_device_open(reader->root->dev, path, heap->node_dev, O_RDWR);
		error = fd < 0 ? -fd : 0;
	} else if (faccessat(reader->root->dev, path, R_OK | W_OK,
			     AT_EACCESS | AT_SYMLINK_NOFOLLOW)) {
		error = errno;
	}
	heap->access = error ? DH_ACCESS_REFUSED : DH_ACCESS_OPEN;
	heap->access_error = error;
}

/*
 * Sets the names of the node's owner and group. Most nodes have the same owner and group, so this
 * function first searches for another node with the same IDs, and copies the names from there.
 * Returns 0 or -ENOMEM.
 */
static int set_owner(const struct node_reader *reader, struct dh_heap *heap)
{
	const struct dh_inventory *inventory = reader->inventory;

	for (size_t i = 0; i < inventory->n_heaps; i++) {
		const struct dh_heap *other = &inventory->heaps[i];

		if (other == heap || !other->has_node_facts ||
		    other->permission.uid != heap->permission.uid ||
		    other->permission.gid != heap->permission.gid)
			continue;
		if (dh_text_copy(&heap->owner, other->owner) ||
		    dh_text_copy(&heap->group, other->group))
			return -ENOMEM;
		return 0;
	}
	if (dh_passwd_user(reader->root, heap->permission.uid, &heap->owner) ||
	    dh_passwd_group(reader->root, heap->permission.gid, &heap->group))
		return -ENOMEM;
	return 0;
}

/*
 * Reads the ACL of the node `fd`, an O_PATH descriptor. fgetxattr() rejects such a descriptor, so
 * the function uses /proc/self/fd. Returns 0, even if the ACL is not readable, or -ENOMEM.
 */
static int read_acl(const struct node_reader *reader, int fd, const char *path,
		    struct dh_permission *permission)
{
	unsigned char bytes[DH_ACL_SIZE_MAX];
	char link[32];
	ssize_t size;
	int ret;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	size = getxattr(link, "system.posix_acl_access", bytes, sizeof(bytes));
	if (size < 0 && (errno == ENODATA || errno == EOPNOTSUPP))
		return 0;
	ret = size < 0 ? -errno
		       : dh_acl_parse(bytes, (size_t)size, &permission->acl, &permission->n_acl);
	permission->acl_unknown = ret;
	if (ret)
		dh_note(reader->root->log, "dev/%s: ACL: %s", path, dh_errno_name(-ret));
	return ret == -ENOMEM ? ret : 0;
}

/* Parses the ACL in the line of a recorded node. Returns 0, -EBADMSG or -ENOMEM. */
static int parse_recorded_acl(char *text, struct dh_permission *permission)
{
	char *entry;

	permission->acl_unknown = !strcmp(text, "-");
	while (!permission->acl_unknown && (entry = strsep(&text, ","))) {
		struct dh_acl_entry *added = dh_array_add(&permission->acl, &permission->n_acl);
		char end;

		if (!added)
			return -ENOMEM;
		if (sscanf(entry, "%hu:%hu:%" SCNu32 "%c", &added->tag, &added->perm, &added->id,
			   &end) != 3)
			return -EBADMSG;
	}
	return 0;
}

/*
 * Sets the attributes of a node from the line in the regular file that stands for the node in a
 * recorded tree. If the file is empty or unreadable, assumes a registered node with the permissions
 * and the ACL of the file itself. Returns 1 if the file contains a line, 0 if it does not, -EBADMSG
 * or -ENOMEM.
 */
static int read_recorded_node(const struct node_reader *reader, const char *path,
			      struct dh_heap *heap)
{
	struct dh_maybe mode = { 0 }, uid = { 0 }, gid = { 0 }, major = { 0 }, minor = { 0 };
	char text[ACL_TEXT_MAX], *acl = NULL;
	const struct dh_record_field fields[] = {
		{ .key = "mode", .number = &mode },   { .key = "uid", .number = &uid },
		{ .key = "gid", .number = &gid },     { .key = "major", .number = &major },
		{ .key = "minor", .number = &minor }, { .key = "acl", .text = &acl },
	};
	ssize_t length = dh_file_read(reader->root->dev, path, text, sizeof(text));
	int ret;

	if (length <= 0) {
		heap->permission.mode = (heap->permission.mode & ~(mode_t)S_IFMT) | S_IFCHR;
		heap->node_dev = heap->has_dev ? heap->dev : 0;
		return 0;
	}
	if (dh_record_parse(text, "node", fields, ARRAY_SIZE(fields)))
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].number &&
		    (!fields[i].number->known || fields[i].number->value > UINT32_MAX))
			return -EBADMSG;
	ret = acl ? parse_recorded_acl(acl, &heap->permission) : 0;
	if (ret)
		return ret;
	heap->permission.mode = (mode_t)mode.value;
	heap->permission.uid = (uid_t)uid.value;
	heap->permission.gid = (gid_t)gid.value;
	heap->node_dev = makedev((unsigned int)major.value, (unsigned int)minor.value);
	return 1;
}

static int visit_node(void *data, const char *name)
{
	struct node_reader *reader = data;
	dh_auto(fd) int fd = -1;
	struct dh_heap *heap;
	char path[PATH_MAX];
	struct statvfs mount;
	struct stat facts;
	int recorded = 0;

	/* The path fits, because a directory entry has at most NAME_MAX bytes. */
	stpcpy(stpcpy(path, "dma_heap/"), name);
	fd = dh_file_open(reader->root->dev, path, O_PATH | O_NOFOLLOW);
	if (fd < 0)
		dh_note(reader->root->log, "dev/%s: %s", path, dh_errno_name(-fd));
	if (fd == -ENOENT)
		return 0;
	if (fd >= 0 && fstat(fd, &facts))
		return -errno;
	if (fd >= 0 && S_ISDIR(facts.st_mode)) {
		dh_note(reader->root->log, "dev/%s: skipped, because it is a directory", path);
		return 0;
	}

	heap = dh_inventory_add_heap(reader->inventory, name);
	if (!heap)
		return -ENOMEM;
	heap->seen |= DH_SEEN_NODE;
	if (fd < 0) {
		heap->node_error = fd == -EACCES ? 0 : fd;
		/*
		 * If the O_PATH open fails with EACCES, /dev/dma_heap is readable but not
		 * searchable. Opening the node for reading and writing would fail, too.
		 */
		if (reader->check_access) {
			heap->access = DH_ACCESS_REFUSED;
			heap->access_error = -fd;
		}
		return 0;
	}
	heap->permission.mode = facts.st_mode;
	heap->permission.uid = facts.st_uid;
	heap->permission.gid = facts.st_gid;
	heap->node_dev = facts.st_rdev;
	if (!reader->root->live && S_ISREG(facts.st_mode)) {
		recorded = read_recorded_node(reader, path, heap);
		if (recorded == -ENOMEM)
			return recorded;
		heap->node_error = recorded < 0 ? recorded : 0;
		if (recorded < 0)
			return 0;
	}
	heap->nodev = reader->root->live && !fstatvfs(fd, &mount) && mount.f_flag & ST_NODEV;
	if (set_owner(reader, heap) || (!recorded && read_acl(reader, fd, path, &heap->permission)))
		return -ENOMEM;
	heap->has_node_facts = true;
	reader->n++;

	if (!heap->has_dev && reader->has_major && S_ISCHR(heap->permission.mode) &&
	    major(heap->node_dev) == reader->heap_major) {
		heap->has_dev = true;
		heap->dev = heap->node_dev;
	}
	if (reader->check_access && is_registered(heap))
		check_access(reader, heap, path);
	return 0;
}

int dh_nodes_read(const struct dh_root *root, unsigned int requested,
		  struct dh_inventory *inventory)
{
	struct node_reader reader = {
		.root = root,
		.inventory = inventory,
		.check_access = root->live && requested & (DH_WANT_ACCESS | DH_WANT_OPEN),
		.by_open = requested & DH_WANT_OPEN,
	};
	int ret;

	/* Without sysfs, only the major number shows that a node belongs to a heap. */
	if (inventory->class_error)
		reader.has_major = !dh_heap_major_read(root, &reader.heap_major);
	ret = dh_dir_each(root->dev, "dma_heap", visit_node, &reader);
	inventory->node_dir_error = ret;
	if (ret)
		dh_note(root->log, "dev/dma_heap: %s", dh_errno_name(-ret));
	else
		dh_note(root->log, "dev/dma_heap: %zu node%s", reader.n, reader.n == 1 ? "" : "s");
	return ret;
}
