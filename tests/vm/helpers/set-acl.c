// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sets the ACL of a file to the given bytes (linux/posix_acl_xattr.h). Without bytes, removes the
 * ACL:
 *
 *   set-acl FILE [HEX...]
 */
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

int main(int argc, char **argv)
{
	static const char name[] = "system.posix_acl_access";
	unsigned char bytes[256];
	size_t n = 0;

	if (argc < 2)
		return 125;
	for (int i = 2; i < argc; i++)
		for (const char *hex = argv[i]; *hex && n < sizeof(bytes); hex += 2)
			if (sscanf(hex, "%2hhx", &bytes[n++]) != 1)
				return 125;
	if (argc == 2 ? !removexattr(argv[1], name) : !setxattr(argv[1], name, bytes, n, 0))
		return 0;
	perror(argv[1]);
	return 1;
}
