// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Attach sites on a kernel, by its symbols. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <bpf/libbpf.h>

#include "source/fentry_sites.h"
#include "source/kprobe_sites.h"
#include "source/stretch.h"
#include "fentry.skel.h"
#include "kprobe.skel.h"
#include "lib/util.h"

/* Symbols that gcc 12 leaves of v6.1 for arm64, by address. */
static const char *const arm64_6_1[] = {
	"alloc_io_pgtable_ops", "free_io_pgtable_ops", "__arm_v7s_free_table",
	"__arm_v7s_alloc_table", "arm_v7s_alloc_pgtable",
	"arm_v7s_prot_to_pte.isra.0", "iopte_to_paddr.isra.0",
	"arm_v7s_free_pgtable", "arm_v7s_iova_to_phys", "arm_v7s_install_table",
	"__arm_v7s_unmap", "arm_v7s_unmap_pages", "arm_v7s_unmap",
	"__arm_v7s_map", "arm_v7s_map_pages", "arm_v7s_map", NULL
};

/* And of v7.3, without the long descriptors as well. */
static const char *const arm64_7_3[] = {
	"__arm_v7s_free_table", "__arm_v7s_alloc_table",
	"arm_v7s_alloc_pgtable", "__arm_v7s_pte_sync.part.0.isra.0",
	"iopte_to_paddr.isra.0", "__arm_v7s_unmap", "arm_v7s_unmap_pages",
	"__arm_v7s_map", "arm_v7s_map_pages", "arm_v7s_free_pgtable", NULL
};

static const char *const lpae[] = {
	"arm_lpae_iova_to_phys", "__arm_lpae_alloc_pages",
	"arm_64_lpae_alloc_pgtable_s1", "arm_32_lpae_alloc_pgtable_s1",
	"arm_64_lpae_alloc_pgtable_s2", "arm_32_lpae_alloc_pgtable_s2",
	"arm_mali_lpae_alloc_pgtable", "__arm_lpae_free_pages",
	"__arm_lpae_free_pgtable", "arm_lpae_free_pgtable", "__arm_lpae_unmap",
	"arm_lpae_unmap_pages", "__arm_lpae_map", "arm_lpae_map_pages", NULL
};

struct kernel {
	const char *const *names[3];	/* that it has */
	const char *without, *with;	/* another name instead of one of them */
	bool hidden;			/* addresses are 0 */
	int version;
	enum machine machine;
};

static void plan_of(struct kprobe_sites *p, const struct kernel *k)
{
	char path[] = "/tmp/kprobe_sites_test.XXXXXX";
	unsigned long address = 0x8000000;
	const char *const *name;
	FILE *f = fdopen(mkstemp(path), "w");
	size_t i;

	assert_non_null(f);
	fprintf(f, "%016lx T _text\n", k->hidden ? 0 : address);
	for (i = 0; i < ARRAY_SIZE(k->names) && k->names[i]; i++) {
		for (name = k->names[i]; *name; name++) {
			address += 0x100;
			if (!k->without || strcmp(*name, k->without))
				fprintf(f, "%016lx t %s\n",
					k->hidden ? 0 : address, *name);
			else if (k->with)
				fprintf(f, "%016lx t %s\n",
					k->hidden ? 0 : address, k->with);
		}
	}
	fprintf(f, "%016lx T _etext\n", k->hidden ? 0 : address + 0x100);
	fprintf(f, "%016lx t __arm_v7s_map\t[other]\n", address + 0x10000);
	fclose(f);
	assert_int_equal(kprobe_sites_find(p, path, k->version, k->machine), 0);
	unlink(path);
}

static const struct site *site_of(const struct kprobe_sites *p, const char *prog,
				  const char *symbol)
{
	int i;

	for (i = 0; i < p->sites; i++)
		if (!strcmp(p->site[i].prog, prog) &&
		    !strcmp(p->site[i].symbol, symbol))
			return &p->site[i];
	return NULL;
}

static bool all(const bool *visible, size_t n)
{
	while (n && visible[n - 1])
		n--;
	return !n;
}

#define ALL(member) all((const bool *)&(member), sizeof(member) / sizeof(bool))

/* Only the events of the series say what is in a table that a block replaces. */
static bool frees_by_cause(const struct kprobe_sites *p)
{
	return all(p->visible.free, V7S_FREE_REPLACED_LIVE) &&
	       !p->visible.free[V7S_FREE_REPLACED_LIVE];
}

static void install_table_tells_all_but_times(void **state)
{
	const struct kernel k = { { arm64_6_1 }, .version = KERNEL(6, 1),
				  .machine = MACHINE_ARM64 };
	struct kprobe_sites p;

	(void)state;
	plan_of(&p, &k);
	assert_true(p.symbols && p.addresses && !p.series && p.splits);
	assert_true(p.watched[V7S_SHORT] && p.install[V7S_SHORT]);
	assert_false(p.there[V7S_LONG] || p.watched[V7S_LONG]);
	assert_true(ALL(p.visible.install) && frees_by_cause(&p));
	assert_true(p.visible.attempts && p.visible.lost && p.visible.frees);
	assert_true(all(p.visible.split[V7S_BLOCK], V7S_SPLIT_OUTCOME));
	assert_false(p.visible.split[V7S_CONT][V7S_DONE]);
	assert_true(p.visible.create && p.visible.destroy && p.visible.alive);
	assert_true(p.visible.refuse[V7S_REFUSE_NOMEM] &&
		    !p.visible.refuse[V7S_REFUSE_RACED]);
	assert_false(p.visible.hist[V7S_WINDOW] || p.visible.waits);
}

static void without_it_attempts_and_losses_are_left(void **state)
{
	const struct kernel k = { { arm64_7_3, lpae }, .version = KERNEL(7, 3),
				  .machine = MACHINE_ARM64 };
	struct kprobe_sites p;

	(void)state;
	plan_of(&p, &k);
	assert_true(p.watched[V7S_SHORT] && !p.install[V7S_SHORT]);
	assert_true(p.watched[V7S_LONG] && !p.install[V7S_LONG]);
	assert_true(p.visible.attempts && p.visible.lost && frees_by_cause(&p));
	assert_false(p.visible.install[V7S_MAP][V7S_WON]);
	assert_false(p.splits || p.visible.split[V7S_BLOCK][V7S_DONE]);
	assert_true(p.visible.alive);
	assert_null(site_of(&p, "short_install", "arm_v7s_install_table"));
}

/* An unmap frees lost tables as well: the two kinds cannot be told apart. */
static void nor_are_losses_where_blocks_are_split(void **state)
{
	const struct kernel k = { { arm64_7_3 }, .version = KERNEL(6, 12),
				  .machine = MACHINE_ARM64 };
	struct kprobe_sites p;

	(void)state;
	plan_of(&p, &k);
	assert_true(p.visible.attempts && p.visible.frees);
	assert_false(p.visible.lost || p.visible.free[V7S_FREE_LOST] ||
		     p.visible.free[V7S_FREE_UNMAP] || p.visible.alive);
}

static void a_copy_is_not_the_function(void **state)
{
	static const char *const copies[] = {
		"arm_v7s_install_table.isra.0",
		"arm_v7s_install_table.constprop.0",
		"arm_v7s_install_table.part.0", "arm_v7s_install_table_2", NULL
	};
	struct kernel k = { { arm64_6_1 }, .without = "arm_v7s_install_table",
			    .version = KERNEL(6, 1), .machine = MACHINE_ARM64 };
	struct kprobe_sites p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(copies); i++) {
		k.with = copies[i];
		plan_of(&p, &k);
		assert_false(p.install[V7S_SHORT]);
		assert_null(site_of(&p, "installed", copies[i]));
	}
}

static void two_of_a_name_are_none(void **state)
{
	static const char *const twice[] = { "__arm_v7s_free_table", NULL };
	const struct kernel k = { { arm64_6_1, twice },
				  .version = KERNEL(6, 1),
				  .machine = MACHINE_ARM64 };
	struct kprobe_sites p;

	(void)state;
	plan_of(&p, &k);
	assert_null(site_of(&p, "release", "__arm_v7s_free_table"));
	assert_string_equal(p.twice, "__arm_v7s_free_table");
	assert_true(p.visible.lost);
	assert_false(p.visible.frees || p.visible.alive);
}

/* But what it calls returns there. */
static void the_code_of_a_copy_has_its_role(void **state)
{
	struct kernel k = { { arm64_6_1 }, .without = "__arm_v7s_map",
			    .with = "__arm_v7s_map.constprop.0",
			    .version = KERNEL(6, 1), .machine = MACHINE_ARM };
	struct kprobe_sites p;
	unsigned int i;
	int found = 0;

	(void)state;
	plan_of(&p, &k);
	for (i = 0; i < p.ranges; i++) {
		assert_int_equal(p.range[i].end - p.range[i].start, 0x100);
		/* The 14th of them. */
		if (p.range[i].start == 0x8000e00)
			found = p.range[i].role;
	}
	assert_int_equal(found, V7S_ROLE_MAP);
}

static const struct v7s_range *range_at(const struct kprobe_sites *p,
					uint64_t start)
{
	unsigned int i;

	for (i = 0; i < p->ranges; i++)
		if (p->range[i].start == start)
			return &p->range[i];
	return NULL;
}

/* LTO makes the name of a static function unique. It is still the function. */
static void a_unique_name_is_the_function(void **state)
{
	static const char *const names[] = {
		"arm_v7s_install_table.llvm.13372069251938142",
		"arm_v7s_install_table.lto_priv.0",
		"arm_v7s_install_table$d41d8cd98f00b204e9800998ecf8427e",
	};
	static const char *const not[] = {
		"arm_v7s_install_table.llvm.1337.isra.0",
		"arm_v7s_install_table$", "arm_v7s_install_table.llvm.",
	};
	struct kernel k = { { arm64_6_1 }, .without = "arm_v7s_install_table",
			    .version = KERNEL(6, 1), .machine = MACHINE_ARM64 };
	struct kprobe_sites p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		k.with = names[i];
		plan_of(&p, &k);
		assert_true(p.install[V7S_SHORT]);
		assert_non_null(site_of(&p, "short_install", names[i]));
		assert_non_null(site_of(&p, "installed", names[i]));
	}
	for (i = 0; i < ARRAY_SIZE(not); i++) {
		k.with = not[i];
		plan_of(&p, &k);
		assert_false(p.install[V7S_SHORT]);
	}
}

/* The copies of a function have a role, an entry of a jump table has none. */
static void a_jump_table_is_no_code(void **state)
{
	static const char *const copies[] = {
		"__arm_v7s_map.part.0", "__arm_v7s_map.cold",
		"__arm_v7s_map.isra.0.cold", "__arm_v7s_map.cfi_jt",
		"__arm_v7s_map.llvm.77.cfi_jt", "__arm_v7s_map$01ab.cfi_jt",
		"arm_v7s_install_table.cfi_jt", NULL
	};
	const struct kernel k = { { arm64_6_1, copies },
				  .version = KERNEL(6, 1),
				  .machine = MACHINE_ARM64 };
	const uint64_t first = 0x8000000 +
		0x100 * ARRAY_SIZE(arm64_6_1);	/* the final NULL has none */
	struct kprobe_sites p;
	size_t i;

	(void)state;
	plan_of(&p, &k);
	assert_true(p.install[V7S_SHORT]);
	assert_null(p.twice);
	for (i = 0; i < 7; i++) {
		const struct v7s_range *r = range_at(&p, first + 0x100 * i);

		assert_int_equal(r ? r->role : V7S_ROLE_NONE,
				 i < 3 ? V7S_ROLE_MAP : V7S_ROLE_NONE);
	}
}

static void destruction_has_a_role(void **state)
{
	const struct kernel k = { { arm64_6_1 }, .version = KERNEL(6, 1),
				  .machine = MACHINE_ARM64 };
	struct kprobe_sites p;

	(void)state;
	plan_of(&p, &k);
	/* The 8th. */
	assert_non_null(range_at(&p, 0x8000800));
	assert_int_equal(range_at(&p, 0x8000800)->role, V7S_ROLE_DESTROY);
}

static void plan_of_text(struct kprobe_sites *p, const char *text)
{
	char path[] = "/tmp/kprobe_sites_test.XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(kprobe_sites_find(p, path, KERNEL(6, 1),
					   MACHINE_ARM64), 0);
	unlink(path);
}

static void several_names_at_one_address(void **state)
{
	static const char text[] =
		"ffff0100 t __arm_v7s_alloc_table\n"
		"ffff0200 t arm_v7s_alloc_pgtable\n"
		"ffff0300 t __arm_v7s_map\n"
		"ffff0300 t __arm_v7s_map.part.0\n"
		"ffff0300 t some_alias\n"
		"ffff0400 t __arm_v7s_unmap\n"
		"ffff0500 T _etext\n";
	struct kprobe_sites p;

	(void)state;
	plan_of_text(&p, text);
	assert_int_equal(p.ranges, 3);
	assert_int_equal(range_at(&p, 0xffff0300)->end, 0xffff0400);
	assert_int_equal(range_at(&p, 0xffff0400)->end, 0xffff0500);
}

/* Android builds the formats as modules. Their symbols are in any order. */
static void formats_in_modules(void **state)
{
	static const char text[] =
		"ffff0100 T _text\n"
		"ffff0200 t vfs_read\n"
		"eeee0400 t __arm_v7s_unmap\t[io_pgtable_arm_v7s]\n"
		"eeee0000 t $x\t[io_pgtable_arm_v7s]\n"
		"eeee0000 t arm_v7s_alloc_pgtable\t[io_pgtable_arm_v7s]\n"
		"eeee0300 t __arm_v7s_map\t[io_pgtable_arm_v7s]\n"
		"eeee0340 t $d\t[io_pgtable_arm_v7s]\n"
		"eeee0100 t arm_v7s_install_table\t[io_pgtable_arm_v7s]\n"
		"eeee0200 t arm_v7s_free_pgtable\t[io_pgtable_arm_v7s]\n"
		"eeee0500 t __arm_v7s_alloc_table\t[io_pgtable_arm_v7s]\n"
		"eeee0600 t __arm_v7s_free_table\t[io_pgtable_arm_v7s]\n"
		"eeee0700 t init_module\t[io_pgtable_arm_v7s]\n"
		"dddd0000 t __arm_v7s_map\t[other]\n"
		"dddd0100 t other\t[other]\n";
	struct kprobe_sites p;

	(void)state;
	plan_of_text(&p, text);
	assert_true(p.there[V7S_SHORT] && p.watched[V7S_SHORT]);
	assert_true(p.install[V7S_SHORT] && p.visible.alive);
	assert_non_null(site_of(&p, "release", "__arm_v7s_free_table"));
	assert_int_equal(range_at(&p, 0xeeee0300)->end, 0xeeee0400);
	assert_null(range_at(&p, 0xdddd0000));
	assert_null(p.twice);
	assert_false(p.full);
}

/* The home inlined a function, and another module has one of that name. */
static void a_namesake_in_another_module_is_not_probed(void **state)
{
	static const char text[] =
		"ffff0100 T _text\n"
		"ffff1000 t arm_v7s_alloc_pgtable\n"
		"ffff1200 t arm_v7s_free_pgtable\n"
		"ffff1300 t __arm_v7s_map\n"
		"ffff1400 t __arm_v7s_unmap\n"
		"ffff1500 t __arm_v7s_alloc_table\n"
		"ffff1600 t __arm_v7s_free_table\n"
		"ffff1700 t vfs_read\n"
		"dddd0000 t arm_v7s_install_table\t[other]\n"
		"dddd0100 t other\t[other]\n";
	struct kprobe_sites p;

	(void)state;
	plan_of_text(&p, text);
	assert_true(p.watched[V7S_SHORT]);
	assert_false(p.install[V7S_SHORT]);
	assert_null(site_of(&p, "short_install", "arm_v7s_install_table"));
	assert_non_null(site_of(&p, "release", "__arm_v7s_free_table"));
}

static void a_full_table_is_told(void **state)
{
	char text[8192];
	struct kprobe_sites p;
	size_t len = 0;
	int i;

	(void)state;
	len += sprintf(text, "ffff0000 t arm_v7s_alloc_pgtable\n"
		       "ffff0010 t __arm_v7s_alloc_table\n");
	for (i = 0; i < 40; i++)
		len += sprintf(text + len, "ffff%04x t __arm_v7s_map.cold.%d\n",
			       0x100 + 16 * i, i);
	plan_of_text(&p, text);
	assert_true(p.full);
	assert_int_equal(p.ranges, V7S_RANGES);
	/* Copies without a role take no place there, but have one in the list. */
	for (i = len = 0; i < SYMBOLS; i++)
		len += sprintf(text + len, "ffff%04x t arm_v7s_install_table.b.%d\n",
			       0x1000 + 16 * i, i);
	plan_of_text(&p, text);
	assert_false(p.full);
	sprintf(text + len, "ffffffff t __arm_v7s_map\n");
	plan_of_text(&p, text);
	assert_true(p.full);
}

static void arm_does_not_tell_who_replaces(void **state)
{
	const struct kernel k = { { arm64_6_1 }, .version = KERNEL(6, 1),
				  .machine = MACHINE_ARM };
	struct kprobe_sites p;

	(void)state;
	plan_of(&p, &k);
	assert_true(p.visible.frees && p.visible.free[V7S_FREE_LOST] && p.visible.alive);
	assert_false(p.visible.free[V7S_FREE_UNMAP] ||
		     p.visible.free[V7S_FREE_REPLACED]);
}

static void hidden_addresses_leave_the_names(void **state)
{
	struct kernel k = { { arm64_6_1 }, .hidden = true,
			    .version = KERNEL(6, 1), .machine = MACHINE_ARM64 };
	struct kprobe_sites p;

	(void)state;
	plan_of(&p, &k);
	assert_false(p.addresses);
	assert_int_equal(p.ranges, 0);
	assert_true(ALL(p.visible.install) && !p.visible.frees);
	/* Allocations are nothing without those who ask for them. */
	k.names[0] = arm64_7_3;
	plan_of(&p, &k);
	assert_true(p.there[V7S_SHORT] && !p.watched[V7S_SHORT]);
	assert_int_equal(p.sites, 0);
}

static void long_ones_show_as_much_or_nothing(void **state)
{
	struct kernel k = { { arm64_6_1, lpae }, .version = KERNEL(6, 1),
			    .machine = MACHINE_ARM64 };
	struct kprobe_sites p;

	(void)state;
	plan_of(&p, &k);
	assert_true(p.watched[V7S_SHORT] && p.there[V7S_LONG]);
	assert_false(p.watched[V7S_LONG]);
	assert_null(site_of(&p, "destroy", "arm_lpae_free_pgtable"));
	/* Alone, they show what they can. */
	k.names[0] = lpae;
	k.names[1] = NULL;
	k.version = KERNEL(6, 13);
	plan_of(&p, &k);
	assert_true(p.watched[V7S_LONG] && p.visible.lost);
}

static void the_series_is_known_by_its_functions(void **state)
{
	static const char *const since_5_10[] = {
		"__traceiter_io_pgtable_install", NULL
	};
	static const char *const before[] = {
		"trace_event_raw_event_io_pgtable_install", NULL
	};
	struct kernel k = { { arm64_6_1, since_5_10 },
			    .version = KERNEL(6, 1), .machine = MACHINE_ARM64 };
	struct kprobe_sites p;

	(void)state;
	plan_of(&p, &k);
	assert_true(p.series);
	k.names[1] = before;
	plan_of(&p, &k);
	assert_true(p.series);
	k.names[1] = NULL;
	plan_of(&p, &k);
	assert_false(p.series);
}

static void nothing_is_nothing(void **state)
{
	static const char *const other[] = { "vfs_read", NULL };
	const struct kernel k = { { other }, .version = KERNEL(6, 1),
				  .machine = MACHINE_ARM64 };
	struct kprobe_sites p;

	(void)state;
	plan_of(&p, &k);
	assert_true(p.symbols);
	assert_int_equal(p.sites + p.ranges, 0);
	assert_int_equal(kprobe_sites_find(&p, "/nowhere", 6001, MACHINE_ARM64), -1);
	assert_int_equal(kprobe_sites_find(&p, "/dev/null", 6001, MACHINE_ARM64), 0);
	assert_false(p.symbols);
}

static void one_probe_is_left_of_an_install(void **state)
{
	struct kernel k = { { arm64_6_1 }, .version = KERNEL(6, 1),
			    .machine = MACHINE_ARM64 };
	struct kprobe_sites p;
	int sites;

	(void)state;
	plan_of(&p, &k);
	sites = p.sites;
	assert_int_equal(stretch_kprobe(&p), STRETCH_PAIR);
	kprobe_sites_economize(&p);
	assert_true(p.cheap);
	assert_int_equal(stretch_kprobe(&p), STRETCH_ENTRY);
	assert_int_equal(p.sites, sites - 3);
	assert_non_null(site_of(&p, "short_attempt", "arm_v7s_install_table"));
	assert_null(site_of(&p, "installed", "arm_v7s_install_table"));
	assert_null(site_of(&p, "allocate", "__arm_v7s_alloc_table"));
	assert_non_null(site_of(&p, "release", "__arm_v7s_free_table"));
	assert_true(p.visible.attempts && p.visible.lost && p.visible.alive);
	assert_true(p.visible.split[V7S_BLOCK][V7S_DONE]);
	assert_false(p.visible.install[V7S_MAP][V7S_WON] ||
		     p.visible.split[V7S_BLOCK][V7S_SPLIT_FAILED] ||
		     p.visible.refuse[V7S_REFUSE_NOMEM]);

	/* The free, or the caller's address, is what shows a loss. */
	k.hidden = true;
	plan_of(&p, &k);
	kprobe_sites_economize(&p);
	assert_false(p.cheap);
	assert_true(ALL(p.visible.install));
	k.hidden = false;
	k.without = "__arm_v7s_free_table";
	plan_of(&p, &k);
	kprobe_sites_economize(&p);
	assert_false(p.cheap);
	assert_non_null(site_of(&p, "installed", "arm_v7s_install_table"));
}

static bool refuses(const struct kprobe_sites *p)
{
	int i;

	for (i = 0; i < p->sites; i++)
		if (strstr(p->site[i].symbol, "map_pages"))
			return true;
	return false;
}

/* A program for refusals that is skipped leaves all other counts exact. */
static void a_missed_refusal_is_no_missed_event(void **state)
{
	struct kernel k = { { arm64_6_1, lpae }, .version = KERNEL(6, 12),
			    .machine = MACHINE_ARM64 };
	int64_t misses[KPROBE_SITES] = { 0 };
	struct report r = { 0 };
	struct kprobe_sites p;
	int i, refuse = 0, install = 0;
	char why[192];

	(void)state;
	plan_of(&p, &k);
	assert_true(fentry_sites_plan(&p, k.version, k.machine));
	for (i = 0; i < p.sites; i++)
		if (p.site[i].refuses)
			refuse += misses[i] = 3;
	assert_true(refuse > 0);
	assert_int_equal(fentry_sites_misses(&p, misses, &r), 0);
	assert_int_equal(r.refusal_misses, refuse);
	assert_false(report_inexact(&r, 0, why, sizeof(why)));
	for (i = 0; i < p.sites; i++)
		install += misses[i] = strstr(p.site[i].prog, "_installed") ? 2 : 0;
	assert_true(install > 0);
	assert_int_equal(fentry_sites_misses(&p, misses, &r), install);
	assert_int_equal(r.misses[V7S_EVENT_INSTALL], install);
	assert_int_equal(r.refusal_misses, 0);
	assert_true(report_inexact(&r, 0, why, sizeof(why)));
	/* A kernel that does not count its misses. */
	for (i = 0; i < p.sites; i++)
		misses[i] = p.site[i].refuses ? UNKNOWN : 0;
	assert_int_equal(fentry_sites_misses(&p, misses, &r), 0);
	assert_int_equal(r.refusal_misses, UNKNOWN);
	kprobe_sites_no_refusals(&p);
	memset(misses, 0, sizeof(misses));
	assert_int_equal(fentry_sites_misses(&p, misses, &r), 0);
	assert_int_equal(r.refusal_misses, UNKNOWN);
}

/* Each map and unmap pays for the refusals. */
static void refusals_can_be_left_out(void **state)
{
	struct kernel k = { { arm64_6_1, lpae }, .version = KERNEL(6, 12),
			    .machine = MACHINE_ARM64 };
	struct kprobe_sites p, fentry;
	int sites;

	(void)state;
	plan_of(&p, &k);
	assert_non_null(site_of(&p, "unmap", "arm_v7s_unmap_pages"));
	assert_non_null(site_of(&p, "unmapped", "arm_v7s_unmap_pages"));
	assert_non_null(site_of(&p, "map", "arm_v7s_map_pages"));
	assert_non_null(site_of(&p, "mapped", "arm_v7s_map_pages"));
	fentry = p;
	sites = p.sites;
	assert_true(fentry_sites_plan(&fentry, k.version, k.machine));
	assert_non_null(site_of(&fentry, "short_unmapped", "arm_v7s_unmap_pages"));
	assert_non_null(site_of(&fentry, "short_mapped", "arm_v7s_map_pages"));
	assert_true(fentry.visible.refuse[V7S_REFUSE_PARTIAL]);
	kprobe_sites_no_refusals(&fentry);
	assert_false(refuses(&fentry) || fentry.visible.refuse[V7S_REFUSE_PARTIAL]);
	kprobe_sites_no_refusals(&p);
	assert_false(refuses(&p));
	assert_int_equal(p.sites, sites - 4);
	assert_true(p.visible.refuse[V7S_REFUSE_NOMEM]);
	assert_false(p.visible.refuse[V7S_REFUSE_EXISTS] ||
		     p.visible.refuse[V7S_REFUSE_ABSENT] ||
		     p.visible.refuse[V7S_REFUSE_PARTIAL]);

	/* The drivers of the short format call other functions before v6.2. */
	k.version = KERNEL(6, 1);
	plan_of(&p, &k);
	assert_false(refuses(&p) || p.visible.refuse[V7S_REFUSE_EXISTS]);
	k.names[0] = lpae;
	k.names[1] = NULL;
	plan_of(&p, &k);
	assert_true(refuses(&p) && p.visible.refuse[V7S_REFUSE_EXISTS]);

	/* The long format is watched even if its refusals are not visible. */
	k.names[0] = arm64_7_3;
	k.names[1] = lpae;
	k.version = KERNEL(7, 3);
	plan_of(&p, &k);
	assert_true(refuses(&p) && p.watched[V7S_LONG]);
	k.without = "arm_lpae_unmap_pages";
	plan_of(&p, &k);
	assert_false(refuses(&p) || p.visible.refuse[V7S_REFUSE_EXISTS]);
	assert_true(p.watched[V7S_SHORT] && p.watched[V7S_LONG]);

	/* Before v5.14, and on 32-bit Arm. */
	k.names[0] = arm64_6_1;
	k.version = KERNEL(6, 12);
	k.without = "arm_v7s_unmap_pages";
	plan_of(&p, &k);
	assert_false(refuses(&p) || p.visible.refuse[V7S_REFUSE_EXISTS]);
	k.without = NULL;
	k.machine = MACHINE_ARM;
	plan_of(&p, &k);
	assert_false(refuses(&p) || p.visible.refuse[V7S_REFUSE_EXISTS]);
}

/* The programs observe waits for all spinlocks. */
static void waits_need_the_slow_path(void **state)
{
	static const char *const spins[] = {
		"queued_spin_lock_slowpath", "_raw_spin_lock_irqsave", NULL
	};
	static const char *const realtime[] = {
		"queued_spin_lock_slowpath", "rt_spin_lock", NULL
	};
	static const char *const debug[] = {
		"queued_spin_lock_slowpath", "__raw_spin_lock_init", NULL
	};
	static const char *const twice[] = {
		"queued_spin_lock_slowpath", "queued_spin_lock_slowpath", NULL
	};
	const struct {
		struct kernel k;
		const char *why;	/* part of the reason; NULL: visible */
	} kernels[] = {
#define K(since, ...) .version = KERNEL since, .machine = MACHINE_ARM64, __VA_ARGS__
		{ { { arm64_6_1, lpae, spins }, K((6, 12)) }, NULL },
		{ { { arm64_6_1, spins }, K((5, 11)) }, NULL },
		{ { { arm64_6_1, spins }, K((5, 10)) }, "lock up" },
		{ { { arm64_6_1, spins }, K((6, 13)) }, "do not split" },
		{ { { arm64_6_1, realtime }, K((6, 12)) }, "PREEMPT_RT" },
		{ { { arm64_6_1, debug }, K((6, 12)) }, "DEBUG_SPINLOCK" },
		{ { { arm64_6_1 }, K((6, 12)) }, "CONFIG_SMP" },
		{ { { arm64_6_1, twice }, K((6, 12)) }, "no queued_spin_lock" },
		{ { { lpae, spins }, K((6, 12)) }, "short format" },
		{ { { arm64_6_1, spins }, K((6, 12), .hidden = true) }, "hidden" },
#undef K
		{ { { arm64_6_1, spins }, .version = KERNEL(6, 12),
		    .machine = MACHINE_ARM }, "32-bit Arm" },
	};
	const struct site *begin, *end;
	struct kprobe_sites p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kernels); i++) {
		plan_of(&p, &kernels[i].k);
		begin = site_of(&p, "begin_wait", LOCK_SLOW_PATH);
		end = site_of(&p, "end_wait", LOCK_SLOW_PATH);
		assert_int_equal(p.visible.waits, !kernels[i].why);
		assert_int_equal(p.visible.hist[V7S_WAIT], !kernels[i].why);
		assert_false(p.visible.hist[V7S_HOLD] || p.visible.pairs);
		if (kernels[i].why) {
			assert_non_null(strstr(p.no_waits, kernels[i].why));
			assert_true(!begin && !end);
			continue;
		}
		assert_null(p.no_waits);
		assert_true(begin == end + 1 && end->ret && !begin->ret);
		/* A page table whose creation we see has all its waits. */
		assert_non_null(strstr(p.site[p.sites - 1].symbol, "alloc_pgtable"));
	}

	/* Waits cost the other figures nothing. */
	plan_of(&p, &kernels[0].k);
	assert_int_equal(range_at(&p, 0x8000000 + 0x100 *
				  (ARRAY_SIZE(arm64_6_1) + ARRAY_SIZE(lpae)))->role,
			 V7S_ROLE_LOCK);
	assert_false(p.full);
	kprobe_sites_economize(&p);
	assert_true(p.visible.waits && site_of(&p, "end_wait", LOCK_SLOW_PATH));
	plan_of(&p, &kernels[0].k);
	assert_true(fentry_sites_plan(&p, KERNEL(6, 12), MACHINE_ARM64));
	assert_true(p.visible.waits && site_of(&p, "begin_wait", LOCK_SLOW_PATH) &&
		    site_of(&p, "end_wait", LOCK_SLOW_PATH));
	kprobe_sites_no_waits(&p, "for a test");
	assert_false(p.visible.waits || p.visible.hist[V7S_WAIT] ||
		     site_of(&p, "begin_wait", LOCK_SLOW_PATH) ||
		     site_of(&p, "end_wait", LOCK_SLOW_PATH));
	assert_non_null(site_of(&p, "short_installed", "arm_v7s_install_table"));
	assert_string_equal(p.no_waits, "for a test");
}

static void fentry_shows_what_kprobes_show(void **state)
{
	static const char *const install[] = { "arm_lpae_install_table", NULL };
	struct kernel k = { { arm64_6_1, lpae, install },
			    .version = KERNEL(6, 12), .machine = MACHINE_ARM64 };
	struct fentry_bpf *skel = fentry_bpf__open();
	struct kprobe_sites p;
	int i;

	(void)state;
	plan_of(&p, &k);
	assert_true(fentry_sites_plan(&p, KERNEL(6, 12), MACHINE_ARM64));
	assert_true(p.sites <= KPROBE_SITES);
	for (i = 0; i < p.sites; i++)
		assert_non_null(bpf_object__find_program_by_name(
			skel->obj, p.site[i].prog));
	assert_non_null(site_of(&p, "short_installed", "arm_v7s_install_table"));
	assert_null(site_of(&p, "short_allocated", "__arm_v7s_alloc_table"));
	assert_true(ALL(p.visible.install) && frees_by_cause(&p) && p.visible.alive);
	assert_false(p.visible.refuse[V7S_REFUSE_NOMEM]);
	assert_false(p.visible.hist[V7S_WINDOW]);
	assert_int_equal(stretch_fentry(&p), STRETCH_INSTALL);

	/* The allocation begins the race window. */
	plan_of(&p, &k);
	p.window = true;
	assert_true(fentry_sites_plan(&p, KERNEL(6, 12), MACHINE_ARM64));
	for (i = 0; i < p.sites; i++)
		assert_non_null(bpf_object__find_program_by_name(
			skel->obj, p.site[i].prog));
	assert_non_null(site_of(&p, "short_begin", "__arm_v7s_alloc_table"));
	assert_non_null(site_of(&p, "long_begin", "__arm_lpae_alloc_pages"));
	assert_true(p.visible.hist[V7S_WINDOW]);
	assert_int_equal(stretch_fentry(&p), STRETCH_WINDOW);
	k.without = "__arm_v7s_alloc_table";
	plan_of(&p, &k);
	p.window = true;
	assert_true(fentry_sites_plan(&p, KERNEL(6, 12), MACHINE_ARM64));
	assert_false(p.visible.hist[V7S_WINDOW]);
	/* Then no program runs at the begin of any window. */
	assert_non_null(site_of(&p, "short_installed", "arm_v7s_install_table"));
	assert_non_null(site_of(&p, "long_installed", "arm_lpae_install_table"));
	assert_null(site_of(&p, "long_begin", "__arm_lpae_alloc_pages"));
	assert_int_equal(stretch_fentry(&p), STRETCH_INSTALL);
	k.without = NULL;
	fentry_bpf__destroy(skel);

	plan_of(&p, &k);
	assert_false(fentry_sites_plan(&p, KERNEL(6, 3), MACHINE_ARM64));
	assert_false(fentry_sites_plan(&p, k.version, MACHINE_ARM));
	k.hidden = true;
	plan_of(&p, &k);
	assert_false(fentry_sites_plan(&p, k.version, k.machine));
}

/* Splits make a lost table look like another freed one. */
static void fentry_needs_no_install_table_without_splits(void **state)
{
	struct kernel k = { { arm64_7_3, lpae }, .version = KERNEL(7, 3),
			    .machine = MACHINE_ARM64 };
	struct fentry_bpf *skel = fentry_bpf__open();
	struct kprobe_sites p;
	int i;

	(void)state;
	plan_of(&p, &k);
	p.window = true;
	assert_true(fentry_sites_plan(&p, k.version, k.machine));
	assert_false(p.visible.hist[V7S_WINDOW]);
	assert_int_equal(stretch_fentry(&p), STRETCH_ALLOCATION);
	for (i = 0; i < p.sites; i++)
		assert_non_null(bpf_object__find_program_by_name(
			skel->obj, p.site[i].prog));
	assert_non_null(site_of(&p, "short_allocated", "__arm_v7s_alloc_table"));
	assert_non_null(site_of(&p, "long_allocated", "__arm_lpae_alloc_pages"));
	assert_null(site_of(&p, "short_installed", "arm_v7s_install_table"));
	assert_true(p.visible.attempts && p.visible.lost && p.visible.alive);
	assert_true(frees_by_cause(&p) && p.visible.refuse[V7S_REFUSE_NOMEM]);
	assert_false(p.visible.install[V7S_MAP][V7S_WON]);
	fentry_bpf__destroy(skel);

	k.version = KERNEL(6, 12);
	plan_of(&p, &k);
	assert_false(fentry_sites_plan(&p, k.version, k.machine));
}

/* A return is attached before the entry, which is then hit first. */
static void every_site_has_its_program(void **state)
{
	static const char *const install[] = { "arm_lpae_install_table", NULL };
	const struct kernel k = { { arm64_6_1, lpae, install },
				  .version = KERNEL(6, 1),
				  .machine = MACHINE_ARM64 };
	struct kprobe_bpf *skel = kprobe_bpf__open();
	const struct bpf_program *prog;
	struct kprobe_sites p;
	int i;

	(void)state;
	assert_non_null(skel);
	plan_of(&p, &k);
	assert_true(p.watched[V7S_SHORT] && p.watched[V7S_LONG]);
	assert_true(p.sites > 0 && p.sites <= KPROBE_SITES);
	for (i = 0; i < p.sites; i++) {
		prog = bpf_object__find_program_by_name(skel->obj,
							p.site[i].prog);
		assert_non_null(prog);
		assert_string_equal(bpf_program__section_name(prog),
				    p.site[i].ret ? "kretprobe" : "kprobe");
		if (p.site[i].ret)
			assert_string_equal(p.site[i].symbol,
					    p.site[i + 1].symbol);
	}
	assert_string_equal(p.site[0].symbol, "arm_v7s_free_pgtable");
	assert_string_equal(p.site[p.sites - 1].symbol,
			    "arm_mali_lpae_alloc_pgtable");
	kprobe_sites_economize(&p);
	for (i = 0; i < p.sites; i++)
		assert_non_null(bpf_object__find_program_by_name(
			skel->obj, p.site[i].prog));
	assert_non_null(site_of(&p, "long_attempt", "arm_lpae_install_table"));
	kprobe_bpf__destroy(skel);
}

/* Another machine runs other instructions. */
static void the_stretch_is_known_on_arm64_only(void **state)
{
	const struct source_want plain = { 0 };
	const struct source_want stacks = { .tasks = true, .stacks = true };
	int w;

	(void)state;
	for (w = 0; w < STRETCH_WAYS; w++) {
		assert_int_equal(stretch_of(w, &plain, MACHINE_ARM), UNKNOWN);
		if (w != STRETCH_PAIR)
			assert_true(stretch_of(w, &plain, MACHINE_ARM64) >= 0);
	}
	assert_true(stretch_of(STRETCH_ALLOCATION, &stacks, MACHINE_ARM64) >
		    stretch_of(STRETCH_ALLOCATION, &plain, MACHINE_ARM64));
	assert_int_equal(stretch_of(STRETCH_ENTRY, &stacks, MACHINE_ARM64), UNKNOWN);
}

/* Only figures that were measured with just these options. */
static void no_stretch_is_made_up(void **state)
{
	static const struct source_want measured[] = {
		{ .tasks = false }, { .tasks = true }, { .ring = 64 },
		{ .tasks = true, .stacks = true },
		/* The counters are never filtered. */
		{ .dev = "a-device" },
	}, others[] = {
		{ .stacks = true }, { .ring = 64, .tasks = true },
		{ .ring = 64, .stacks = true },
		{ .ring = 64, .tasks = true, .stacks = true },
		{ .ring = 64, .lost_only = true },
		{ .ring = 64, .events = 1 << V7S_EVENT_FREE },
		{ .ring = 64, .dev = "a-device" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(measured); i++)
		assert_true(stretch_of(STRETCH_ALLOCATION, &measured[i], MACHINE_ARM64) > 0);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(stretch_of(STRETCH_ALLOCATION, &others[i], MACHINE_ARM64), UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(install_table_tells_all_but_times),
		cmocka_unit_test(without_it_attempts_and_losses_are_left),
		cmocka_unit_test(nor_are_losses_where_blocks_are_split),
		cmocka_unit_test(a_copy_is_not_the_function),
		cmocka_unit_test(two_of_a_name_are_none),
		cmocka_unit_test(the_code_of_a_copy_has_its_role),
		cmocka_unit_test(a_unique_name_is_the_function),
		cmocka_unit_test(a_jump_table_is_no_code),
		cmocka_unit_test(destruction_has_a_role),
		cmocka_unit_test(several_names_at_one_address),
		cmocka_unit_test(formats_in_modules),
		cmocka_unit_test(a_namesake_in_another_module_is_not_probed),
		cmocka_unit_test(a_full_table_is_told),
		cmocka_unit_test(arm_does_not_tell_who_replaces),
		cmocka_unit_test(hidden_addresses_leave_the_names),
		cmocka_unit_test(long_ones_show_as_much_or_nothing),
		cmocka_unit_test(one_probe_is_left_of_an_install),
		cmocka_unit_test(fentry_shows_what_kprobes_show),
		cmocka_unit_test(fentry_needs_no_install_table_without_splits),
		cmocka_unit_test(the_stretch_is_known_on_arm64_only),
		cmocka_unit_test(no_stretch_is_made_up),
		cmocka_unit_test(the_series_is_known_by_its_functions),
		cmocka_unit_test(nothing_is_nothing),
		cmocka_unit_test(every_site_has_its_program),
		cmocka_unit_test(a_missed_refusal_is_no_missed_event),
		cmocka_unit_test(refusals_can_be_left_out),
		cmocka_unit_test(waits_need_the_slow_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
