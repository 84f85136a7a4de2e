// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <zlib.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format.h"
#include "lib/util.h"
#include "accept.h"
#include "bev.h"
#include "http.h"
#include "peer.h"

enum {
	CONNECTIONS	= 64,
	LISTENERS	= 16,
	OWN_FDS		= 4,
	/* File descriptors kept free for files opened while answering. */
	RESERVE		= 6,
	FILES		= 2,	/* downloads at a time */
	FEWEST		= 2,	/* connections; with fewer, do not start */

	MAX_HEADERS	= 8 << 10,
	MAX_BODY	= 4 << 10,	/* read, and then refused */
	/* Larger than any request; limits the input during an endless answer. */
	MAX_UNREAD	= 32 << 10,
	/* Unread bytes of a client kept by the kernel, which defaults to megabytes. */
	SEND_BUFFER	= 128 << 10,
};

/* Timeouts of the states, in ns; those of libevent concern single reads only. */
enum state { IDLE, READING, ANSWERING, ENDLESS, ENDED, STATES };

static const uint64_t patience[STATES] = {
	[IDLE]		= 300 * SECOND,	/* between the scrapes of a slow Prometheus */
	[READING]	= 10 * SECOND,
	[ANSWERING]	= 60 * SECOND,
	[ENDED]		= 60 * SECOND,
};

/*
 * libevent does not report the end of a connection that never had a request. So
 * we hold a reference to each bufferevent, and sweep() asks bev_released().
 */
struct connection {
	struct bufferevent *bev;	/* NULL: free */
	enum state state;
	uint64_t since;
	struct peer peer;
};

struct http {
	struct http_conf conf;
	struct event_base *base;
	struct evhttp *evhttp;
	struct evconnlistener *listener[LISTENERS];
	unsigned int listeners;
	struct event *own[OWN_FDS];
	struct connection connection[CONNECTIONS];
	unsigned int connections, max;
	uint64_t closed_at;	/* ns, when accepting stopped; 0: accepting */
};

/* Global, as libevent passes the error callback an argument of its own. */
static bool accept_failed;

static void enter(struct connection *c, enum state state)
{
	c->state = state;
	c->since = clock_now();
}

/* Makes close() send a reset: the kernel then keeps no unsent data of this client. */
static void forget_output(struct bufferevent *bev)
{
	const struct linger none = { .l_onoff = 1 };

	if (evbuffer_get_length(bufferevent_get_output(bev)))
		setsockopt(bufferevent_getfd(bev), SOL_SOCKET, SO_LINGER, &none,
			   sizeof(none));
}

/* After shutdown() libevent reads an end of file, and closes the connection. */
static void hang_up(struct connection *c)
{
	forget_output(c->bev);
	shutdown(bufferevent_getfd(c->bev), SHUT_RDWR);
	enter(c, ENDED);
}

/* Unknown while libevent has not yet passed the socket to the bufferevent. */
static void learn_peer(struct connection *c)
{
	const int fd = bufferevent_getfd(c->bev), size = SEND_BUFFER;

	if (c->peer.known || fd < 0)
		return;
	c->peer = peer_of(fd);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static unsigned int count_of(const struct http *h, const struct peer *peer)
{
	const struct connection *c;
	unsigned int n = 0;

	for (c = h->connection; c < h->connection + CONNECTIONS; c++)
		n += c->bev && c->state != ENDED && peer_same(&c->peer, peer);
	return n;
}

static void close_doors(struct http *h)
{
	unsigned int i;

	for (i = 0; i < h->listeners; i++)
		evconnlistener_disable(h->listener[i]);
	h->closed_at = clock_now();
}

static void open_doors(struct http *h)
{
	unsigned int i;

	for (i = 0; i < h->listeners; i++)
		evconnlistener_enable(h->listener[i]);
	h->closed_at = 0;
}

/*
 * The order in which clients lose their places: first one that has not taken its answer
 * for a second, then an idle one, then a slow one. A new client always gets a second to ask,
 * and a fifth of a second to take the answer.
 */
enum rank { STUCK, UNUSED, SLOW, LATE, KEPT };

static enum rank rank(const struct connection *c, uint64_t t)
{
	const uint64_t age = t - c->since;

	switch (c->state) {
	case ANSWERING:
		return age >= SECOND ? STUCK : age >= SECOND / 5 ? SLOW : KEPT;
	case IDLE:
		return UNUSED;
	case READING:
		return age >= SECOND ? LATE : KEPT;
	default:
		return KEPT;
	}
}

static bool goes_before(const struct connection *a, const struct connection *b,
			uint64_t t)
{
	const enum rank x = rank(a, t), y = rank(b, t);

	return x < y || (x == y && a->since < b->since);
}

/* Closes a connection of @peer. False: all of them are kept. */
static bool hurry_peer(struct http *h, const struct peer *peer)
{
	struct connection *c, *first = NULL;
	const uint64_t t = clock_now();

	for (c = h->connection; c < h->connection + CONNECTIONS; c++)
		if (c->bev && peer_same(&c->peer, peer) && rank(c, t) < KEPT &&
		    (!first || goes_before(c, first, t)))
			first = c;
	if (first)
		hang_up(first);
	return first;
}

/*
 * Makes room: the address with the most connections gives one up. No address can
 * take the places of others, and clients that never finish cannot keep others out.
 */
static void hurry(struct http *h)
{
	const struct connection *c, *busiest = NULL;
	unsigned int n, most = 0;

	for (c = h->connection; c < h->connection + CONNECTIONS; c++) {
		if (!c->bev || c->state >= ENDLESS)
			continue;
		n = count_of(h, &c->peer);
		if (n > most) {
			most = n;
			busiest = c;
		}
	}
	if (busiest)
		hurry_peer(h, &busiest->peer);
}

/* A quarter of the places is kept for clients of other addresses. */
static bool keep_places(struct http *h)
{
	const unsigned int cap = h->max - h->max / 4;
	const struct connection *c;
	bool closed = false;

	for (c = h->connection; c < h->connection + CONNECTIONS; c++)
		while (c->bev && count_of(h, &c->peer) > cap &&
		       hurry_peer(h, &c->peer))
			closed = true;
	return closed;
}

/* Called after each turn of the event loop. */
static void sweep(struct http *h)
{
	struct connection *c;
	uint64_t t = clock_now();
	bool room = false, ending = false;

	for (c = h->connection; c < h->connection + CONNECTIONS; c++) {
		if (!c->bev)
			continue;
		learn_peer(c);
		if (bev_released(c->bev)) {
			bufferevent_decref(c->bev);
			c->bev = NULL;
			h->connections--;
			room = true;
			continue;
		}
		if (patience[c->state] && t - c->since >= patience[c->state])
			hang_up(c);
		ending |= c->state == ENDED;
	}
	ending |= keep_places(h);
	if (accept_failed) {
		accept_failed = false;
		close_doors(h);
		hurry(h);
	} else if (h->closed_at && h->connections < h->max &&
		   (room || t - h->closed_at >= SECOND)) {
		open_doors(h);
	} else if (h->closed_at && (!ending || t - h->closed_at >= SECOND)) {
		/* No connection is about to end, or none has: close one more. */
		h->closed_at = t;
		hurry(h);
	}
}

static void first_bytes(struct evbuffer *input,
			const struct evbuffer_cb_info *info, void *arg)
{
	struct connection *c = arg;

	(void)input;
	if (info->n_added && c->state == IDLE)
		enter(c, READING);
}

static struct bufferevent *connected(struct event_base *base, void *arg)
{
	struct http *h = arg;
	struct connection *c = h->connection;
	struct bufferevent *bev;

	bev = h->conf.connect ? h->conf.connect(base, h->conf.arg) :
	      bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!bev)
		return NULL;
	bufferevent_setwatermark(bev, EV_READ, 0, MAX_UNREAD);
	/* A free slot exists: accepting stops when all are in use. */
	while (c->bev)
		c++;
	c->bev = bev;
	enter(c, READING);
	c->peer.known = false;
	bufferevent_incref(bev);
	evbuffer_add_cb(bufferevent_get_input(bev), first_bytes, c);
	if (++h->connections == h->max)
		close_doors(h);
	return bev;
}

/* NULL: connected() failed, and libevent created a bufferevent of its own. */
static struct connection *of_request(struct http *h, struct evhttp_request *req)
{
	struct evhttp_connection *evcon = evhttp_request_get_connection(req);
	struct bufferevent *bev = evhttp_connection_get_bufferevent(evcon);
	struct connection *c;

	for (c = h->connection; c < h->connection + CONNECTIONS; c++)
		if (c->bev == bev)
			return c;
	return NULL;
}

/* After a CONNECT libevent would keep the connection open and read on. */
static void answered(struct evhttp_request *req, void *arg)
{
	struct connection *c = of_request(arg, req);

	if (evhttp_request_get_command(req) == EVHTTP_REQ_CONNECT) {
		evbuffer_drain(bufferevent_get_input(c->bev), -1);
		hang_up(c);
	} else {
		enter(c, IDLE);
	}
}

static void refuse(struct evhttp_request *req, int status, const char *why)
{
	http_reply(req, status, "text/plain; charset=utf-8", why, strlen(why),
		   false);
}

/*
 * Parsed strictly, so that a proxy and this server never disagree about the end of a
 * request: one with a body or a malformed header is refused, and its connection
 * closed.
 */
static bool is_plain(struct evhttp_request *req)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const struct evkeyvalq *headers = evhttp_request_get_input_headers(req);
	const struct evkeyval *h;
	unsigned int lengths = 0, hosts = 0;

	TAILQ_FOREACH(h, headers, next) {
		if (!*h->key || h->key[strspn(h->key, token)] ||
		    !strcasecmp(h->key, "Transfer-Encoding"))
			return false;
		if (!strcasecmp(h->key, "Content-Length") &&
		    (lengths++ || strcmp(h->value, "0")))
			return false;
		if (!strcasecmp(h->key, "Host") && hosts++)
			return false;
	}
	return true;
}

static void dispatch(struct evhttp_request *req, void *arg)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = evhttp_uri_get_path(uri);
	enum evhttp_cmd_type method = evhttp_request_get_command(req);
	struct http *h = arg;
	const struct http_path *p, *found = NULL;
	struct connection *c = of_request(h, req);
	const bool plain = is_plain(req);

	/* Not made by @connect, so perhaps without TLS: never answer. */
	if (!c) {
		http_drop(req);
		return;
	}
	enter(c, ANSWERING);
	evhttp_request_set_on_complete_cb(req, answered, h);
	/*
	 * libevent answers all pipelined requests at once, for seconds, while other
	 * clients wait. Scrapers and browsers do not pipeline.
	 */
	if (!plain || evbuffer_get_length(bufferevent_get_input(c->bev)))
		http_add_header(req, "Connection", "close");
	for (p = h->conf.paths; p < h->conf.paths + h->conf.npaths; p++)
		if (path && !strcmp(p->path, path))
			found = p;
	if (h->conf.allow && !h->conf.allow(req, h->conf.arg))
		return;
	if (!plain) {
		refuse(req, HTTP_BADREQUEST, "a request with a body, Transfer-Encoding, two Host headers or a malformed header is not accepted\n");
	} else if (!found) {
		refuse(req, HTTP_NOTFOUND, "not found\n");
	} else if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD) {
		http_add_header(req, "Allow", "GET, HEAD");
		refuse(req, HTTP_BADMETHOD, "only GET and HEAD are allowed\n");
	} else {
		found->answer(req, h->conf.arg);
	}
}

static void failed(struct evconnlistener *l, void *arg)
{
	(void)l;
	(void)arg;
	accept_failed = true;
}

/* Warnings are left out: clients can trigger them. */
static void log_event(int severity, const char *text)
{
	if (severity >= EVENT_LOG_ERR)
		err_print("libevent: %s", text);
}

struct http *http_new(const struct http_conf *conf)
{
	struct http *h = calloc(1, sizeof(*h));

	event_set_log_callback(log_event);
	if (h) {
		h->conf = *conf;
		h->max = CONNECTIONS;
		h->base = event_base_new();
	}
	if (h && h->base)
		h->evhttp = evhttp_new(h->base);
	if (!h || !h->evhttp) {
		err_print("cannot create the HTTP server: %s", strerror(errno));
		http_free(h);
		return NULL;
	}
	evhttp_set_allowed_methods(h->evhttp, EVHTTP_REQ_GET |
		EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
		EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE |
		EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH);
	evhttp_set_max_headers_size(h->evhttp, MAX_HEADERS);
	evhttp_set_max_body_size(h->evhttp, MAX_BODY);
	evhttp_set_bevcb(h->evhttp, connected, h);
	evhttp_set_gencb(h->evhttp, dispatch, h);
	return h;
}

int http_listen(struct http *h, int fd)
{
	const int yes = 1;
	struct evconnlistener *l = NULL;

	/* Accepted sockets inherit it: small writes are sent at once. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	if (h->listeners < LISTENERS)
		l = evconnlistener_new(h->base, NULL, NULL,
				       LEV_OPT_CLOSE_ON_FREE |
				       LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!l || !evhttp_bind_listener(h->evhttp, l)) {
		err_print("cannot add a listening socket: more than %d, or out of memory", LISTENERS);
		close(fd);
		return -1;
	}
	evconnlistener_set_error_cb(l, failed);
	h->listener[h->listeners++] = l;
	return 0;
}

int http_start(struct http *h)
{
	struct rlimit files;
	int next = dup(STDERR_FILENO), room = -1;

	/* The lowest free file descriptor, which the next connection would get. */
	if (next >= 0 && !getrlimit(RLIMIT_NOFILE, &files))
		room = files.rlim_cur < (rlim_t)next + CONNECTIONS + RESERVE ?
		       (int)files.rlim_cur - next - RESERVE : CONNECTIONS;
	if (next >= 0)
		close(next);
	if (room < FEWEST) {
		err_print("too few file descriptors are left for connections: raise the limit with `ulimit -n` or LimitNOFILE=");
		return -1;
	}
	h->max = room;
	return 0;
}

static void nothing(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

int http_poll(struct http *h, struct pollfd *fds, nfds_t n)
{
	nfds_t i;

	for (i = 0; i < n && i < OWN_FDS; i++) {
		if (h->own[i] || fds[i].fd < 0 || !(fds[i].events & POLLIN))
			continue;
		h->own[i] = event_new(h->base, fds[i].fd, EV_READ | EV_PERSIST,
				      nothing, NULL);
		if (!h->own[i] || event_add(h->own[i], NULL))
			return -1;
	}
	if (event_base_loop(h->base, EVLOOP_ONCE))
		return -1;
	sweep(h);
	return 0;
}

void http_free(struct http *h)
{
	struct connection *c;
	int i;

	if (!h)
		return;
	for (i = 0; i < OWN_FDS; i++)
		if (h->own[i])
			event_free(h->own[i]);
	if (h->evhttp)
		evhttp_free(h->evhttp);
	for (c = h->connection; c < h->connection + CONNECTIONS; c++)
		if (c->bev)
			bufferevent_decref(c->bev);
	if (h->base)
		event_base_free(h->base);
	free(h);
}

/* A file on its way to a client */
struct download {
	bool busy;
	struct peer peer;
};

static void release(const void *data, size_t len, void *arg)
{
	struct download *d = arg;

	(void)len;
	free((void *)data);
	if (d)
		d->busy = false;
}

/* @d is busy until the text is sent; NULL: nobody waits for that. */
static void reply(struct evhttp_request *req, int status, const char *type,
		  const char *text, size_t len, bool owned, struct download *d)
{
	struct evbuffer *body = evhttp_request_get_output_buffer(req);
	char length[24];

	http_add_header(req, "Content-Type", type);
	http_add_header(req, "X-Content-Type-Options", "nosniff");
	/* libevent omits Content-Length for an empty body. */
	snprintf(length, sizeof(length), "%zu", len);
	http_add_header(req, "Content-Length", length);
	if (!http_is_head(req) &&
	    !evbuffer_add_reference(body, text, len, owned ? release : NULL, d))
		owned = false;
	if (owned)
		release(text, len, d);
	evhttp_send_reply(req, status, NULL, NULL);
}

void http_reply(struct evhttp_request *req, int status, const char *type,
		const char *text, size_t len, bool owned)
{
	reply(req, status, type, text, len, owned, NULL);
}

void http_reply_file(struct evhttp_request *req, const char *type,
		     const char *name, char *(*make)(size_t *len))
{
	static const char busy[] = "other clients, or this one, are downloading it: try again\n";
	static const char failed[] = "out of memory\n";
	static struct download downloads[FILES];
	struct download *d, *place = NULL;
	const struct peer peer = http_peer(req);
	char disposition[128], *bytes;
	size_t len;

	for (d = downloads; d < downloads + FILES; d++) {
		if (!d->busy) {
			place = d;
			continue;
		}
		if (!peer_same(&d->peer, &peer))
			continue;
		place = NULL;
		break;
	}
	if (!place) {
		http_add_header(req, "Retry-After", "1");
		http_reply(req, 503, "text/plain; charset=utf-8", busy,
			   strlen(busy), false);
		return;
	}
	if (http_is_head(req)) {
		http_reply(req, 200, type, "", 0, false);
		return;
	}
	bytes = make(&len);
	if (!bytes) {
		http_reply(req, 500, "text/plain; charset=utf-8", failed,
			   strlen(failed), false);
		return;
	}
	snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s\"",
		 name);
	http_add_header(req, "Content-Disposition", disposition);
	http_add_header(req, "Cache-Control", "no-store");
	*place = (struct download){ .busy = true, .peer = peer };
	reply(req, 200, type, bytes, len, true, place);
}

/* Returns gzipped @text, for free(), and its length in @len; NULL: out of memory. */
static char *pack(const char *text, size_t *len)
{
	enum { WINDOW = 13, GZIP = 16, MEMORY = 6 };	/* zlib: 64 KiB */
	z_stream z = { .next_in = (Bytef *)text, .avail_in = *len };
	char *packed, *fitting = NULL;

	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, WINDOW + GZIP, MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	z.avail_out = deflateBound(&z, *len);
	packed = malloc(z.avail_out);
	z.next_out = (Bytef *)packed;
	if (packed && deflate(&z, Z_FINISH) == Z_STREAM_END) {
		/* A slow client may hold the memory for long. */
		fitting = realloc(packed, z.total_out);
	}
	if (fitting)
		*len = z.total_out;
	else
		free(packed);
	deflateEnd(&z);
	return fitting;
}

void http_reply_text(struct evhttp_request *req, const char *type, char *text,
		     size_t len)
{
	char *packed = NULL;

	if (accept_encoding(http_header(req, "Accept-Encoding"), "gzip"))
		packed = pack(text, &len);
	if (packed) {
		free(text);
		text = packed;
		http_add_header(req, "Content-Encoding", "gzip");
	}
	http_add_header(req, "Vary", "Accept-Encoding");
	http_reply(req, 200, type, text, len, true);
}

const char *http_header(struct evhttp_request *req, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(req), name);
}

bool http_needs_host(const struct evhttp_request *req)
{
	return req->major > 1 || (req->major == 1 && req->minor > 0);
}

/* libevent also takes a path that begins with two slashes for a host. */
const char *http_target_host(struct evhttp_request *req)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);

	return evhttp_uri_get_scheme(uri) ? evhttp_uri_get_host(uri) : NULL;
}

const char *http_query(struct evhttp_request *req)
{
	return evhttp_uri_get_query(evhttp_request_get_evhttp_uri(req));
}

void http_add_header(struct evhttp_request *req, const char *name,
		     const char *value)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(req);

	if (!evhttp_find_header(headers, name))
		evhttp_add_header(headers, name, value);
}

struct peer http_peer(struct evhttp_request *req)
{
	struct evhttp_connection *evcon = evhttp_request_get_connection(req);

	return peer_of(bufferevent_getfd(evhttp_connection_get_bufferevent(evcon)));
}

bool http_is_head(struct evhttp_request *req)
{
	return evhttp_request_get_command(req) == EVHTTP_REQ_HEAD;
}

void http_endless(struct http *h, struct evhttp_request *req)
{
	enter(of_request(h, req), ENDLESS);
}

void http_drop(struct evhttp_request *req)
{
	struct evhttp_connection *evcon = evhttp_request_get_connection(req);

	forget_output(evhttp_connection_get_bufferevent(evcon));
	evhttp_connection_free(evcon);
}
