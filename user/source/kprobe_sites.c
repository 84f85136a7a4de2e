// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "model/visibility.h"
#include "kprobe_sites.h"
#include "symbols.h"

/* Role of a function. */
enum use {
	INSTALL, ALLOC, FREE, CREATE, DESTROY, REFUSE, CALLER, SERIES, WAIT,
	REALTIME, DEBUGS, USES
};

/*
 * Functions of the page-table code. The return address of a probed function
 * identifies its caller. The compiler may have inlined any function of a chain
 * of callers, so all possible callers are listed.
 *
 * Since v5.10, the first version that loads programs like ours, their arguments
 * have changed only at the end. Refusals are read from functions with the known
 * number of parameters only.
 */
static const struct function {
	const char *name;
	enum v7s_family family;
	enum use use;
	enum v7s_role role;
	const char *prog;	/* at its entry, or NULL */
	const char *ret;	/* at its return, or NULL */
} functions[] = {
#define SHORT V7S_SHORT
#define LONG V7S_LONG
#define MAPS V7S_ROLE_MAP
#define UNMAPS V7S_ROLE_UNMAP
#define FREES V7S_ROLE_FREE
#define CREATES V7S_ROLE_CREATE
#define DESTROYS V7S_ROLE_DESTROY
#define RETURNS V7S_ROLE_RETURN
#define GRAPH V7S_ROLE_GRAPH
#define LOCKS V7S_ROLE_LOCK
	{ "arm_v7s_install_table",  SHORT, INSTALL, 0, "short_install", "installed" },
	{ "__arm_v7s_alloc_table",  SHORT, ALLOC,   0, "allocate", "allocated" },
	{ "__arm_v7s_free_table",   SHORT, FREE,    0, "release", NULL },
	{ "arm_v7s_alloc_pgtable",  SHORT, CREATE, CREATES, "create_v7s", "created" },
	{ "arm_v7s_free_pgtable",   SHORT, DESTROY, DESTROYS, "destroy", "destroyed" },
	{ "__arm_v7s_map",          SHORT, CALLER, MAPS, NULL, NULL },
	{ "arm_v7s_init_pte",       SHORT, CALLER, MAPS, NULL, NULL },
	{ "arm_v7s_map",            SHORT, CALLER, MAPS, NULL, NULL },
	{ "arm_v7s_map_pages",      SHORT, REFUSE, MAPS, "map", "mapped" },
	{ "__arm_v7s_unmap",        SHORT, CALLER, UNMAPS, NULL, NULL },
	{ "arm_v7s_split_blk_unmap", SHORT, CALLER, UNMAPS, NULL, NULL },
	{ "arm_v7s_unmap",          SHORT, CALLER, UNMAPS, NULL, NULL },
	{ "arm_v7s_unmap_pages",    SHORT, REFUSE, UNMAPS, "unmap", "unmapped" },

	{ "arm_lpae_install_table", LONG, INSTALL, 0, "long_install", "installed" },
	{ "__arm_lpae_alloc_pages", LONG, ALLOC,   0, "allocate", "allocated" },
	{ "__arm_lpae_free_pages",  LONG, FREE,    0, "release", NULL },
	{ "arm_32_lpae_alloc_pgtable_s1", LONG, CREATE, CREATES, "create_32_s1", "created" },
	{ "arm_32_lpae_alloc_pgtable_s2", LONG, CREATE, CREATES, "create_32_s2", "created" },
	{ "arm_64_lpae_alloc_pgtable_s1", LONG, CREATE, CREATES, "create_64_s1", "created" },
	{ "arm_64_lpae_alloc_pgtable_s2", LONG, CREATE, CREATES, "create_64_s2", "created" },
	{ "arm_mali_lpae_alloc_pgtable", LONG, CREATE, CREATES, "create_mali", "created" },
	{ "arm_lpae_free_pgtable",  LONG, DESTROY, DESTROYS, "destroy", "destroyed" },
	{ "__arm_lpae_map",         LONG, CALLER, MAPS, NULL, NULL },
	{ "arm_lpae_init_pte",      LONG, CALLER, MAPS, NULL, NULL },
	{ "arm_lpae_map",           LONG, CALLER, MAPS, NULL, NULL },
	{ "arm_lpae_map_pages",     LONG, REFUSE, MAPS, "map", "mapped" },
	{ "__arm_lpae_unmap",       LONG, CALLER, UNMAPS, NULL, NULL },
	{ "arm_lpae_split_blk_unmap", LONG, CALLER, UNMAPS, NULL, NULL },
	{ "arm_lpae_unmap",         LONG, CALLER, UNMAPS, NULL, NULL },
	{ "arm_lpae_unmap_pages",   LONG, REFUSE, UNMAPS, "unmap", "unmapped" },
	{ "__arm_lpae_free_pgtable", LONG, CALLER, FREES, NULL, NULL },

	/* Names over time; they belong to no family of page tables. */
	{ "kretprobe_trampoline",   V7S_FAMILIES, CALLER, RETURNS, NULL, NULL },
	{ "__kretprobe_trampoline", V7S_FAMILIES, CALLER, RETURNS, NULL, NULL },
	{ "arch_rethook_trampoline", V7S_FAMILIES, CALLER, RETURNS, NULL, NULL },
	{ "return_to_handler",      V7S_FAMILIES, CALLER, GRAPH, NULL, NULL },
	{ LOCK_SLOW_PATH,           V7S_FAMILIES, WAIT, 0, "begin_wait", "end_wait" },
	{ "_raw_spin_lock_irqsave", V7S_FAMILIES, CALLER, LOCKS, NULL, NULL },
	/* Only PREEMPT_RT has it. */
	{ "rt_spin_lock",           V7S_FAMILIES, REALTIME, 0, NULL, NULL },
	/* Only CONFIG_DEBUG_SPINLOCK has it: then more functions are in between. */
	{ "__raw_spin_lock_init",   V7S_FAMILIES, DEBUGS, 0, NULL, NULL },
	/* Code, so in every kallsyms; the tracepoint itself is data. */
	{ "__traceiter_io_pgtable_install", V7S_FAMILIES, SERIES, 0, NULL, NULL },
	/* The same before v5.10. */
	{ "trace_event_raw_event_io_pgtable_install", V7S_FAMILIES, SERIES, 0, NULL, NULL },
#undef SHORT
#undef LONG
#undef MAPS
#undef UNMAPS
#undef FREES
#undef CREATES
#undef DESTROYS
#undef RETURNS
#undef GRAPH
#undef LOCKS
};

static const char *name_of(size_t i)
{
	return functions[i].name;
}

/*
 * Where the code of a family is: the formats may be modules, and another module
 * may have a function of the same name.
 */
static const char *home_of(const struct symbols *s, enum v7s_family family)
{
	const char *home = NULL;
	const struct symbol *l;

	for (l = s->found; l < s->found + s->n; l++) {
		if (functions[l->fn].family != family ||
		    functions[l->fn].use != CREATE)
			continue;
		if (!home || !l->module[0])
			home = l->module;
	}
	return home ? home : "";
}

/*
 * The compiler's copies of a function have arguments of their own, which are
 * never read. But calls from their code return there.
 */
static void add_symbol(struct kprobe_sites *p, const struct symbol *symbol,
		       const char *home)
{
	const struct function *fn = &functions[symbol->fn];

	if (strcmp(symbol->module, home))
		return;
	if (fn->use == SERIES) {
		p->series = true;
		return;
	}
	if (fn->family != V7S_FAMILIES) {
		p->there[fn->family] = true;
		p->addresses |= symbol->start;
	}
	if (fn->role && !symbols_add_range(p->range, &p->ranges, symbol, fn->role))
		p->full = true;
}

/* All functions of that family and use exist, each of them once, and at home. */
static bool use_is_plain(const struct symbols *s, enum v7s_family family,
			 enum use use, const char *home)
{
	const struct symbol *symbol;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		if (functions[i].family != family || functions[i].use != use)
			continue;
		symbol = symbols_only(s, i);
		if (!symbol || strcmp(symbol->module, home))
			return false;
	}
	return true;
}

/* The first function that cannot be probed because it has a namesake. */
static const char *find_twice(const struct kprobe_sites *p,
			      const struct symbols *s)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(functions); i++)
		if (functions[i].prog && functions[i].family != V7S_FAMILIES &&
		    p->there[functions[i].family] &&
		    symbols_twice(s, i))
			return functions[i].name;
	return NULL;
}

static void fill(bool *visible, size_t n, bool value)
{
	while (n--)
		*visible++ = value;
}

/*
 * Set the figures that the visible functions of a family allow. Without
 * install_table, an attempt is observed as an allocation, and a lost race as
 * map freeing the table. On kernels that split blocks, unmap frees lost tables
 * too, and nothing tells these from other frees.
 */
static void set_visible(struct visibility *s, const bool use[USES], bool splits,
			bool frames)
{
	bool apart = use[FREE] && (use[INSTALL] || !splits);

	memset(s, 0, sizeof(*s));
	s->attempts = use[INSTALL] || use[ALLOC];
	s->lost = use[INSTALL] || (use[ALLOC] && apart);
	fill(s->install[V7S_MAP], V7S_INSTALL_OUTCOME, use[INSTALL]);
	fill(s->install[V7S_SPLIT], V7S_INSTALL_OUTCOME,
	     use[INSTALL] && splits);
	fill(s->split[V7S_BLOCK], V7S_SPLIT_OUTCOME, use[INSTALL] && splits);
	s->split[V7S_BLOCK][V7S_SPLIT_FAILED] &= use[ALLOC];
	s->frees = use[FREE];
	s->free[V7S_FREE_LOST] = apart;
	s->free[V7S_FREE_UNMAP] = apart && frames;
	s->free[V7S_FREE_REPLACED] = apart && frames;
	s->refuse[V7S_REFUSE_NOMEM] = use[ALLOC];
	s->refuse[V7S_REFUSE_EXISTS] = use[REFUSE];
	s->refuse[V7S_REFUSE_ABSENT] = use[REFUSE];
	s->refuse[V7S_REFUSE_PARTIAL] = use[REFUSE];
	s->create = use[CREATE];
	s->destroy = use[DESTROY];
	s->alive = s->attempts && s->lost && s->frees && s->create &&
		   s->destroy;
}

/* The refusals that each map and unmap pays for. */
static void hide_refusals(struct visibility *s)
{
	s->refuse[V7S_REFUSE_EXISTS] = false;
	s->refuse[V7S_REFUSE_ABSENT] = false;
	s->refuse[V7S_REFUSE_PARTIAL] = false;
}

/* True if @less allows every figure that @more allows. */
static bool covers(const struct visibility *less, const struct visibility *more)
{
	const bool *a = visibility_list(less), *b = visibility_list(more);
	size_t i;

	for (i = 0; i < VISIBILITY_FIGURES; i++)
		if (b[i] && !a[i])
			return false;
	return true;
}

/* Parameters of map_pages and unmap_pages, as the programs for refusals read them. */
enum { MAP_PARAMS = 8, UNMAP_PARAMS = 5 };

static void add_site(struct kprobe_sites *p, const char *prog,
		     const struct symbol *symbol, bool ret)
{
	struct site *site = &p->site[p->sites++];

	site->prog = prog;
	site->ret = ret;
	site->refuses = functions[symbol->fn].use == REFUSE;
	site->params = functions[symbol->fn].role == V7S_ROLE_MAP ?
		       MAP_PARAMS : UNMAP_PARAMS;
	site->waits = functions[symbol->fn].use == WAIT;
	strcpy(site->symbol, symbol->name);
}

static bool is_probed(const struct kprobe_sites *p, const struct function *fn,
		      const bool use[V7S_FAMILIES][USES])
{
	if (fn->use == WAIT)
		return !p->no_waits;
	return fn->family != V7S_FAMILIES && p->watched[fn->family] &&
	       use[fn->family][fn->use];
}

/*
 * Attach destroy first and create last, so that a page table whose creation we
 * see is complete.
 *
 * Attach the return of a function before its entry: to catch the return, the
 * kernel replaces the return address that the entry must read. The probe
 * attached last runs first.
 */
static void add_sites(struct kprobe_sites *p, const struct symbols *s,
		      const bool use[V7S_FAMILIES][USES])
{
	static const enum use order[] = {
		DESTROY, FREE, REFUSE, ALLOC, INSTALL, WAIT, CREATE
	};
	const struct function *fn;
	size_t o, i;

	for (o = 0; o < ARRAY_SIZE(order); o++) {
		for (i = 0; i < ARRAY_SIZE(functions); i++) {
			fn = &functions[i];
			if (fn->use != order[o] || !is_probed(p, fn, use))
				continue;
			if (fn->ret)
				add_site(p, fn->ret, symbols_only(s, i), true);
			add_site(p, fn->prog, symbols_only(s, i), false);
		}
	}
}

static bool has_use(const struct symbols *s, enum use use)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (functions[s->found[i].fn].use == use)
			return true;
	return false;
}

static const char *why_no_waits(const struct kprobe_sites *p,
				const struct symbols *s, int version,
				enum machine machine)
{
	if (!p->splits)
		return "kernels since v6.13 do not split pages, and have no split_lock";
	if (!p->watched[V7S_SHORT])
		return "only the short format has a split_lock, and no page tables of that format are visible";
	if (machine != MACHINE_ARM64)
		return "on 32-bit Arm, waits for a spinlock are not visible";
	if (has_use(s, REALTIME))
		return "with PREEMPT_RT, split_lock is a mutex";
	if (has_use(s, DEBUGS))
		return "with CONFIG_DEBUG_SPINLOCK, the code that takes the lock is not visible";
	if (version < KERNEL(5, 11))
		return "before v5.11, probing spinlocks may lock up the kernel";
	if (!p->addresses)
		return "addresses are hidden";
	if (!use_is_plain(s, V7S_FAMILIES, WAIT, ""))
		return "this kernel has no " LOCK_SLOW_PATH " (without CONFIG_SMP, no task waits for a spinlock)";
	return NULL;
}

static void plan(struct kprobe_sites *p, const struct symbols *s, int version,
		 enum machine machine)
{
	struct visibility visible[V7S_FAMILIES];
	bool use[V7S_FAMILIES][USES];
	const char *home[V7S_FAMILIES + 1];
	bool refusals = true;
	unsigned int i;
	int f, u;

	for (f = 0; f < V7S_FAMILIES; f++)
		home[f] = home_of(s, f);
	home[V7S_FAMILIES] = "";
	for (i = 0; i < s->n; i++)
		add_symbol(p, &s->found[i],
			   home[functions[s->found[i].fn].family]);
	p->symbols = s->any;
	p->full |= s->full;
	p->twice = find_twice(p, s);
	p->splits = version < KERNEL(6, 13);
	for (f = 0; f < V7S_FAMILIES; f++) {
		for (u = 0; u < USES; u++)
			use[f][u] = p->there[f] && use_is_plain(s, f, u, home[f]);
		/* Only the caller's address shows the purpose of the call. */
		use[f][ALLOC] &= p->addresses;
		use[f][FREE] &= p->addresses;
		/* On 32-bit Arm, some arguments of map are on the stack. */
		use[f][REFUSE] &= machine == MACHINE_ARM64;
		/*
		 * Before v6.2, the drivers of the short format call map and unmap,
		 * into which the compiler may have inlined the functions that we
		 * probe.
		 */
		if (f == V7S_SHORT)
			use[f][REFUSE] &= version >= KERNEL(6, 2);
		/*
		 * One rule for both families: attempts either count as won or
		 * do not.
		 */
		if (p->watched[V7S_SHORT] && !p->install[V7S_SHORT])
			use[f][INSTALL] = false;
		p->install[f] = use[f][INSTALL];
		/* Only arm64 kernels are always built with frame pointers. */
		set_visible(&visible[f], use[f], p->splits, machine == MACHINE_ARM64);
		p->watched[f] = visible[f].attempts;
	}
	/* Refusals of one of two formats would look like all. */
	for (f = 0; f < V7S_FAMILIES; f++)
		refusals &= !p->watched[f] || use[f][REFUSE];
	for (f = 0; f < V7S_FAMILIES && !refusals; f++) {
		use[f][REFUSE] = false;
		hide_refusals(&visible[f]);
	}
	/*
	 * Do not probe the long format if it would allow fewer figures than the
	 * short one.
	 */
	if (p->watched[V7S_SHORT]) {
		p->visible = visible[V7S_SHORT];
		p->watched[V7S_LONG] &= covers(&visible[V7S_LONG],
					       &visible[V7S_SHORT]);
	} else if (p->watched[V7S_LONG]) {
		p->visible = visible[V7S_LONG];
	}
	p->no_waits = why_no_waits(p, s, version, machine);
	p->visible.waits = p->visible.hist[V7S_WAIT] = !p->no_waits;
	add_sites(p, s, use);
}

int kprobe_sites_find(struct kprobe_sites *p, const char *kallsyms, int version,
		      enum machine machine)
{
	struct symbols *s = symbols_find(kallsyms, name_of, ARRAY_SIZE(functions));

	memset(p, 0, sizeof(*p));
	if (!s)
		return -1;
	plan(p, s, version, machine);
	free(s);
	return 0;
}

void kprobe_sites_economize(struct kprobe_sites *p)
{
	struct visibility *s = &p->visible;
	struct site *to = p->site, *from;
	int f;

	/* The caller's address shows that a freed table was lost. */
	if (!s->lost || !s->free[V7S_FREE_LOST] || !p->addresses)
		return;
	for (f = 0; f < V7S_FAMILIES; f++)
		if (p->watched[f] && !p->install[f])
			return;
	for (from = p->site; from < p->site + p->sites; from++) {
		if (!strcmp(from->prog, "allocate") ||
		    !strcmp(from->prog, "allocated") ||
		    !strcmp(from->prog, "installed"))
			continue;
		*to = *from;
		if (!strcmp(from->prog, "short_install"))
			to->prog = "short_attempt";
		else if (!strcmp(from->prog, "long_install"))
			to->prog = "long_attempt";
		to++;
	}
	p->sites = to - p->site;
	p->cheap = true;
	fill(s->install[0], sizeof(s->install), false);
	s->split[V7S_BLOCK][V7S_SPLIT_FAILED] = false;
	s->refuse[V7S_REFUSE_NOMEM] = false;
}

void kprobe_sites_no_refusals(struct kprobe_sites *p)
{
	struct site *to = p->site, *from;

	for (from = p->site; from < p->site + p->sites; from++)
		if (!from->refuses)
			*to++ = *from;
	p->sites = to - p->site;
	hide_refusals(&p->visible);
}

void kprobe_sites_no_waits(struct kprobe_sites *p, const char *why)
{
	struct site *to = p->site, *from;

	for (from = p->site; from < p->site + p->sites; from++)
		if (!from->waits)
			*to++ = *from;
	p->sites = to - p->site;
	p->visible.waits = p->visible.hist[V7S_WAIT] = false;
	p->no_waits = why;
}

int kprobe_sites_here(const struct kprobe_sites **p)
{
	static struct kprobe_sites here;
	static bool found;
	static int err;

	if (!found && kprobe_sites_find(&here, "/proc/kallsyms",
					kernel_version(), kernel_machine())) {
		err = errno;
		memset(&here, 0, sizeof(here));
	}
	found = true;
	*p = &here;
	return err;
}
