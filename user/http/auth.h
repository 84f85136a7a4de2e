/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Basic authentication against bcrypt hashes, in a process of one thread. */
#ifndef V7S_HTTP_AUTH_H
#define V7S_HTTP_AUTH_H

#include "peer.h"
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
	AUTH_LATER,	/* not checked: too many passwords, or too many of this address */
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
 * @header: the Authorization header, or NULL. @from: the client's address. @now:
 * CLOCK_MONOTONIC, ns. A password is hashed with bcrypt unless its user has given it
 * at this address before. Hashing takes as long for an unknown user. It may use half
 * of the time at most, and the wrong passwords of one address an eighth; beyond that
 * the answer is AUTH_LATER, and the client may retry in *@later ns. The last wrong
 * password of an address is wrong again at once: nobody waits for it.
 */
enum auth_verdict auth_check(struct auth *a, const char *header,
			     const struct peer *from, uint64_t now,
			     uint64_t *later);

/**
 * auth_inherit - what @old knows, for a reloaded configuration
 *
 * Users whose name and hash are the same stay known. Addresses wait as long as before.
 */
void auth_inherit(struct auth *a, const struct auth *old);

void auth_free(struct auth *a);

#endif
