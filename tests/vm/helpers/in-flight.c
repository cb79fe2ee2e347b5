// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * in-flight FD: sends the descriptor FD over a socket pair, does not receive it, and closes FD. The
 * descriptor stays in flight until end of file on standard input or a signal ends the process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int send_descriptor(int socket, int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = { 0 };
	struct iovec data = { .iov_base = "x", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1 ? 0 : -1;
}

int main(int argc, char **argv)
{
	int fd = argc == 2 ? atoi(argv[1]) : -1;
	int sockets[2];
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) || send_descriptor(sockets[0], fd)) {
		perror("in-flight");
		return 1;
	}
	close(fd);
	puts("in flight");
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	return 0;
}
