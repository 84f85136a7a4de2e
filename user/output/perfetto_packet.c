// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lib/json.h"
#include "lib/protobuf.h"
#include "perfetto_packet.h"

/* Fields, by message. */
enum { TRACE_PACKET = 1 };
enum {
	PACKET_TIMESTAMP	= 8,
	PACKET_SEQUENCE		= 10,
	PACKET_TRACK_EVENT	= 11,
	PACKET_INTERNED		= 12,
	PACKET_FLAGS		= 13,
	PACKET_DEFLATED		= 50,
	PACKET_TRACK		= 60,
};
enum {
	EVENT_CATEGORY		= 3,
	EVENT_ANNOTATION	= 4,
	EVENT_TYPE		= 9,
	EVENT_NAME		= 10,
	EVENT_TRACK		= 11,
	EVENT_TITLE		= 23,
	EVENT_COUNTER		= 30,
	EVENT_FLOW		= 47,
};
enum {
	ANNOTATION_NAME		= 1,
	ANNOTATION_NUMBER	= 4,
	ANNOTATION_ADDRESS	= 7,
	ANNOTATION_ARRAY	= 12,
	ANNOTATION_TEXT		= 17,
};
enum {
	TRACK_UUID		= 1,
	TRACK_NAME		= 2,
	TRACK_PARENT		= 5,
	TRACK_COUNTER		= 8,
	TRACK_CHILDREN		= 11,
	TRACK_RANK		= 12,
};
enum { COUNTER_UNIT = 3 };
enum { INTERNED_IID = 1, INTERNED_TEXT = 2 };

/* Kinds of interned texts: each is a field of the interned data. */
enum kind { CATEGORY = 1, NAME = 2, ANNOTATION = 3, TEXT = 29 };

/* Values. */
enum { FLAG_CLEARED = 1, FLAG_NEEDS_STATE = 2 };
enum { CHILDREN_BY_RANK = 3, UNIT_COUNT = 2 };

enum {
	BLOCK		= 256 << 10,	/* bytes of packets, deflated at once */
	PACKET_MAX	= 64 << 10,	/* an event with a stack of long names */
	TEXTS		= 4096,		/* a power of two */
	TEXTS_MAX	= TEXTS / 4 * 3,
	TEXT_MAX	= 3 * 256,
};

/* The texts interned so far, by hash; the number is the place plus 1. */
struct text {
	char *s;
	enum kind kind;
};

struct packets {
	FILE *f;
	z_stream z;
	bool failed;
	bool cleared;		/* the next packet says that no text is known */
	struct protobuf b;
	/* Beginnings of the messages that are open. */
	uint8_t *packet, *event, *array;
	struct text texts[TEXTS];
	unsigned int ntexts;
	struct protobuf news;	/* texts of this packet, for its end */
	uint8_t block[BLOCK], interned[PACKET_MAX];
	uint8_t *deflated;
	size_t room;
};

struct packets *packets_new(FILE *f)
{
	struct packets *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->f = f;
	p->cleared = true;
	p->b.at = p->block;
	p->b.end = p->block + sizeof(p->block);
	if (deflateInit(&p->z, Z_BEST_SPEED) != Z_OK) {
		free(p);
		return NULL;
	}
	p->room = deflateBound(&p->z, BLOCK);
	p->deflated = malloc(p->room);
	if (!p->deflated) {
		deflateEnd(&p->z);
		free(p);
		return NULL;
	}
	return p;
}

static void write_block(struct packets *p)
{
	size_t size = p->b.at - p->block, inner;
	uint8_t header[2 * PROTOBUF_HEADER_MAX], *end;

	p->b.at = p->block;
	if (!size)
		return;
	deflateReset(&p->z);
	p->z.next_in = p->block;
	p->z.avail_in = size;
	p->z.next_out = p->deflated;
	p->z.avail_out = p->room;
	if (p->b.full || deflate(&p->z, Z_FINISH) != Z_STREAM_END) {
		p->failed = true;
		return;
	}
	size = p->room - p->z.avail_out;
	inner = protobuf_header(header, PACKET_DEFLATED, size) - header;
	end = protobuf_header(header, TRACE_PACKET, inner + size);
	end = protobuf_header(end, PACKET_DEFLATED, size);
	fwrite(header, 1, end - header, p->f);
	fwrite(p->deflated, 1, size, p->f);
}

static void forget_texts(struct packets *p)
{
	unsigned int i;

	for (i = 0; i < TEXTS; i++) {
		free(p->texts[i].s);
		p->texts[i].s = NULL;
	}
	p->ntexts = 0;
	p->cleared = true;
}

bool packets_end(struct packets *p)
{
	bool whole;

	write_block(p);
	whole = !p->failed;
	forget_texts(p);
	deflateEnd(&p->z);
	free(p->deflated);
	free(p);
	return whole;
}

/* Texts are forgotten between packets, so that memory is bounded. */
static void begin(struct packets *p)
{
	if (p->b.end - p->b.at < PACKET_MAX)
		write_block(p);
	if (p->ntexts > TEXTS_MAX)
		forget_texts(p);
	p->packet = protobuf_open(&p->b, TRACE_PACKET);
	protobuf_varint(&p->b, PACKET_SEQUENCE, 1);
	protobuf_varint(&p->b, PACKET_FLAGS, FLAG_NEEDS_STATE |
			(p->cleared ? FLAG_CLEARED : 0));
	p->cleared = false;
	p->news.at = p->interned;
	p->news.end = p->interned + sizeof(p->interned);
}

static void end(struct packets *p)
{
	size_t size = p->news.at - p->interned;

	if (p->news.full)
		p->failed = true;
	if (size)
		protobuf_bytes(&p->b, PACKET_INTERNED, p->interned, size);
	protobuf_close(&p->b, p->packet);
}

/* FNV-1a */
static uint32_t hash(const char *s, enum kind kind)
{
	uint32_t h = (2166136261U ^ kind) * 16777619U;

	while (*s)
		h = (h ^ (uint8_t)*s++) * 16777619U;
	return h;
}

/*
 * The number of a text; this packet has the text if the number is new. The table
 * has room for the texts of a packet beyond TEXTS_MAX.
 */
static uint64_t intern(struct packets *p, enum kind kind, const char *s)
{
	uint32_t i = hash(s, kind) % TEXTS;
	char clean[TEXT_MAX];
	uint8_t *message;

	for (; p->texts[i].s; i = (i + 1) % TEXTS)
		if (p->texts[i].kind == kind && !strcmp(p->texts[i].s, s))
			return i + 1;
	p->texts[i].s = strdup(s);
	if (!p->texts[i].s) {
		p->failed = true;
		return i + 1;
	}
	p->texts[i].kind = kind;
	p->ntexts++;
	json_clean_utf8(clean, sizeof(clean), s);
	message = protobuf_open(&p->news, kind);
	protobuf_varint(&p->news, INTERNED_IID, i + 1);
	protobuf_text(&p->news, INTERNED_TEXT, clean);
	protobuf_close(&p->news, message);
	return i + 1;
}

void packet_track(struct packets *p, const struct packet_track *t)
{
	uint8_t *track, *counter;

	begin(p);
	track = protobuf_open(&p->b, PACKET_TRACK);
	protobuf_varint(&p->b, TRACK_UUID, t->uuid);
	protobuf_text(&p->b, TRACK_NAME, t->name);
	if (t->parent)
		protobuf_varint(&p->b, TRACK_PARENT, t->parent);
	else
		protobuf_varint(&p->b, TRACK_CHILDREN, CHILDREN_BY_RANK);
	protobuf_varint(&p->b, TRACK_RANK,
			t->rank > INT32_MAX ? INT32_MAX : t->rank);
	if (t->counter) {
		counter = protobuf_open(&p->b, TRACK_COUNTER);
		protobuf_varint(&p->b, COUNTER_UNIT, UNIT_COUNT);
		protobuf_close(&p->b, counter);
	}
	protobuf_close(&p->b, track);
	end(p);
}

static void begin_event(struct packets *p, enum packet_type type, uint64_t time,
			uint64_t track)
{
	begin(p);
	protobuf_varint(&p->b, PACKET_TIMESTAMP, time);
	p->event = protobuf_open(&p->b, PACKET_TRACK_EVENT);
	protobuf_varint(&p->b, EVENT_TYPE, type);
	protobuf_varint(&p->b, EVENT_TRACK, track);
}

void packet_event_end(struct packets *p)
{
	protobuf_close(&p->b, p->event);
	end(p);
}

void packet_end_slice(struct packets *p, uint64_t time, uint64_t track)
{
	begin_event(p, PACKET_SLICE_END, time, track);
	packet_event_end(p);
}

void packet_counter(struct packets *p, uint64_t time, uint64_t track,
		    int64_t value)
{
	begin_event(p, PACKET_COUNTER, time, track);
	protobuf_varint(&p->b, EVENT_COUNTER, value);
	packet_event_end(p);
}

void packet_event(struct packets *p, const struct packet_event *e)
{
	begin_event(p, e->type, e->time, e->track);
	protobuf_varint(&p->b, EVENT_CATEGORY, intern(p, CATEGORY, e->category));
	if (e->title)
		protobuf_text(&p->b, EVENT_TITLE, e->title);
	else
		protobuf_varint(&p->b, EVENT_NAME, intern(p, NAME, e->name));
	if (e->flow)
		protobuf_fixed64(&p->b, EVENT_FLOW, e->flow);
}

static uint8_t *begin_arg(struct packets *p, const char *name)
{
	uint8_t *arg = protobuf_open(&p->b, EVENT_ANNOTATION);

	protobuf_varint(&p->b, ANNOTATION_NAME, intern(p, ANNOTATION, name));
	return arg;
}

void packet_arg_text(struct packets *p, const char *name, const char *text)
{
	uint8_t *arg = begin_arg(p, name);

	protobuf_varint(&p->b, ANNOTATION_TEXT, intern(p, TEXT, text));
	protobuf_close(&p->b, arg);
}

void packet_arg_number(struct packets *p, const char *name, int64_t n)
{
	uint8_t *arg = begin_arg(p, name);

	protobuf_varint(&p->b, ANNOTATION_NUMBER, n);
	protobuf_close(&p->b, arg);
}

void packet_arg_address(struct packets *p, const char *name, uint64_t n)
{
	uint8_t *arg = begin_arg(p, name);

	protobuf_varint(&p->b, ANNOTATION_ADDRESS, n);
	protobuf_close(&p->b, arg);
}

void packet_array(struct packets *p, const char *name)
{
	p->array = begin_arg(p, name);
}

void packet_array_text(struct packets *p, const char *text)
{
	uint8_t *value = protobuf_open(&p->b, ANNOTATION_ARRAY);

	protobuf_varint(&p->b, ANNOTATION_TEXT, intern(p, TEXT, text));
	protobuf_close(&p->b, value);
}

void packet_array_end(struct packets *p)
{
	protobuf_close(&p->b, p->array);
}
