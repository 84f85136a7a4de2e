// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * activate PORT CMD [ARG]...: runs it as systemd runs a service that a socket
 * starts, listening at 127.0.0.1:PORT. What it runs may exec others.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	const int yes = 1;
	char pid[16];
	int fd;

	if (argc < 3) {
		fprintf(stderr, "usage: activate PORT CMD [ARG]...\n");
		return 2;
	}
	at.sin_port = htons(atoi(argv[1]));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	/* As systemd does: so that the address is free again at once. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
	    listen(fd, 16) || (fd != 3 && dup2(fd, 3) != 3)) {
		perror("activate");
		return 1;
	}
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	execvp(argv[2], &argv[2]);
	perror(argv[2]);
	return 127;
}
