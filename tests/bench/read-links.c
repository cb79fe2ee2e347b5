// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls readlink() for every descriptor of every process and reads every maps file. A program that
 * finds buffers only through /proc needs at least these calls. tests/bench/holders uses this
 * program.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void read_links(int process)
{
	char target[64];
	int fd = openat(process, "fd", O_RDONLY | O_DIRECTORY);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.' &&
		    readlinkat(fd, entry->d_name, target, sizeof(target)) < 0)
			perror(entry->d_name);
	if (folder)
		closedir(folder);
}

static void read_mappings(int process)
{
	static char chunk[32768];
	int fd = openat(process, "maps", O_RDONLY);

	while (fd >= 0 && read(fd, chunk, sizeof(chunk)) > 0)
		;
	close(fd);
}

int main(void)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		int process = atoi(entry->d_name) > 0
				      ? openat(dirfd(proc), entry->d_name, O_PATH | O_DIRECTORY)
				      : -1;

		if (process < 0)
			continue;
		read_links(process);
		read_mappings(process);
		close(process);
	}
	return !proc;
}
