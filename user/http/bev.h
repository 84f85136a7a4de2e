/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* A connection's bufferevent, shared with libevent's HTTP server. */
#ifndef V7S_HTTP_BEV_H
#define V7S_HTTP_BEV_H

#include <stdbool.h>

struct bufferevent;

/** bev_released - has libevent closed it, so that the caller's reference is the last? */
bool bev_released(struct bufferevent *bev);

#endif
