/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Names under which clients may ask for this server. A web page of another site can
 * point a name of its own at our address (DNS rebinding); the browser then lets that
 * page read our answers. But the browser's Host header still has the page's name.
 */
#ifndef V7S_HTTP_HOST_H
#define V7S_HTTP_HOST_H

#include <stdbool.h>

enum { HOST_NAME = 256 };	/* size of a name, with NUL */

/**
 * host_name - the name in a Host header, in lower case, without port and brackets
 *
 * Also removes the dot that ends a full name, and an interface (%eth0). False: the
 * header is malformed.
 */
bool host_name(const char *header, char name[HOST_NAME]);

/** host_is_fixed - an IP address or localhost, which nobody can point elsewhere? */
bool host_is_fixed(const char *name);

/** host_list_ok - is @list NAME[,NAME]..., where NAME is a name, *.NAME or * ? */
bool host_list_ok(const char *list);

/** host_in_list - is @name in @list (or NULL)? *.NAME has all names below NAME */
bool host_in_list(const char *name, const char *list);

#endif
