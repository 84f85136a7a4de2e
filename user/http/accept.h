/* SPDX-License-Identifier: GPL-2.0 */
/* Which of several forms a client is to get, by its Accept header. */
#ifndef V7S_HTTP_ACCEPT_H
#define V7S_HTTP_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>

/** struct media - a form, as an Accept header names it */
struct media {
	const char *type, *subtype;
	const char *version;	/* NULL: has none */
};

/**
 * accept_choose - the index of the one that @accept likes best (RFC 9110)
 *
 * Of equals the one that it names rather than means by '*', of equals in that the
 * last for what is named, the first for what is not. Who likes none of them, or
 * says nothing (NULL), gets the first.
 */
size_t accept_choose(const char *accept, const struct media *m, size_t n);

/** accept_encoding - does an Accept-Encoding header (or NULL) name this one */
bool accept_encoding(const char *accept, const char *name);

#endif
