/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* TLS as the web config demands it. */
#ifndef V7S_HTTP_TLS_H
#define V7S_HTTP_TLS_H

#include "webconfig.h"

struct bufferevent;
struct event_base;
struct tls;

/** tls_new - load keys and certificates; NULL with an error printed */
struct tls *tls_new(const struct webconfig *c);

/** tls_is_named - is @host a name of the certificate? */
bool tls_is_named(const struct tls *t, const char *host);

/** tls_accept - bufferevent of a connection not yet accepted; NULL: out of memory */
struct bufferevent *tls_accept(struct tls *t, struct event_base *base);

/** tls_free - existing connections keep the context they began with */
void tls_free(struct tls *t);

#endif
