/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Basic authentication against bcrypt hashes, in a process of one thread. */
#ifndef V7S_HTTP_AUTH_H
#define V7S_HTTP_AUTH_H

#include "webconfig.h"

enum {
	AUTH_NAME	= 128,	/* size of a user name, and of a password, with NUL */
	AUTH_HEADER	= 512,	/* longest header accepted, with NUL */
};

/** struct auth_basic - credentials of an Authorization header */
struct auth_basic {
	char user[AUTH_NAME];
	char password[AUTH_NAME];
};

/** auth_parse - parse "Basic BASE64"; false: malformed, or too long */
bool auth_parse(const char *header, struct auth_basic *b);

enum auth_verdict {
	AUTH_YES,
	AUTH_NO,
	AUTH_LATER,	/* not checked: the time for password checks is used up */
};

struct auth;

/**
 * auth_new - check passwords of the users of @c, which must outlive the result
 *
 * Returns NULL with an error printed, for example if a hash takes this machine too
 * long.
 */
struct auth *auth_new(const struct webconfig *c);

/**
 * auth_check - check the credentials of a request
 *
 * @header: the Authorization header, or NULL. @now: CLOCK_MONOTONIC, ns. A password
 * that is not known yet is hashed with bcrypt, which takes as long for an unknown
 * user. Hashing may use half of the time at most; beyond that the answer is
 * AUTH_LATER, and the client may retry.
 */
enum auth_verdict auth_check(struct auth *a, const char *header, uint64_t now);

void auth_free(struct auth *a);

#endif
