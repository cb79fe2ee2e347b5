// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/heaps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/kmod.h"
#include "base/units.h"
#include "discover/udev.h"
#include "discover/discover.h"
#include "discover/passwd.h"

/* The group of the rule that is suggested, where none was chosen at configure time. */
#ifndef UDEV_GROUP
#define UDEV_GROUP "video"
#endif

/* Number of names in one sentence; the others are counted. */
#define NAMES_MAX 4

static enum dh_status read_status(int error)
{
	return error ? dh_fail(dh_status_of(error), "reading the heaps: %s", strerror(-error))
		     : DH_EXIT_DONE;
}

enum dh_status dh_heaps_read(const struct dh_env *env, bool udev, bool open,
			     struct dh_inventory *inventory)
{
	bool problem = false;
	int ret = dh_discover(&env->root,
			      DH_WANT_HEAPS | (udev ? DH_WANT_UDEV : 0) |
				      (open ? DH_WANT_OPEN : DH_WANT_ACCESS),
			      inventory);

	for (size_t i = 0; i < inventory->n_heaps; i++)
		problem = problem || inventory->heaps[i].problem;
	if (ret || udev || !problem)
		return read_status(ret);
	if (dh_udev_read(&env->root, inventory) == -ENOMEM)
		return read_status(inventory->full ? -EFBIG : -ENOMEM);
	dh_inventory_infer(inventory);
	return DH_EXIT_DONE;
}

enum dh_status dh_heaps_read_names(const struct dh_env *env, struct dh_inventory *inventory)
{
	return read_status(dh_discover(&env->root, DH_WANT_HEAPS, inventory));
}

/* "; modprobe system_heap or cma_heap adds one", or "" where no module is known to help. */
static const char *module_hint(const struct dh_env *env, char out[128])
{
	static const char *const names[] = { "system_heap", "cma_heap" };
	struct dh_kmod module;
	char *end = out;

	*out = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(names) && !env->sysroot; i++) {
		if (dh_kmod_find(names[i], &env->log, &module) ||
		    module.state != DH_MODULE_LOADABLE)
			continue;
		end += sprintf(end, "%s%s", end == out ? "; 'modprobe " : "' or 'modprobe ",
			       names[i]);
	}
	if (end != out)
		sprintf(end, "' adds one");
	return out;
}

static enum dh_status unread_status(enum dh_status status, int error)
{
	return status != DH_EXIT_DONE && status != DH_EXIT_PERMISSION ? status
	       : error == -EACCES || error == -EPERM		      ? DH_EXIT_PERMISSION
								      : DH_EXIT_REFUSED;
}

enum dh_status dh_heaps_unread(const struct dh_env *env, const struct dh_inventory *inventory)
{
	const struct {
		const char *path;
		int error;
	} sources[] = {
		{ "/sys/class", inventory->sysfs_error },
		{ "/sys/class/dma_heap", inventory->class_error },
		{ "/dev/dma_heap", inventory->node_dir_error },
	};
	enum dh_status status = DH_EXIT_DONE;

	if (inventory->sysfs_error == -DH_NOT_MOUNTED)
		dh_remark(env, "/sys is not mounted: which heaps are registered is unknown");
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		int error = sources[i].error;

		/* Who may not read the folder of the nodes is told so by the heaps' access. */
		if (!error || error == -ENOENT || error == -DH_NOT_MOUNTED ||
		    (error == -EACCES && i == 2))
			continue;
		status = unread_status(status, error);
		dh_fail(status, "reading %s: %s", sources[i].path, strerror(-error));
	}
	for (size_t i = 0; i < inventory->n_heaps; i++) {
		const struct dh_heap *heap = &inventory->heaps[i];

		if (!heap->node_error && !heap->dev_error)
			continue;
		status = unread_status(status,
				       heap->node_error ? heap->node_error : heap->dev_error);
		dh_fail(status, "heap '%s': reading its %s: %s", heap->name,
			heap->node_error ? "node" : "device number",
			strerror(heap->node_error ? -heap->node_error : -heap->dev_error));
	}
	return status;
}

enum dh_status dh_heaps_absent(const struct dh_env *env, const struct dh_inventory *inventory)
{
	const char *folder = inventory->node_dir_error == -ENOENT ? "there is no /dev/dma_heap"
								: "/dev/dma_heap is empty";
	char hint[128];
	enum dh_status status;

	if (inventory->sysfs_error == -DH_NOT_MOUNTED)
		return dh_fail(DH_EXIT_REFUSED,
			       "heaps unknown: /sys is not mounted, and %s; mount -t sysfs none "
			       "/sys, or start the container with /dev/dma_heap",
			       folder);
	status = dh_heaps_unread(env, inventory);
	if (status)
		return status;
	if (!inventory->class_error)
		return dh_fail(DH_EXIT_UNSUPPORTED,
			       "no heap registered: /sys/class/dma_heap is there and empty%s",
			       module_hint(env, hint));
	if (!inventory->sysfs_error)
		return dh_fail(DH_EXIT_UNSUPPORTED,
			       "kernel built without heaps: no /sys/class/dma_heap "
			       "(CONFIG_DMABUF_HEAPS)%s",
			       module_hint(env, hint));
	return dh_fail(DH_EXIT_UNSUPPORTED,
		       "heaps missing or hidden: /sys/class cannot be read, and %s; mount sysfs "
		       "on /sys, or start the container with /dev/dma_heap",
		       folder);
}

/* "heap 'a'" or "heaps 'a', 'b' and 3 more": those of `heaps` that `same` as the first. */
static const char *name_heaps(const struct dh_heap *heaps, size_t n,
			      bool (*same)(const struct dh_heap *a, const struct dh_heap *b),
			      char *out, size_t size)
{
	size_t total = 0, shown = 0, used;

	for (size_t i = 0; i < n; i++)
		total += same(&heaps[0], &heaps[i]);

	used = (size_t)snprintf(out, size, "heap%s", total > 1 ? "s" : "");
	for (size_t i = 0; i < n && shown < NAMES_MAX; i++) {
		if (!same(&heaps[0], &heaps[i]))
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s'%s'", shown++ ? ", " : " ",
					 heaps[i].name);
	}
	if (total > shown)
		snprintf(out + used, size - used, " and %zu more", total - shown);
	return out;
}

/* Calls `remark` for the first heap of each sort, with the names of all of that sort. */
static void each_sort(const struct dh_env *env, const struct dh_heap *heaps, size_t n,
		      bool (*concerns)(const struct dh_heap *heap),
		      bool (*same)(const struct dh_heap *a, const struct dh_heap *b),
		      void (*remark)(const struct dh_env *env, const struct dh_heap *heap,
				     const char *names))
{
	for (size_t i = 0; i < n; i++) {
		char names[NAMES_MAX * 264 + 32];
		bool first = concerns(&heaps[i]);

		for (size_t j = 0; j < i && first; j++)
			first = !concerns(&heaps[j]) || !same(&heaps[j], &heaps[i]);
		if (first)
			remark(env, &heaps[i],
			       name_heaps(heaps + i, n - i, same, names, sizeof(names)));
	}
}

static const char *name_or_number(const char *name, unsigned int number, char *out, size_t size)
{
	if (name)
		snprintf(out, size, "%s", name);
	else
		snprintf(out, size, "%u", number);
	return out;
}

/* The effective group and the supplementary ones, by name where they have one. */
static const char *caller_groups(const struct dh_env *env, char *out, size_t size)
{
	int n = getgroups(0, NULL);
	dh_auto(free) gid_t *groups = calloc(n > 0 ? (size_t)n : 1, sizeof(*groups));
	size_t used = 0;

	n = groups && n > 0 ? getgroups(n, groups) : 0;

	*out = '\0';
	for (int i = -1; i < n && used + 2 < size; i++) {
		gid_t group = i < 0 ? getegid() : groups[i];
		dh_auto(free) char *name = NULL;
		char room[64];

		if (i >= 0 && group == getegid())
			continue;
		if (dh_passwd_group(&env->root, group, &name))
			break;
		used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "",
					 name_or_number(name, group, room, sizeof(room)));
	}
	return out;
}

static bool access_concerns(const struct dh_heap *heap)
{
	return heap->access == DH_ACCESS_REFUSED &&
	       (heap->access_error == EACCES || heap->access_error == EPERM);
}

static bool access_same(const struct dh_heap *a, const struct dh_heap *b)
{
	return access_concerns(a) && access_concerns(b) && a->access_error == b->access_error &&
	       a->has_node_facts == b->has_node_facts && a->mode == b->mode && a->uid == b->uid &&
	       a->gid == b->gid;
}

static void access_remark(const struct dh_env *env, const struct dh_heap *heap, const char *names)
{
	char owner[64], group[64], user[64], groups[512];
	dh_auto(free) char *caller = NULL;

	if (!heap->has_node_facts) {
		dh_remark(env, "%s: %s; /dev/dma_heap itself lets this user not in", names,
			  strerror(heap->access_error));
		return;
	}
	name_or_number(heap->owner, heap->uid, owner, sizeof(owner));
	name_or_number(heap->group, heap->gid, group, sizeof(group));
	if (heap->access_error == EPERM) {
		dh_remark(env,
			  "%s: %s, whatever the mode (%04o, owner %s, group %s) says: the device "
			  "list of a container or a security policy keeps it shut",
			  names, strerror(EPERM), (unsigned int)(heap->mode & 07777), owner, group);
		return;
	}

	if (dh_passwd_user(&env->root, geteuid(), &caller))
		return;
	dh_remark(env, "%s: %s: mode %04o, owner %s, group %s; the caller is %s, in group %s",
		  names, strerror(heap->access_error), (unsigned int)(heap->mode & 07777), owner,
		  group, name_or_number(caller, geteuid(), user, sizeof(user)),
		  caller_groups(env, groups, sizeof(groups)));
	dh_remark(env,
		  "to give the heaps to a group, whose members can then allocate all memory, put "
		  "this line into /etc/udev/rules.d/60-dmaheapctl.rules and run 'udevadm control "
		  "--reload; udevadm trigger -s dma_heap': "
		  "SUBSYSTEM==\"dma_heap\", GROUP=\"" UDEV_GROUP "\", MODE=\"0660\"");
}

void dh_heaps_remark_access(const struct dh_env *env, const struct dh_heap *heaps, size_t n)
{
	each_sort(env, heaps, n, access_concerns, access_same, access_remark);
}

static bool problem_concerns(const struct dh_heap *heap)
{
	return heap->problem;
}

static bool problem_same(const struct dh_heap *a, const struct dh_heap *b)
{
	return a->problem && b->problem && !strcmp(a->problem, b->problem);
}

static void problem_remark(const struct dh_env *env, const struct dh_heap *heap, const char *names)
{
	dh_remark(env, "%s: %s", names, heap->problem);
}

void dh_heaps_remark_problem(const struct dh_env *env, const struct dh_inventory *inventory,
			     const struct dh_heap *heaps, size_t n)
{
	bool registered = false, missing = false;

	each_sort(env, heaps, n, problem_concerns, problem_same, problem_remark);

	for (size_t i = 0; i < n; i++) {
		registered = registered || heaps[i].seen & (DH_SEEN_UDEV | DH_SEEN_SYSFS);
		missing = missing || !(heaps[i].seen & DH_SEEN_NODE);
	}
	if (registered && missing && inventory->node_dir_error == -ENOENT)
		dh_remark(env,
			  "nodes missing or hidden: there is no /dev/dma_heap; devtmpfs mounted on "
			  "/dev or udev makes the nodes, and a container has to be given them");
}
