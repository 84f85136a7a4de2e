/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Numbers and text as bytes, the same on all machines: little-endian, or seven
 * bits per byte, the lowest first, with the eighth set if more follow (varint).
 */
#ifndef V7S_LIB_VARINT_H
#define V7S_LIB_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { WIRE_VARINT_MAX = 10 };	/* bytes */

/* Writers return the end of the output; the caller provides the room. */
static inline uint8_t *wire_put(uint8_t *p, uint64_t n, unsigned int bytes)
{
	while (bytes--) {
		*p++ = n;
		n >>= 8;
	}
	return p;
}

static inline uint8_t *varint_put(uint8_t *p, uint64_t n)
{
	while (n > 0x7f) {
		*p++ = n | 0x80;
		n >>= 7;
	}
	*p++ = n;
	return p;
}

/* Small values of both signs are short. */
static inline uint8_t *wire_put_signed(uint8_t *p, int64_t n)
{
	return varint_put(p, (uint64_t)n << 1 ^ (n < 0 ? UINT64_MAX : 0));
}

/* Write the length, up to @max bytes of text, and a 0. */
static inline uint8_t *wire_put_text(uint8_t *p, const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	p = varint_put(p, n);
	memcpy(p, s, n);
	p[n] = 0;
	return p + n + 1;
}

/** struct wire - input; missing bytes read as 0 and set @bad */
struct wire {
	const uint8_t *at, *end;
	bool bad;
};

static inline uint64_t wire_get(struct wire *w, unsigned int bytes)
{
	uint64_t n = 0;
	unsigned int i;

	if ((size_t)(w->end - w->at) < bytes) {
		w->bad = true;
		return 0;
	}
	for (i = 0; i < bytes; i++)
		n |= (uint64_t)w->at[i] << 8 * i;
	w->at += bytes;
	return n;
}

static inline uint64_t varint_get(struct wire *w)
{
	unsigned int shift = 0;
	uint64_t n = 0;
	uint8_t byte;

	do {
		if (w->at == w->end || shift > 63) {
			w->bad = true;
			return 0;
		}
		byte = *w->at++;
		n |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return n;
}

static inline int64_t wire_get_signed(struct wire *w)
{
	uint64_t n = varint_get(w);

	return (int64_t)(n >> 1 ^ (n & 1 ? UINT64_MAX : 0));
}

/* Points into the input; "" if there is no text. */
static inline const char *wire_get_text(struct wire *w)
{
	uint64_t n = varint_get(w);
	const char *s = (const char *)w->at;

	if (w->bad || n >= (size_t)(w->end - w->at) || s[n]) {
		w->bad = true;
		return "";
	}
	w->at += n + 1;
	return s;
}

#endif
