// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/heaps.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/posix_acl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/kmod.h"
#include "base/text.h"
#include "base/units.h"
#include "discover/discover.h"
#include "discover/passwd.h"
#include "discover/region-map.h"
#include "discover/udev.h"
#include "model/selection.h"
#include "task/absence.h"

/*
 * Group in the suggested udev rule, unless the configure option --with-udev-group sets another one.
 */
#ifndef UDEV_GROUP
#define UDEV_GROUP "video"
#endif

/* Maximum number of names in a remark, and in the list of existing heaps. */
#define REMARK_NAMES_MAX 4
#define LIST_NAMES_MAX	 16

/* Size in bytes of a buffer for the result of module_hint(). */
#define HINT_MAX 128

/* Size in bytes of a buffer for a list of `n` names, each of at most 255 bytes. */
#define NAMES_SIZE(n) ((n)*264 + 32)

static enum dh_status read_status(int error)
{
	return error ? dh_fail(dh_status_of(error), error, "reading heaps: %m") : DH_EXIT_DONE;
}

enum dh_status dh_heaps_read(const struct dh_env *env, bool udev, bool open,
			     struct dh_inventory *inventory)
{
	bool disagree = false;
	int ret = dh_discover(&env->root,
			      DH_WANT_HEAPS | (udev ? DH_WANT_UDEV : 0) |
				      (open ? DH_WANT_OPEN : DH_WANT_ACCESS),
			      inventory);

	for (size_t i = 0; i < inventory->n_heaps; i++)
		disagree = disagree || inventory->heaps[i].problem;
	if (ret || udev || !disagree)
		return read_status(ret);
	if (dh_udev_read(&env->root, inventory) == -ENOMEM)
		return read_status(inventory->full ? -EFBIG : -ENOMEM);
	dh_inventory_infer(inventory);
	return DH_EXIT_DONE;
}

enum dh_status dh_heaps_read_maps(const struct dh_env *env, struct dh_inventory *inventory)
{
	for (size_t i = 0; i < inventory->n_regions; i++) {
		struct dh_region *region = &inventory->regions[i];
		int ret = dh_region_map_read(&env->root, region);

		if (ret == -ENOMEM)
			return dh_fail(DH_EXIT_ERROR, ret, "region '%s': reading bitmap: %m",
				       region->name);
		if (ret)
			dh_note(&env->log, "bitmap of region '%s': %s", region->name,
				dh_errno_name(-ret));
	}
	return DH_EXIT_DONE;
}

enum dh_status dh_heaps_read_reports(const struct dh_env *env, struct dh_inventory *inventory)
{
	int ret = 0;

	for (size_t i = 0; i < inventory->n_heaps && !ret; i++)
		ret = dh_report_read(&env->root, &inventory->heaps[i]);
	return read_status(ret);
}

enum dh_status dh_heaps_read_names(const struct dh_env *env, struct dh_inventory *inventory)
{
	return read_status(dh_discover(&env->root, DH_WANT_HEAPS, inventory));
}

/*
 * Returns "; run 'modprobe system_heap' or ...", or "" if no module with heaps is loadable, or if
 * the system is recorded.
 */
static const char *module_hint(const struct dh_env *env, char out[HINT_MAX])
{
	static const char *const names[] = { "system_heap", "cma_heap" };
	struct dh_kmod module;

	*out = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(names) && !env->sysroot; i++)
		if (!dh_kmod_find(names[i], &env->log, &module) &&
		    module.state == DH_MODULE_LOADABLE)
			dh_text_append(out, HINT_MAX, "%s 'modprobe %s'", *out ? " or" : "; run",
				       names[i]);
	return out;
}

static enum dh_status unread_status(enum dh_status status, int error)
{
	return status != DH_EXIT_DONE && status != DH_EXIT_PERMISSION ? status
	       : error == -EACCES || error == -EPERM		      ? DH_EXIT_PERMISSION
								      : DH_EXIT_ERROR;
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
		dh_remark(env, "registered heaps unknown: /sys is not mounted");
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		int error = sources[i].error;

		/* dh_heaps_remark_access() reports that /dev/dma_heap is not accessible. */
		if (!error || error == -ENOENT || error == -DH_NOT_MOUNTED ||
		    (error == -EACCES && i == 2))
			continue;
		status = unread_status(status, error);
		dh_fail(status, error, "%s: reading: %m", sources[i].path);
	}
	for (size_t i = 0; i < inventory->n_heaps; i++) {
		const struct dh_heap *heap = &inventory->heaps[i];

		if (!heap->node_error && !heap->dev_error)
			continue;
		status = unread_status(status,
				       heap->node_error ? heap->node_error : heap->dev_error);
		dh_fail(status, heap->node_error ? -heap->node_error : -heap->dev_error,
			"heap '%s': reading %s: %m", heap->name,
			heap->node_error ? "node" : "device number");
	}
	return status;
}

enum dh_status dh_heaps_absent(const struct dh_env *env, const struct dh_inventory *inventory)
{
	static const char mount_hint[] =
		"; mount sysfs on /sys, or start the container with /dev/dma_heap";
	const char *folder = inventory->node_dir_error == -ENOENT
				     ? "/dev/dma_heap does not exist"
				     : "no node is visible in /dev/dma_heap";
	char hint[HINT_MAX];
	enum dh_status status;

	if (inventory->sysfs_error == -DH_NOT_MOUNTED)
		return dh_fail(DH_EXIT_ERROR, 0,
			       "heaps unknown: /sys is not mounted and %s; run 'mount -t sysfs "
			       "none /sys', or start the container with /dev/dma_heap",
			       folder);
	status = dh_heaps_unread(env, inventory);
	if (status)
		return status;
	if (!inventory->class_error)
		return dh_fail(DH_EXIT_UNSUPPORTED, 0,
			       "no heap registered: /sys/class/dma_heap is empty%s",
			       module_hint(env, hint));
	if (!inventory->sysfs_error)
		return dh_absence_of_class(env, module_hint(env, hint));
	return dh_fail(DH_EXIT_UNSUPPORTED, 0, "heaps missing or hidden: no /sys/class, and %s%s",
		       folder, env->sysroot ? "" : mount_hint);
}

/*
 * Stores "heap 'a'" or "heaps 'a', 'b' and 3 more" in `out`, which has NAMES_SIZE(max) bytes, and
 * returns it. Lists each heap for which same(&heaps[0], heap) is true, or all heaps if `same` is
 * NULL, but at most `max` names.
 */
static const char *name_heaps(const struct dh_heap *heaps, size_t n, size_t max,
			      bool (*same)(const struct dh_heap *a, const struct dh_heap *b),
			      char *out)
{
	size_t total = 0, shown = 0;
	char *end = out;

	for (size_t i = 0; i < n; i++)
		total += !same || same(&heaps[0], &heaps[i]);

	end += sprintf(end, "heap%s", total > 1 ? "s" : "");
	for (size_t i = 0; i < n && shown < max; i++)
		if (!same || same(&heaps[0], &heaps[i]))
			end += sprintf(end, "%s'%.255s'", shown++ ? ", " : " ", heaps[i].name);
	if (total > shown)
		sprintf(end, " and %zu more", total - shown);
	return out;
}

enum dh_status dh_heaps_no_such(const struct dh_env *env, const struct dh_inventory *inventory,
				const char *name, const char *noun)
{
	const enum dh_heap_kind class = dh_class_by_name(name);
	struct dh_suggestion similar = { .typed = name };
	char existing[NAMES_SIZE(LIST_NAMES_MAX)] = "no visible heaps", why[256];

	for (size_t i = 0; i < inventory->n_heaps && class == DH_KIND_UNKNOWN; i++) {
		dh_suggestion_add(&similar, inventory->heaps[i].name);
		if (inventory->heaps[i].kind != DH_KIND_UNKNOWN)
			dh_suggestion_add(&similar, dh_kind_name(inventory->heaps[i].kind));
	}
	if (inventory->n_heaps)
		name_heaps(inventory->heaps, inventory->n_heaps, LIST_NAMES_MAX, NULL, existing);
	return dh_fail(DH_EXIT_NOT_FOUND, 0, "%s '%s': no such %s%s%s%s%s; the kernel has %s",
		       class == DH_KIND_UNKNOWN ? "heap" : "class", name, noun,
		       similar.best ? " (did you mean '" : "", similar.best ? similar.best : "",
		       similar.best ? "'?)" : "",
		       dh_absence_of_kind(env, inventory, class, why, sizeof(why)), existing);
}

/*
 * Calls `remark` once for each group of heaps that `same` considers equal, with a list of their
 * names. Ignores heaps that need no remark: for these, same(heap, heap) is false.
 */
static void remark_groups(const struct dh_env *env, const struct dh_heap *heaps, size_t n,
			  bool (*same)(const struct dh_heap *a, const struct dh_heap *b),
			  void (*remark)(const struct dh_env *env, const struct dh_heap *heap,
					 const char *names))
{
	for (size_t i = 0; i < n; i++) {
		char names[NAMES_SIZE(REMARK_NAMES_MAX)];
		bool first = same(&heaps[i], &heaps[i]);

		for (size_t j = 0; j < i && first; j++)
			first = !same(&heaps[j], &heaps[i]);
		if (first)
			remark(env, &heaps[i],
			       name_heaps(heaps + i, n - i, REMARK_NAMES_MAX, same, names));
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

/* Reads the credentials of this process; the caller frees caller->groups. Returns 0 or -ENOMEM. */
static int read_caller(struct dh_caller *caller)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };
	int n = getgroups(0, NULL);

	*caller = (struct dh_caller){ .uid = geteuid() };
	caller->groups = calloc(n > 0 ? (size_t)n + 1 : 1, sizeof(*caller->groups));
	if (!caller->groups)
		return -ENOMEM;
	caller->groups[0] = getegid();
	n = n > 0 ? getgroups(n, caller->groups + 1) : 0;
	caller->n_groups = n > 0 ? (size_t)n + 1 : 1;
	caller->override =
		!syscall(SYS_capget, &header, sets) && sets[0].effective & 1U << CAP_DAC_OVERRIDE;
	return 0;
}

/*
 * Appends `before` and `item` to the text in `out`. If they do not fit, appends ", ..." and returns
 * false; do not append more then.
 */
static bool append(char *out, size_t size, const char *before, const char *item)
{
	size_t used = strlen(out);

	if (used + strlen(before) + strlen(item) + sizeof(", ...") > size) {
		strcpy(out + used, ", ...");
		return false;
	}
	sprintf(out + used, "%s%s", before, item);
	return true;
}

/* Stores the groups of the caller in `out`, by name if known. */
static const char *caller_groups(const struct dh_env *env, const struct dh_caller *caller,
				 char *out, size_t size)
{
	*out = '\0';
	for (size_t i = 0; i < caller->n_groups; i++) {
		dh_auto(free) char *name = NULL;
		char text[64];

		if (i && caller->groups[i] == caller->groups[0])
			continue;
		if (dh_passwd_group(&env->root, caller->groups[i], &name) ||
		    !append(out, size, *out ? ", " : "",
			    name_or_number(name, caller->groups[i], text, sizeof(text))))
			break;
	}
	return out;
}

/*
 * Stores the named users and groups of the node's ACL in `out`, with their effective permissions,
 * such as ", ACL group:video:rw-". Stores "" if there are none.
 */
static const char *describe_acl(const struct dh_env *env, const struct dh_permission *file,
				char *out, size_t size)
{
	*out = '\0';
	for (size_t i = 0; i < file->n_acl; i++) {
		const struct dh_acl_entry *entry = &file->acl[i];
		const unsigned int effective = dh_acl_effective(file, entry);
		dh_auto(free) char *name = NULL;
		char text[64], item[80];
		int ret;

		if (entry->tag != ACL_USER && entry->tag != ACL_GROUP)
			continue;
		ret = entry->tag == ACL_USER ? dh_passwd_user(&env->root, entry->id, &name)
					     : dh_passwd_group(&env->root, entry->id, &name);
		if (ret)
			break;
		snprintf(item, sizeof(item), "%s:%s:%c%c%c",
			 entry->tag == ACL_USER ? "user" : "group",
			 name_or_number(name, entry->id, text, sizeof(text)),
			 effective & ACL_READ ? 'r' : '-', effective & ACL_WRITE ? 'w' : '-',
			 effective & ACL_EXECUTE ? 'x' : '-');
		if (!append(out, size, *out ? " " : ", ACL ", item))
			break;
	}
	return out;
}

/*
 * Stores the mode, owner, group and ACL of the heap's node in `out`, such as "mode 0660+, owner
 * root, group root, ACL group:video:rw-".
 */
static const char *describe_permission(const struct dh_env *env, const struct dh_heap *heap,
				       char *out, size_t size)
{
	char owner[64], group[64], acl[512];

	snprintf(out, size, "mode %04o%s, owner %s, group %s%s",
		 (unsigned int)(heap->permission.mode & 07777), heap->permission.n_acl ? "+" : "",
		 name_or_number(heap->owner, heap->permission.uid, owner, sizeof(owner)),
		 name_or_number(heap->group, heap->permission.gid, group, sizeof(group)),
		 describe_acl(env, &heap->permission, acl, sizeof(acl)));
	return out;
}

static bool permission_same(const struct dh_permission *a, const struct dh_permission *b)
{
	return a->mode == b->mode && a->uid == b->uid && a->gid == b->gid &&
	       a->acl_unknown == b->acl_unknown && a->n_acl == b->n_acl &&
	       (!a->n_acl || !memcmp(a->acl, b->acl, a->n_acl * sizeof(*a->acl)));
}

static bool access_same(const struct dh_heap *a, const struct dh_heap *b)
{
	return a->access == DH_ACCESS_REFUSED && b->access == DH_ACCESS_REFUSED &&
	       (a->access_error == EACCES || a->access_error == EPERM) &&
	       a->access_error == b->access_error && a->has_node_facts == b->has_node_facts &&
	       a->nodev == b->nodev && permission_same(&a->permission, &b->permission);
}

static void dh_auto_caller(struct dh_caller *caller)
{
	free(caller->groups);
}

static void access_remark(const struct dh_env *env, const struct dh_heap *heap, const char *names)
{
	char permission[768], user[64], groups[512];
	dh_auto(caller) struct dh_caller caller = { 0 };
	dh_auto(free) char *name = NULL;

	if (!heap->has_node_facts) {
		dh_remark(env, "%s: %s (/dev/dma_heap is not accessible to this user)", names,
			  strerror(heap->access_error));
		return;
	}
	describe_permission(env, heap, permission, sizeof(permission));
	if (heap->access_error == EPERM) {
		dh_remark(env,
			  "%s: %s (denied by the device cgroup of a container or by a security "
			  "policy; %s)",
			  names, strerror(EPERM), permission);
		return;
	}
	if (read_caller(&caller) || dh_passwd_user(&env->root, caller.uid, &name))
		return;
	if (dh_permission_allows(&heap->permission, &caller)) {
		dh_remark(env, "%s: %s (denied by %s, not by %s)", names, strerror(EACCES),
			  heap->nodev ? "the mount option nodev"
				      : "a security module",
			  permission);
		return;
	}
	dh_remark(env, "%s: %s (%s; caller: user %s, groups %s)", names, strerror(EACCES),
		  permission, name_or_number(name, caller.uid, user, sizeof(user)),
		  caller_groups(env, &caller, groups, sizeof(groups)));
	dh_remark(env, "to grant access to a group, add this rule to "
		       "/etc/udev/rules.d/60-dmaheapctl.rules and run 'udevadm control --reload; "
		       "udevadm trigger -s dma_heap' (members can then allocate all memory): "
		       "SUBSYSTEM==\"dma_heap\", GROUP=\"" UDEV_GROUP "\", MODE=\"0660\"");
}

void dh_heaps_remark_access(const struct dh_env *env, const struct dh_heap *heaps, size_t n)
{
	remark_groups(env, heaps, n, access_same, access_remark);
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

	remark_groups(env, heaps, n, problem_same, problem_remark);

	for (size_t i = 0; i < n; i++) {
		registered = registered || heaps[i].seen & (DH_SEEN_UDEV | DH_SEEN_SYSFS);
		missing = missing || !(heaps[i].seen & DH_SEEN_NODE);
	}
	if (registered && missing && inventory->node_dir_error == -ENOENT)
		dh_remark(env,
			  "nodes missing or hidden: no /dev/dma_heap; mount devtmpfs on /dev or "
			  "start udev, or start the container with /dev/dma_heap");
}
