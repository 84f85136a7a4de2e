/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Symbols of the kernel. */
#ifndef V7S_LIB_KSYMS_H
#define V7S_LIB_KSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct ksyms_line - a line of /proc/kallsyms */
struct ksyms_line {
	uint64_t address;
	char type;		/* as in nm(1) */
	char name[512];
	char module[64];	/* "": none */
};

/** ksyms_take - handle a symbol; false ends the reading */
typedef bool ksyms_take(void *arg, const struct ksyms_line *l);

/** ksyms_each - hand the symbols of a file to @take; -1, with errno: no file */
int ksyms_each(const char *file, ksyms_take *take, void *arg);

struct ksyms;

/**
 * ksyms_open - open the symbols before capabilities are dropped
 *
 * The kernel decides at open whether a reader may see addresses.
 */
struct ksyms *ksyms_open(void);
void ksyms_close(struct ksyms *k);

/** struct ksym - name NULL: not known */
struct ksym {
	uint64_t address;	/* to be looked up; the sort key */
	uint64_t start;		/* start of the function */
	char *name;		/* free() it */
};

/** ksyms_by_address - compare two struct ksym, for qsort() and bsearch() */
int ksyms_by_address(const void *a, const void *b);

/**
 * ksyms_resolve - find the functions that contain the addresses
 *
 * Reads all symbols once for all @n addresses, so that it includes modules
 * loaded since, and uses no memory for other symbols. @sym must be sorted by
 * address.
 */
void ksyms_resolve(struct ksyms *k, struct ksym *sym, size_t n);

/** ksyms_has - true if a function has that name; names are never hidden */
bool ksyms_has(const char *name);

/**
 * ksyms_is - true if a symbol is a function, or a copy of it
 *
 * The compiler's copies and parts (.isra.0, .constprop.0, .part.0, .cold) have
 * its name with a suffix, and arguments of their own. @plain: it is the function
 * itself, whose name may end in .llvm.123, .lto_priv.0 or $ and a hash.
 */
bool ksyms_is(const char *symbol, const char *function, bool *plain);

/** ksyms_hidden - true if the kernel hides addresses (see kptr_restrict) */
bool ksyms_hidden(void);

#endif
