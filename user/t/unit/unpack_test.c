// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "lib/unpack.h"

static unsigned char text[100000], packed[sizeof(text)];

static size_t pack(size_t len)
{
	z_stream z = { .next_in = text, .avail_in = len,
		       .next_out = packed, .avail_out = sizeof(packed) };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8,
				      Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

static void comes_back(void **state)
{
	static const size_t lens[] = { 0, 1, 65535, 65536, sizeof(text) };
	size_t i, len;
	void *data;

	(void)state;
	for (i = 0; i < sizeof(text); i++)
		text[i] = i * i / 7;
	for (i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		data = unpack(packed, pack(lens[i]), &len);
		assert_non_null(data);
		assert_int_equal(len, lens[i]);
		assert_memory_equal(data, text, len);
		free(data);
	}
}

/* Each of these is refused, and nothing is read or written outside of the buffers. */
static void damage_is_refused(void **state)
{
	size_t whole = pack(5000), i, len;

	(void)state;
	for (i = 0; i < whole; i++)
		assert_null(unpack(packed, i, &len));
	packed[whole - 4]++;
	assert_null(unpack(packed, whole, &len));
	assert_int_equal(len, 0);
	packed[whole - 4] -= 2;
	assert_null(unpack(packed, whole, &len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(damage_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
