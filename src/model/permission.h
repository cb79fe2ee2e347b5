/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The permissions of a file: mode, owner, group and access control list (ACL, see acl(5)).
 */
#ifndef DH_MODEL_PERMISSION_H
#define DH_MODEL_PERMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Size in bytes of the largest ACL that callers pass to dh_acl_parse(): 511 entries. */
#define DH_ACL_SIZE_MAX 4092

struct dh_acl_entry {
	uint16_t tag;  /* ACL_USER and so on, from linux/posix_acl.h */
	uint16_t perm; /* ACL_READ, ACL_WRITE and ACL_EXECUTE */
	uint32_t id;   /* user or group, for ACL_USER and ACL_GROUP */
};

struct dh_permission {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct dh_acl_entry *acl; /* NULL: the file has no ACL, or the ACL is unknown */
	size_t n_acl;
	bool acl_unknown; /* the ACL could not be read */
};

/* The credentials with which a process opens files. */
struct dh_caller {
	uid_t uid;
	gid_t *groups; /* the effective group first, then the supplementary groups */
	size_t n_groups;
	bool override; /* CAP_DAC_OVERRIDE */
};

/*
 * Parses `size` bytes of the extended attribute system.posix_acl_access (linux/posix_acl_xattr.h).
 * Stores an array of `*n` entries in `*acl`, which the caller frees. Returns 0, -EBADMSG for
 * malformed bytes, or -ENOMEM.
 */
int dh_acl_parse(const void *bytes, size_t size, struct dh_acl_entry **acl, size_t *n);

/*
 * Returns the permissions of `entry`, limited by the mask. `entry` is for a named user, a named
 * group or the owning group.
 */
unsigned int dh_acl_effective(const struct dh_permission *file, const struct dh_acl_entry *entry);

/*
 * Returns true if mode, owner, group, ACL and CAP_DAC_OVERRIDE allow `caller` to read and write
 * `file`, as acl_permission_check() and generic_permission() in fs/namei.c decide. Another part of
 * the kernel, such as a security module, can still deny the access. Returns false if the result
 * depends on an unknown ACL.
 */
bool dh_permission_allows(const struct dh_permission *file, const struct dh_caller *caller);

#endif
