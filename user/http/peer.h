/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The address of a client, for limits that hold for each address. */
#ifndef V7S_HTTP_PEER_H
#define V7S_HTTP_PEER_H

#include <stdbool.h>

struct sockaddr_storage;

/**
 * struct peer - an IPv4 address, or the network of an IPv6 address
 *
 * A host chooses the last 64 bits of its IPv6 addresses as it likes. But all hosts of
 * a link have the network of link-local addresses, so these count as a whole. All
 * clients of Unix sockets are one.
 */
struct peer {
	bool known;
	bool local;	/* a client of a Unix socket */
	unsigned char prefix[16];
};

/** peer_from - of an address; not known if it is neither IPv4, IPv6 nor Unix */
struct peer peer_from(const struct sockaddr_storage *any);

/** peer_of - of the other end of the connection @fd; not known if there is none */
struct peer peer_of(int fd);

/** peer_same - are both known and equal, or both unknown? */
bool peer_same(const struct peer *a, const struct peer *b);

#endif
