/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses of the kernel's code as names. */
#ifndef V7S_LIB_KSYMS_H
#define V7S_LIB_KSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ksyms;

/**
 * ksyms_open - while we still have the capability to see addresses
 *
 * The kernel decides at that time what a reader may see, whenever it reads.
 */
struct ksyms *ksyms_open(void);
void ksyms_close(struct ksyms *k);

/** struct ksym - name NULL: not known, or not to be told */
struct ksym {
	uint64_t address;	/* that was asked for */
	uint64_t start;		/* of the function */
	char *name;		/* free() it */
};

/**
 * ksyms_resolve - the functions that the addresses lie in
 *
 * Reads through all symbols, once for all @n of them: so modules that came later
 * are there, and no memory goes for the many that nobody asks for. @sym is
 * sorted by address.
 */
void ksyms_resolve(struct ksyms *k, struct ksym *sym, size_t n);

/** ksyms_has - is there a function of that name; names are shown to all */
bool ksyms_has(const char *name);

/**
 * ksyms_is - whether a symbol is a function, or a copy of it
 *
 * Copies that the compiler made have its name and a suffix, and arguments of their
 * own. @plain: it is the function itself.
 */
bool ksyms_is(const char *symbol, const char *function, bool *plain);

/** ksyms_hidden - the kernel tells us no addresses (see kptr_restrict) */
bool ksyms_hidden(void);

/** ksyms_explain_none - say on stderr that there are none; @err: an errno, or 0 */
void ksyms_explain_none(int err);

/** ksyms_explain_hidden - say on stderr what it takes to be told addresses */
void ksyms_explain_hidden(void);

#endif
