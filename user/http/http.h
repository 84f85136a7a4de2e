/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small HTTP server on libevent's: what it answers is a table of paths, and
 * nothing that a client does makes it take more than it was given.
 */
#ifndef V7S_HTTP_H
#define V7S_HTTP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

struct bufferevent;
struct event_base;
struct evhttp_request;
struct http;

/** struct http_path - a path, as it stands in the request: nothing is decoded */
struct http_path {
	const char *path;
	/** @answer: a GET or HEAD, with http_reply(), now or later */
	void (*answer)(struct evhttp_request *req, void *arg);
};

struct http_conf {
	const struct http_path *paths;
	size_t npaths;
	void *arg;		/* of all functions here */
	/**
	 * @allow: may this be answered? If not, it has answered itself. NULL:
	 * everything may.
	 */
	bool (*allow)(struct evhttp_request *req, void *arg);
	/**
	 * @connect: what a new connection is read and written with; made with
	 * BEV_OPT_CLOSE_ON_FREE, and no file descriptor yet. NULL: plain TCP.
	 */
	struct bufferevent *(*connect)(struct event_base *base, void *arg);
};

/** http_new - a server that listens nowhere yet; NULL: has said why */
struct http *http_new(const struct http_conf *conf);

/** http_listen - at a socket that listens; it is the server's from then on */
int http_listen(struct http *h, int fd);

/**
 * http_start - take as many connections as there are file descriptors for
 *
 * To be called when all that the process has open otherwise is open. Returns -1
 * if there are too few for any, having said so.
 */
int http_start(struct http *h);

/**
 * http_poll - as poll(2) without a timeout, and serve meanwhile
 *
 * @fds are those that the first call had; only POLLIN is waited for, and
 * revents is not set: any of them may be ready. -1: see errno.
 */
int http_poll(struct http *h, struct pollfd *fds, nfds_t n);

void http_free(struct http *h);

/**
 * http_reply - answer a request
 *
 * @text is given away, to free(), if it is @owned; else it is to stay as it is.
 * Headers may have been added before.
 */
void http_reply(struct evhttp_request *req, int status, const char *type,
		const char *text, size_t len, bool owned);

/**
 * http_reply_text - answer a request with a text, in gzip if its client takes that
 *
 * @text is given away, to free(). Where there is no memory to pack it, it goes as it is.
 */
void http_reply_text(struct evhttp_request *req, const char *type, char *text,
		     size_t len);

/** http_header - of the request, NULL if there is none of that name */
const char *http_header(struct evhttp_request *req, const char *name);

/** http_add_header - to the answer, unless it has one of that name */
void http_add_header(struct evhttp_request *req, const char *name,
		     const char *value);

/** http_is_head - nothing but the headers of the answer are wanted */
bool http_is_head(struct evhttp_request *req);

/** http_endless - this request is being answered for as long as its client likes */
void http_endless(struct http *h, struct evhttp_request *req);

/** http_drop - hang up on a client, in the middle of its answer */
void http_drop(struct evhttp_request *req);

#endif
