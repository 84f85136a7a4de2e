/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Access control by --web.config.file. The file is reloaded when it, or a file that
 * it names, has changed. If the new one is invalid, an error is printed and the
 * previous configuration stays in use. The same happens when TLS or all users are
 * gone: a file that an editor is just writing looks like that. Removing them takes
 * a restart. So do files in folders that access_folders() did not know at the start.
 *
 * Without a file, too, a request must ask for a name of ours, see host.h.
 */
#ifndef V7S_HTTP_ACCESS_H
#define V7S_HTTP_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct access;
struct bufferevent;
struct event_base;
struct evhttp_request;

/**
 * access_new - by the file @path; NULL: allow all
 *
 * @hosts: names under which clients may ask, as host_list_ok() takes them; NULL: only
 * addresses, localhost and the names of the certificate. Returns NULL with an error
 * printed.
 */
struct access *access_new(const char *path, const char *hosts);

/** access_tls - are connections TLS? */
bool access_tls(const struct access *a);

/** access_connect - the connect of struct http_conf */
struct bufferevent *access_connect(struct access *a, struct event_base *base);

/**
 * access_allow - the allow of struct http_conf, for each request
 *
 * Adds the headers of the config. A request that it refuses has been answered: 403
 * for a name that is not ours, 401 without valid credentials, 429 over the rate limit,
 * 503 with too many password checks.
 */
bool access_allow(struct access *a, struct evhttp_request *req);

enum { ACCESS_FOLDERS = 8 };

/**
 * access_folders - the folders of the config and of the files that it names
 *
 * A folder of a link's target is another one. Returns their number; free() each.
 */
size_t access_folders(const struct access *a, char *folder[ACCESS_FOLDERS]);

void access_free(struct access *a);

#endif
