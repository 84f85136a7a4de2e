// SPDX-License-Identifier: GPL-2.0
/* Available sources of the events, and known defects of the kernel. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ftrace/tracefs.h"
#include "lib/util.h"
#include "model/names.h"
#include "model/visibility.h"
#include "diagnosis.h"

/* The series fixes these. Its events prove that a kernel has the series. */
static const struct defect defects[] = {
	{ "section_split_address",
	  "a partial unmap of a 1M section maps the rest of the section to physical address 0: devices read and write the wrong memory",
	  KERNEL(4, 13), KERNEL(6, 13) },
	{ "supersection_split_fails",
	  "a partial unmap of a 16M supersection outside of its first 1M fails, and leaves the supersection split",
	  KERNEL(4, 13), KERNEL(6, 13) },
	{ "late_split_resurrects",
	  "a split of a 64K page that races with its unmap maps the page again, at physical address 0",
	  KERNEL(4, 13), KERNEL(6, 13) },
};

_Static_assert(ARRAY_SIZE(defects) <= DEFECTS_MAX, "room for defects");

const struct defect *defect_find(const char *id)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(defects); i++)
		if (!strcmp(defects[i].id, id))
			return &defects[i];
	return NULL;
}

static enum known by_bpf(const struct probe *p, int event)
{
	int fd;

	if (p->prog < 0)
		return KNOWN_NOT;
	fd = bpf_raw_tracepoint_open(event_names[event], p->prog);
	if (fd < 0)
		return errno == ENOENT ? KNOWN_NO : KNOWN_NOT;
	close(fd);
	return KNOWN_YES;
}

static enum known by_ftrace(const struct probe *p, int event)
{
	char path[512];

	if (!p->tracefs[0])
		return KNOWN_NOT;
	snprintf(path, sizeof(path), "%s/events/io_pgtable/%s/format",
		 p->tracefs, event_names[event]);
	if (!access(path, F_OK))
		return KNOWN_YES;
	return errno == ENOENT ? KNOWN_NO : KNOWN_NOT;
}

static enum known how_many(const bool *visible, size_t n)
{
	size_t i, yes = 0;

	for (i = 0; i < n; i++)
		yes += visible[i];
	return yes == n ? KNOWN_YES : yes ? KNOWN_PART : KNOWN_NO;
}

static enum known by_kprobe(const struct probe *p, int event)
{
	static const struct {
		size_t first, n;
	} parts[V7S_EVENTS] = {
#define PART(field) { offsetof(struct visibility, field),			\
		      sizeof(((struct visibility *)0)->field) }
		[V7S_EVENT_CREATE]	= PART(create),
		[V7S_EVENT_DESTROY]	= PART(destroy),
		[V7S_EVENT_INSTALL]	= PART(install),
		[V7S_EVENT_SPLIT]	= PART(split),
		[V7S_EVENT_FREE]	= PART(free),
		[V7S_EVENT_REFUSE]	= PART(refuse),
#undef PART
	};
	const struct visibility *s = &p->plan.visible;
	enum known k;

	if (p->kprobe == -EACCES || p->kprobe == -EPERM)
		return KNOWN_NOT;
	if (p->kprobe)
		return KNOWN_NO;
	k = how_many(visibility_list(s) + parts[event].first, parts[event].n);
	/* The sum is visible, but not the kinds. */
	if (k == KNOWN_NO && ((event == V7S_EVENT_INSTALL && s->attempts) ||
			      (event == V7S_EVENT_FREE && s->frees)))
		k = KNOWN_PART;
	return k;
}

static void judge_events(struct diagnosed_source *source, const int n[KNOWNS])
{
	source->works = n[KNOWN_YES] == V7S_EVENTS;
	if (n[KNOWN_NO] == V7S_EVENTS)
		snprintf(source->why_not, sizeof(source->why_not),
			 "this kernel has none of the io_pgtable events: apply kernel-patch/ and boot the new kernel");
	else if (n[KNOWN_NO])
		snprintf(source->why_not, sizeof(source->why_not),
			 "this kernel lacks %d of the %d events: apply all of kernel-patch/ and boot the new kernel", n[KNOWN_NO], V7S_EVENTS);
	else if (n[KNOWN_NOT])
		snprintf(source->why_not, sizeof(source->why_not),
			 "unknown whether this kernel has the events: see the failed facts above");
}

static void judge_ftrace(struct diagnosed_source *source, const struct probe *p,
			 const int n[KNOWNS])
{
	judge_events(source, n);
	if (source->works)
		source->works = tracefs_usable(p->tracefs, source->why_not,
					    sizeof(source->why_not));
}

static void judge_kprobe(struct diagnosed_source *source, const struct probe *p)
{
	const struct kprobe_sites *plan = &p->plan;
	const char *why = NULL;

	if (p->machine == MACHINE_OTHER)
		why = "only Arm kernels have these page tables";
	else if (!plan->symbols)
		why = "the kernel has no symbols: build it with CONFIG_KALLSYMS=y";
	else if (!plan->there[V7S_SHORT] && !plan->there[V7S_LONG])
		why = "this kernel has none of these page tables";
	else if (!plan->watched[V7S_SHORT] && !plan->watched[V7S_LONG])
		why = plan->addresses ? "the compiler inlined all attach sites of this kernel: apply kernel-patch/ and boot the new kernel" :
			"the kernel hides the addresses of its functions: see the failed facts above";
	else if (p->kprobe || p->prog < 0)
		why = "kprobes or BPF programs do not work: see the failed facts above";
	source->works = !why;
	snprintf(source->why_not, sizeof(source->why_not), "%s", why ? why : "");
}

static void find_defects(struct diagnosis *d, const struct probe *p)
{
	bool unseen = d->event[0][SOURCE_BPF] != KNOWN_NO &&
		      d->event[0][SOURCE_FTRACE] != KNOWN_NO;
	size_t i;

	if (p->plan.series || d->event[0][SOURCE_BPF] == KNOWN_YES ||
	    d->event[0][SOURCE_FTRACE] == KNOWN_YES ||
	    (p->plan.symbols && !p->plan.there[V7S_SHORT]))
		return;
	/*
	 * Without symbols, privilege and tracefs, the kernel may still have the
	 * series.
	 */
	d->defects_sure = p->plan.symbols || (p->plan.there[V7S_SHORT] &&
					      !unseen);
	for (i = 0; i < ARRAY_SIZE(defects); i++)
		if (p->version >= defects[i].from &&
		    p->version < defects[i].before)
			d->defect[d->defects++] = &defects[i];
}

void doctor_sources(struct diagnosis *d, const struct probe *p)
{
	static const struct {
		const char *name, *what;
		enum known (*sees)(const struct probe *p, int event);
	} kinds[SOURCES] = {
		[SOURCE_BPF] = {
			"bpf", "exact counts and times", by_bpf,
		},
		[SOURCE_FTRACE] = {
			"ftrace", "exact counts and times, unless a trace buffer overruns", by_ftrace,
		},
		[SOURCE_KPROBE] = {
			"kprobe", "most counts, not exact", by_kprobe,
		},
	};
	int n[KNOWNS], w, e;

	for (w = 0; w < SOURCES; w++) {
		memset(n, 0, sizeof(n));
		for (e = 0; e < V7S_EVENTS; e++) {
			d->event[e][w] = kinds[w].sees(p, e);
			n[d->event[e][w]]++;
		}
		d->source[w].name = kinds[w].name;
		d->source[w].what = kinds[w].what;
		if (w == SOURCE_KPROBE)
			judge_kprobe(&d->source[w], p);
		else if (w == SOURCE_FTRACE)
			judge_ftrace(&d->source[w], p, n);
		else
			judge_events(&d->source[w], n);
	}
	for (w = SOURCES - 1, d->recommended = -1; w >= 0; w--)
		if (d->source[w].works)
			d->recommended = w;
	find_defects(d, p);
}
