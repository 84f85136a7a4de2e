/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Detect the items of the model that changed since they were last written. */
#ifndef V7S_RECORDING_DELTA_H
#define V7S_RECORDING_DELTA_H

#include "model/model_state.h"

struct delta;

struct delta *delta_new(void);
void delta_free(struct delta *c);

/**
 * delta_add - add an item to the current pass; @bytes is its packed form
 *
 * Return: 1 if the item is new or changed since the last pass, else 0; -1: no
 * memory.
 */
int delta_add(struct delta *c, const struct item *item, const uint8_t *bytes,
	      size_t size);

/**
 * delta_end - end a pass: call @gone for each missing item, and forget the item
 */
int delta_end(struct delta *c, take_item *gone, void *arg);

/**
 * delta_hash - a 64-bit hash; @seed: FNV_SEED, or the hash of the preceding
 * bytes
 */
#define FNV_SEED 0xcbf29ce484222325ULL
uint64_t delta_hash(uint64_t seed, const void *bytes, size_t size);

#endif
