/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Stacks from the kernel's map, as symbols. */
#ifndef V7S_SOURCE_STACKS_H
#define V7S_SOURCE_STACKS_H

#include "model/model.h"

struct stacks;

/**
 * stacks_new - read stacks from a map
 *
 * Call it with all capabilities. Returns NULL if there is no memory.
 */
struct stacks *stacks_new(int map_fd);
void stacks_free(struct stacks *s);

/**
 * stacks_get - a stack by its id in the map
 *
 * The frames of the tracing itself are removed. IDs whose stacks are then equal
 * return the same pointer, valid as long as @s is. NULL: the kernel has no such
 * stack.
 */
const struct trace *stacks_get(struct stacks *s, int id);

struct ksyms;

/**
 * traces_name - look up the symbols of @n stacks that have addresses only
 *
 * Passes once over the kernel's symbols.
 */
void traces_name(struct ksyms *k, struct trace *const *trace, size_t n);

/** trace_forget - free the symbols of a stack */
void trace_forget(struct trace *t);

#endif
