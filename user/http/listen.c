// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/num.h"
#include "listen.h"

/*
 * Connections not yet accepted; net.core.somaxconn limits them, too. If the queue is
 * full, a client tries again after a second.
 */
#define BACKLOG 512

static const char prefix[] = "unix:";

static void set_v4(struct listen_at *at, struct in_addr host, uint16_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&at->addr;

	in->sin_family = AF_INET;
	in->sin_addr = host;
	in->sin_port = htons(port);
	at->len = sizeof(*in);
}

static void set_v6(struct listen_at *at, struct in6_addr host, uint32_t scope,
		   uint16_t port)
{
	struct sockaddr_in6 *in = (struct sockaddr_in6 *)&at->addr;

	in->sin6_family = AF_INET6;
	in->sin6_addr = host;
	in->sin6_scope_id = scope;
	in->sin6_port = htons(port);
	at->len = sizeof(*in);
}

/* In fe80::1%eth0, the interface is part of the address. */
static const char *parse_v6(char *host, uint16_t port, struct listen_at *at)
{
	char *interface = strchr(host, '%');
	struct in6_addr v6;
	uint32_t scope = 0;

	if (interface) {
		*interface++ = 0;
		scope = if_nametoindex(interface);
		if (!scope)
			return "no network interface of that name";
	}
	if (inet_pton(AF_INET6, host, &v6) != 1)
		return "the brackets do not hold an IPv6 address";
	if (IN6_IS_ADDR_LINKLOCAL(&v6) && !scope)
		return "a link-local address needs its interface, as in [fe80::1%eth0]:PORT";
	/* As Prometheus' exporters do: [::] is every address, like an empty host. */
	at->any = !interface && IN6_IS_ADDR_UNSPECIFIED(&v6);
	set_v6(at, v6, scope, port);
	return NULL;
}

static bool is_unix(const struct listen_at *at)
{
	return at->addr.ss_family == AF_UNIX;
}

static const char *path_of(const struct listen_at *at)
{
	return ((const struct sockaddr_un *)&at->addr)->sun_path;
}

static const char *parse_unix(const char *path, struct listen_at *at)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&at->addr;
	size_t len;

	/* Others write unix:///run/x. */
	while (path[0] == '/' && path[1] == '/')
		path++;
	len = strlen(path);
	if (*path != '/')
		return "the path of a Unix socket must begin with '/', as in unix:/run/v7scope.sock";
	if (path[len - 1] == '/')
		return "the path of a Unix socket must not end with '/'";
	if (len >= sizeof(un->sun_path))
		return "the path of a Unix socket is longer than 107 bytes";
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, len + 1);
	at->len = offsetof(struct sockaddr_un, sun_path) + len + 1;
	return NULL;
}

const char *listen_parse(const char *s, struct listen_at *at)
{
	const char *colon = strrchr(s, ':');
	char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 2];
	struct in_addr v4 = { htonl(INADDR_LOOPBACK) };
	uint64_t port;
	size_t len;

	memset(at, 0, sizeof(*at));
	if (!strncmp(s, prefix, strlen(prefix)))
		return parse_unix(s + strlen(prefix), at);
	if (!colon)
		return "the port is missing, as in 127.0.0.1:PORT or :PORT";
	if (!num_parse(colon + 1, 0, UINT16_MAX, &port))
		return "the port must be a number from 0 to 65535";
	len = colon - s;
	if (len >= sizeof(host))
		return "the address is too long";
	memcpy(host, s, len);
	host[len] = 0;
	if (!len) {
		at->any = true;
		set_v6(at, in6addr_any, 0, port);
		return NULL;
	}
	if (host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = 0;
		return parse_v6(host + 1, port, at);
	}
	if (strchr(host, ':'))
		return "put an IPv6 address in brackets, as in [::1]:PORT";
	if (strcmp(host, "localhost") && inet_pton(AF_INET, host, &v4) != 1)
		return "host names are not resolved: give an address, as in 192.0.2.1:PORT or [2001:db8::1]:PORT";
	set_v4(at, v4, port);
	return NULL;
}

static const char *advice(int err)
{
	switch (err) {
	case EADDRINUSE:
		return "; run `ss -ltnp` to find the program that listens there, or choose another address with --web.listen-address";
	case EACCES:
		return "; ports below 1024 need CAP_NET_BIND_SERVICE";
	case EADDRNOTAVAIL:
		return "; no interface has this address, run `ip address` to list them";
	case EAFNOSUPPORT:
		return "; this kernel is built without this address family";
	default:
		return "";
	}
}

static const char *unix_advice(int err)
{
	switch (err) {
	case EADDRINUSE:
		return "; run `ss -lxp` to find the program that listens there, or choose another path with --web.listen-address";
	case EBUSY:
		return "; the socket there belongs to another user and may be in use: remove it, or choose another path with --web.listen-address";
	case EEXIST:
		return " and is not a socket; v7scope does not remove it: choose another path with --web.listen-address";
	case ENOENT:
	case ENOTDIR:
		return "; create the folder first, or set RuntimeDirectory= in the unit";
	case EACCES:
	case EPERM:
		return "; the user of v7scope must be allowed to create and remove files in the folder";
	default:
		return "";
	}
}

/*
 * Removes a socket file without a listener. Returns 0; or -1 with errno, EADDRINUSE if
 * a program listens, EBUSY if we may not ask, and EEXIST if the file is not a socket.
 */
static int remove_stale(const struct listen_at *at)
{
	struct stat file;
	int fd, ret;

	if (lstat(path_of(at), &file))
		return -1;
	if (!S_ISSOCK(file.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	ret = connect(fd, (const struct sockaddr *)&at->addr, at->len);
	/* A full queue and a socket of another type are answered by a listener, too. */
	if (!ret || errno == EAGAIN || errno == EPROTOTYPE)
		errno = EADDRINUSE;
	else if (errno == EACCES || errno == EPERM)
		errno = EBUSY;
	ret = ret && errno == ECONNREFUSED ? unlink(path_of(at)) : -1;
	close(fd);
	return ret;
}

/* Connecting needs write permission: the owner and the group get it. */
static int bind_unix(int fd, const struct listen_at *at)
{
	const mode_t old = umask(0117);
	int ret;

	ret = bind(fd, (const struct sockaddr *)&at->addr, at->len);
	if (ret && errno == EADDRINUSE && !remove_stale(at))
		ret = bind(fd, (const struct sockaddr *)&at->addr, at->len);
	umask(old);
	return ret;
}

static int bind_any(int fd, const struct listen_at *at)
{
	return is_unix(at) ? bind_unix(fd, at) :
	       bind(fd, (const struct sockaddr *)&at->addr, at->len);
}

/* If @at is any address, the IPv6 socket accepts IPv4 connections, too. */
static int try_open(const struct listen_at *at)
{
	const int yes = 1, only = !at->any;
	int fd, err;

	fd = socket(at->addr.ss_family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
	    (at->addr.ss_family != AF_INET6 ||
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only,
			sizeof(only)) == 0) &&
	    bind_any(fd, at) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

int listen_open(const char *s)
{
	const char *wrong;
	struct listen_at at;
	int fd;

	wrong = listen_parse(s, &at);
	if (wrong) {
		err_print("cannot listen on '%s': %s", s, wrong);
		return -1;
	}
	fd = try_open(&at);
	if (fd < 0 && at.any && errno == EAFNOSUPPORT) {
		const struct in_addr any = { htonl(INADDR_ANY) };
		uint16_t port = ((struct sockaddr_in6 *)&at.addr)->sin6_port;

		set_v4(&at, any, ntohs(port));
		fd = try_open(&at);
	}
	if (fd < 0)
		err_print("cannot listen on '%s': %s%s", s, strerror(errno),
			  is_unix(&at) ? unix_advice(errno) : advice(errno));
	return fd;
}

void listen_remove(const char *s)
{
	struct listen_at at;

	if (!listen_parse(s, &at) && is_unix(&at))
		remove_stale(&at);
}

const char *listen_name(int fd, char buf[LISTEN_NAME])
{
	union {
		struct sockaddr_storage any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} a = { .any.ss_family = AF_UNSPEC };
	socklen_t len = sizeof(a);
	char host[INET6_ADDRSTRLEN];

	if (getsockname(fd, (struct sockaddr *)&a, &len) == 0 &&
	    a.any.ss_family == AF_INET)
		snprintf(buf, LISTEN_NAME, "%s:%u",
			 inet_ntop(AF_INET, &a.in.sin_addr, host, sizeof(host)),
			 ntohs(a.in.sin_port));
	else if (a.any.ss_family == AF_INET6)
		snprintf(buf, LISTEN_NAME, "[%s]:%u",
			 inet_ntop(AF_INET6, &a.in6.sin6_addr, host,
				   sizeof(host)),
			 ntohs(a.in6.sin6_port));
	else if (a.any.ss_family == AF_UNIX)
		/* The kernel does not end the longest path with NUL. */
		snprintf(buf, LISTEN_NAME, "%s%.*s", prefix,
			 (int)sizeof(a.un.sun_path), a.un.sun_path);
	else
		snprintf(buf, LISTEN_NAME, "?");
	return buf;
}

enum { FIRST_FD = 3 };	/* SD_LISTEN_FDS_START of sd_listen_fds(3) */

/* An abstract socket has no permissions, so any process could connect. */
static bool has_path(int fd)
{
	struct sockaddr_un un = { .sun_family = AF_UNSPEC };
	socklen_t len = sizeof(un);

	return !getsockname(fd, (struct sockaddr *)&un, &len) && un.sun_path[0];
}

/* Returns NULL if @fd can be served, else the reason. */
static const char *unfit(int fd)
{
	int type = 0, listens = 0, domain = 0;
	socklen_t size = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size))
		return "not a socket";
	if (type != SOCK_STREAM ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) ||
	    !listens)
		return "not a listening stream socket: set ListenStream= and Accept=no in the unit";
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) ||
	    (domain != AF_INET && domain != AF_INET6 &&
	     (domain != AF_UNIX || !has_path(fd))))
		return "no IPv4 or IPv6 address and no path of a Unix socket: give one in ListenStream=";
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
		return strerror(errno);
	return NULL;
}

int listen_systemd(int fd[LISTEN_MAX])
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint64_t n = 0, whose = 0, i;
	const char *why;
	bool ours;

	ours = pid && fds && num_parse(pid, 1, INT32_MAX, &whose) &&
	       whose == (uint64_t)getpid();
	if (!ours || !num_parse(fds, 1, LISTEN_MAX, &n)) {
		err_print("--web.systemd-socket: systemd passed %s: start the service from a .socket unit",
			  ours ? "an invalid number of sockets (not 1 to 16)"
			       : "no sockets");
		return -1;
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	for (i = 0; i < n; i++) {
		fd[i] = FIRST_FD + i;
		why = unfit(fd[i]);
		if (!why)
			continue;
		err_print("--web.systemd-socket: file descriptor %d: %s", fd[i],
			  why);
		return -1;
	}
	return n;
}

void listen_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	socklen_t len;
	int fd;

	if (!path || (path[0] != '/' && path[0] != '@') ||
	    strlen(path) >= sizeof(to.sun_path))
		return;
	strcpy(to.sun_path, path);
	len = offsetof(struct sockaddr_un, sun_path) + strlen(path);
	/* An abstract socket address begins with a NUL byte. */
	if (path[0] == '@')
		to.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL,
			     (const struct sockaddr *)&to, len) < 0)
		err_warn("cannot send %s to the service manager at %s: %s", state, path,
			 strerror(errno));
	if (fd >= 0)
		close(fd);
}
