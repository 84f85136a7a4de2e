/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * A small HTTP server on top of libevent's: a table of paths, and fixed limits on
 * the memory, connections and time that clients can use.
 */
#ifndef V7S_HTTP_H
#define V7S_HTTP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "peer.h"

struct bufferevent;
struct event_base;
struct evhttp_request;
struct http;

/** struct http_path - a path, compared with the request's without decoding */
struct http_path {
	const char *path;
	/** @answer: answers a GET or HEAD with http_reply(), now or later */
	void (*answer)(struct evhttp_request *req, void *arg);
};

struct http_conf {
	const struct http_path *paths;
	size_t npaths;
	void *arg;		/* passed to all callbacks */
	/**
	 * @allow: may this request be answered? If not, @allow has answered it.
	 * NULL: every request may.
	 */
	bool (*allow)(struct evhttp_request *req, void *arg);
	/**
	 * @connect: creates the bufferevent of a new connection, with
	 * BEV_OPT_CLOSE_ON_FREE and no file descriptor. NULL: plain TCP.
	 */
	struct bufferevent *(*connect)(struct event_base *base, void *arg);
};

/** http_new - a server without listening sockets; NULL with an error printed */
struct http *http_new(const struct http_conf *conf);

/** http_listen - accept connections of the listening socket @fd, and own it */
int http_listen(struct http *h, int fd);

/**
 * http_start - set the limit of connections by the free file descriptors
 *
 * Call it after the process has opened everything else. Returns -1, with an error
 * printed, if too few file descriptors are left.
 */
int http_start(struct http *h);

/**
 * http_poll - like poll(2) without a timeout, serving clients meanwhile
 *
 * @fds must be the same in every call. Only POLLIN is waited for, and revents is not
 * set: any of @fds may be ready. Returns -1 with errno set.
 */
int http_poll(struct http *h, struct pollfd *fds, nfds_t n);

void http_free(struct http *h);

/**
 * http_reply - answer a request
 *
 * If @owned, @text is freed afterwards; else it must stay unchanged until the answer
 * is sent. Headers added before are kept.
 */
void http_reply(struct evhttp_request *req, int status, const char *type,
		const char *text, size_t len, bool owned);

/**
 * http_reply_text - answer with a text, gzipped if the client accepts gzip
 *
 * @text is freed afterwards. Without memory for gzip it is sent uncompressed.
 */
void http_reply_text(struct evhttp_request *req, const char *type, char *text,
		     size_t len);

/**
 * http_reply_file - answer with bytes to be saved as a file, uncompressed
 *
 * @make makes the bytes, which are freed afterwards; NULL: answered with status 500. A
 * file may be large and its client slow, so at most two are sent at a time, to different
 * addresses; further requests are answered with status 503, before @make is called.
 */
void http_reply_file(struct evhttp_request *req, const char *type,
		     const char *name, char *(*make)(size_t *len));

/** http_header - value of a request header, NULL if absent */
const char *http_header(struct evhttp_request *req, const char *name);

/** http_needs_host - true since HTTP/1.1, which requires the Host header */
bool http_needs_host(const struct evhttp_request *req);

/** http_target_host - the host in the request's first line, NULL if absent */
const char *http_target_host(struct evhttp_request *req);

/** http_query - what follows the '?' in the request's path, not decoded; or NULL */
const char *http_query(struct evhttp_request *req);

/** http_add_header - add a header to the answer, unless already present */
void http_add_header(struct evhttp_request *req, const char *name,
		     const char *value);

/** http_peer - the address of the client */
struct peer http_peer(struct evhttp_request *req);

/** http_is_head - is this a HEAD request? */
bool http_is_head(struct evhttp_request *req);

/** http_endless - the answer to @req is a stream: no timeout for its connection */
void http_endless(struct http *h, struct evhttp_request *req);

/** http_drop - close the connection of a request, even in the middle of the answer */
void http_drop(struct evhttp_request *req);

#endif
