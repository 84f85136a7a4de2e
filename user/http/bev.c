// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <event2/bufferevent.h>

#include "bev.h"

/*
 * libevent 2.1 has no callback for the end of a connection that never had a
 * request, and no way to read a reference count. But its HTTP server keeps an
 * event callback set for as long as it owns the bufferevent, and
 * bufferevent_free() clears all callbacks before it drops its reference. So a
 * bufferevent without an event callback belongs to us alone.
 */
bool bev_released(struct bufferevent *bev)
{
	bufferevent_event_cb event;

	bufferevent_getcb(bev, NULL, NULL, &event, NULL);
	return !event;
}
