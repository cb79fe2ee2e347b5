// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/permission.h"

#include <endian.h>
#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define READ_WRITE ((unsigned int)(ACL_READ | ACL_WRITE))

/*
 * The kernel shows this ID for a user or group that the caller's user namespace does not map
 * (DEFAULT_OVERFLOWUID).
 */
#define UNMAPPED_ID 65534

int dh_acl_parse(const void *bytes, size_t size, struct dh_acl_entry **acl, size_t *n)
{
	const unsigned char *at = bytes;
	struct posix_acl_xattr_header header;
	struct posix_acl_xattr_entry entry;

	if (size < sizeof(header) || (size - sizeof(header)) % sizeof(entry))
		return -EBADMSG;
	memcpy(&header, at, sizeof(header));
	if (le32toh(header.a_version) != POSIX_ACL_XATTR_VERSION)
		return -EBADMSG;
	*n = (size - sizeof(header)) / sizeof(entry);
	*acl = calloc(*n + 1, sizeof(**acl));
	if (!*acl)
		return -ENOMEM;
	at += sizeof(header);
	for (size_t i = 0; i < *n; i++, at += sizeof(entry)) {
		memcpy(&entry, at, sizeof(entry));
		(*acl)[i] = (struct dh_acl_entry){
			.tag = le16toh(entry.e_tag),
			.perm = le16toh(entry.e_perm),
			.id = le32toh(entry.e_id),
		};
	}
	return 0;
}

unsigned int dh_acl_effective(const struct dh_permission *file, const struct dh_acl_entry *entry)
{
	/* With an ACL, the group bits of the mode are the mask. */
	return entry->perm & (file->mode & S_IRWXG) >> 3;
}

static bool is_member(const struct dh_caller *caller, gid_t group)
{
	for (size_t i = 0; i < caller->n_groups; i++)
		if (caller->groups[i] == group)
			return true;
	return false;
}

/* Returns true if the permission bits `perm` include reading and writing. */
static bool has_both(unsigned int perm)
{
	return (perm & READ_WRITE) == READ_WRITE;
}

/*
 * Checks the ACL for a caller that is not the owner, as posix_acl_permission() in fs/posix_acl.c
 * does.
 */
static bool acl_allows(const struct dh_permission *file, const struct dh_caller *caller)
{
	bool member = false;

	for (size_t i = 0; i < file->n_acl; i++) {
		const struct dh_acl_entry *entry = &file->acl[i];

		if (entry->tag == ACL_USER && entry->id == caller->uid)
			return has_both(dh_acl_effective(file, entry));
	}
	for (size_t i = 0; i < file->n_acl; i++) {
		const struct dh_acl_entry *entry = &file->acl[i];
		gid_t group = entry->tag == ACL_GROUP ? entry->id : file->gid;

		if ((entry->tag != ACL_GROUP && entry->tag != ACL_GROUP_OBJ) ||
		    !is_member(caller, group))
			continue;
		if (has_both(dh_acl_effective(file, entry)))
			return true;
		member = true;
	}
	return !member && has_both(file->mode & S_IRWXO);
}

bool dh_permission_allows(const struct dh_permission *file, const struct dh_caller *caller)
{
	/* A capability covers only files whose owner and group the user namespace maps. */
	if (caller->override && file->uid != UNMAPPED_ID && file->gid != UNMAPPED_ID)
		return true;
	if (caller->uid == file->uid)
		return has_both((file->mode & S_IRWXU) >> 6);
	if (file->acl_unknown)
		return false;
	/* The kernel ignores the ACL if the mask is empty. */
	if (file->n_acl && file->mode & S_IRWXG)
		return acl_allows(file, caller);
	return has_both(is_member(caller, file->gid) ? (file->mode & S_IRWXG) >> 3
						     : file->mode & S_IRWXO);
}
