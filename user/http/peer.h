/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The address of a client, for limits that hold for each address. */
#ifndef V7S_HTTP_PEER_H
#define V7S_HTTP_PEER_H

#include <stdbool.h>

/**
 * struct peer - an IPv4 address, or the network of an IPv6 address
 *
 * A host chooses the last 64 bits of its IPv6 addresses as it likes.
 */
struct peer {
	bool known;
	unsigned char prefix[8];
};

/** peer_of - of the other end of the connection @fd; not known if there is none */
struct peer peer_of(int fd);

/** peer_same - are both known and equal, or both unknown? */
bool peer_same(const struct peer *a, const struct peer *b);

#endif
