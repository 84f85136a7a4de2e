// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * Memory of the page tables. A window of 4G stands for all physical addresses
 * that an entry can hold, so that each pointer made of an entry falls into it, a
 * wild one too. Nothing is allocated twice in a run: each use of a table after it
 * was freed is seen.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "explore.h"

enum { BASE = 0x40000000, ROOM = 0x80000, UNIT = 0x1000, OBJECTS = 64 };

struct object objects[OBJECTS];
int object_count;
static char *window, *walker;
static signed char object_of[ROOM / UNIT];
static u32 used;
int top;

/* Stores to private memory that no barrier has ordered yet. */
static bool unordered[THREADS + 1];
/* The last plain store of a thread is seen in memory when that thread comes back. */
static u32 stored[THREADS + 1];

void memory_init(void)
{
	window = mmap(NULL, 1ULL << 32, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	walker = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (window == MAP_FAILED || walker == MAP_FAILED ||
	    mprotect(window + BASE, ROOM, PROT_READ | PROT_WRITE)) {
		perror("explore: cannot reserve 4 GiB of address space");
		_Exit(1);
	}
}

void memory_reset(void)
{
	memset(window + BASE, 0, used);
	memset(walker, 0, used);
	memset(object_of, -1, sizeof(object_of));
	memset(unordered, 0, sizeof(unordered));
	memset(stored, 0, sizeof(stored));
	object_count = 0;
	top = -1;
	used = 0;
}

struct object *object_at(u32 phys)
{
	if (phys < BASE || phys >= BASE + ROOM || object_of[(phys - BASE) / UNIT] < 0)
		return NULL;
	return &objects[object_of[(phys - BASE) / UNIT]];
}

static u64 value_of(const void *p, u32 len)
{
	u64 value = 0;

	memcpy(&value, p, len);
	return value;
}

u64 value_at(u32 phys, u32 len)
{
	return value_of(window + phys, len);
}

u64 entry_at(u32 phys)
{
	return value_at(phys, format->entry);
}

u64 walker_entry_at(u32 phys)
{
	return value_of(walker + (phys - BASE), format->entry);
}

/* Bytes of IOVA that a table which is not the top stands for. */
u32 covered_by(const struct object *o)
{
	return 1u << format->shift[o->level - 1];
}

static void *allocate(size_t size, bool table)
{
	struct object *o = &objects[object_count];
	u32 room = (size + UNIT - 1) / UNIT * UNIT;

	if (object_count == OBJECTS || used + room > ROOM) {
		fail(ENDLESS, "more than %d allocations", object_count);
		give_up();
	}
	*o = (struct object){ .phys = BASE + used, .size = size, .table = table, .owner = running };
	if (table && top < 0) {
		top = object_count;
		o->level = format->first;
	}
	for (u32 i = 0; i < room / UNIT; i++)
		object_of[used / UNIT + i] = object_count;
	object_count++;
	used += room;
	unordered[running + 1] = true;
	return window + o->phys;
}

void *explore_alloc_table(size_t size) { return allocate(size, true); }
void *explore_kmalloc(size_t size) { return allocate(size, false); }
void explore_kfree(void *p) { (void)p; }
phys_addr_t explore_phys(const void *p) { return (const char *)p - window; }
void *explore_virt(phys_addr_t phys) { return window + (u32)phys; }

/* A table that no entry points at is seen by its owner alone. */
static bool shared(const struct object *o)
{
	return running >= 0 && (o->published || o->owner != running);
}

void explore_free_table(void *table)
{
	u32 phys = explore_phys(table);
	struct object *o = object_at(phys);

	if (!o || o->phys != phys || !o->table) {
		fail(BAD_FREE, "a free of 0x%x, which is no table", phys);
		give_up();
	}
	if (shared(o))
		step(FREE, table, o->size, __builtin_return_address(0));
	if (o->freed) {
		fail(BAD_FREE, "a second free of table 0x%x", phys);
		give_up();
	}
	o->freed = true;
	if (running >= 0)
		judge_free(o);
}

void explore_sync(phys_addr_t phys, size_t size)
{
	struct object *o = object_at(phys);

	if (!o || phys < BASE || phys + size > BASE + ROOM) {
		fail(WILD, "a sync of 0x%llx, where no table is", (unsigned long long)phys);
		give_up();
	}
	if (shared(o))
		step(SYNC, window + phys, size, __builtin_return_address(0));
	memcpy(walker + (phys - BASE), window + phys, size);
}

void explore_barrier(const char *name)
{
	(void)name;
	unordered[running + 1] = false;
}

/* The table that an entry points at; level: of the entry. */
static struct object *table_of(u64 entry, int level)
{
	u64 phys = level ? format->table(entry, level) : 0;
	struct object *o = phys ? object_at(phys) : NULL;

	return o && o->table && o->phys == phys ? o : NULL;
}

/* An entry that has come to point at a table publishes that table. */
static void publish(u32 at, u64 entry)
{
	struct object *holder = object_at(at), *o;

	o = holder ? table_of(entry, holder->level) : NULL;
	if (!o || o->published)
		return;
	if (unordered[running + 1])
		fail(UNORDERED, "table 0x%x is published without a write barrier after it was filled", o->phys);
	o->published = true;
	o->level = holder->level + 1;
	o->iova = holder->iova + ((at - holder->phys) / format->entry << format->shift[holder->level]);
}

void memory_settle(void)
{
	u32 at = stored[running + 1];

	if (!at)
		return;
	stored[running + 1] = 0;
	step_result(0, entry_at(at), false);
	publish(at, entry_at(at));
}

static bool inside(const void *p)
{
	return (const char *)p >= window && (const char *)p < window + (1ULL << 32);
}

/* True if it is a step of the schedule, to be followed by the access itself. */
static bool visible(const void *p, u32 len, bool atomic)
{
	u64 phys = (const char *)p - window;
	struct object *o;

	if (!inside(p))
		return false;
	o = object_at(phys);
	if (!o || phys + len > o->phys + o->size) {
		fail(WILD, "an access to 0x%llx, where no table is", (unsigned long long)phys);
		give_up();
	}
	if (running < 0)
		return false;
	if (o->freed) {
		fail(USE_AFTER_FREE, "an access to 0x%llx in a table that was freed", (unsigned long long)phys);
		give_up();
	}
	return o->table ? shared(o) : atomic;
}

/* At the step, others have run: the table may be gone by now. */
static void access_step(enum kind kind, const void *p, u32 len, void *pc)
{
	step(kind, p, len, pc);
	visible(p, len, true);
}

static void on_read(const void *p, u32 len, void *pc)
{
	if (visible(p, len, false)) {
		access_step(READ, p, len, pc);
		step_result(value_of(p, len), 0, false);
	}
}

static void on_write(void *p, u32 len, void *pc)
{
	if (visible(p, len, false)) {
		access_step(STORE, p, len, pc);
		stored[running + 1] = explore_phys(p);
		judge_stored(explore_phys(p));
	} else if (inside(p)) {
		unordered[running + 1] = true;
	}
}

/* The calls that -fsanitize=thread compiles into the driver. */
#define PC __builtin_return_address(0)

void __tsan_init(void);
void __tsan_init(void) { }
void __tsan_func_entry(void *pc);
void __tsan_func_entry(void *pc) { (void)pc; }
void __tsan_func_exit(void);
void __tsan_func_exit(void) { }
void __tsan_vptr_update(void **p, void *v);
void __tsan_vptr_update(void **p, void *v) { (void)p; (void)v; }

#define SIZED(n)								\
	void __tsan_read##n(void *p);						\
	void __tsan_read##n(void *p) { on_read(p, n, PC); }			\
	void __tsan_unaligned_read##n(void *p);					\
	void __tsan_unaligned_read##n(void *p) { on_read(p, n, PC); }		\
	void __tsan_write##n(void *p);						\
	void __tsan_write##n(void *p) { on_write(p, n, PC); }			\
	void __tsan_unaligned_write##n(void *p);				\
	void __tsan_unaligned_write##n(void *p) { on_write(p, n, PC); }		\
	void __tsan_read_write##n(void *p);					\
	void __tsan_read_write##n(void *p) { on_read(p, n, PC); on_write(p, n, PC); }
SIZED(1) SIZED(2) SIZED(4) SIZED(8) SIZED(16)

static u64 swap_in(void *p, u32 len, u64 new, void *pc)
{
	u64 old = 0;

	if (visible(p, len, true)) {
		access_step(XCHG, p, len, pc);
		memcpy(&old, p, len);
		step_result(old, new, false);
		judge_stored(explore_phys(p));
	} else {
		memcpy(&old, p, len);
	}
	memcpy(p, &new, len);
	if (inside(p))
		publish(explore_phys(p), new);
	return old;
}

static u64 compare_and_swap(void *p, u32 len, u64 expected, u64 new, void *pc)
{
	u64 old = 0;
	bool step_of_it = visible(p, len, true);
	int level = inside(p) ? object_at(explore_phys(p))->level : 0;

	if (step_of_it)
		access_step(CMPXCHG, p, len, pc);
	memcpy(&old, p, len);
	if (step_of_it)
		step_result(old, new, old != expected);
	if (running >= 0 && table_of(new, level))
		judge_attempt(old == expected, old, level);
	if (old != expected)
		return old;
	memcpy(p, &new, len);
	if (inside(p)) {
		judge_stored(explore_phys(p));
		publish(explore_phys(p), new);
	}
	return old;
}

#define ATOMIC(bits, type)							\
	type __tsan_atomic##bits##_load(const volatile type *p, int mo);	\
	type __tsan_atomic##bits##_load(const volatile type *p, int mo)		\
	{									\
		(void)mo;							\
		if (visible((const void *)p, bits / 8, true)) {			\
			access_step(READ_ONCE_, (const void *)p, bits / 8, PC);	\
			step_result(*p, 0, false);				\
		}								\
		return *p;							\
	}									\
	void __tsan_atomic##bits##_store(volatile type *p, type v, int mo);	\
	void __tsan_atomic##bits##_store(volatile type *p, type v, int mo)	\
	{									\
		(void)mo;							\
		if (visible((const void *)p, bits / 8, true)) {			\
			access_step(STORE_ONCE, (const void *)p, bits / 8, PC);	\
			step_result(*p, v, false);				\
			judge_stored(explore_phys((const void *)p));		\
		}								\
		*p = v;								\
		if (inside((const void *)p))					\
			publish(explore_phys((const void *)p), v);		\
	}									\
	type __tsan_atomic##bits##_exchange(volatile type *p, type v, int mo);	\
	type __tsan_atomic##bits##_exchange(volatile type *p, type v, int mo)	\
	{									\
		(void)mo;							\
		return swap_in((void *)p, bits / 8, v, PC);			\
	}									\
	type __tsan_atomic##bits##_compare_exchange_val(volatile type *p, type e, type v, int mo, int fmo); \
	type __tsan_atomic##bits##_compare_exchange_val(volatile type *p, type e, type v, int mo, int fmo) \
	{									\
		(void)mo; (void)fmo;						\
		return compare_and_swap((void *)p, bits / 8, e, v, PC);		\
	}
ATOMIC(8, u8) ATOMIC(16, u16) ATOMIC(32, u32) ATOMIC(64, u64)

/* The compiler makes such calls of loops and of structures; the build renames them. */
void *explore_memset(void *to, int c, size_t n);
void *explore_memset(void *to, int c, size_t n)
{
	if (!inside(to) || running < 0)
		return memset(to, c, n);
	for (size_t i = 0; i < n; i += format->entry) {
		on_write((char *)to + i, format->entry, PC);
		memset((char *)to + i, c, format->entry);
	}
	return to;
}

void *explore_memcpy(void *to, const void *from, size_t n);
void *explore_memcpy(void *to, const void *from, size_t n)
{
	if ((!inside(to) && !inside(from)) || running < 0)
		return memcpy(to, from, n);
	for (size_t i = 0; i < n; i += format->entry) {
		on_read((const char *)from + i, format->entry, PC);
		on_write((char *)to + i, format->entry, PC);
		memcpy((char *)to + i, (const char *)from + i, format->entry);
	}
	return to;
}
