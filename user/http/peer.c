// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "peer.h"

struct peer peer_of(int fd)
{
	union {
		struct sockaddr_storage any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} a = { .any.ss_family = AF_UNSPEC };
	socklen_t len = sizeof(a);
	struct peer p = { 0 };

	if (getpeername(fd, (struct sockaddr *)&a, &len))
		return p;
	p.known = true;
	/* An IPv4 address begins with zeroes, like ::/64, which is ours alone. */
	if (a.any.ss_family == AF_INET)
		memcpy(p.prefix + 4, &a.in.sin_addr, 4);
	else if (a.any.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a.in6.sin6_addr))
		memcpy(p.prefix + 4, a.in6.sin6_addr.s6_addr + 12, 4);
	else if (a.any.ss_family == AF_INET6)
		memcpy(p.prefix, a.in6.sin6_addr.s6_addr, 8);
	return p;
}

bool peer_same(const struct peer *a, const struct peer *b)
{
	return a->known == b->known &&
	       (!a->known || !memcmp(a->prefix, b->prefix, sizeof(a->prefix)));
}
