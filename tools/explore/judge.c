// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * After a run: page table, results and events against the flat model.
 *
 * The model knows pages alone. The last request of a thread that succeeded on a
 * page decides what is there; where several threads had success on one page, which
 * is legal for none, either may have. The page table is read entry by entry, by the
 * format's definition and not by its code.
 */
#include <string.h>
#include "explore.h"
#if __has_include(<trace/events/io_pgtable.h>)
#define HAVE_EVENTS 1
#include <trace/events/io_pgtable.h>
#else
#define HAVE_EVENTS 0
#endif

const bool have_events = HAVE_EVENTS;

const char *const verdict_names[VERDICTS] = {
	"wrong-address", "wrong-attributes", "lost", "resurrected", "refused", "lookup", "leak",
	"use-after-free", "bad-free", "wild", "warned", "unordered", "stale-walker", "stale-tlb",
	"bad-event", "deadlock", "endless"
};

u32 found;
char why[VERDICTS][200];

/* Pages with the same requests on them. */
enum { CLASSES = 64 };
static struct { u32 ops; u32 first; } classes[CLASSES];
static u8 class_of[PAGES];
static bool uniform[PAGES / 256];	/* sections whose pages have one class */
static int class_count;
static const char *classified;

/* Log of the driver's actions. The events are compared with it. */
enum { LOG = 64 };
struct attempt { bool won; u64 old; int level, op; };
struct freed { bool published; u32 iova, covered; int op; };
struct locked { bool stored; int op; };
struct event { char name[16]; const char *names; int n; u64 args[12]; int op; };
static struct {
	struct attempt	attempts[LOG];
	struct freed	frees[LOG];
	struct locked	locks[LOG];
	struct event	events[LOG];
	int		attempt_count, free_count, lock_count, event_count;
	bool		holds;
} logs[THREADS];
static bool listening;

/* Bytes of each request that were flushed, and the last flush of each thread. */
static u32 flushed[OPS];
static struct { u32 iova, size; } last_flush[THREADS];

/* A section: what an entry of the last level but one covers, 1M or 2M. */
static u32 section_pages(void) { return 1u << (format->shift[format->last - 1] - PAGE_SHIFT); }
static u32 section_count(void) { return format->span >> format->shift[format->last - 1]; }

static u8 class_with(u32 ops, u32 page)
{
	int c;

	for (c = 0; c < class_count && classes[c].ops != ops; c++)
		;
	if (c == class_count) {
		classes[class_count].ops = ops;
		classes[class_count++].first = page;
	}
	return c;
}

static u32 requests_on(u32 iova, u32 size, bool *partly)
{
	u32 ops = 0;

	for (int i = 0; i < prog.count; i++) {
		const struct op *op = &prog.ops[i];

		if (op->verb == LOOK || op->iova >= iova + size || iova >= op->iova + op->size)
			continue;
		ops |= 1u << i;
		*partly |= op->iova > iova || op->iova + op->size < iova + size;
	}
	return ops;
}

static void classify(void)
{
	if (classified && classified == prog.text)
		return;
	classified = prog.text;
	class_count = 0;
	for (u32 s = 0; s < section_count(); s++) {
		u32 first = s * section_pages(), ops;
		bool partly = false;

		ops = requests_on(first * SZ_4K, section_pages() * SZ_4K, &partly);
		uniform[s] = !partly;
		if (!partly)
			memset(&class_of[first], class_with(ops, first), section_pages());
		for (u32 page = first; partly && page < first + section_pages(); page++)
			class_of[page] = class_with(requests_on(page * SZ_4K, SZ_4K, &(bool){ 0 }), page);
	}
}

/* For a program that is in the place of another. */
void judge_forget(void)
{
	classified = NULL;
}

void judge_begin(void)
{
	classify();
	found = 0;
	listening = false;
	memset(flushed, 0, sizeof(flushed));
	memset(last_flush, 0, sizeof(last_flush));
	for (int t = 0; t < THREADS; t++)
		logs[t].attempt_count = logs[t].free_count = logs[t].lock_count =
			logs[t].event_count = logs[t].holds = 0;
}

void judge_start(void)
{
	listening = true;
}

/* By the format's definition, down to an entry that points at no table. */
static struct translation walk(u32 iova, u64 (*memory)(u32))
{
	u32 table = objects[top].phys;

	for (int level = format->first;; level++) {
		u64 entry = memory(table + index_of(iova, level) * format->entry);
		const struct object *o;

		if (!(entry & format->valid))
			return (struct translation){ .level = level };
		if (!format->table(entry, level))
			return format->leaf(entry, level, iova);
		o = object_at(format->table(entry, level));
		if (!o || o->freed || !o->table)
			return (struct translation){ .valid = true, .address = ~0ULL, .level = level };
		table = o->phys;
	}
}

static bool succeeded(int i)
{
	return done[i] && (prog.ops[i].verb == MAP ? !results[i] : results[i] == prog.ops[i].size);
}

/*
 * The requests that may have left a page of this class as it is; bit OPS: nothing
 * has ever been there.
 */
static u32 may_decide(u32 ops)
{
	u32 allowed = 0;
	int prepared = OPS;

	for (int t = 0; t < prog.threads; t++) {
		int last = -1;

		for (int i = 0; i < prog.count; i++)
			if (ops & 1u << i && prog.ops[i].thread == t && succeeded(i))
				last = i;
		if (last >= 0)
			allowed |= 1u << last;
	}
	for (int i = 0; i < prog.count; i++)
		if (ops & 1u << i && prog.ops[i].thread < 0 && succeeded(i))
			prepared = i;
	return allowed ? allowed : 1u << prepared;
}

static void judge_page(u32 page, u32 allowed)
{
	u32 iova = page * SZ_4K;
	struct translation t = walk(iova, entry_at);
	u32 unmapped = 1u << OPS;
	int op;

	for (int i = 0; i < prog.count; i++)
		if (prog.ops[i].verb == UNMAP)
			unmapped |= 1u << i;
	if (!t.valid) {
		if (!(allowed & unmapped))
			fail(LOST, "0x%x is not mapped any more, and no unmap of it succeeded", iova);
		return;
	}
	op = t.address < 0x80000000ULL ? OPS : (int)min((t.address - 0x80000000ULL) / format->span, (u64)OPS);
	if (op >= prog.count || prog.ops[op].verb != MAP || t.address != address_of(op, iova) ||
	    !(classes[class_of[page]].ops & 1u << op)) {
		fail(WRONG_ADDRESS, "0x%x translates to 0x%llx, where nobody mapped it", iova,
		     (unsigned long long)t.address);
		return;
	}
	if (!(allowed & 1u << op))
		fail(RESURRECTED, "0x%x translates to 0x%llx, which was unmapped or never mapped with success",
		     iova, (unsigned long long)t.address);
	else if (t.attributes != format->attributes(prog.ops[op].prot))
		fail(WRONG_ATTRIBUTES, "0x%x has attributes 0x%llx instead of 0x%llx", iova,
		     (unsigned long long)t.attributes, (unsigned long long)format->attributes(prog.ops[op].prot));
}

/* One page stands for all of a section with one entry and the same requests. */
static void judge_pages(void)
{
	u32 allowed[CLASSES];

	for (int c = 0; c < class_count; c++)
		allowed[c] = may_decide(classes[c].ops);
	for (u32 s = 0; s < section_count(); s++) {
		u32 first = s * section_pages();
		bool one = uniform[s] && walk(first * SZ_4K, entry_at).level < format->last;

		for (u32 i = 0; i < (one ? 1 : section_pages()); i++)
			judge_page(first + i, allowed[class_of[first + i]]);
	}
}

static void judge_results(void)
{
	for (int i = 0; i < prog.count; i++) {
		const struct op *op = &prog.ops[i];
		u32 ops, may = 1u << OPS;
		bool right = false;

		if (op->verb != LOOK) {
			if (prog.legal && !succeeded(i))
				fail(REFUSED, "%s 0x%x of 0x%x returns %lld, and nothing is wrong with it",
				     op->verb == MAP ? "map" : "unmap", op->size, op->iova, (long long)results[i]);
			if (op->verb == UNMAP && op->thread >= 0 && succeeded(i) && flushed[i] < op->size)
				fail(STALE_TLB, "unmap 0x%x of 0x%x flushes 0x%x of it", op->size, op->iova, flushed[i]);
			continue;
		}
		/* Whatever was there before, or another thread puts there meanwhile. */
		ops = classes[class_of[op->iova / SZ_4K]].ops;
		for (int j = 0; j < prog.count; j++)
			if (ops & 1u << j && j < i && (prog.ops[j].thread < 0 || prog.ops[j].thread == op->thread))
				may = 1u << j;
		for (int j = 0; j < prog.count; j++)
			if (ops & 1u << j && prog.ops[j].thread >= 0 && prog.ops[j].thread != op->thread)
				may |= 1u << j;
		for (int j = 0; j <= OPS; j++)
			if (may & 1u << j && (u64)results[i] == (j < OPS && prog.ops[j].verb == MAP ?
							       address_of(j, op->iova) : 0))
				right = true;
		if (!right)
			fail(LOOKUP, "a lookup of 0x%x finds 0x%llx", op->iova, (unsigned long long)results[i]);
	}
}

static void reach(const struct object *table, bool *reached)
{
	for (u32 at = 0; at < table->size; at += format->entry) {
		u64 next = format->table(entry_at(table->phys + at), table->level);
		struct object *o = next ? object_at(next) : NULL;

		if (!next)
			continue;
		if (!o || !o->table || o->freed) {
			fail(USE_AFTER_FREE, "entry %u at level %d points at 0x%llx, which is no table any more",
			     at / format->entry, table->level, (unsigned long long)next);
			continue;
		}
		reached[o - objects] = true;
		reach(o, reached);
	}
}

static void judge_walker(const struct object *o)
{
	for (u32 at = 0; at < o->size; at += format->entry) {
		u64 entry = entry_at(o->phys + at) & ~format->ignored;
		u64 seen = walker_entry_at(o->phys + at) & ~format->ignored;

		if (entry != seen)
			fail(STALE_WALKER, "entry %u of table 0x%x is 0x%llx, and the walker sees 0x%llx",
			     at / format->entry, o->phys, (unsigned long long)entry, (unsigned long long)seen);
	}
}

static void judge_tables(void)
{
	bool reached[64] = { false };

	reach(&objects[top], reached);
	for (int i = 0; i < object_count; i++) {
		const struct object *o = &objects[i];

		if (!o->table || o->freed)
			continue;
		if (i != top && !reached[i])
			fail(LEAK, "table 0x%x is neither freed nor reached by an entry", o->phys);
		if (!coherent)
			judge_walker(o);
	}
}

int explore_warn(const char *what, const char *file, int line)
{
	/* The caller's error is what such a warning is for. */
	if (prog.legal)
		fail(WARNED, "%s:%d warns: %s", strrchr(file, '/') ? strrchr(file, '/') + 1 : file, line, what);
	return 1;
}

void judge_attempt(bool won, u64 old, int level)
{
	if (logs[running].attempt_count < LOG)
		logs[running].attempts[logs[running].attempt_count++] =
			(struct attempt){ won, old, level, running_op };
}

/* A large page may be cached whole, so that a flush of it has to begin where it begins. */
void judge_flush(u32 iova, u32 size)
{
	const struct op *op = &prog.ops[running_op];
	u32 from = max(iova, op->iova), to = min(iova + size, op->iova + op->size);

	if (running < 0)
		return;
	last_flush[running].iova = iova;
	last_flush[running].size = size;
	if (from < to)
		flushed[running_op] += to - from;
	if (iova & (size - 1))
		fail(STALE_TLB, "a flush of 0x%x begins at 0x%x, which leaves out what is before", size, iova);
}

void judge_free(const struct object *o)
{
	u32 covered = o->published ? covered_by(o) : 0;

	if (o->published && (last_flush[running].iova > o->iova ||
			     last_flush[running].iova + last_flush[running].size < o->iova + covered))
		fail(STALE_TLB, "the table of 0x%x at level %d is freed before it is flushed", o->iova, o->level);
	if (logs[running].free_count < LOG)
		logs[running].frees[logs[running].free_count++] =
			(struct freed){ o->published, o->iova, covered, running_op };
}

void judge_locked(void)
{
	if (running < 0 || logs[running].lock_count == LOG)
		return;
	logs[running].locks[logs[running].lock_count++] = (struct locked){ false, running_op };
	logs[running].holds = true;
}

/* A split is done by whoever wrote the entry that its request is about. */
void judge_stored(u32 at)
{
	u32 iova = prog.ops[running_op].iova;
	const struct object *o = object_at(at);

	if (running >= 0 && logs[running].holds && o && o->table &&
	    (int)((at - o->phys) / format->entry) == index_of(iova, o->level))
		logs[running].locks[logs[running].lock_count - 1].stored = true;
}

void judge_unlocked(void)
{
	if (running >= 0)
		logs[running].holds = false;
}

bool explore_events(void)
{
	return events_on;
}

void explore_event(const char *name, const char *names, int n, const u64 *args)
{
	struct event *e;

	if (!listening || running < 0 || logs[running].event_count == LOG)
		return;
	e = &logs[running].events[logs[running].event_count++];
	snprintf(e->name, sizeof(e->name), "%s", name + strlen("io_pgtable_"));
	e->names = names;
	e->n = n;
	e->op = running_op;
	memcpy(e->args, args, n * sizeof(*args));
}

#if HAVE_EVENTS
/* Looked up by name: a later version of an event may have one more. */
static u64 argument(const struct event *e, const char *name)
{
	const char *at = strchr(e->names, '(');
	size_t length = strlen(name);

	for (int i = 0; at && i < e->n; i++, at = strchr(at, ',')) {
		at += 1 + strspn(at + 1, " \t\n");
		if (!strncmp(at, name, length) && !strchr("abcdefghijklmnopqrstuvwxyz_0123456789", at[length]))
			return e->args[i];
	}
	fail(BAD_EVENT, "event %s has no argument %s", e->name, name);
	return ~0ULL;
}

static const struct event *next_event(int t, const char *name, int *from)
{
	while (*from < logs[t].event_count) {
		const struct event *e = &logs[t].events[(*from)++];

		if (!strcmp(e->name, name))
			return e;
	}
	return NULL;
}

static u64 lost_to(u64 old, int level)
{
	return format->table(old, level) ? IO_PGTABLE_INSTALL_LOST_TO_TABLE :
	       old & format->valid ? IO_PGTABLE_INSTALL_LOST_TO_LEAF : IO_PGTABLE_INSTALL_LOST_TO_EMPTY;
}

static void judge_installs(int t)
{
	const struct event *e;
	int from = 0, blocks = 0;

	for (int i = 0; i < logs[t].attempt_count; i++) {
		const struct attempt *a = &logs[t].attempts[i];
		u64 outcome = a->won ? IO_PGTABLE_INSTALL_WON : lost_to(a->old, a->level);

		e = next_event(t, "install", &from);
		if (!e)
			fail(BAD_EVENT, "an install without its event");
		else if (argument(e, "outcome") != outcome || e->op != a->op)
			fail(BAD_EVENT, "event install says outcome %llu instead of %llu",
			     (unsigned long long)argument(e, "outcome"), (unsigned long long)outcome);
		else if (argument(e, "why") == IO_PGTABLE_INSTALL_SPLIT)
			blocks++;
	}
	if (next_event(t, "install", &from))
		fail(BAD_EVENT, "event install without an install");
	from = 0;
	while ((e = next_event(t, "split", &from)))
		if (argument(e, "kind") == IO_PGTABLE_SPLIT_BLOCK)
			blocks--;
	if (blocks)
		fail(BAD_EVENT, "%d installs of a split without event split", blocks);
}

static void judge_frees(int t)
{
	const struct event *e;
	int from = 0;

	for (int i = 0; i < logs[t].free_count; i++) {
		const struct freed *f = &logs[t].frees[i];

		e = next_event(t, "free", &from);
		if (!e)
			fail(BAD_EVENT, "a free without its event");
		else if ((argument(e, "why") == IO_PGTABLE_FREE_LOST) == f->published)
			fail(BAD_EVENT, "event free says why %llu of a table that was %s",
			     (unsigned long long)argument(e, "why"), f->published ? "in place" : "never in place");
		else if (f->published && (argument(e, "iova") & ~(u64)(f->covered - 1)) != f->iova)
			fail(BAD_EVENT, "event free says iova 0x%llx of the table of 0x%x",
			     (unsigned long long)argument(e, "iova"), f->iova);
	}
	if (next_event(t, "free", &from))
		fail(BAD_EVENT, "event free without a free");
}

static void judge_splits(int t)
{
	const struct event *e;
	int from = 0;

	for (int i = 0; i < logs[t].lock_count; i++) {
		const struct locked *l = &logs[t].locks[i];

		do
			e = next_event(t, "split", &from);
		while (e && argument(e, "kind") != IO_PGTABLE_SPLIT_CONT);
		if (!e)
			fail(BAD_EVENT, "split_lock was taken without event split");
		else if ((argument(e, "outcome") == IO_PGTABLE_SPLIT_DONE) != l->stored)
			fail(BAD_EVENT, "event split says outcome %llu, and its own entry was %s",
			     (unsigned long long)argument(e, "outcome"), l->stored ? "split" : "not split");
	}
}

static void judge_refusals(int t)
{
	int refused[OPS] = { 0 }, from = 0;
	const struct event *e;

	while ((e = next_event(t, "refuse", &from)))
		refused[e->op]++;
	for (int i = 0; i < prog.count; i++)
		if (prog.ops[i].thread == t && prog.ops[i].verb != LOOK && refused[i] != !succeeded(i))
			fail(BAD_EVENT, "request %d %s, with %d events refuse", i,
			     succeeded(i) ? "succeeded" : "was refused", refused[i]);
}

static void judge_events(void)
{
	for (int t = 0; t < prog.threads; t++) {
		judge_installs(t);
		judge_frees(t);
		judge_splits(t);
		judge_refusals(t);
	}
}
#else
static void judge_events(void) { }
#endif

static const u32 astray = 1u << USE_AFTER_FREE | 1u << BAD_FREE | 1u << WILD | 1u << DEADLOCK | 1u << ENDLESS;

void judge(void)
{
	/* A thread that was ended has left things half done. */
	if (found & astray)
		return;
	judge_pages();
	judge_results();
	judge_tables();
	if (events_on)
		judge_events();
}

/* Hash of the results and of the whole page table, to compare the outcomes of searches. */
u64 outcome_hash(void)
{
	u64 hash = 14695981039346656037ULL;

	if (found & astray)
		return found;
	for (int i = 0; i < prog.count; i++)
		hash = (hash ^ (u64)results[i]) * 1099511628211ULL;
	for (u32 s = 0; s < section_count(); s++) {
		u32 first = s * section_pages();
		bool table = walk(first * SZ_4K, entry_at).level == format->last;

		for (u32 page = 0; page < (table ? section_pages() : 1); page++) {
			struct translation t = walk((first + page) * SZ_4K, entry_at);

			hash = (hash ^ (t.address + t.valid)) * 1099511628211ULL;
		}
	}
	return (hash ^ found) * 1099511628211ULL;
}
