/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The functions of a kernel that have one of the given names, or are a copy. */
#ifndef V7S_SOURCE_SYMBOLS_H
#define V7S_SOURCE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the kernel waits for a taken spinlock. */
#define LOCK_SLOW_PATH "queued_spin_lock_slowpath"

enum { SYMBOLS = 96, SYMBOL_NAME = 128 };

/** struct symbol - a symbol of the kernel that is one of the functions */
struct symbol {
	size_t fn;		/* index of the function */
	bool plain;		/* no copy, see ksyms_is() */
	uint64_t start, end;	/* 0 if the kernel hides addresses */
	char name[SYMBOL_NAME];	/* as the kernel has it */
	char module[64];	/* "": built into the kernel */
};

struct symbols {
	struct symbol found[SYMBOLS];
	unsigned int n;
	bool full;		/* there are more symbols than room */
	bool any;		/* the kernel shows names of its functions */
	bool addresses;		/* and their addresses */
};

/**
 * symbols_find - find all symbols of some functions
 *
 * @kallsyms: the file /proc/kallsyms or a copy; @name: the name of function i;
 * @n: number of functions. Returns NULL, with errno, if @kallsyms cannot be read.
 * The caller frees the result.
 */
struct symbols *symbols_find(const char *kallsyms,
			     const char *(*name)(size_t i), size_t n);

/**
 * symbols_only - the symbol of a function, if it occurs exactly once
 *
 * A probe is attached by name: the kernel refuses a name that occurs twice, or
 * takes the first. Copies do not count. Returns NULL if there is none.
 */
const struct symbol *symbols_only(const struct symbols *s, size_t fn);

/** symbols_twice - true if the function occurs more than once */
bool symbols_twice(const struct symbols *s, size_t fn);

/** symbols_explain_full - print that some functions or callers are not known */
void symbols_explain_full(void);

struct v7s_range;

/**
 * symbols_add_range - add the range of a symbol, unless it is there already
 *
 * Returns false if there is no room.
 */
bool symbols_add_range(struct v7s_range *range, unsigned int *ranges,
		       const struct symbol *symbol, unsigned int role);

#endif
