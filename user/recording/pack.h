/* SPDX-License-Identifier: GPL-2.0 */
/* Events, and what the model holds, as the payload of blocks, and back. */
#ifndef V7S_RECORDING_PACK_H
#define V7S_RECORDING_PACK_H

#include "lib/varint.h"
#include "model/model_state.h"
#include "block.h"

/*
 * What an event refers to is told in the block where it is first referred to, and
 * has the next number from then on, from 1. So many of each in a block, at most.
 */
enum { PACK_TASKS = 1024, PACK_TABLES = 512, PACK_STACKS = 512, PACK_CPUS = 4096 };

/** struct packer - a block of events that is being written */
struct packer;

/** packer_new - of blocks of at most @full bytes, and what makes it more than that */
struct packer *packer_new(size_t full);
void packer_free(struct packer *p);

/**
 * pack_event - add an event, with its stack if @frames is not 0
 *
 * False if there was no room: the block is to be written, and packer_begin().
 */
bool pack_event(struct packer *p, unsigned int cpu, const struct v7s_record *r,
		const struct frame *frame, unsigned int frames);

/** packer_block - what it has by now: type, size, time and count; its payload */
uint8_t *packer_block(struct packer *p, struct block *b);
void packer_begin(struct packer *p);

/** struct unpacker - a block of events that is being read */
struct unpacker;

struct unpacker *unpacker_new(void);
void unpacker_free(struct unpacker *u);

/** unpacker_begin - @payload is to stay until it is through */
void unpacker_begin(struct unpacker *u, const uint8_t *payload, size_t size);

/**
 * unpack_event - the next event; its stack is number @r->stack, or -1
 *
 * Returns 1, 0 at the end, -1 if what follows makes no sense.
 */
int unpack_event(struct unpacker *u, unsigned int *cpu, struct v7s_record *r);

/** unpack_stack - of an event; returns the number of frames */
unsigned int unpack_stack(struct unpacker *u, int stack,
			  struct frame frame[V7S_STACK_DEPTH]);

/** pack_item - at most ITEM_MAX bytes; @key only: the item is no more */
enum { ITEM_MAX = 16 << 10 };
uint8_t *pack_item(uint8_t *p, const struct item *item, bool key);

/**
 * struct unpacked - an item as it was read
 *
 * The model wants the traces of stacks to stay, so they are not kept here: they
 * are in @trace, and @item.id says which one it is, 0: none.
 */
struct unpacked {
	struct item item;
	bool gone;
	struct trace trace;
	__u64 counter[ITEM_COUNTERS];
};

/** unpack_item - false if it makes no sense, or at the end of @w */
bool unpack_item(struct wire *w, struct unpacked *u);

#endif
