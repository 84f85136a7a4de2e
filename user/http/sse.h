/* SPDX-License-Identifier: GPL-2.0 */
/* Server-sent events: one stream of them, to all who asked for it. */
#ifndef V7S_HTTP_SSE_H
#define V7S_HTTP_SSE_H

#include <stdbool.h>
#include <stddef.h>

struct evhttp_request;
struct http;

/** sse_open - answer a request by all events from now on, if there is room */
bool sse_open(struct http *h, struct evhttp_request *req);

/** sse_listeners - does anybody listen */
bool sse_listeners(void);

/**
 * sse_state - send an event that supersedes the last one of its name
 *
 * @data is a line. Who has not read the last one yet does not get this one, and
 * who has not for ten seconds is hung up on. @req: nobody but this one; NULL: all.
 */
void sse_state(struct evhttp_request *req, const char *name, const char *data);

/** sse_event - send an event that stands for itself, as far as there is room */
void sse_event(const char *name, const char *data);

#endif
