/* SPDX-License-Identifier: GPL-2.0 */
/* Basic authentication against bcrypt hashes, in a process of one thread. */
#ifndef V7S_HTTP_AUTH_H
#define V7S_HTTP_AUTH_H

#include "webconfig.h"

enum {
	AUTH_NAME	= 128,	/* room for a user's name, and for a password */
	AUTH_HEADER	= 512,	/* a longer header is nobody's */
};

/** struct auth_basic - what an Authorization header holds */
struct auth_basic {
	char user[AUTH_NAME];
	char password[AUTH_NAME];
};

/** auth_parse - "Basic BASE64"; false: is not that, or too long */
bool auth_parse(const char *header, struct auth_basic *b);

enum auth_verdict {
	AUTH_YES,
	AUTH_NO,
	AUTH_LATER,	/* not found out: there were too many to be checked */
};

struct auth;

/**
 * auth_new - with the users of @c, which is to live as long
 *
 * NULL: has said why, such as a hash that takes this machine too long.
 */
struct auth *auth_new(const struct webconfig *c);

/**
 * auth_check - may who sends this header be answered?
 *
 * @header: NULL, there was none. @now: CLOCK_MONOTONIC, ns. A password is hashed
 * when it is seen for the first time, which takes as long whether there is such a
 * user or not, and for half of the time at most: whoever is left out may ask again.
 */
enum auth_verdict auth_check(struct auth *a, const char *header, uint64_t now);

void auth_free(struct auth *a);

#endif
