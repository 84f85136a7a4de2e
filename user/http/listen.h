/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Listening sockets: opened by address, or passed by systemd. */
#ifndef V7S_HTTP_LISTEN_H
#define V7S_HTTP_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum {
	LISTEN_MAX	= 16,	/* sockets */
	LISTEN_NAME	= 120,	/* size of a name, see listen_name() */
};

/** struct listen_at - where to listen */
struct listen_at {
	struct sockaddr_storage addr;
	socklen_t len;
	bool any;		/* no host, or [::]: IPv4 and IPv6 */
};

/**
 * listen_parse - HOST:PORT, [HOST]:PORT, :PORT or unix:/PATH
 *
 * HOST is an address or "localhost"; names are not resolved. Port 0 is any free
 * port. Returns NULL, or the error in @s.
 */
const char *listen_parse(const char *s, struct listen_at *at);

/**
 * listen_open - open a listening socket; -1 with an error printed
 *
 * The file of a Unix socket has mode 0660. It replaces a socket file without a
 * listener, as a killed server leaves it, and no other file.
 */
int listen_open(const char *s);

/**
 * listen_remove - remove the file of a Unix socket that is closed
 *
 * Does nothing for other addresses, and if a program listens there. The sandbox
 * forbids it; then the file stays, and the next listen_open() replaces it.
 */
void listen_remove(const char *s);

/** listen_name - the address of @fd, in the format of listen_parse() */
const char *listen_name(int fd, char buf[LISTEN_NAME]);

/**
 * listen_systemd - take the sockets that systemd passed, see sd_listen_fds(3)
 *
 * Returns their number; -1, with an error printed, if there are none or one of them
 * is unusable.
 */
int listen_systemd(int fd[LISTEN_MAX]);

/**
 * listen_notify - send @state, such as "READY=1", to the service manager
 *
 * See sd_notify(3). Does nothing without NOTIFY_SOCKET.
 */
void listen_notify(const char *state);

#endif
