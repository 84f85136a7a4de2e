/* SPDX-License-Identifier: GPL-2.0 */
/* The stacks in the kernel's map, as functions. */
#ifndef V7S_SOURCE_STACKS_H
#define V7S_SOURCE_STACKS_H

#include "model/model.h"

struct stacks;

/** stacks_new - of a map; to be called with all capabilities. NULL: no memory */
struct stacks *stacks_new(int map_fd);
void stacks_free(struct stacks *s);

/**
 * stacks_get - a stack by its id in the map
 *
 * The same for all ids of what is the same once the frames of the tracing itself
 * are left out. Valid as long as @s is. NULL: the kernel has none.
 */
const struct trace *stacks_get(struct stacks *s, int id);

#endif
