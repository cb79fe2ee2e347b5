// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <errno.h>
#include <string.h>

#include "model/fdinfo.h"

#define FDINFO "pos:\t0\nflags:\t02000002\nmnt_id:\t14\n"

/* --- fdinfo ------------------------------------------------------------------------- */

static int fdinfo(const char *text, struct dh_fdinfo *info)
{
	return dh_fdinfo_parse(text, strlen(text), info);
}

TEST(fdinfo_of_a_buffer_is_parsed)
{
	struct dh_fdinfo info;

	assert_int_equal(fdinfo(FDINFO "ino:\t7\nsize:\t4096\ncount:\t2\nexp_name:\tlinux,cma\n"
				       "name:\tlabel\n",
				&info),
			 0);
	expect_known(info.inode, 7);
	expect_known(info.size, 4096);
	expect_known(info.count, 2);
	assert_string_equal(info.exporter, "linux,cma");
	assert_string_equal(info.name, "label");

	/* The fdinfo of an O_PATH descriptor lacks the fields of a buffer. */
	assert_int_equal(fdinfo("pos:\t0\nflags:\t012000000\nmnt_id:\t15\nino:\t7\n", &info),
			 -EBADFD);
	assert_true(info.path_only);
	expect_known(info.inode, 7);
	assert_int_equal(fdinfo("pos:\t0\nflags:\t02100002\nmnt_id:\t15\n", &info), -EBADFD);
	assert_false(info.path_only);
	assert_int_equal(fdinfo("flags:\t018000000\n", &info), -EBADFD);
	assert_false(info.path_only);

	/* Kernels before 5.14 print no inode number in fdinfo. This buffer has no name. */
	assert_int_equal(fdinfo(FDINFO "size:\t4096\ncount:\t1\nexp_name:\tsystem\n", &info), 0);
	assert_false(info.inode.known);
	assert_string_equal(info.name, "");

	assert_int_equal(fdinfo(FDINFO "ino:\t7\n", &info), -EBADFD);
	assert_int_equal(fdinfo("", &info), -EBADFD);
	assert_int_equal(fdinfo("exp_name:\t\nsize:\t1\n", &info), -EBADFD);
	assert_int_equal(fdinfo("exp_name:\tx\n", &info), -EBADMSG);
	assert_int_equal(fdinfo("size:\t1\nsize:\t2\nexp_name:\tx\n", &info), -EBADMSG);
	assert_int_equal(fdinfo("size:\t18446744073709551616\nexp_name:\tx\n", &info), -EBADMSG);
	assert_int_equal(fdinfo("ino:\t-1\nsize:\t1\nexp_name:\tx\n", &info), -EBADMSG);
	assert_int_equal(fdinfo("size: 1\nexp_name:\tx\n", &info), -EBADMSG);
}

TEST(name_in_fdinfo_may_resemble_other_fields)
{
	struct dh_fdinfo info;

	/* The name is the last field: lines in it that resemble other fields belong to the name. */
	assert_int_equal(fdinfo("ino:\t7\nsize:\t4096\ncount:\t1\nexp_name:\tsystem\n"
				"name:\ta\nino:\t9\nsize:\t1\n\n",
				&info),
			 0);
	expect_known(info.inode, 7);
	expect_known(info.size, 4096);
	assert_string_equal(info.name, "a\nino:\t9\nsize:\t1\n");

	/*
	 * Some vendor kernels write more lines after the name. This text is too long for a name, so
	 * the name is only its first line.
	 */
	assert_int_equal(fdinfo("size:\t4096\nexp_name:\tsystem\nname:\tb\n"
				"attached devices and more than thirty-one bytes of it\n",
				&info),
			 0);
	assert_string_equal(info.name, "b");
}

/* --- maps --------------------------------------------------------------------------- */

static bool maps(const char *line, struct dh_maps_line *mapping)
{
	return dh_maps_parse(line, strlen(line), mapping);
}

TEST(maps_lines_of_buffers_are_parsed)
{
	struct dh_maps_line mapping;

	assert_true(maps("7f0a1c000000-7f0a1c100000 rw-s 00000000 00:0d 7          /dmabuf:label",
			 &mapping));
	assert_int_equal(mapping.inode, 7);
	assert_int_equal(mapping.end - mapping.start, 0x100000);
	assert_string_equal(mapping.name, "label");
	assert_true(maps("1-2 rw-s 0 00:0d 7 /dmabuf:", &mapping));
	assert_string_equal(mapping.name, "");
	assert_true(maps("1-2 rw-s 0 00:0d 7 /dmabuf:a\\012b \\040(deleted)", &mapping));
	assert_string_equal(mapping.name, "a\nb \\040(deleted)");

	assert_false(maps("1-2 rw-s 0 00:0d 7 /tmp/x /dmabuf:label", &mapping));
	assert_false(maps("1-2 rw-s 0 00:0d 7 /dmabuf", &mapping));
	assert_false(maps("2-1 rw-s 0 00:0d 7 /dmabuf:x", &mapping));
	assert_false(maps("1-2 rw-s 0 00:0d x /dmabuf:x", &mapping));
	assert_false(maps("1-2 rw-s 0 00:0d -7 /dmabuf:x", &mapping));
	assert_false(maps("1-11112222333344445 rw-s 0 00:0d 7 /dmabuf:x", &mapping));
	assert_false(maps("1-2 rw-s 0 00:0d  /dmabuf:x", &mapping));
	assert_false(maps("/dmabuf:x", &mapping));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fdinfo_of_a_buffer_is_parsed),
		cmocka_unit_test(name_in_fdinfo_may_resemble_other_fields),
		cmocka_unit_test(maps_lines_of_buffers_are_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
