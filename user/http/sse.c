// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>

#include "lib/clock.h"
#include "lib/util.h"
#include "http.h"
#include "peer.h"
#include "sse.h"

enum {
	CLIENTS		= 16,
	/* Limit for one address: the rest is kept for others. */
	CLIENTS_OF_PEER	= 12,
	PATIENCE	= 10,		/* seconds */
	/* Unread bytes of a client, above which it loses events. */
	MAX_PENDING	= 64 << 10,
	/* Unread bytes kept by the kernel, which defaults to megabytes. */
	SEND_BUFFER	= 128 << 10,
};

/* Static: a process serves one stream. */
static struct client {
	struct evhttp_request *req;	/* NULL: free */
	struct peer peer;
	unsigned int form;
	uint64_t behind;		/* ns, start of unread data; 0: none */
} clients[CLIENTS];

static struct bufferevent *bev_of(struct evhttp_request *req)
{
	return evhttp_connection_get_bufferevent(
		evhttp_request_get_connection(req));
}

static size_t pending(struct evhttp_request *req)
{
	return evbuffer_get_length(bufferevent_get_output(bev_of(req)));
}

/* Without a connection the request is ours to free, else libevent frees it. */
static void closed(struct evhttp_connection *evcon, void *arg)
{
	struct client *c = arg;

	(void)evcon;
	if (c->req && !evhttp_request_get_connection(c->req))
		evhttp_request_free(c->req);
	c->req = NULL;
}

bool sse_open(struct http *h, struct evhttp_request *req, unsigned int form)
{
	static const char full[] = "too many clients of the stream, try again later\n";
	const int size = SEND_BUFFER;
	const struct peer peer = http_peer(req);
	struct client *c, *unused = NULL;
	unsigned int n = 0;

	for (c = clients; c < clients + CLIENTS; c++) {
		if (c->req)
			n += peer_same(&c->peer, &peer);
		else
			unused = c;
	}
	c = unused;
	if (!c || n >= CLIENTS_OF_PEER) {
		http_add_header(req, "Retry-After", "30");
		http_reply(req, HTTP_SERVUNAVAIL, "text/plain; charset=utf-8",
			   full, strlen(full), false);
		return false;
	}
	c->req = req;
	c->peer = peer;
	c->form = form;
	c->behind = 0;
	evhttp_connection_set_closecb(evhttp_request_get_connection(req),
				      closed, c);
	setsockopt(bufferevent_getfd(bev_of(req)), SOL_SOCKET, SO_SNDBUF, &size,
		   sizeof(size));
	http_endless(h, req);
	http_add_header(req, "Content-Type", "text/event-stream");
	http_add_header(req, "Cache-Control", "no-store");
	/* nginx would keep the end of an event until the next one comes. */
	http_add_header(req, "X-Accel-Buffering", "no");
	evhttp_send_reply_start(req, HTTP_OK, "OK");
	return true;
}

bool sse_listeners(int form)
{
	const struct client *c;

	for (c = clients; c < clients + CLIENTS; c++)
		if (c->req && (form < 0 || c->form == (unsigned int)form))
			return true;
	return false;
}

/* All clients share the same bytes. */
static void send_to(struct evhttp_request *req, struct evbuffer *event)
{
	struct evbuffer *chunk = evbuffer_new();

	if (chunk && !evbuffer_add_buffer_reference(chunk, event))
		evhttp_send_reply_chunk(req, chunk);
	if (chunk)
		evbuffer_free(chunk);
}

static struct evbuffer *event_of(const char *name, const char *data)
{
	struct evbuffer *event = evbuffer_new();

	if (event)
		evbuffer_add_printf(event, "event: %s\ndata: %s\n\n", name,
				    data);
	return event;
}

void sse_state(struct evhttp_request *req, unsigned int form, const char *name,
	       const char *data)
{
	struct evbuffer *event = event_of(name, data);
	struct client *c;

	for (c = clients; event && c < clients + CLIENTS; c++) {
		if (!c->req || (req ? c->req != req : c->form != form))
			continue;
		/* At the first event the headers are still pending. */
		if (req || !pending(c->req)) {
			c->behind = 0;
			send_to(c->req, event);
		} else if (!c->behind) {
			c->behind = clock_now();
		} else if (clock_now() - c->behind >= PATIENCE * SECOND) {
			http_drop(c->req);
		}
	}
	if (event)
		evbuffer_free(event);
}

void sse_event(const char *name, const char *data)
{
	struct evbuffer *event = event_of(name, data);
	struct client *c;

	for (c = clients; event && c < clients + CLIENTS; c++)
		if (c->req && pending(c->req) < MAX_PENDING)
			send_to(c->req, event);
	if (event)
		evbuffer_free(event);
}
