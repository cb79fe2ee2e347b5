// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <linux/posix_acl.h>
#include <stdlib.h>

#include "base/auto.h"
#include "model/permission.h"

#define ENTRY(tag, perm, id) tag "\0" perm "\0" id

TEST(acl_bytes_are_parsed)
{
	static const char bytes[] =
		"\2\0\0\0" ENTRY("\2", "\6", "\1\2\0\0") ENTRY("\20", "\4", "\377\377\377\377");
	dh_auto(free) struct dh_acl_entry *acl = NULL;
	size_t n;

	assert_int_equal(dh_acl_parse(bytes, sizeof(bytes) - 1, &acl, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(acl[0].tag, ACL_USER);
	assert_int_equal(acl[0].perm, ACL_READ | ACL_WRITE);
	assert_int_equal(acl[0].id, 0x201);
	assert_int_equal(acl[1].tag, ACL_MASK);
}

TEST(malformed_acl_bytes_are_rejected)
{
	struct dh_acl_entry *acl = NULL;
	size_t n;

	assert_int_equal(dh_acl_parse("", 0, &acl, &n), -EBADMSG);
	assert_int_equal(dh_acl_parse("\2\0\0", 3, &acl, &n), -EBADMSG);
	assert_int_equal(dh_acl_parse("\1\0\0\0", 4, &acl, &n), -EBADMSG);
	assert_int_equal(dh_acl_parse("\2\0\0\0\1\0\6", 7, &acl, &n), -EBADMSG);
	assert_null(acl);
}

TEST(permissions_decide_as_the_kernel_does)
{
	static struct dh_acl_entry acl[] = {
		{ ACL_USER_OBJ, 6, -1U },  { ACL_USER, 6, 100 },  { ACL_USER, 4, 101 },
		{ ACL_GROUP_OBJ, 4, -1U }, { ACL_GROUP, 6, 44 },  { ACL_GROUP, 2, 45 },
		{ ACL_MASK, 6, -1U },	   { ACL_OTHER, 6, -1U },
	};
	static const struct {
		mode_t mode;
		bool has_acl;
		uid_t uid;
		gid_t group;
		bool override, allowed;
	} cases[] = {
		{ 0600, false, 0, 0, false, true },
		{ 0400, false, 0, 0, false, false },
		{ 0066, false, 0, 0, false, false },
		{ 0000, false, 0, 0, true, true },
		{ 0660, false, 7, 5, false, true },
		{ 0606, false, 7, 5, false, false },
		{ 0660, false, 7, 9, false, false },
		{ 0606, false, 7, 9, false, true },
		/* These files have an ACL with named users and groups. */
		{ 0666, true, 100, 9, false, true },
		{ 0666, true, 101, 9, false, false },
		{ 0666, true, 7, 44, false, true },
		{ 0666, true, 7, 45, false, false },
		{ 0666, true, 7, 5, false, false },
		{ 0666, true, 7, 9, false, true },
		/* The mask limits all entries but those of the owner and of others. */
		{ 0646, true, 100, 9, false, false },
		{ 0646, true, 0, 9, false, true },
		{ 0646, true, 7, 44, false, false },
		{ 0606, true, 100, 9, false, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct dh_permission file = {
			.mode = cases[i].mode,
			.gid = 5,
			.acl = cases[i].has_acl ? acl : NULL,
			.n_acl = cases[i].has_acl ? ARRAY_SIZE(acl) : 0,
		};
		gid_t group = cases[i].group;
		const struct dh_caller caller = {
			.uid = cases[i].uid,
			.groups = &group,
			.n_groups = 1,
			.override = cases[i].override,
		};

		if (dh_permission_allows(&file, &caller) != cases[i].allowed)
			fail_msg("case %zu", i);
	}
}

TEST(a_capability_covers_only_mapped_owners)
{
	gid_t group = 9;
	const struct dh_caller caller = {
		.uid = 7, .groups = &group, .n_groups = 1, .override = true
	};
	struct dh_permission file = { .mode = 0600 };

	assert_true(dh_permission_allows(&file, &caller));
	file.acl_unknown = true;
	assert_true(dh_permission_allows(&file, &caller));
	file.uid = 65534;
	assert_false(dh_permission_allows(&file, &caller));
	file = (struct dh_permission){ .mode = 0600, .gid = 65534 };
	assert_false(dh_permission_allows(&file, &caller));
}

TEST(an_unknown_acl_allows_only_the_owner)
{
	gid_t group = 5;
	struct dh_caller caller = { .uid = 7, .groups = &group, .n_groups = 1 };
	const struct dh_permission file = { .mode = 0666, .uid = 1, .gid = 5, .acl_unknown = true };

	assert_false(dh_permission_allows(&file, &caller));
	caller.uid = 1;
	assert_true(dh_permission_allows(&file, &caller));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(acl_bytes_are_parsed),
		cmocka_unit_test(malformed_acl_bytes_are_rejected),
		cmocka_unit_test(permissions_decide_as_the_kernel_does),
		cmocka_unit_test(a_capability_covers_only_mapped_owners),
		cmocka_unit_test(an_unknown_acl_allows_only_the_owner),
	};

	return cmocka_run_group_tests_name("permission", tests, NULL, NULL);
}
