/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who may talk to us, and how: what --web.config.file says. It is read again when it
 * or a file that it names has changed; what is wrong with it then is told, and
 * what was there before goes on. So it does if TLS or all users are gone from it,
 * which an editor that is writing it looks like: for that we are started anew.
 */
#ifndef V7S_HTTP_ACCESS_H
#define V7S_HTTP_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

struct access;
struct bufferevent;
struct event_base;
struct evhttp_request;

/** access_new - by the file @path, NULL: by none; NULL: has said why not */
struct access *access_new(const char *path);

/** access_tls - is it TLS that is spoken? */
bool access_tls(const struct access *a);

/** access_connect - the connect of struct http_conf */
struct bufferevent *access_connect(struct access *a, struct event_base *base);

/**
 * access_allow - the allow of struct http_conf, for each request
 *
 * Adds the headers that the config wants. What it does not let through it has
 * answered: 401, 429 over the rate limit, 503 while too many passwords are checked.
 */
bool access_allow(struct access *a, struct evhttp_request *req);

void access_free(struct access *a);

#endif
