// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "unpack.h"

enum { WINDOW = 15, GZIP = 16, TRAILER = 4 };

void *unpack(const unsigned char *packed, size_t packed_len, size_t *len)
{
	z_stream z = { .next_in = (Bytef *)packed, .avail_in = packed_len };
	const unsigned char *end = packed + packed_len;
	uint32_t size;
	void *data;

	*len = 0;
	if (packed_len < TRAILER)
		return NULL;
	size = end[-4] | end[-3] << 8 | end[-2] << 16 | (uint32_t)end[-1] << 24;
	data = malloc(size ? size : 1);
	if (!data || inflateInit2(&z, WINDOW + GZIP) != Z_OK) {
		free(data);
		return NULL;
	}
	z.next_out = data;
	z.avail_out = size;
	if (inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == size) {
		*len = size;
	} else {
		free(data);
		data = NULL;
	}
	inflateEnd(&z);
	return data;
}
