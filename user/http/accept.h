/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Content negotiation: choose a media type and a coding by Accept headers. */
#ifndef V7S_HTTP_ACCEPT_H
#define V7S_HTTP_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>

/** struct media - a media type that the server can send */
struct media {
	const char *type, *subtype;
	const char *version;	/* parameter of the type, or NULL */
};

/**
 * accept_choose - the index of the media type that @accept prefers (RFC 9110)
 *
 * The highest q wins; on equal q, the more specific range wins over '*'. Among
 * types that are equal in both, the last wins if the header names them, else the
 * first. A client that accepts none of them, or sends no header (NULL), gets the
 * first.
 */
size_t accept_choose(const char *accept, const struct media *m, size_t n);

/** accept_encoding - does an Accept-Encoding header (or NULL) accept @name? */
bool accept_encoding(const char *accept, const char *name);

#endif
