// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * A client that behaves badly, against a server on loopback: see attack.t, and
 * main() for what it can do. Status 0: the server bore it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 30000		/* ms for an answer; nobody is that slow */

static struct sockaddr_in server = { .sin_family = AF_INET };
static struct sockaddr_in from = { .sin_family = AF_INET };
static const char *credentials = "";	/* a header, or nothing */

static int dial(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (from.sin_addr.s_addr && bind(fd, (struct sockaddr *)&from, sizeof(from))) {
		perror("attack: bind");
		exit(1);
	}
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&server, sizeof(server)))
		return fd;
	perror("attack: connect");
	exit(1);
}

/* A server that has seen enough resets what is still on its way. */
static bool send_all(int fd, const char *s, size_t len)
{
	ssize_t n;

	for (; len; s += n, len -= n) {
		n = send(fd, s, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
	}
	return true;
}

struct answer {
	char text[8192];	/* its beginning */
	size_t len;
	unsigned int answers;
	int status;		/* of the first; 0: closed without one */
};

/* Up to the end. false: the server neither answered nor closed. */
static bool hear(int fd, struct answer *a)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char rest[4096];
	const char *s;
	ssize_t n;

	memset(a, 0, sizeof(*a));
	for (;;) {
		bool room = a->len < sizeof(a->text) - 1;

		if (poll(&p, 1, PATIENCE) != 1)
			return false;
		n = read(fd, room ? a->text + a->len : rest,
			 room ? sizeof(a->text) - 1 - a->len : sizeof(rest));
		if (n <= 0)
			break;
		a->len += room ? n : 0;
	}
	for (s = a->text; (s = strstr(s, "HTTP/1.")); s++)
		a->answers++;
	if (sscanf(a->text, "HTTP/1.%*d %d", &a->status) != 1)
		a->status = 0;
	return true;
}

static bool among(const char *list, int status)
{
	char number[16];
	const char *s;
	size_t len = snprintf(number, sizeof(number), "%d", status);

	for (s = list; (s = strstr(s, number)); s += len)
		if ((s == list || s[-1] == ' ') && (!s[len] || s[len] == ' '))
			return true;
	return false;
}

static bool ask(const char *request, size_t len, bool end, struct answer *a)
{
	int fd = dial();
	bool heard;

	send_all(fd, request, len);
	if (end)
		shutdown(fd, SHUT_WR);
	heard = hear(fd, a);
	close(fd);
	return heard;
}

/* A client as any other is still answered. */
static bool is_well(int status)
{
	char request[512];
	struct answer a;
	int len = snprintf(request, sizeof(request), "GET /-/healthy HTTP/1.1\r\n"
			   "Host: localhost\r\n%sConnection: close\r\n\r\n",
			   credentials);

	if (ask(request, len, false, &a) && a.status == status)
		return true;
	printf("a good request got %d instead of %d\n", a.status, status);
	return false;
}

/* Whole requests, half ones, none at all, some reset: one after the other. */
static int storm(unsigned long n, int status)
{
	static const char *const parts[] = {
		"", "G", "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: text/pl",
		"GET / HTTP/1.1\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n",
	};
	const struct linger reset = { .l_onoff = 1 };
	unsigned long i;
	int fd;

	for (i = 0; i < n; i++) {
		if (i % 8 == 7) {
			if (!is_well(status))
				return 1;
			continue;
		}
		fd = dial();
		send_all(fd, parts[i % 5], strlen(parts[i % 5]));
		if (i % 8 > 3)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset,
				   sizeof(reset));
		close(fd);
	}
	printf("%lu connections\n", n);
	return 0;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/*
 * Connections that send a byte a second and never end, while others are answered;
 * until the server has had enough of all of them.
 */
static int slow(unsigned int n, int status)
{
	int *fd = calloc(n, sizeof(*fd));
	unsigned int i, left = n;
	double start = seconds();
	char c;

	for (i = 0; i < n; i++)
		fd[i] = dial();
	while (left && seconds() - start < 120) {
		for (i = 0; i < n; i++) {
			if (fd[i] < 0 ||
			    (recv(fd[i], &c, 1, MSG_DONTWAIT) < 0 &&
			     errno == EAGAIN &&
			     send(fd[i], "A", 1, MSG_NOSIGNAL) == 1))
				continue;
			if (fd[i] >= 0) {
				close(fd[i]);
				left--;
			}
			fd[i] = -1;
		}
		if (!is_well(status))
			return 1;
		poll(NULL, 0, 1000);
	}
	printf("%u slow ones were borne for %.0f s\n", n - left,
	       seconds() - start);
	free(fd);
	return left != 0;
}

/* Sends requests without reading any answer. false: the server hung up. */
static bool flood(int fd)
{
	static const char request[] = "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
	char many[64 * (sizeof(request) - 1)];
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };
	size_t i;

	for (i = 0; i < 64; i++)
		memcpy(many + i * (sizeof(request) - 1), request, sizeof(request) - 1);
	if (poll(&p, 1, 0) > 0)
		return false;
	return send(fd, many, sizeof(many), MSG_DONTWAIT | MSG_NOSIGNAL) > 0 ||
	       errno == EAGAIN;
}

/* The attacker of starve(): for each connection that ends it opens a new one. */
static void crowd(unsigned long n, int ready)
{
	const int size = 4096;
	int *fd = calloc(n, sizeof(*fd));
	unsigned long i;

	for (i = 0; i < n; i++)
		fd[i] = -1;
	for (;;) {
		for (i = 0; i < n; i++) {
			if (fd[i] >= 0 && flood(fd[i]))
				continue;
			if (fd[i] >= 0)
				close(fd[i]);
			fd[i] = dial();
			setsockopt(fd[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
			fcntl(fd[i], F_SETFL, O_NONBLOCK);
		}
		if (ready >= 0)
			close(ready);
		ready = -1;
		poll(NULL, 0, 20);
	}
}

struct service {
	unsigned int answers, failures;
	double slowest;		/* in seconds */
};

/* To a good client in 5 seconds, with up to 25 requests. */
static struct service good_client(int status)
{
	double start = seconds(), sent, took;
	struct service s = { 0 };

	while (seconds() - start < 5) {
		sent = seconds();
		if (is_well(status))
			s.answers++;
		else
			s.failures++;
		took = seconds() - sent;
		if (took > s.slowest)
			s.slowest = took;
		if (took < 0.2)
			poll(NULL, 0, 200 - took * 1000);
	}
	return s;
}

/*
 * @n connections that pipeline requests and read no answer, while a good client at
 * 127.0.0.@host asks. Each of its requests is answered, and half as many as before at
 * least: this machine's load, which both share, may vary.
 */
static int starve(unsigned long n, unsigned long host, int status)
{
	struct service before, during;
	int ready[2];
	pid_t child;
	int ended;
	char c;

	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host);
	before = good_client(status);
	if (pipe(ready))
		return 1;
	child = fork();
	if (!child) {
		from.sin_addr.s_addr = 0;
		close(ready[0]);
		crowd(n, ready[1]);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1))
		return 1;
	during = good_client(status);
	kill(child, SIGKILL);
	/* An attacker that has died has attacked nobody. */
	if (waitpid(child, &ended, 0) != child || !WIFSIGNALED(ended))
		return 1;
	printf("%u answers in 5 s, %u failures, slowest %.0f ms; before, %u answers, slowest %.0f ms\n",
	       during.answers, during.failures, during.slowest * 1000,
	       before.answers, before.slowest * 1000);
	return during.failures || during.answers * 2 < before.answers;
}

/* @n times @line, in the headers of one request. */
static int headers(unsigned long n, size_t size, int status)
{
	char *line = malloc(size + 4);
	unsigned long i;
	struct answer a;
	int fd = dial();
	bool heard;

	memset(line, 'a', size);
	line[size / 2] = ':';
	strcpy(line + size, "\r\n");
	send_all(fd, "GET / HTTP/1.1\r\nHost: localhost\r\n", 33);
	for (i = 0; i < n; i++)
		if (!send_all(fd, line, size + 2))
			break;
	send_all(fd, "\r\n", 2);
	shutdown(fd, SHUT_WR);
	heard = hear(fd, &a);
	close(fd);
	free(line);
	printf("%lu headers of %zu bytes: status %d\n", n, size, a.status);
	return !heard || (a.status && a.status / 100 != 4) || !is_well(status);
}

#define HOST "Host: localhost\r\nConnection: close\r\n"
#define KEEP "Host: localhost\r\n"
#define SMUGGLED "GET /metrics HTTP/1.1\r\n" HOST "X: "

/*
 * Requests that a server must not misread. Where bytes could be taken for a
 * second request, that would be answered, too, and end the connection.
 */
static const struct shape {
	const char *name, *request;
	const char *statuses;	/* that are right; "0": none, closed */
} shapes[] = {
	{ "path traversal", "GET /../../etc/passwd HTTP/1.1\r\n" HOST "\r\n", "404 400" },
	{ "path traversal, encoded", "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" HOST "\r\n", "404 400" },
	{ "path traversal, behind a path", "GET /metrics/../../etc/passwd HTTP/1.1\r\n" HOST "\r\n", "404 400" },
	{ "path, doubled slash", "GET //metrics HTTP/1.1\r\n" HOST "\r\n", "404 400" },
	{ "path, a zero", "GET /metrics%00 HTTP/1.1\r\n" HOST "\r\n", "404 400" },
	{ "path, encoded letters", "GET /%6detrics HTTP/1.1\r\n" HOST "\r\n", "404 400" },
	{ "path, a backslash", "GET /..\\..\\etc HTTP/1.1\r\n" HOST "\r\n", "404 400" },
	{ "path, bytes", "GET /\x80\xff\x1b[31m HTTP/1.1\r\n" HOST "\r\n", "404 400" },
	{ "path, none", "GET  HTTP/1.1\r\n" HOST "\r\n", "404 400 0" },
	{ "path, another server's", "GET http://127.0.0.1:1/metrics HTTP/1.1\r\n" HOST "\r\n", "200 400 404" },
	{ "POST", "POST /metrics HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "405" },
	{ "PUT", "PUT / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "405" },
	{ "DELETE", "DELETE / HTTP/1.1\r\n" HOST "\r\n", "405" },
	{ "OPTIONS", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "400 404 405" },
	{ "TRACE", "TRACE / HTTP/1.1\r\n" HOST "\r\n", "405 501" },
	{ "CONNECT", "CONNECT 127.0.0.1:22 HTTP/1.1\r\n" HOST "\r\n", "400 404 405 501" },
	{ "no such method", "FROB / HTTP/1.1\r\n" HOST "\r\n", "400 405 501" },
	{ "method in small letters", "get / HTTP/1.1\r\n" HOST "\r\n", "400 405 501" },
	{ "HTTP/0.9", "GET /\r\n", "400 505 0" },
	{ "HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400 405 501 505 0" },
	{ "HTTP/9.9", "GET / HTTP/9.9\r\n\r\n", "400 505 0" },
	{ "TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "400 501 0" },
	{ "header without a colon", "GET /nothing HTTP/1.1\r\n" HOST "frob\r\n\r\n", "400 0" },
	{ "header without a name", "GET /nothing HTTP/1.1\r\n" HOST ": frob\r\n\r\n", "400 404 0" },
	{ "header that goes on before any", "GET /nothing HTTP/1.1\r\n frob\r\n\r\n", "400 404 0" },
	{ "two lengths", "POST / HTTP/1.1\r\n" KEEP "Content-Length: 0\r\nContent-Length: 66\r\n\r\n" SMUGGLED "\r\n\r\n", "400" },
	{ "two lengths, of a GET", "GET / HTTP/1.1\r\n" KEEP "Content-Length: 0\r\nContent-Length: 66\r\n\r\n" SMUGGLED "\r\n\r\n", "400" },
	{ "a length that is none", "GET / HTTP/1.1\r\n" KEEP "Content-Length: 0x42\r\n\r\n" SMUGGLED "\r\n\r\n", "400 0" },
	{ "a length below zero", "GET / HTTP/1.1\r\n" KEEP "Content-Length: -1\r\n\r\n" SMUGGLED "\r\n\r\n", "400 0" },
	{ "a length with a plus", "GET / HTTP/1.1\r\n" KEEP "Content-Length: +0\r\n\r\n" SMUGGLED "\r\n\r\n", "400 0" },
	{ "a huge length", "POST / HTTP/1.1\r\n" KEEP "Content-Length: 18446744073709551616\r\n\r\n" SMUGGLED "\r\n\r\n", "400 413 0" },
	{ "a body with a GET", "GET / HTTP/1.1\r\n" KEEP "Content-Length: 66\r\n\r\n" SMUGGLED "\r\n\r\n", "400 0" },
	{ "a chunked body", "POST / HTTP/1.1\r\n" KEEP "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED "\r\n\r\n", "400" },
	{ "a chunked body with a length", "POST / HTTP/1.1\r\n" KEEP "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n42\r\n" SMUGGLED "\r\n\r\n0\r\n\r\n", "400" },
	{ "a body that is not quite chunked", "POST / HTTP/1.1\r\n" KEEP "Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n" SMUGGLED "\r\n\r\n", "400" },
	{ "chunked, with a space", "POST / HTTP/1.1\r\n" KEEP "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" SMUGGLED "\r\n\r\n", "400" },
	{ "a chunk of a huge size", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx", "400 413 0" },
	{ "a chunk of a size below zero", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n-1\r\nx", "400 413 0" },
	{ "CONNECT, and one more", "CONNECT 127.0.0.1:22 HTTP/1.1\r\n" KEEP "\r\n" SMUGGLED "\r\n\r\n", "400 404 405 501" },
	{ "a body that is expected", "POST / HTTP/1.1\r\n" HOST "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n", "100 400 417" },
	{ "a body that is too long", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\nxxx", "400 413 0" },
	{ "codings that are none", "GET /metrics HTTP/1.1\r\n" HOST "Accept-Encoding: ;q, gzip;;;=;q=;q=x, *;q=\"\r\n\r\n", "200" },
	{ "gzip, and all of it", "GET /metrics HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n\r\n", "200" },
	{ "another host", "GET /metrics HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n", "403" },
	{ "another host in the first line", "GET http://rebound.example/metrics HTTP/1.1\r\n" HOST "\r\n", "403" },
	{ "an address in the first line, for another host", "GET http://127.0.0.1/metrics HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n", "403" },
	{ "two hosts", "GET /metrics HTTP/1.1\r\nHost: rebound.example\r\n" HOST "\r\n", "400 403" },
	{ "two hosts, the other way round", "GET /metrics HTTP/1.1\r\n" KEEP "Host: rebound.example\r\nConnection: close\r\n\r\n", "400" },
	{ "a host that is none", "GET /metrics HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n", "400" },
	{ "an empty host", "GET /metrics HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", "400" },
	{ "no host", "GET /metrics HTTP/1.0\r\n\r\n", "200" },
	{ "an upgrade", "GET /nothing HTTP/1.1\r\n" HOST "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n", "404" },
};

/* @closed: nobody is let in, so nothing but refusals may come. */
static int all_shapes(bool closed, int status)
{
	const size_t n = sizeof(shapes) / sizeof(*shapes);
	size_t i;
	int bad = 0;

	for (i = 0; i < n; i++) {
		const struct shape *s = &shapes[i];
		struct answer a;
		bool fits;

		if (!ask(s->request, strlen(s->request), among(s->statuses, 0), &a)) {
			printf("%s: neither an answer nor an end\n", s->name);
			bad++;
			continue;
		}
		fits = closed ? a.status / 100 != 2 : among(s->statuses, a.status);
		if (fits && a.answers <= 1 + (a.status == 100) &&
		    !strstr(a.text, "root:") &&
		    (a.status == 200 || !strstr(a.text, "v7scope_")))
			continue;
		printf("%s: status %d, %u answers, wanted %s\n", s->name, a.status,
		       a.answers, s->statuses);
		bad++;
	}
	printf("%zu shapes, %d wrong\n", n, bad);
	return bad || !is_well(status);
}

int main(int argc, char **argv)
{
	int status = argc > 2 ? atoi(argv[2]) : 0;
	const char *what = argc > 3 ? argv[3] : "";
	unsigned long n = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
	unsigned long size = argc > 5 ? strtoul(argv[5], NULL, 10) : 0;

	if (argc > 1)
		server.sin_port = htons(atoi(argv[1]));
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (getenv("CREDENTIALS"))
		credentials = getenv("CREDENTIALS");
	if (!strcmp(what, "storm") && n)
		return storm(n, status);
	if (!strcmp(what, "slow") && n)
		return slow(n, status);
	if (!strcmp(what, "starve") && n && size)
		return starve(n, size, status);
	if (!strcmp(what, "headers") && n && size > 1)
		return headers(n, size, status);
	if (!strcmp(what, "shapes"))
		return all_shapes(n, status);
	fprintf(stderr, "usage: attack PORT STATUS storm N\n"
		"       attack PORT STATUS slow N\n"
		"       attack PORT STATUS starve N HOST (of the good client)\n"
		"       attack PORT STATUS headers N SIZE\n"
		"       attack PORT STATUS shapes 0|1 (1: nobody is let in)\n"
		"STATUS is what GET /-/healthy is to be answered with\n");
	return 2;
}
