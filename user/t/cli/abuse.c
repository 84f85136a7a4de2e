// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * abuse PORT WHAT [N]: what no client should do to a server, at 127.0.0.1. Says
 * what came of it, in a word.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static unsigned short port;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* With a small buffer for what is received. */
static int call(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int size = 4096;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("connect");
	return fd;
}

/* False once the other side has hung up. */
static bool say(int fd, const char *text)
{
	return send(fd, text, strlen(text), MSG_NOSIGNAL) >= 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Is it hung up on within @seconds; what is received is not read. */
static bool hung_up(int fd, double seconds)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	return poll(&p, 1, seconds * 1000) > 0;
}

/* As long as a client may take for a request, and some. */
#define LONG 40

static const char *half(long n)
{
	int fd = call();
	double start = now();

	(void)n;
	say(fd, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAcc");
	if (!hung_up(fd, LONG))
		return "kept";
	return now() - start < 8 ? "early" : "closed";
}

/* One byte each time, of a request that never ends. */
static const char *drip(long n)
{
	int fd = call();
	double start = now();

	(void)n;
	say(fd, "GET /metrics HTTP/1.1\r\n");
	while (now() - start < LONG) {
		if (!say(fd, "X: y\r\n") || hung_up(fd, 0.25))
			return now() - start < 8 ? "early" : "closed";
	}
	return "kept";
}

/* Listens, and does not read. */
static const char *deaf(long n)
{
	int fd = call();

	(void)n;
	say(fd, "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
	return hung_up(fd, LONG) ? "closed" : "kept";
}

/* Listens, and talks: @n megabytes, or until nobody takes more. */
static const char *talk(long n)
{
	static char noise[1 << 16];
	int fd = call();
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	size_t sent = 0;
	ssize_t len;

	memset(noise, 'x', sizeof(noise));
	say(fd, "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
	while (sent < (size_t)n << 20) {
		if (poll(&p, 1, 2000) <= 0)
			return "stuck";
		len = send(fd, noise, sizeof(noise), MSG_NOSIGNAL |
			   MSG_DONTWAIT);
		if (len < 0 && p.revents & (POLLERR | POLLHUP))
			return "closed";
		sent += len > 0 ? len : 0;
	}
	return "taken";
}

/* @n connections that say nothing, until our input ends. */
static const char *crowd(long n)
{
	char c;

	while (n--)
		call();
	puts("there");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return "gone";
}

/* @n times: one request each, which is not waited for in every third. */
static const char *many(long n)
{
	char answer[4096];
	long i;
	int fd;

	for (i = 0; i < n; i++) {
		fd = call();
		say(fd, "GET /-/healthy HTTP/1.0\r\n\r\n");
		if (i % 3)
			while (read(fd, answer, sizeof(answer)) > 0)
				;
		close(fd);
	}
	return "done";
}

/* A header of @n bytes. */
static const char *huge(long n)
{
	static char answer[64];
	int fd = call();
	ssize_t len;

	say(fd, "GET /metrics HTTP/1.1\r\nX: ");
	while (n-- && say(fd, "y"))
		;
	say(fd, "\r\n\r\n");
	len = read(fd, answer, sizeof(answer) - 1);
	return len <= 0 ? "closed" : strtok(answer + strlen("HTTP/1.1 "), " ");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		const char *(*act)(long n);
	} acts[] = {
		{ "half", half }, { "drip", drip }, { "deaf", deaf },
		{ "talk", talk }, { "crowd", crowd }, { "many", many },
		{ "huge", huge },
	};
	size_t i;

	if (argc < 3)
		return 2;
	port = atoi(argv[1]);
	for (i = 0; i < sizeof(acts) / sizeof(*acts); i++)
		if (!strcmp(argv[2], acts[i].name))
			puts(acts[i].act(argc > 3 ? atol(argv[3]) : 0));
	return 0;
}
