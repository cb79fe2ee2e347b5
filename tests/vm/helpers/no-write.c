// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a program under a Landlock ruleset that forbids opening any file for writing:
 *
 *   no-write PROGRAM [ARGUMENT...]
 *
 * Exits with 77 if the kernel has no Landlock.
 */
#include <linux/landlock.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const struct landlock_ruleset_attr denied = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE,
	};
	int ruleset;

	if (argc < 2)
		return 125;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &denied, sizeof(denied), 0);
	if (ruleset < 0)
		return 77;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0)) {
		perror("no-write");
		return 125;
	}
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
