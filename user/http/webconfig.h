/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file of --web.config.file, in the format that Prometheus' exporters share:
 * TLS, headers, users. Whatever in it could not be honoured is refused.
 */
#ifndef V7S_HTTP_WEBCONFIG_H
#define V7S_HTTP_WEBCONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct web_text - a value, and the line that it is in; 0: is not there */
struct web_text {
	const char *s;
	unsigned int line;
};

struct web_list {
	struct web_text *item;
	size_t n;
};

/** struct web_pem - certificates or a key: in a file, or in the config itself */
struct web_pem {
	struct web_text file, text;
};

/* How much of a client's certificate is asked for; Go's crypto/tls names them. */
enum web_client_auth {
	WEB_NO_CERT,
	WEB_REQUEST,		/* asked for, and ignored */
	WEB_REQUIRE_ANY,	/* whoever signed it */
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
	/* IANA's names of cipher suites, Go's of curves. */
	struct web_list ciphers, curves;
};

struct web_user {
	struct web_text name, hash;
	unsigned int cost;	/* of bcrypt: 2^cost rounds */
};

enum { WEB_HEADERS = 5 };

struct webconfig {
	const char *path;
	struct web_tls tls;
	/* Sent with each answer; NULL: not. */
	struct web_text header[WEB_HEADERS];
	struct web_user *user;
	size_t users;		/* 0: whoever asks is answered */
	uint64_t rate_interval;	/* ns from a request to the next; 0: no limit */
	uint64_t rate_burst;
};

extern const char *const webconfig_headers[WEB_HEADERS];

/** webconfig_load - read it; NULL: has said what is wrong, as FILE:LINE */
struct webconfig *webconfig_load(const char *path);

/** webconfig_parse - the same of the @size bytes of @text */
struct webconfig *webconfig_parse(const char *path, const char *text,
				  size_t size);

void webconfig_free(struct webconfig *c);

/**
 * webconfig_read - what is in a file, to be freed; NULL: cannot, see errno
 *
 * A relative @name starts from the folder of the config. A byte of zero follows
 * the @size bytes.
 */
char *webconfig_read(const struct webconfig *c, const char *name, size_t *size);

/** webconfig_path - @name as webconfig_read() opens it */
const char *webconfig_path(const struct webconfig *c, const char *name,
			   char *buf, size_t size);

#endif
