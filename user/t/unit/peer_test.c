// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "http/peer.h"
#include "lib/util.h"

static struct peer at(const char *address)
{
	struct sockaddr_storage any = { .ss_family = AF_INET6 };

	if (inet_pton(AF_INET6, address, &((struct sockaddr_in6 *)&any)->sin6_addr) == 1)
		return peer_from(&any);
	any.ss_family = AF_INET;
	assert_int_equal(inet_pton(AF_INET, address, &((struct sockaddr_in *)&any)->sin_addr), 1);
	return peer_from(&any);
}

static void limits(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} tests[] = {
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "192.0.2.1", "::ffff:192.0.2.1", true },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.2", false },
		{ "192.0.2.1", "::1", false },
		/* A network of 64 bits */
		{ "2001:db8::1", "2001:db8::ffff:2", true },
		{ "2001:db8::1", "2001:db8:0:1::1", false },
		/* Every host of a link has the network fe80::/64. */
		{ "fe80::1", "fe80::1", true },
		{ "fe80::1", "fe80::2", false },
		{ "febf::1", "febf::2", false },
		{ "fec0::1", "fec0::2", true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		const struct peer a = at(tests[i].a), b = at(tests[i].b);

		assert_true(a.known && b.known);
		if (peer_same(&a, &b) != tests[i].same)
			fail_msg("%s and %s: the same, or not", tests[i].a, tests[i].b);
	}
}

static void unknown(void **state)
{
	const struct sockaddr_storage other = { .ss_family = AF_PACKET };
	const struct peer none = peer_from(&other), known = at("192.0.2.1");

	(void)state;
	assert_false(none.known);
	assert_false(peer_of(-1).known);
	assert_false(peer_same(&none, &known));
	assert_true(peer_same(&none, &none));
}

/* All clients of Unix sockets are one, and no client of the network is like them. */
static void local(void **state)
{
	const struct sockaddr_storage any = { .ss_family = AF_UNIX };
	const struct peer a = peer_from(&any), b = peer_from(&any);
	const struct peer none = { 0 }, zero = at("0.0.0.0"), six = at("::");

	(void)state;
	assert_true(a.known && a.local);
	assert_false(at("127.0.0.1").local || at("::1").local);
	assert_true(peer_same(&a, &b));
	assert_false(peer_same(&a, &none) || peer_same(&a, &zero) || peer_same(&a, &six));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits),
		cmocka_unit_test(unknown),
		cmocka_unit_test(local),
	};

	return cmocka_run_group_tests_name("peer", tests, NULL, NULL);
}
