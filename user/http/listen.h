/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets that are listened on: by address, or handed over by systemd. */
#ifndef V7S_HTTP_LISTEN_H
#define V7S_HTTP_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum {
	LISTEN_MAX	= 16,	/* sockets */
	LISTEN_NAME	= 80,	/* room for what one is called */
};

/** struct listen_at - where to listen */
struct listen_at {
	struct sockaddr_storage addr;
	socklen_t len;
	bool any;		/* no host was named: IPv4 and IPv6 */
};

/**
 * listen_parse - HOST:PORT, [HOST]:PORT or :PORT
 *
 * HOST is an address or "localhost": nothing is resolved. Port 0 is any that is
 * free. Returns NULL, or what is wrong with @s.
 */
const char *listen_parse(const char *s, struct listen_at *at);

/** listen_open - a socket that listens there; -1: has said why not */
int listen_open(const char *s);

/** listen_name - where @fd listens, as listen_parse() takes it */
const char *listen_name(int fd, char buf[LISTEN_NAME]);

/**
 * listen_systemd - the sockets that systemd opened for us, by its protocol
 *
 * sd_listen_fds(3) describes it. Returns their number; -1: has said why there are
 * none that could be used.
 */
int listen_systemd(int fd[LISTEN_MAX]);

/**
 * listen_notify - tell the service manager of our state, see sd_notify(3)
 *
 * Does nothing where nobody wants to know. @state like "READY=1".
 */
void listen_notify(const char *state);

#endif
