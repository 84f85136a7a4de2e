/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Server-sent events: one stream, in several forms of its states. */
#ifndef V7S_HTTP_SSE_H
#define V7S_HTTP_SSE_H

#include <stdbool.h>
#include <stddef.h>

struct evhttp_request;
struct http;

/**
 * sse_open - answer @req with the stream; false: too many clients, answered 503
 * @form: which form of the states this client gets
 */
bool sse_open(struct http *h, struct evhttp_request *req, unsigned int form);

/** sse_listeners - has the stream any client of this form? -1: of any form */
bool sse_listeners(int form);

/**
 * sse_state - send an event that supersedes the last one of its name
 *
 * @data is one line. A client with unread data does not get this event; after ten
 * seconds of unread data its connection is closed. @req: the only client to send to;
 * NULL: all of this @form.
 */
void sse_state(struct evhttp_request *req, unsigned int form, const char *name,
	       const char *data);

/** sse_event - send an event to all clients with less than 64 KiB of unread data */
void sse_event(const char *name, const char *data);

#endif
