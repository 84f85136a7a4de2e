// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdlib.h>
#include <string.h>

#include "delta.h"

struct kept {
	unsigned int kind;	/* 0: the slot is free */
	unsigned int pass;
	uint64_t pgtable, id;
	uint64_t hash;		/* hash of the bytes last written */
};

struct delta {
	struct kept *kept;
	size_t room, used;	/* room: a power of two, at most half used */
	unsigned int pass;
};

uint64_t delta_hash(uint64_t seed, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;

	while (size--)
		seed = (seed ^ *p++) * 0x100000001b3ULL;
	return seed;
}

struct delta *delta_new(void)
{
	struct delta *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->room = 256;
	c->pass = 1;
	c->kept = calloc(c->room, sizeof(*c->kept));
	if (c->kept)
		return c;
	free(c);
	return NULL;
}

void delta_free(struct delta *c)
{
	if (!c)
		return;
	free(c->kept);
	free(c);
}

/* The slot of an item, or the free slot for it. */
static struct kept *place(const struct kept *kept, size_t room,
			  unsigned int kind, uint64_t pgtable, uint64_t id)
{
	uint64_t key[] = { kind, pgtable, id };
	size_t i = delta_hash(FNV_SEED, key, sizeof(key)) & (room - 1);

	while (kept[i].kind && (kept[i].kind != kind ||
				kept[i].pgtable != pgtable || kept[i].id != id))
		i = (i + 1) & (room - 1);
	return (struct kept *)&kept[i];
}

/* Rehash into a table of @room slots. */
static int move_to(struct delta *c, size_t room)
{
	struct kept *kept = calloc(room, sizeof(*kept)), *k;
	size_t i;

	if (!kept)
		return -1;
	c->used = 0;
	for (i = 0; i < c->room; i++) {
		k = &c->kept[i];
		if (!k->kind)
			continue;
		*place(kept, room, k->kind, k->pgtable, k->id) = *k;
		c->used++;
	}
	free(c->kept);
	c->kept = kept;
	c->room = room;
	return 0;
}

/* The sum of a device has no number: hash its name and its format. */
static uint64_t id_of(const struct item *item)
{
	uint8_t fmt[] = { item->fmt, item->fmt >> 8, item->fmt >> 16, item->fmt >> 24 };

	if (item->kind != ITEM_FOLDED && item->kind != ITEM_OTHER_DEVICE)
		return item->id;
	return delta_hash(delta_hash(FNV_SEED, fmt, sizeof(fmt)), (const uint8_t *)item->dev,
			  strlen(item->dev));
}

int delta_add(struct delta *c, const struct item *item, const uint8_t *bytes,
		size_t size)
{
	uint64_t hash = delta_hash(FNV_SEED, bytes, size), id = id_of(item);
	struct kept *k;
	bool same;

	if (2 * c->used >= c->room && move_to(c, 2 * c->room))
		return -1;
	k = place(c->kept, c->room, item->kind, item->pgtable, id);
	same = k->kind && k->hash == hash;
	c->used += !k->kind;
	*k = (struct kept){ .kind = item->kind, .pass = c->pass,
		.pgtable = item->pgtable, .id = id, .hash = hash };
	return !same;
}

int delta_end(struct delta *c, take_item *gone, void *arg)
{
	struct item item = { .dev = "", .name = "", .name2 = "" };
	struct kept *k;
	bool any = false;
	size_t i;

	for (i = 0; i < c->room; i++) {
		k = &c->kept[i];
		if (!k->kind || k->pass == c->pass)
			continue;
		item.kind = k->kind;
		item.pgtable = k->pgtable;
		item.id = k->id;
		if (gone(arg, &item))
			return -1;
		k->kind = 0;
		any = true;
	}
	c->pass++;
	/* Open addressing: rehash, as free slots break the probe sequences. */
	return any ? move_to(c, c->room) : 0;
}
