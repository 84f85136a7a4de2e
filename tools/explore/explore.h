/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Every interleaving of small programs against a page table format that is
 * compiled in user space.
 *
 *   format.c    short and long descriptors: geometry, entries, programs
 *   memory.c    tables and their physical addresses; each access to them
 *   sched.c     threads that switch at each access, and the search over schedules
 *   program.c   the programs, and the requests that they make
 *   judge.c     page table, results and events against the flat model
 *   main.c      options, table, traces
 *   fuzz.c      in place of main.c: random sequences of one thread
 *   tsan.c      in place of all but program.c and format.c: real threads
 *   scale.c     in place of all but format.c: requests in a fixed time
 */
#ifndef EXPLORE_H
#define EXPLORE_H

#include "kernel.h"
#include <stdio.h>
#include <linux/io-pgtable.h>

enum { THREADS = 3, OPS = 24, PAGES = SZ_2G / SZ_4K, LEVELS = 4, SIZES = 4, STEPS_MAX = 2000 };

/* format.c */
struct translation { u64 address, attributes; bool valid; int level; };
struct format {
	enum io_pgtable_fmt fmt;
	u32	entry;			/* bytes */
	u64	valid;			/* an entry with none of these bits maps nothing */
	u64	ignored;		/* bits that the hardware ignores */
	int	first, last;		/* levels */
	u8	shift[LEVELS];		/* an entry of a level covers 1 << shift bytes */
	u8	bits[LEVELS];		/* a table of a level has 1 << bits entries */
	int	oas;
	u32	sizes[SIZES];		/* of requests */
	u64	span;			/* IOVAs of programs are below */
	u64	(*table)(u64 entry, int level);	/* next-level table, or 0 */
	struct translation (*leaf)(u64 entry, int level, u32 iova);
	u64	(*attributes)(int prot);
	const char *const (*programs)[2];
};
extern const struct format *const format;
int index_of(u32 iova, int level);

/* Steps: accesses to memory that another thread can see, and locks. */
enum kind {
	READ, READ_ONCE_, STORE, STORE_ONCE, CMPXCHG, XCHG,
	LOCK, TRYLOCK, UNLOCK, FREE, SYNC
};

struct step {
	enum kind	kind;
	int		thread;
	int		op;		/* index into the program */
	u32		at, len;	/* physical address */
	u64		old, new;
	void		*pc;
	bool		failed;		/* a cmpxchg that found something else */
};

enum verdict {
	WRONG_ADDRESS, WRONG_ATTRIBUTES, LOST, RESURRECTED, REFUSED, LOOKUP, LEAK,
	USE_AFTER_FREE, BAD_FREE, WILD, WARNED, UNORDERED, STALE_WALKER, STALE_TLB, BAD_EVENT,
	DEADLOCK, ENDLESS, VERDICTS
};
extern const char *const verdict_names[VERDICTS];

/* memory.c */
struct object {
	u32	phys, size;
	bool	table, freed, published;
	int	owner;			/* thread, or -1 for the preparation */
	int	level;			/* of its entries, once it is published */
	u32	iova;			/* that its first entry maps */
};
extern struct object objects[];
extern int object_count, top;	/* top: the object that is the table of the first level */
struct object *object_at(u32 phys);
u64 value_at(u32 phys, u32 len);
u64 entry_at(u32 phys);
u64 walker_entry_at(u32 phys);
u32 covered_by(const struct object *o);
void memory_init(void);
void memory_reset(void);
void memory_settle(void);

/* sched.c */
struct search {
	int		preemptions;	/* bound, or -1: none, and commuting steps once */
	u64		limit;		/* runs */
	u32		stop_at;	/* verdicts */
	void		(*judged)(void);	/* after each run */
	u64		runs, pruned;
	bool		complete;
};
extern int running;			/* thread, or -1 */
extern int running_op;
extern struct step trace[];
extern int trace_length;
void sched_init(void);
void search(struct search *s);
void step(enum kind kind, const void *at, u32 len, void *pc);
void step_result(u64 old, u64 new, bool failed);
void fail(enum verdict v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void give_up(void) __attribute__((noreturn));

/* program.c */
enum verb { MAP, UNMAP, LOOK };
struct op {
	enum verb	verb;
	int		thread;		/* -1: preparation */
	u32		iova, size;
	int		prot;
};
struct program {
	const char	*name, *text;
	bool		legal;
	int		threads, count;
	struct op	ops[OPS];
};
extern struct program prog;
extern struct io_pgtable_ops *pgtable;
extern bool coherent, events_on;
extern s64 results[OPS];		/* of unmap: bytes, of map: 0 or -errno */
extern bool done[OPS];
bool parse(const char *name, const char *text);
void prepare(void);
void run_thread(int thread);
u64 address_of(int op, u32 iova);

/* judge.c */
extern const bool have_events;	/* of the tree */
extern u32 found;			/* verdicts of this run, as bits */
extern char why[VERDICTS][200];
void judge_forget(void);
void judge_begin(void);
void judge_start(void);
void judge(void);
u64 outcome_hash(void);
void judge_attempt(bool won, u64 old, int level);
void judge_free(const struct object *o);
void judge_flush(u32 iova, u32 size);
void judge_locked(void);
void judge_stored(u32 at);
void judge_unlocked(void);

#endif
