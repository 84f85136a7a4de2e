/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Pack events and items of the model into payloads of blocks, and unpack them.
 */
#ifndef V7S_RECORDING_PACK_H
#define V7S_RECORDING_PACK_H

#include "lib/varint.h"
#include "model/model_state.h"
#include "block.h"

/*
 * A block defines a task, page table or stack at its first use, and numbers it
 * from 1. Limits of each per block.
 */
enum { PACK_TASKS = 1024, PACK_TABLES = 512, PACK_STACKS = 512, PACK_CPUS = 4096 };

/** struct packer - a block of events under construction */
struct packer;

/**
 * packer_new - for blocks that are complete at @full bytes; the last event may
 * exceed that
 */
struct packer *packer_new(size_t full);
void packer_free(struct packer *p);

/**
 * pack_event - add an event, with its stack if @frames is not 0
 *
 * Return: false if the block is full: write it, and call packer_begin().
 */
bool pack_event(struct packer *p, unsigned int cpu, const struct v7s_record *r,
		const struct frame *frame, unsigned int frames);

/**
 * packer_block - set type, size, time and count of the block; return its
 * payload
 */
uint8_t *packer_block(struct packer *p, struct block *b);
void packer_begin(struct packer *p);

/** struct unpacker - a block of events being read */
struct unpacker;

struct unpacker *unpacker_new(void);
void unpacker_free(struct unpacker *u);

/** unpacker_begin - start a block; @payload must stay valid until its end */
void unpacker_begin(struct unpacker *u, const uint8_t *payload, size_t size);

/**
 * unpack_event - the next event; its stack is number @r->stack, or -1
 *
 * Return: 1; 0 at the end; -1 if the rest is invalid.
 */
int unpack_event(struct unpacker *u, unsigned int *cpu, struct v7s_record *r);

/** unpack_stack - the stack of an event; returns the number of frames */
unsigned int unpack_stack(struct unpacker *u, int stack,
			  struct frame frame[V7S_STACK_DEPTH]);

/**
 * pack_item - pack into at most ITEM_MAX bytes; @key: only the key, the item is
 * gone
 */
enum { ITEM_MAX = 16 << 10 };
uint8_t *pack_item(uint8_t *p, const struct item *item, bool key);

/**
 * struct unpacked - an unpacked item
 *
 * The model requires that traces stay valid, so item.trace is not set here: the
 * caller copies @trace, whose number is @item.id; 0: no trace.
 */
struct unpacked {
	struct item item;
	bool gone;
	struct trace trace;
	__u64 counter[ITEM_COUNTERS];
};

/**
 * unpack_item - unpack the next item of a block with format @version; false if
 * invalid, or at the end of @w
 */
bool unpack_item(struct wire *w, unsigned int version, struct unpacked *u);

/*
 * Counters of ITEM_DESTROYS: those of the model, then 1 + the calls of map and
 * unmap that were missed, or 0 if their number is not known.
 */
enum { DESTROYS_MISSES = 2, DESTROYS_COUNTERS };

/**
 * unpack_index - today's index of a counter, and of its bit of visibility
 *
 * Format 1 has no counters for replaced_live and expected.
 */
size_t unpack_index(unsigned int version, size_t i);

#endif
