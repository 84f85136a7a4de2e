/* SPDX-License-Identifier: GPL-2.0 */
/* TLS as the web config wants it. */
#ifndef V7S_HTTP_TLS_H
#define V7S_HTTP_TLS_H

#include "webconfig.h"

struct bufferevent;
struct event_base;
struct tls;

/** tls_new - NULL: has said what is wrong with keys, certificates, names */
struct tls *tls_new(const struct webconfig *c);

/** tls_accept - a connection to be, of a server; NULL: out of memory */
struct bufferevent *tls_accept(struct tls *t, struct event_base *base);

/** tls_free - those connections that there are go on by what they began with */
void tls_free(struct tls *t);

#endif
