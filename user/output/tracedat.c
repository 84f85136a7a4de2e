// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * The file describes the layout of its events, so the layout is ours to choose.
 * The fields and their print formats are those of the kernel's events. Debian
 * has no static library that writes such files.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/format.h"
#include "lib/util.h"
#include "lib/varint.h"
#include "model/names.h"
#include "source/source.h"
#include "tracedat.h"

enum {
	PAGE		= 4096,
	PAGE_HEADER	= 16,		/* time stamp, and bytes used */
	COMMON		= 8,		/* bytes of an event's common fields */
	CPUS		= 1024,
	TIDS		= 16384,	/* task names kept; a power of two */
	/* Layout of the ring buffer's 32-bit event headers. */
	DELTA_BITS	= 27,
	TIME_EXTEND	= 30,
	/* Flags of a page, in its field for bytes used. */
	MISSED		= 1U << 31,
	MISSED_STORED	= 1U << 30,	/* their number follows the events */
};

static uint64_t get_pgtable(const struct v7s_record *r) { return r->pgtable; }
static uint64_t get_iova(const struct v7s_record *r) { return r->iova; }
static uint64_t get_ns(const struct v7s_record *r) { return r->ns; }
static uint64_t get_hold(const struct v7s_record *r) { return r->hold_ns; }
static uint64_t get_size(const struct v7s_record *r) { return r->size; }
static uint64_t get_block(const struct v7s_record *r) { return r->block_size; }
static uint64_t get_fmt(const struct v7s_record *r) { return r->fmt; }
static uint64_t get_level(const struct v7s_record *r) { return r->level; }
static uint64_t get_why(const struct v7s_record *r) { return r->why; }
static uint64_t get_outcome(const struct v7s_record *r) { return r->outcome; }
static uint64_t get_holder(const struct v7s_record *r) { return r->holder; }
static uint64_t get_ias(const struct v7s_record *r) { return r->iova >> 32; }
static uint64_t get_oas(const struct v7s_record *r) { return (uint32_t)r->iova; }

struct field {
	const char *name, *type, *print;
	unsigned int size;
	uint64_t (*get)(const struct v7s_record *r);
	const char *const *names;	/* value names; NULL: a number */
	unsigned int count;
};

#define U64(name, print, get) { name, "u64", print, 8, get, NULL, 0 }
#define U32(name, get) { name, "unsigned int", "%u", 4, get, NULL, 0 }
#define NAMED(name, get, names)						\
	{ name, "unsigned int", "%s", 4, get, names, ARRAY_SIZE(names) }

/* In print order, after dev. */
static const struct event {
	const char *name;
	struct field field[12];
} formats[V7S_EVENTS] = {
	[V7S_EVENT_CREATE] = { "create", {
		U64("pgtable", "%llu", get_pgtable), NAMED("fmt",
							   get_fmt, fmt_names),
		U32("ias", get_ias), U32("oas", get_oas),
		U64("quirks", "0x%llx", get_size) } },
	[V7S_EVENT_DESTROY] = { "destroy", {
		U64("pgtable", "%llu", get_pgtable),
		NAMED("fmt", get_fmt, fmt_names) } },
	[V7S_EVENT_INSTALL] = { "install", {
		U64("pgtable", "%llu", get_pgtable), NAMED("fmt",
							   get_fmt, fmt_names),
		U32("level", get_level), U64("iova", "0x%llx", get_iova),
		{ "why", "unsigned int", "%s", 4, get_why, install_why_names,
		  V7S_INSTALL_WHY },
		{ "outcome", "unsigned int", "%s", 4, get_outcome,
		  install_outcome_names, V7S_INSTALL_OUTCOME },
		{ "window_ns", "s64", "%lld", 8, get_ns, NULL, 0 } } },
	[V7S_EVENT_SPLIT] = { "split", {
		U64("pgtable", "%llu", get_pgtable), NAMED("fmt",
							   get_fmt, fmt_names),
		U32("level", get_level), U64("iova", "0x%llx", get_iova),
		{ "kind", "unsigned int", "%s", 4, get_why, split_kind_names,
		  V7S_SPLIT_KIND },
		{ "outcome", "unsigned int", "%s", 4, get_outcome,
		  split_outcome_names, V7S_SPLIT_OUTCOME },
		U64("block_size", "0x%llx", get_block),
		U64("size", "0x%llx", get_size), U64("wait_ns", "%llu", get_ns),
		U64("hold_ns", "%llu", get_hold),
		{ "holder", "int", "%d", 4, get_holder, NULL, 0 } } },
	[V7S_EVENT_FREE] = { "free", {
		U64("pgtable", "%llu", get_pgtable), NAMED("fmt",
							   get_fmt, fmt_names),
		U32("level", get_level), U64("iova", "0x%llx", get_iova),
		{ "why", "unsigned int", "%s", 4, get_why, free_why_names,
		  V7S_FREE_WHY } } },
	[V7S_EVENT_REFUSE] = { "refuse", {
		U64("pgtable", "%llu", get_pgtable), NAMED("fmt",
							   get_fmt, fmt_names),
		U32("level", get_level), U64("iova", "0x%llx", get_iova),
		U64("size", "0x%llx", get_size),
		{ "why", "unsigned int", "%s", 4, get_why, refuse_why_names,
		  V7S_REFUSE_WHY } } },
};

/* The pages of a CPU. */
struct buffer {
	FILE *f;
	uint64_t pages, time;
	uint64_t missed;	/* events lost before the next one */
	uint64_t page_missed;	/* events lost before the current page */
	unsigned int used;	/* bytes of the current page */
	uint8_t page[PAGE];
};

/* State of a file, from its first event to accounts(). */
struct tracedat {
	struct buffer *cpus[CPUS];
	unsigned int ncpus;
	struct tid {
		uint32_t tid;	/* plus 1; 0: free */
		char comm[V7S_COMM];
	} tids[TIDS];
};

static void fail(struct printer *p, const char *what)
{
	if (!p->failed)
		err_print("%s: %s", what, strerror(errno));
	p->failed = true;
}

/* NULL: out of memory. */
static struct tracedat *state_of(struct printer *p)
{
	if (!p->state)
		p->state = calloc(1, sizeof(struct tracedat));
	if (!p->state)
		fail(p, "cannot write a trace.dat");
	return p->state;
}

static struct buffer *buffer_of(struct printer *p, unsigned int n)
{
	struct tracedat *s = state_of(p);
	struct buffer *c;

	if (!s)
		return NULL;
	if (n >= CPUS) {
		errno = E2BIG;
		fail(p, "cannot write a trace.dat for so many CPUs");
		return NULL;
	}
	c = s->cpus[n];
	if (!c) {
		c = s->cpus[n] = calloc(1, sizeof(*c));
		if (c)
			c->f = tmpfile();
		if (!c || !c->f)
			fail(p, "cannot create a temporary file");
	}
	if (n >= s->ncpus)
		s->ncpus = n + 1;
	return p->failed ? NULL : c;
}

static void end_page(struct printer *p, struct buffer *c)
{
	uint32_t used = c->used;

	if (!c->used)
		return;
	memset(c->page + PAGE_HEADER + c->used, 0,
	       PAGE - PAGE_HEADER - c->used);
	if (c->page_missed) {
		used |= MISSED;
		if (c->used + 8 <= PAGE - PAGE_HEADER) {
			used |= MISSED_STORED;
			wire_put(c->page + PAGE_HEADER + c->used,
				 c->page_missed, 8);
		}
	}
	wire_put(c->page + 8, used, 8);
	if (fwrite(c->page, PAGE, 1, c->f) != 1)
		fail(p, "cannot write to a temporary file");
	c->pages++;
	c->used = 0;
}

/* The format has one name per task: keep the latest. */
static void keep_name(struct tracedat *s, uint32_t tid, const char *comm)
{
	size_t i = tid & (TIDS - 1), tries;

	for (tries = 0; tries < 64; tries++, i = (i + 1) & (TIDS - 1)) {
		if (s->tids[i].tid && s->tids[i].tid != tid + 1)
			continue;
		s->tids[i].tid = tid + 1;
		format_clean(comm, s->tids[i].comm, sizeof(s->tids[i].comm));
		return;
	}
}

/* Fields of eight bytes come first, so that all are aligned. */
static uint8_t *put_fields(uint8_t *p, const struct event *e, unsigned int size,
			   const struct v7s_record *r)
{
	const struct field *f;

	for (f = e->field; f->name; f++)
		if (f->size == size)
			p = wire_put(p, f->get(r), size);
	return p;
}

static unsigned int put_event(uint8_t *event, const struct v7s_record *r)
{
	const struct event *e = &formats[r->event];
	char dev[V7S_DEV];
	size_t len = strlen(format_clean(r->dev, dev, sizeof(dev)));
	uint8_t *p, *where;

	p = wire_put(event, r->event + 1, 2);
	p = wire_put(p, 0, 2);
	p = wire_put(p, r->task & UINT32_MAX, 4);
	p = put_fields(p, e, 8, r);
	where = p;
	p = put_fields(p + 4, e, 4, r);
	wire_put(where, (len + 1) << 16 | (p - event), 4);
	memcpy(p, dev, len);
	p += len;
	do
		*p++ = 0;
	while ((p - event) % 4);
	return p - event;
}

static void record(struct printer *printer, const struct traced *t)
{
	const struct v7s_record *r = t->r;
	struct buffer *c = buffer_of(printer, t->cpu);
	unsigned int size;
	uint8_t event[256], *p;
	uint64_t delta;

	if (!c || r->event >= V7S_EVENTS)
		return;
	keep_name(printer->state, r->task, r->comm);
	size = put_event(event, r);
	/* 12: the event's header, and a time extend of 8 bytes before it. */
	if (c->missed || c->used + 12 + size > PAGE - PAGE_HEADER)
		end_page(printer, c);
	if (!c->used) {
		c->time = r->time > c->time ? r->time : c->time;
		c->page_missed = c->missed;
		c->missed = 0;
		wire_put(c->page, c->time, 8);
	}
	p = c->page + PAGE_HEADER + c->used;
	delta = r->time > c->time ? r->time - c->time : 0;
	c->time += delta;
	if (delta >> DELTA_BITS) {
		p = wire_put(p,
			     TIME_EXTEND | (delta & ((1U << DELTA_BITS) - 1)) << 5, 4);
		p = wire_put(p, delta >> DELTA_BITS, 4);
		delta = 0;
	}
	/* Every event is short enough for type_len. */
	p = wire_put(p, size / 4 | delta << 5, 4);
	memcpy(p, event, size);
	c->used = p + size - c->page - PAGE_HEADER;
}

static void dropped(struct printer *p, unsigned int cpu, uint64_t n,
		    bool overrun)
{
	struct buffer *c = buffer_of(p, cpu);

	(void)overrun;	/* the format has one mark for all causes */
	if (c)
		c->missed += n;
}

static void put_number(FILE *f, uint64_t n, unsigned int bytes)
{
	uint8_t buf[8];

	wire_put(buf, n, bytes);
	fwrite(buf, bytes, 1, f);
}

/* The length, in @bytes bytes, and the data. */
static void put_sized(FILE *f, unsigned int bytes, const char *text,
		      size_t size)
{
	put_number(f, size, bytes);
	fwrite(text, size, 1, f);
}

static void put_field_formats(FILE *f, const struct event *e, unsigned int size,
			unsigned int *at)
{
	const struct field *field;

	for (field = e->field; field->name; field++) {
		if (field->size != size)
			continue;
		fprintf(f, "\tfield:%s %s;\toffset:%u;\tsize:%u;\tsigned:%d;\n",
			field->type, field->name, *at, size,
			*field->type == 's' || *field->type == 'i');
		*at += size;
	}
}

static void put_format(FILE *f, const struct event *e, unsigned int id)
{
	const struct field *field;
	unsigned int at = COMMON, i;

	fprintf(f, "name: io_pgtable_%s\nID: %u\nformat:\n"
		"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n",
		e->name, id);
	put_field_formats(f, e, 8, &at);
	fprintf(f, "\tfield:__data_loc char[] dev;\toffset:%u;\tsize:4;\tsigned:0;\n",
		at);
	at += 4;
	put_field_formats(f, e, 4, &at);
	fputs("\nprint fmt: \"dev=%s", f);
	for (field = e->field; field->name; field++)
		fprintf(f, " %s=%s", field->name, field->print);
	fputs("\", __get_str(dev)", f);
	for (field = e->field; field->name; field++) {
		fprintf(f, field->names ? ", __print_symbolic(REC->%s" : ", REC->%s",
			field->name);
		for (i = 0; i < field->count; i++)
			fprintf(f, ", { %u, \"%s\" }", i, field->names[i]);
		if (field->names)
			fputc(')', f);
	}
	fputc('\n', f);
}

static void put_formats(struct printer *p)
{
	FILE *f = p->f;
	unsigned int i;
	char *text;
	size_t size;
	FILE *t;

	put_number(f, 0, 4);	/* number of ftrace's own events */
	put_number(f, 1, 4);
	fwrite("io_pgtable", sizeof("io_pgtable"), 1, f);
	put_number(f, V7S_EVENTS, 4);
	for (i = 0; i < V7S_EVENTS; i++) {
		t = open_memstream(&text, &size);
		if (!t) {
			fail(p, "cannot write the formats of the events");
			return;
		}
		put_format(t, &formats[i], i + 1);
		fclose(t);
		put_sized(f, 8, text, size);
		free(text);
	}
}

static void put_names(struct printer *p)
{
	const struct tracedat *s = p->state;
	char *text = NULL;
	size_t size = 0, i;
	FILE *t = open_memstream(&text, &size);

	if (!t) {
		fail(p, "cannot write the names of the tasks");
		return;
	}
	for (i = 0; i < TIDS; i++)
		if (s->tids[i].tid)
			fprintf(t, "%u %s\n", s->tids[i].tid - 1, s->tids[i].comm);
	fclose(t);
	put_sized(p->f, 8, text, size);
	free(text);
}

static const char header_page[] =
	"\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
	"\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
	"\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
	"\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;\n";
static const char header_event[] =
	"# compressed entry header\n"
	"\ttype_len    :    5 bits\n"
	"\ttime_delta  :   27 bits\n"
	"\tarray       :   32 bits\n\n"
	"\tpadding     : type == 29\n"
	"\ttime_extend : type == 30\n"
	"\ttime_stamp : type == 31\n"
	"\tdata max type_len  == 28\n";
static const char trace_clock[] = "local global counter uptime perf [mono]\n";

enum { OPTION_TRACECLOCK = 4 };

static void put_head(struct printer *p)
{
	const struct tracedat *s = p->state;
	FILE *f = p->f;

	fwrite("\x17\x08\x44tracing6\0\0\x08", 14, 1, f);
	put_number(f, PAGE, 4);
	fwrite("header_page", sizeof("header_page"), 1, f);
	put_sized(f, 8, header_page, sizeof(header_page) - 1);
	fwrite("header_event", sizeof("header_event"), 1, f);
	put_sized(f, 8, header_event, sizeof(header_event) - 1);
	put_formats(p);
	put_number(f, 0, 4);	/* kallsyms */
	put_number(f, 0, 4);	/* trace_printk */
	put_names(p);
	put_number(f, s->ncpus, 4);
	fwrite("options  ", sizeof("options  "), 1, f);
	put_number(f, OPTION_TRACECLOCK, 2);
	put_sized(f, 4, trace_clock, sizeof(trace_clock));
	put_number(f, 0, 2);
	fwrite("flyrecord", sizeof("flyrecord"), 1, f);
}

static void copy_pages(struct printer *p, struct buffer *c)
{
	uint64_t n;

	rewind(c->f);
	for (n = 0; n < c->pages && !p->failed; n++)
		if (fread(c->page, PAGE, 1, c->f) != 1)
			fail(p, "cannot read a temporary file");
		else
			fwrite(c->page, PAGE, 1, p->f);
}

static void accounts(struct printer *p, const struct report *r,
		     const struct stream_cpu *account, size_t n, uint64_t unshown)
{
	struct tracedat *s = state_of(p);
	uint64_t at, pages;
	FILE *f = p->f;
	unsigned int i;

	(void)r;
	(void)account;
	(void)n;
	(void)unshown;
	if (!s)
		return;
	if (!s->ncpus)
		s->ncpus = 1;
	for (i = 0; i < s->ncpus; i++)
		if (s->cpus[i] && !p->failed)
			end_page(p, s->cpus[i]);
	put_head(p);
	/* The pages follow the table of their offsets. */
	at = ftello(f) + s->ncpus * 16ULL;
	at = (at + PAGE - 1) / PAGE * PAGE;
	for (i = 0; i < s->ncpus; i++) {
		pages = s->cpus[i] ? s->cpus[i]->pages : 0;
		put_number(f, at, 8);
		put_number(f, pages * PAGE, 8);
		at += pages * PAGE;
	}
	while (ftello(f) % PAGE && !ferror(f))
		fputc(0, f);
	for (i = 0; i < s->ncpus; i++) {
		if (!s->cpus[i])
			continue;
		if (s->cpus[i]->f) {
			copy_pages(p, s->cpus[i]);
			fclose(s->cpus[i]->f);
		}
		free(s->cpus[i]);
	}
	free(s);
	p->state = NULL;
}

const struct out out_tracedat = {
	.record		= record,
	.dropped	= dropped,
	.accounts	= accounts,
};
