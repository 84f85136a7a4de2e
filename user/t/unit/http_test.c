// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/http.h>

#include "http/http.h"
#include "http/listen.h"

static unsigned int asked;

static void answer(struct evhttp_request *req, void *arg)
{
	(void)arg;
	asked++;
	http_reply(req, 200, "text/plain", "secret", 6, false);
}

/* As TLS does when there is no memory for one more session. */
static struct bufferevent *no_connection(struct event_base *base, void *arg)
{
	(void)base;
	(void)arg;
	return NULL;
}

/* Responses to requests, from a server in the same process. */
static ssize_t get(const struct http_conf *conf, char *to, size_t size)
{
	static const char request[] = "GET / HTTP/1.0\r\n\r\n";
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);
	int fd = listen_open("127.0.0.1:0"), client, turns;
	struct http *h = http_new(conf);
	ssize_t n = -1;

	assert_true(fd >= 0 && h);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(http_listen(h, fd), 0);
	assert_int_equal(http_start(h), 0);
	client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(client, (struct sockaddr *)&at, len), 0);
	assert_int_equal(write(client, request, sizeof(request) - 1),
			 sizeof(request) - 1);
	/* Each turn waits for something, and there is something in each. */
	for (turns = 0; n < 0 && turns < 10; turns++) {
		assert_int_equal(http_poll(h, NULL, 0), 0);
		n = recv(client, to, size, MSG_DONTWAIT);
	}
	close(client);
	http_free(h);
	return n;
}

static const struct http_path paths[] = { { .path = "/", .answer = answer } };

static void answers(void **state)
{
	const struct http_conf conf = { .paths = paths, .npaths = 1 };
	char text[512] = "";

	(void)state;
	asked = 0;
	assert_true(get(&conf, text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "\r\n\r\nsecret"));
	assert_int_equal(asked, 1);
}

/* libevent would go on in plain text. */
static void does_without(void **state)
{
	const struct http_conf conf = {
		.paths = paths, .npaths = 1, .connect = no_connection,
	};
	char text[512] = "";

	(void)state;
	asked = 0;
	assert_true(get(&conf, text, sizeof(text) - 1) <= 0);
	assert_int_equal(asked, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(does_without),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
