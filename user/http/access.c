// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <event2/bufferevent.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format.h"
#include "lib/util.h"
#include "access.h"
#include "auth.h"
#include "host.h"
#include "http.h"
#include "tls.h"
#include "webconfig.h"

enum { FILES = 4 };	/* the config, and three files that it can name */

/* Identity of a file at the last load, to detect changes. */
struct mark {
	uint64_t dev, ino, size, changed, changed_ns;
};

struct rules {
	struct mark mark[FILES];	/* taken before the files were read */
	struct webconfig *config;
	struct tls *tls;	/* NULL: none */
	struct auth *auth;	/* NULL: none */
};

struct access {
	const char *path;	/* NULL: everything is allowed */
	const char *hosts;	/* of the command line; NULL: none */
	uint64_t host_told;	/* ns, time of the last message about a host; 0: never */
	struct rules rules;
	struct mark mark[FILES];	/* at the last attempt to load */
	uint64_t looked;	/* ns, time of the last look at the files */
	uint64_t paid_until;	/* ns, see within_rate() */
};

static void drop(struct rules *r)
{
	auth_free(r->auth);
	tls_free(r->tls);
	webconfig_free(r->config);
	memset(r, 0, sizeof(*r));
}

static struct mark mark(const char *path)
{
	struct mark m;
	struct stat st;

	memset(&m, 0, sizeof(m));
	if (stat(path, &st))
		return m;
	m.dev = st.st_dev;
	m.ino = st.st_ino;
	m.size = st.st_size;
	m.changed = st.st_ctim.tv_sec;
	m.changed_ns = st.st_ctim.tv_nsec;
	return m;
}

static void mark_named(const struct webconfig *c, struct mark m[FILES - 1])
{
	const char *const names[FILES - 1] = {
		c->tls.cert.file.s, c->tls.key.file.s, c->tls.client_ca.file.s
	};
	char path[PATH_MAX];
	size_t i;

	memset(m, 0, (FILES - 1) * sizeof(*m));
	for (i = 0; i < FILES - 1; i++)
		if (names[i])
			m[i] = mark(webconfig_path(c, names[i], path,
						   sizeof(path)));
}

static int load(const char *path, struct rules *r)
{
	memset(r, 0, sizeof(*r));
	r->mark[0] = mark(path);
	r->config = webconfig_load(path);
	if (!r->config)
		return -1;
	mark_named(r->config, r->mark + 1);
	if (r->config->tls.line) {
		r->tls = tls_new(r->config);
		if (!r->tls)
			goto fail;
	}
	if (r->config->users) {
		r->auth = auth_new(r->config);
		if (!r->auth)
			goto fail;
	}
	return 0;
fail:
	drop(r);
	return -1;
}

static const char *opens(const struct rules *old, const struct rules *new)
{
	if (old->tls && !new->tls)
		return "TLS is";
	if (old->auth && !new->auth)
		return "the users are";
	return NULL;
}

/* Called for each request and connection; looks at most once a second. */
static void look(struct access *a)
{
	struct mark m[FILES];
	struct rules new;
	const char *gone;

	if (!a->path || clock_now() - a->looked < SECOND)
		return;
	a->looked = clock_now();
	m[0] = mark(a->path);
	mark_named(a->rules.config, m + 1);
	if (!memcmp(m, a->mark, sizeof(m)))
		return;
	/* An invalid file is reported once, not at each look. */
	memcpy(a->mark, m, sizeof(m));
	if (load(a->path, &new)) {
		err_warn("%s: not loaded, the previous configuration stays in use", a->path);
		return;
	}
	gone = opens(&a->rules, &new);
	if (gone) {
		err_warn("%s: %s gone: restart v7scope to apply this; the previous configuration stays in use", a->path, gone);
		drop(&new);
		return;
	}
	if (a->rules.auth && new.auth)
		auth_inherit(new.auth, a->rules.auth);
	drop(&a->rules);
	a->rules = new;
	/* The new config may name other files. */
	memcpy(a->mark, new.mark, sizeof(a->mark));
	err_info("%s: reloaded", a->path);
}

struct access *access_new(const char *path, const char *hosts)
{
	struct access *a = calloc(1, sizeof(*a));

	if (!a) {
		err_print("out of memory");
		return NULL;
	}
	a->hosts = hosts;
	if (!path)
		return a;
	if (load(path, &a->rules)) {
		free(a);
		return NULL;
	}
	a->path = path;
	memcpy(a->mark, a->rules.mark, sizeof(a->mark));
	return a;
}

bool access_tls(const struct access *a)
{
	return a->rules.tls;
}

struct bufferevent *access_connect(struct access *a, struct event_base *base)
{
	look(a);
	return a->rules.tls ? tls_accept(a->rules.tls, base) :
	       bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
}

/*
 * A token bucket, kept as the time at which it will be full again: each request
 * moves this time on by one interval, and may not move it further than a burst
 * from now. Returns the ns until a request is allowed; 0: this one is.
 */
static uint64_t rate_wait(struct access *a, uint64_t t)
{
	const struct webconfig *c = a->rules.config;
	uint64_t burst;

	if (!c->rate_interval)
		return 0;
	if (a->paid_until < t)
		a->paid_until = t;
	burst = (c->rate_burst - 1) * c->rate_interval;
	if (a->paid_until - t > burst)
		return a->paid_until - t - burst;
	a->paid_until += c->rate_interval;
	return 0;
}

static bool refuse(struct evhttp_request *req, int status, const char *name,
		   const char *value, const char *text)
{
	if (name)
		http_add_header(req, name, value);
	http_reply(req, status, "text/plain; charset=utf-8", text, strlen(text),
		   false);
	return false;
}

static bool is_ours(const struct access *a, const char *name)
{
	return host_is_fixed(name) || host_in_list(name, a->hosts) ||
	       (a->rules.tls && tls_is_named(a->rules.tls, name));
}

static bool refuse_host(struct access *a, struct evhttp_request *req, const char *name)
{
	uint64_t t = clock_now();
	char *text;

	if (asprintf(&text, "host '%s' is not allowed: ask for an IP address of this server, or start serve with --web.allowed-hosts %s\n", name, name) < 0)
		return refuse(req, 403, NULL, NULL, "host is not allowed\n");
	/* Clients can cause this message, so it is printed at most once a minute. */
	if (!a->host_told || t - a->host_told >= 60 * SECOND) {
		err_warn("refused a request: %.*s", (int)strlen(text) - 1, text);
		a->host_told = t;
	}
	http_reply(req, 403, "text/plain; charset=utf-8", text, strlen(text), true);
	return false;
}

/*
 * Clients of HTTP/1.0 may omit the Host header. Only DNS rebinding makes a name
 * suspicious, and no name leads a browser to a Unix socket.
 */
static bool allow_host(struct access *a, struct evhttp_request *req)
{
	const char *const asked[] = { http_target_host(req), http_header(req, "Host") };
	const bool local = http_peer(req).local;
	char name[HOST_NAME];
	size_t i;

	if (!asked[1] && http_needs_host(req))
		return refuse(req, 400, NULL, NULL, "HTTP/1.1 requires the Host header\n");
	for (i = 0; i < ARRAY_SIZE(asked); i++) {
		if (!asked[i])
			continue;
		if (!host_name(asked[i], name))
			return refuse(req, 400, NULL, NULL, "the Host header is malformed\n");
		if (!local && !is_ours(a, name))
			return refuse_host(a, req, name);
	}
	return true;
}

/* @wait: ns until the client may ask again */
static bool refuse_yet(struct evhttp_request *req, int status, uint64_t wait,
		       const char *text)
{
	char seconds[24];

	snprintf(seconds, sizeof(seconds), "%" PRIu64,
		 (wait + SECOND - 1) / SECOND);
	return refuse(req, status, "Retry-After", seconds, text);
}

bool access_allow(struct access *a, struct evhttp_request *req)
{
	const struct rules *r = &a->rules;
	uint64_t t = clock_now(), later;
	struct peer from;
	size_t i;

	look(a);
	for (i = 0; a->path && i < WEB_HEADERS; i++)
		if (r->config->header[i].s)
			http_add_header(req, webconfig_headers[i],
					r->config->header[i].s);
	if (!allow_host(a, req))
		return false;
	if (!a->path)
		return true;
	later = rate_wait(a, t);
	if (later)
		return refuse_yet(req, 429, later, "rate limit exceeded\n");
	if (!r->auth)
		return true;
	from = http_peer(req);
	switch (auth_check(r->auth, http_header(req, "Authorization"), &from, t,
			   &later)) {
	case AUTH_YES:
		return true;
	case AUTH_LATER:
		return refuse_yet(req, 503, later,
				  "too many password checks, try again\n");
	default:
		return refuse(req, 401, "WWW-Authenticate",
			      "Basic realm=\"v7scope\", charset=\"UTF-8\"",
			      "unauthorized\n");
	}
}

static size_t add_folder(char *path, char **folder, size_t n)
{
	char *slash = path ? strrchr(path, '/') : NULL;

	if (slash)
		slash[slash == path] = 0;
	if (!path)
		return n;
	folder[n] = slash ? path : strdup(".");
	if (!slash)
		free(path);
	return folder[n] ? n + 1 : n;
}

size_t access_folders(const struct access *a, char *folder[ACCESS_FOLDERS])
{
	const struct webconfig *c = a->rules.config;
	const char *names[FILES];
	char path[PATH_MAX];
	size_t i, n = 0;

	if (!a->path)
		return 0;
	names[0] = a->path;
	names[1] = c->tls.cert.file.s;
	names[2] = c->tls.key.file.s;
	names[3] = c->tls.client_ca.file.s;
	for (i = 0; i < FILES; i++) {
		if (!names[i])
			continue;
		if (i)
			webconfig_path(c, names[i], path, sizeof(path));
		else
			snprintf(path, sizeof(path), "%s", a->path);
		n = add_folder(strdup(path), folder, n);
		n = add_folder(realpath(path, NULL), folder, n);
	}
	return n;
}

void access_free(struct access *a)
{
	if (!a)
		return;
	drop(&a->rules);
	free(a);
}
