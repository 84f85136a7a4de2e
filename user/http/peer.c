// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "peer.h"

struct peer peer_from(const struct sockaddr_storage *any)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)any;
	const unsigned char *six = in6->sin6_addr.s6_addr;
	struct peer p = { .known = true, .local = any->ss_family == AF_UNIX };

	/* An IPv4 address begins with zeroes, like ::/64, which is ours alone. */
	if (any->ss_family == AF_INET)
		memcpy(p.prefix + 4, &((const struct sockaddr_in *)any)->sin_addr, 4);
	else if (any->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		memcpy(p.prefix + 4, six + 12, 4);
	else if (any->ss_family == AF_INET6)
		memcpy(p.prefix, six, IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr) ? 16 : 8);
	else if (!p.local)
		p.known = false;
	return p;
}

struct peer peer_of(int fd)
{
	struct sockaddr_storage any = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(any);

	if (getpeername(fd, (struct sockaddr *)&any, &len))
		return (struct peer){ 0 };
	return peer_from(&any);
}

bool peer_same(const struct peer *a, const struct peer *b)
{
	return a->known == b->known && a->local == b->local &&
	       (!a->known || !memcmp(a->prefix, b->prefix, sizeof(a->prefix)));
}
