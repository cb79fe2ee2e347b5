// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"

/*
 * Result of the child, in memory that the child shares with its parent. `folder` is in /tmp instead
 * of $TMPDIR, because the tool does not trust its environment.
 */
struct job {
	int ret;
	char folder[sizeof("/tmp/dmaheapctl-record.XXXXXX")];
	char reason[DH_EXTRACT_REASON_MAX];
};

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *ftw)
{
	(void)facts, (void)type, (void)ftw;
	remove(path);
	return 0;
}

static void remove_folder(const char *folder)
{
	nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static int extract(struct job *job, int fd)
{
	dh_auto(fd) int folder = -1;

	strcpy(job->folder, "/tmp/dmaheapctl-record.XXXXXX");
	if (!mkdtemp(job->folder)) {
		int ret = -errno;

		*job->folder = '\0';
		strcpy(job->reason, "creating a directory in /tmp");
		return ret;
	}
	folder = open(job->folder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return folder < 0 ? -errno : dh_archive_extract(fd, folder, job->reason);
}

/* Waits until the process at the other end of the socket shuts the socket down or exits. */
static void await_end(int socket)
{
	char byte;

	while (read(socket, &byte, 1) < 0 && errno == EINTR)
		;
}

/* Runs in the child, and does not return. */
static void run_child(struct job *job, int fd, int socket)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };

	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		signal(ignored[i], SIG_IGN);
	job->ret = extract(job, fd);
	shutdown(socket, SHUT_WR);
	/*
	 * Close the standard streams: a program that reads the tool's output must not wait for this
	 * child.
	 */
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		close(i);
	if (!job->ret)
		await_end(socket);
	if (*job->folder)
		remove_folder(job->folder);
	_exit(0);
}

/* Starts the child, and waits for its result. Returns 0 or -errno. */
static int start_child(struct job *job, int fd, struct dh_unpacked *unpacked)
{
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	job->ret = -ENOTRECOVERABLE;
	unpacked->child = fork();
	if (unpacked->child < 0)
		job->ret = -errno;
	if (!unpacked->child) {
		close(sockets[0]);
		run_child(job, fd, sockets[1]);
	}
	unpacked->socket = sockets[0];
	close(sockets[1]);
	await_end(unpacked->socket);
	return job->ret;
}

int dh_unpack(int fd, struct dh_unpacked *unpacked, char reason[DH_EXTRACT_REASON_MAX])
{
	struct job *job =
		mmap(NULL, sizeof(*job), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int ret, folder = -1;

	*reason = '\0';
	if (job == MAP_FAILED)
		return -errno;
	ret = start_child(job, fd, unpacked);
	if (!ret) {
		folder = open(job->folder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		ret = folder < 0 ? -errno : 0;
	}
	if (ret) {
		memcpy(reason, job->reason, sizeof(job->reason));
		dh_unpacked_remove(unpacked);
		/* A crashed child did not remove its directory, so remove it here. */
		if (ret == -ENOTRECOVERABLE && *job->folder)
			remove_folder(job->folder);
	}
	munmap(job, sizeof(*job));
	return ret ? ret : folder;
}

void dh_unpacked_remove(struct dh_unpacked *unpacked)
{
	if (!unpacked->child)
		return;
	close(unpacked->socket);
	while (unpacked->child > 0 && waitpid(unpacked->child, NULL, 0) < 0 && errno == EINTR)
		;
	*unpacked = (struct dh_unpacked){ 0 };
}
