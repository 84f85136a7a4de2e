// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * The wire format of protobuf, the texts that packets intern, and the lifetimes of many
 * page tables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "lib/protobuf.h"
#include "lib/varint.h"
#include "output/perfetto.h"
#include "output/perfetto_packet.h"
#include "source/source.h"

static void writes(void **state)
{
	static const uint8_t wanted[] = {
		0x08, 0x96, 0x01,			/* 1: 150 */
		0x12, 0x07,				/* 2: a message */
		0x1a, 0x05, 'h', 'e', 'l', 'l', 'o',	/* 3: a text */
		0xf9, 0x02, 1, 2, 3, 4, 5, 6, 7, 8,	/* 47: eight bytes */
		0xf0, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0x01,					/* 30: -1 */
	};
	uint8_t out[64];
	struct protobuf b = { .at = out, .end = out + sizeof(out) };
	uint8_t *message;

	(void)state;
	protobuf_varint(&b, 1, 150);
	message = protobuf_open(&b, 2);
	protobuf_text(&b, 3, "hello");
	protobuf_close(&b, message);
	protobuf_fixed64(&b, 47, 0x0807060504030201);
	protobuf_varint(&b, 30, -1);
	assert_false(b.full);
	assert_int_equal(b.at - out, sizeof(wanted));
	assert_memory_equal(out, wanted, sizeof(wanted));
}

/* Lengths of one, two and three bytes, in a message within a message. */
static void nests(void **state)
{
	static const size_t sizes[] = { 0, 100, 126, 127, 128, 16380, 16384, 20000 };
	static char text[20000], out[20100];
	unsigned int i;

	(void)state;
	memset(text, 'x', sizeof(text));
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct protobuf b = { .at = (uint8_t *)out,
			.end = (uint8_t *)out + sizeof(out) };
		uint8_t *outer = protobuf_open(&b, 1);
		uint8_t *inner = protobuf_open(&b, 1);
		struct wire w = { .at = (uint8_t *)out };

		protobuf_bytes(&b, 1, text, sizes[i]);
		protobuf_close(&b, inner);
		protobuf_close(&b, outer);
		assert_false(b.full);
		w.end = b.at;
		while (w.at < b.at - sizes[i]) {
			uint64_t length;

			assert_int_equal(varint_get(&w), 1 << 3 | 2);
			length = varint_get(&w);
			assert_int_equal(length, b.at - w.at);
		}
		assert_false(w.bad);
		assert_ptr_equal(w.at, b.at - sizes[i]);
		assert_memory_equal(w.at, text, sizes[i]);
	}
}

/* Each limit of the buffer: nothing is written behind it. */
static void is_full(void **state)
{
	uint8_t out[200];
	size_t room;

	(void)state;
	for (room = 0; room < 150; room++) {
		struct protobuf b = { .at = out, .end = out + room };
		uint8_t *message;

		memset(out, 0xee, sizeof(out));
		message = protobuf_open(&b, 1);
		protobuf_text(&b, 2, "0123456789012345678901234567890123456789");
		protobuf_fixed64(&b, 3, 0);
		protobuf_varint(&b, 4, UINT64_MAX);
		protobuf_close(&b, message);
		/* 64 bytes, of which the last field is 11 and may be 20. */
		assert_true(b.full == (room < 73));
		for (size_t i = room; i < sizeof(out); i++)
			assert_int_equal(out[i], 0xee);
	}
}

enum { EVENTS = 20000 };

/* Fields of a packet: whether it clears the texts; the text that it defines and uses. */
struct seen {
	bool cleared;
	uint64_t defined, used, type, track;
	size_t size;
	char text[32];
};

/* Walk the fields of a message, and of the messages in it that matter. */
static void walk(struct wire w, const char *path, struct seen *s)
{
	char below[32];

	while (w.at < w.end) {
		uint64_t tag = varint_get(&w), n;

		snprintf(below, sizeof(below), "%s/%u", path,
			 (unsigned int)(tag >> 3));
		switch (tag & 7) {
		case 0:
			n = varint_get(&w);
			if (!strcmp(below, "/13"))
				s->cleared = n & 1;
			if (!strcmp(below, "/11/9"))
				s->type = n;
			if (!strcmp(below, "/11/11"))
				s->track = n;
			if (!strcmp(below, "/12/29/1"))
				s->defined = n;
			if (!strcmp(below, "/11/4/17"))
				s->used = n;
			break;
		case 1:
			wire_get(&w, 8);
			break;
		case 2:
			n = varint_get(&w);
			assert_true(n <= (size_t)(w.end - w.at));
			if (!strcmp(below, "/12/29/2")) {
				assert_true(n < sizeof(s->text));
				memcpy(s->text, w.at, n);
				s->text[n] = 0;
			} else if (!strcmp(below, "/11") ||
				   !strcmp(below, "/11/4") ||
				   !strcmp(below, "/12") ||
				   !strcmp(below, "/12/29")) {
				walk((struct wire){ .at = w.at, .end = w.at + n },
				     below, s);
			}
			w.at += n;
			break;
		default:
			fail();
		}
		assert_false(w.bad);
	}
}

/* Inflate the blocks of a trace, and call @each for each of its packets. */
static void each_packet(char *file, size_t size,
			void (*each)(const struct seen *s, unsigned int i))
{
	struct wire w = { .at = (uint8_t *)file, .end = (uint8_t *)file + size };
	static uint8_t raw[512 << 10];
	unsigned int i = 0;

	while (w.at < w.end) {
		uLongf room = sizeof(raw);
		struct wire in;
		uint64_t n;

		assert_int_equal(varint_get(&w), 1 << 3 | 2);
		varint_get(&w);
		assert_int_equal(varint_get(&w), 50 << 3 | 2);
		n = varint_get(&w);
		assert_int_equal(uncompress(raw, &room, w.at, n), Z_OK);
		w.at += n;
		for (in = (struct wire){ .at = raw, .end = raw + room };
		     in.at < in.end; in.at += n) {
			struct seen s = { 0 };

			assert_int_equal(varint_get(&in), 1 << 3 | 2);
			n = varint_get(&in);
			walk((struct wire){ .at = in.at, .end = in.at + n }, "",
			     &s);
			each(&s, i++);
		}
	}
	free(file);
}

static unsigned int packets, cleared;

static void has_text(const struct seen *s, unsigned int i)
{
	static char known[8192][32];
	char text[32];

	if (s->cleared) {
		memset(known, 0, sizeof(known));
		cleared++;
	}
	if (s->defined) {
		assert_true(s->defined < 8192);
		assert_int_equal(*known[s->defined], 0);
		strcpy(known[s->defined], s->text);
	}
	snprintf(text, sizeof(text), "text %u", i / 2);
	assert_string_equal(known[s->used], text);
	packets++;
}

/* Many different texts: they are forgotten, but each packet's is known. */
static void interns(void **state)
{
	struct packet_event e = { .type = PACKET_INSTANT, .track = 1,
		.category = "c", .name = "n" };
	char *file, text[32];
	struct packets *p;
	unsigned int i;
	size_t size;
	FILE *f = open_memstream(&file, &size);

	(void)state;
	p = packets_new(f);
	assert_non_null(p);
	for (i = 0; i < EVENTS; i++) {
		e.time = i;
		/* Each comes twice. */
		snprintf(text, sizeof(text), "text %u", i / 2);
		packet_event(p, &e);
		packet_arg_text(p, "a", text);
		packet_event_end(p);
	}
	assert_true(packets_end(p));
	fclose(f);
	each_packet(file, size, has_text);
	assert_int_equal(packets, EVENTS);
	assert_in_range(cleared, 2, 8);
}

/* The number of slices that begin and end on the track of each page table (odd numbers) */
static unsigned char begun[6 * EVENTS + 100], ended[6 * EVENTS + 100];

static void has_lifetime(const struct seen *s, unsigned int i)
{
	(void)i;
	if (s->track % 2 == 0 || s->track == 3)
		return;
	assert_true(s->track < sizeof(begun));
	begun[s->track] += s->type == PACKET_SLICE_BEGIN;
	ended[s->track] += s->type == PACKET_SLICE_END;
}

/* More page tables than are kept: each has one lifetime, also with late events. */
static void lives(void **state)
{
	struct v7s_record r = { .level = UINT8_MAX, .stack = -1, .holder = -1,
		.dev = "dev", .comm = "comm" };
	struct traced t = { .r = &r };
	struct report last = { .source = "test", .elapsed_ns = 10 * EVENTS };
	struct printer p = { 0 };
	unsigned int i, lifetimes = 0;
	char *file;
	size_t size;

	(void)state;
	p.f = open_memstream(&file, &size);
	for (i = 1; i <= EVENTS; i++) {
		static const unsigned char events[] = { V7S_EVENT_CREATE,
			V7S_EVENT_INSTALL, V7S_EVENT_DESTROY };
		unsigned int k;

		for (k = 0; k < 3; k++) {
			r.time = 3 * i + k;
			r.pgtable = i;
			r.event = events[k];
			out_perfetto.record(&p, &t);
		}
		r.event = V7S_EVENT_INSTALL;
		r.pgtable = i > 100 ? i - 100 : i;
		out_perfetto.record(&p, &t);
	}
	out_perfetto.accounts(&p, &last, NULL, 0, 0);
	assert_false(p.failed);
	fclose(p.f);
	each_packet(file, size, has_lifetime);
	for (i = 0; i < sizeof(begun); i++) {
		assert_true(begun[i] <= 1);
		assert_int_equal(begun[i], ended[i]);
		lifetimes += begun[i];
	}
	assert_int_equal(lifetimes, EVENTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes),
		cmocka_unit_test(nests),
		cmocka_unit_test(is_full),
		cmocka_unit_test(interns),
		cmocka_unit_test(lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
