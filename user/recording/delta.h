/* SPDX-License-Identifier: GPL-2.0 */
/* Which items of the model have changed since they were last written. */
#ifndef V7S_RECORDING_DELTA_H
#define V7S_RECORDING_DELTA_H

#include "model/model_state.h"

struct delta;

struct delta *delta_new(void);
void delta_free(struct delta *c);

/**
 * delta_add - @item, as @bytes, in a pass over all of them
 *
 * Returns 1 if it is new or another than in the last pass, else 0; -1: no memory.
 */
int delta_add(struct delta *c, const struct item *item, const uint8_t *bytes,
		size_t size);

/** delta_end - of a pass: give those that did not come by to @gone, and forget */
int delta_end(struct delta *c, take_item *gone, void *arg);

/** delta_hash - a hash of 64 bits; @seed is FNV_SEED, or that of what comes before */
#define FNV_SEED 0xcbf29ce484222325ULL
uint64_t delta_hash(uint64_t seed, const void *bytes, size_t size);

#endif
