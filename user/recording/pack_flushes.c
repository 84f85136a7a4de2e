// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "pack_flushes.h"
#include "pack_internal.h"

enum {
	COUNTERS	= sizeof(struct v7s_flush_counts) / sizeof(__u64),
	TEXT		= 255,
	/* Shorter than in an event, so that one block holds all timeouts. */
	SYMBOL		= 255,
	COUNTERS_MAX	= WIRE_VARINT_MAX + COUNTERS * (1 + WIRE_VARINT_MAX),
	DEV_MAX		= V7S_DEV + 1 + COUNTERS_MAX,
	LATE_MAX	= 3 * WIRE_VARINT_MAX + 2 + V7S_DEV + V7S_COMM + 2 +
			  V7S_STACK_DEPTH * (SYMBOL + PACK_FRAME),
	FLUSHES_MAX	= 3 * (TEXT + 3) + 6 * WIRE_VARINT_MAX +
			  (FLUSHES_DEVS + 1) * DEV_MAX + V7S_TIMEOUTS * LATE_MAX,
};

_Static_assert((int)FLUSHES_MAX <= (int)BLOCK_MAX, "flushes of a reading");
_Static_assert((int)COUNTERS < 128, "a distance takes one byte");

/* In the order of the bits. Returns their number. */
static unsigned int list_visible(struct flush_visibility *s, bool *list[16])
{
	unsigned int n = 0, i;

	for (i = 0; i < V7S_FLUSH_KINDS; i++)
		list[n++] = &s->begun[i];
	for (i = 0; i < V7S_CAUSES; i++)
		list[n++] = &s->cause[i];
	list[n++] = &s->sizes;
	list[n++] = &s->timeouts;
	list[n++] = &s->timeouts_by_dev;
	list[n++] = &s->waits;
	return n;
}

static uint64_t visible_bits(const struct flush_report *fr)
{
	struct flush_visibility s = *fr->visible;
	unsigned int n, i;
	uint64_t bits;
	bool *list[16];

	n = list_visible(&s, list);
	bits = (uint64_t)fr->causes << n;
	for (i = 0; i < n; i++)
		bits |= (uint64_t)*list[i] << i;
	return bits;
}

static const char *text_or_none(const char *s)
{
	return s ? s : "";
}

static uint8_t *put_dev(uint8_t *p, const struct flushes_dev *dev)
{
	p = wire_put_text(p, dev->dev, V7S_DEV - 1);
	return pack_counters(p, (const __u64 *)&dev->c, COUNTERS);
}

static uint8_t *put_timeout(uint8_t *p, const struct flush_timeout *t)
{
	p = varint_put(p, t->time);
	p = varint_put(p, t->task >> 32);
	p = varint_put(p, t->task & UINT32_MAX);
	*p++ = t->pm;
	p = wire_put_text(p, t->dev, V7S_DEV - 1);
	p = wire_put_text(p, t->comm, V7S_COMM - 1);
	return pack_frames(p, t->stack.frame, t->stack.frames, SYMBOL);
}

uint8_t *pack_flushes(uint8_t *p, const struct flush_report *fr,
		      uint8_t **late)
{
	size_t i;

	p = wire_put_text(p, fr->driver, TEXT);
	p = wire_put_text(p, text_or_none(fr->lock), TEXT);
	p = wire_put_text(p, text_or_none(fr->visible->waits_why), TEXT);
	p = varint_put(p, visible_bits(fr));
	p = wire_put_signed(p, fr->missed);
	p = varint_put(p, fr->no_room);
	p = varint_put(p, fr->hidden);
	p = varint_put(p, fr->f.devs);
	for (i = 0; i < fr->f.devs; i++)
		p = put_dev(p, &fr->f.dev[i]);
	p = put_dev(p, &fr->f.dev[FLUSHES_DEVS]);
	*late = p;
	p = varint_put(p, fr->late);
	for (i = 0; i < fr->late; i++)
		p = put_timeout(p, &fr->timeout[i]);
	return p;
}

static const char *get_text(struct wire *w)
{
	const char *s = wire_get_text(w);

	return *s ? s : NULL;
}

static void get_visible(struct wire *w, struct unpacked_flushes *u)
{
	uint64_t bits = varint_get(w);
	unsigned int n, i;
	bool *list[16];

	n = list_visible(&u->visible, list);
	for (i = 0; i < n; i++)
		*list[i] = bits >> i & 1;
	u->r.causes = bits >> n & 1;
}

/* The kernel's address of a device is not recorded: @at only distinguishes devices. */
static void get_dev(struct wire *w, unsigned int version,
		    struct flushes_dev *dev, uint64_t at)
{
	dev->at = at;
	snprintf(dev->dev, sizeof(dev->dev), "%s", wire_get_text(w));
	unpack_counters(w, version, NULL, (__u64 *)&dev->c, COUNTERS);
}

static void get_timeout(struct wire *w, struct flush_timeout *t)
{
	unsigned int pm;

	t->time = varint_get(w);
	t->task = varint_get(w) << 32;
	t->task |= varint_get(w) & UINT32_MAX;
	pm = wire_get(w, 1);
	t->pm = pm < V7S_PM_UNKNOWN ? pm : V7S_PM_UNKNOWN;
	snprintf(t->dev, sizeof(t->dev), "%s", wire_get_text(w));
	snprintf(t->comm, sizeof(t->comm), "%s", wire_get_text(w));
	unpack_frames(w, &t->stack);
}

/* A number of objects, each of which takes bytes */
static size_t get_number(struct wire *w, size_t room)
{
	uint64_t n = varint_get(w);

	if (n > room)
		w->bad = true;
	return w->bad ? 0 : n;
}

bool unpack_flushes(struct wire *w, unsigned int version,
		    struct unpacked_flushes *u)
{
	struct flush_report *r = &u->r;
	size_t i;

	memset(u, 0, sizeof(*u));
	r->driver = wire_get_text(w);
	r->lock = get_text(w);
	u->visible.waits_why = get_text(w);
	r->visible = &u->visible;
	get_visible(w, u);
	r->missed = wire_get_signed(w);
	r->no_room = varint_get(w);
	r->hidden = varint_get(w);
	r->f.devs = get_number(w, FLUSHES_DEVS);
	for (i = 0; i < r->f.devs; i++)
		get_dev(w, version, &r->f.dev[i], i + 1);
	get_dev(w, version, &r->f.dev[FLUSHES_DEVS], 0);
	u->late = w->at;
	r->timeout = u->timeout;
	r->late = get_number(w, V7S_TIMEOUTS);
	for (i = 0; i < r->late; i++)
		get_timeout(w, &u->timeout[i]);
	return !w->bad && *r->driver;
}
