// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Replaces the C library's resolver. libevent can connect to servers by name, which
 * v7scope never does. The resolver is larger than all of libevent, and in a static
 * program it needs shared libraries that a board may not have.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>

int getaddrinfo(const char *node, const char *service,
		const struct addrinfo *hints, struct addrinfo **res)
{
	(void)node;
	(void)service;
	(void)hints;
	(void)res;
	return EAI_FAIL;
}

void freeaddrinfo(struct addrinfo *res)
{
	(void)res;
}

struct servent *getservbyname(const char *name, const char *proto)
{
	(void)name;
	(void)proto;
	return NULL;
}

struct protoent *getprotobynumber(int proto)
{
	(void)proto;
	return NULL;
}

/* The peer's address in numbers; libevent asks for it at each connection. */
int getnameinfo(const struct sockaddr *sa, socklen_t len, char *host,
		socklen_t hostlen, char *serv, socklen_t servlen, int flags)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
	bool v4 = sa->sa_family == AF_INET;

	(void)len;
	(void)flags;
	/* The clients of a Unix socket have no address. */
	if (sa->sa_family == AF_UNIX) {
		snprintf(host, hostlen, "unix");
		snprintf(serv, servlen, "0");
		return 0;
	}
	if ((!v4 && sa->sa_family != AF_INET6) ||
	    !inet_ntop(sa->sa_family, v4 ? (const void *)&in->sin_addr
					 : &in6->sin6_addr, host, hostlen))
		return EAI_FAMILY;
	snprintf(serv, servlen, "%u", ntohs(v4 ? in->sin_port
					       : in6->sin6_port));
	return 0;
}
