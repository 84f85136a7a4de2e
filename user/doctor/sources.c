// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Available sources of the events, and known defects of the kernel. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"
#include "model/names.h"
#include "model/visibility.h"
#include "source/permit.h"
#include "source/stretch.h"
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
	int err;

	if (p->prog < 0)
		return KNOWN_NOT;
	err = permit_event(p->prog, event_names[event]);
	if (err)
		return err == ENOENT ? KNOWN_NO : KNOWN_NOT;
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

static enum known by_plan(const struct kprobe_sites *plan,
			 enum source_state state, int event)
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
	const struct visibility *s = &plan->visible;
	enum known k;

	if (state != SOURCE_WORKS)
		return state == SOURCE_BARRED ? KNOWN_NOT : KNOWN_NO;
	k = how_many(visibility_list(s) + parts[event].first, parts[event].n);
	/* The sum is visible, but not the kinds. */
	if (k == KNOWN_NO && ((event == V7S_EVENT_INSTALL && s->attempts) ||
			      (event == V7S_EVENT_FREE && s->frees)))
		k = KNOWN_PART;
	return k;
}

static enum known by_kprobe(const struct probe *p, int event)
{
	return by_plan(&p->plan, p->answer[SOURCE_KPROBE].state, event);
}

static enum known by_fentry(const struct probe *p, int event)
{
	return by_plan(&p->fentry_plan, p->answer[SOURCE_FENTRY].state, event);
}

/* stat does not ask for refusals. */
static void find_refusals(struct diagnosis *d, const struct probe *p)
{
	struct kprobe_sites fentry = p->fentry_plan, kprobe = p->plan;
	const bool *full[SOURCES] = {
		[SOURCE_FENTRY] = p->fentry_plan.visible.refuse,
		[SOURCE_KPROBE] = p->plan.visible.refuse,
	};
	const bool *plain[SOURCES] = {
		[SOURCE_FENTRY] = fentry.visible.refuse,
		[SOURCE_KPROBE] = kprobe.visible.refuse,
	};
	enum known known;
	int w, why;

	kprobe_sites_no_refusals(&fentry);
	kprobe_sites_no_refusals(&kprobe);
	kprobe_sites_economize(&kprobe);
	for (w = 0; w < SOURCES; w++) {
		for (why = 0; why < V7S_REFUSE_WHY; why++) {
			known = d->event[V7S_EVENT_REFUSE][w];
			if (known == KNOWN_PART)
				known = plain[w][why] ? KNOWN_YES :
					full[w][why] ? KNOWN_REQUEST : KNOWN_NO;
			d->refuse[why][w] = known;
		}
	}
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

/* By stat without options */
static int64_t stretch(const struct probe *p, int source)
{
	const struct source_want plain = { 0 };
	struct kprobe_sites plan = p->plan;
	enum stretch_way way = STRETCH_EVENT;

	if (p->answer[source].state != SOURCE_WORKS)
		return UNKNOWN;
	if (source == SOURCE_FENTRY)
		way = stretch_fentry(&p->fentry_plan);
	if (source == SOURCE_KPROBE) {
		kprobe_sites_economize(&plan);
		way = stretch_kprobe(&plan);
	}
	return stretch_of(way, &plain, p->machine);
}

void doctor_sources(struct diagnosis *d, const struct probe *p)
{
	static const struct {
		const char *what;
		enum known (*sees)(const struct probe *p, int event);
	} kinds[SOURCES] = {
		[SOURCE_BPF] = {
			"exact counts and times", by_bpf,
		},
		[SOURCE_FTRACE] = {
			"exact counts and times, unless a trace buffer overruns", by_ftrace,
		},
		[SOURCE_FENTRY] = {
			"most counts, exact unless the kernel skips a program", by_fentry,
		},
		[SOURCE_KPROBE] = {
			"most counts, not exact", by_kprobe,
		},
	};
	int w, e;

	for (w = 0; w < SOURCES; w++) {
		for (e = 0; e < V7S_EVENTS; e++)
			d->event[e][w] = kinds[w].sees(p, e);
		d->source[w].name = source_list[w]->name;
		d->source[w].what = kinds[w].what;
		d->source[w].stretch = stretch(p, w);
		d->source[w].answer = p->answer[w];
	}
	find_refusals(d, p);
	d->recommended = source_best(p->answer);
	d->nearest = source_nearest(p->answer);
	find_defects(d, p);
}
