/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * The file of --web.config.file, in the format that Prometheus' exporters share:
 * TLS, headers, users, rate limit. A setting that this server cannot honour is an
 * error.
 */
#ifndef V7S_HTTP_WEBCONFIG_H
#define V7S_HTTP_WEBCONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct web_text - a value and its line number; line 0: absent */
struct web_text {
	const char *s;
	unsigned int line;
};

struct web_list {
	struct web_text *item;
	size_t n;
};

/** struct web_pem - certificates or a key, in a file or in the config itself */
struct web_pem {
	struct web_text file, text;
};

/* Client certificates; the names are from Go's crypto/tls. */
enum web_client_auth {
	WEB_NO_CERT,
	WEB_REQUEST,		/* request one, ignore it */
	WEB_REQUIRE_ANY,	/* signature not verified */
	WEB_VERIFY_IF_GIVEN,
	WEB_REQUIRE_AND_VERIFY,
};

enum { WEB_TLS12 = 12, WEB_TLS13 = 13 };

struct web_tls {
	unsigned int line;	/* 0: no TLS */
	struct web_pem cert, key, client_ca;
	int client_auth;	/* enum web_client_auth */
	struct web_list client_sans;
	int min_version, max_version;
	bool prefer_server;
	/* IANA names of cipher suites, Go names of curves. */
	struct web_list ciphers, curves;
};

struct web_user {
	struct web_text name, hash;
	unsigned int cost;	/* bcrypt: 2^cost rounds */
};

enum { WEB_HEADERS = 5 };

struct webconfig {
	const char *path;
	struct web_tls tls;
	/* Sent with each answer; s is NULL: not sent. */
	struct web_text header[WEB_HEADERS];
	struct web_user *user;
	size_t users;		/* 0: no authentication */
	uint64_t rate_interval;	/* ns between requests; 0: no limit */
	uint64_t rate_burst;
};

extern const char *const webconfig_headers[WEB_HEADERS];

/** webconfig_load - read a file; NULL with FILE:LINE and the error printed */
struct webconfig *webconfig_load(const char *path);

/** webconfig_parse - as webconfig_load(), from @size bytes of @text */
struct webconfig *webconfig_parse(const char *path, const char *text,
				  size_t size);

void webconfig_free(struct webconfig *c);

/**
 * webconfig_read - contents of a file, for free(); NULL with errno set
 *
 * A relative @name starts from the folder of the config. A NUL byte follows the
 * @size bytes.
 */
char *webconfig_read(const struct webconfig *c, const char *name, size_t *size);

/** webconfig_path - the path that webconfig_read() opens for @name */
const char *webconfig_path(const struct webconfig *c, const char *name,
			   char *buf, size_t size);

#endif
