// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Kernels without the series: which refusals and waits they allow. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "lib/kernel.h"
#include "lib/util.h"
#include "source/fentry_sites.h"
#include "source/stock.h"
#include "said.h"

/* The functions that an arm64 kernel of v6.12 has. */
static const char *const names[] = {
	"arm_v7s_install_table", "__arm_v7s_alloc_table", "__arm_v7s_free_table",
	"arm_v7s_alloc_pgtable", "arm_v7s_free_pgtable", "arm_v7s_map_pages",
	"arm_v7s_unmap_pages", "__arm_v7s_map", "__arm_v7s_unmap", LOCK_SLOW_PATH,
};

static void plan_of(struct kprobe_sites *p)
{
	char path[] = "/tmp/stock_test.XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	size_t i;

	assert_non_null(f);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		fprintf(f, "ffff8000080%02zx000 t %s\n", i, names[i]);
	fclose(f);
	assert_int_equal(kprobe_sites_find(p, path, KERNEL(6, 12), MACHINE_ARM64), 0);
	unlink(path);
	assert_true(p->visible.refuse[V7S_REFUSE_PARTIAL]);
	assert_true(p->visible.waits);
	assert_true(fentry_sites_plan(p, KERNEL(6, 12), MACHINE_ARM64));
}

static int add_struct(struct btf *btf, const char *name, const char *const *m, int type)
{
	int n = 0, id;

	while (m[n])
		n++;
	id = btf__add_struct(btf, name, 8 * n);
	assert_true(id > 0);
	for (n = 0; m[n]; n++)
		assert_int_equal(btf__add_field(btf, m[n], type, 64 * n, 0), 0);
	return id;
}

static void add_function(struct btf *btf, const char *name, int params, int type)
{
	int proto = btf__add_func_proto(btf, type);

	while (params--)
		assert_int_equal(btf__add_func_param(btf, "", type), 0);
	assert_true(btf__add_func(btf, name, BTF_FUNC_STATIC, proto) > 0);
}

/* The BTF of a kernel whose map and unmap have so many parameters. */
static void write_btf(const char *path, int map, int unmap)
{
	static const char *const cfg[] = { "quirks", "ias", "oas", "iommu_dev", NULL };
	static const char *const pgtable[] = { "fmt", "cookie", "ops", NULL };
	static const char *const dev[] = { "kobj", "init_name", NULL };
	static const char *const v7s[] = { "iop", "pgd", NULL };
	struct btf *btf = btf__new_empty();
	int type = btf__add_int(btf, "unsigned long", 8, 0), u, id;
	const void *raw;
	__u32 size;
	FILE *f;

	u = btf__add_union(btf, "", 8);
	assert_int_equal(btf__add_field(btf, "arm_v7s_cfg", type, 0, 0), 0);
	id = btf__add_struct(btf, "io_pgtable_cfg", 40);
	for (size = 0; cfg[size]; size++)
		assert_int_equal(btf__add_field(btf, cfg[size], type, 64 * size, 0), 0);
	assert_int_equal(btf__add_field(btf, "", u, 64 * size, 0), 0);
	assert_true(btf__add_struct(btf, "io_pgtable", 64) > 0);
	for (size = 0; pgtable[size]; size++)
		assert_int_equal(btf__add_field(btf, pgtable[size], type, 64 * size, 0), 0);
	assert_int_equal(btf__add_field(btf, "cfg", id, 64 * size, 0), 0);
	add_struct(btf, "device", dev, type);
	add_struct(btf, "arm_v7s_io_pgtable", v7s, type);
	add_function(btf, "arm_v7s_map_pages", map, type);
	add_function(btf, "arm_v7s_unmap_pages", unmap, type);
	raw = btf__raw_data(btf, &size);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(raw, 1, size, f), size);
	fclose(f);
	btf__free(btf);
}

/* Are refusals watched on that kernel? */
static bool refusals_with(int map, int unmap)
{
	char path[] = "/tmp/stock_test.XXXXXX";
	struct source_want want = { .refusals = true, .btf = path };
	struct v7s_kprobe_config c = { 0 };
	struct kprobe_sites p;
	bool watched = false;
	int i;

	close(mkstemp(path));
	plan_of(&p);
	write_btf(path, map, unmap);
	assert_int_equal(stock_find_members(&c, &p, &want), 0);
	unlink(path);
	assert_true(c.has_dev);
	for (i = 0; i < p.sites; i++)
		watched |= p.site[i].refuses;
	assert_true(watched == p.visible.refuse[V7S_REFUSE_PARTIAL]);
	return watched;
}

/* Another signature has the results and the parameters elsewhere. */
static void refusals_need_the_known_parameters(void **state)
{
	(void)state;
	assert_true(refusals_with(8, 5));
	assert_false(refusals_with(7, 5));
	assert_false(refusals_with(9, 5));
	assert_false(refusals_with(8, 4));
	assert_false(refusals_with(8, 6));
}

struct source {
	struct kprobe_sites plan;
	struct bpf_link *link[KPROBE_SITES];
};

/* The program that the kernel does not attach, and why. */
static const char *fails;
static int with, refused, destroyed;

int __wrap_bpf_link__destroy(struct bpf_link *link);
int __wrap_bpf_link__destroy(struct bpf_link *link)
{
	assert_non_null(link);
	destroyed++;
	return 0;
}

static struct bpf_link *attach(struct source *s, int i)
{
	if (strcmp(s->plan.site[i].prog, fails))
		return (void *)s->plan.site[i].symbol;
	refused++;
	errno = with;
	return NULL;
}

static bool has_site(const struct kprobe_sites *p, bool refuses, bool waits)
{
	int i;

	for (i = 0; i < p->sites; i++)
		if ((refuses && p->site[i].refuses) || (waits && p->site[i].waits))
			return true;
	return false;
}

static void try_to_attach(struct source *s, const char *prog, int err, int others)
{
	bool waits = !!strstr(prog, "wait");
	int before, n, i;

	memset(s, 0, sizeof(*s));
	plan_of(&s->plan);
	before = s->plan.sites;
	refused = destroyed = 0;
	fails = prog;
	with = err;
	say_begin();
	n = stock_attach(&s->plan, s->link, attach, s);
	say_end();
	assert_int_equal(n, s->plan.sites);
	assert_int_equal(n, before - 2);
	assert_int_equal(refused, 1);
	assert_int_equal(destroyed, others);
	for (i = 0; i < n; i++)
		assert_ptr_equal(s->link[i], s->plan.site[i].symbol);
	for (; i < KPROBE_SITES; i++)
		assert_null(s->link[i]);
	assert_int_equal(has_site(&s->plan, true, false), waits);
	assert_int_equal(has_site(&s->plan, false, true), !waits);
	assert_int_equal(s->plan.visible.refuse[V7S_REFUSE_EXISTS], waits);
	assert_int_equal(s->plan.visible.waits, !waits);
	assert_int_equal(s->plan.visible.hist[V7S_WAIT], !waits);
	assert_int_equal(!s->plan.no_waits, !waits);
	assert_true(s->plan.visible.lost);
}

static void goes_on_without_refusals(void **state)
{
	static const struct {
		int err;
		const char *says;
	} errors[] = {
		{ EBUSY, "live patch" }, { E2BIG, "38 programs" },
		{ EPERM, "doctor" }, { ENOENT, "`dmesg`" },
	};
	struct source s;
	size_t e;

	(void)state;
	for (e = 0; e < ARRAY_SIZE(errors); e++) {
		try_to_attach(&s, "short_mapped", errors[e].err, 0);
		assert_non_null(strstr(said, "no refusals exists, absent and partial: cannot attach to arm_v7s_map_pages: "));
		assert_non_null(strstr(said, strerror(errors[e].err)));
		assert_non_null(strstr(said, errors[e].says));
		assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	}
	try_to_attach(&s, "short_unmapped", EBUSY, 1);
	assert_non_null(strstr(said, "cannot attach to arm_v7s_unmap_pages: "));
}

/* The links of the refusals and of the other programs stay. */
static void goes_on_without_waits(void **state)
{
	struct source s;

	(void)state;
	try_to_attach(&s, "end_wait", EBUSY, 0);
	assert_non_null(strstr(said, "no waits for split_lock: cannot attach to queued_spin_lock_slowpath: "));
	assert_non_null(strstr(said, strerror(EBUSY)));
	assert_non_null(strstr(said, "live patch"));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	try_to_attach(&s, "begin_wait", E2BIG, 1);
	assert_non_null(strstr(said, "38 programs"));
}

/* Results of the loads, and how many there were. */
static int results[2], loads;

static int load(struct source *s, const struct source_want *want)
{
	(void)want;
	assert_true(loads < 2);
	assert_int_equal(has_site(&s->plan, false, true), !loads);
	return results[loads++];
}

static int try_to_load(struct source *s, int first, int second)
{
	const struct source_want want = { 0 };
	int err;

	plan_of(&s->plan);
	results[0] = first;
	results[1] = second;
	loads = 0;
	say_begin();
	err = stock_load(&s->plan, load, s, &want);
	say_end();
	return err;
}

static void loads_without_waits(void **state)
{
	struct source s = { 0 };

	(void)state;
	assert_int_equal(try_to_load(&s, 0, 0), 0);
	assert_int_equal(loads, 1);
	assert_string_equal(said, "");
	assert_true(s.plan.visible.waits);

	assert_int_equal(try_to_load(&s, -EACCES, 0), 0);
	assert_int_equal(loads, 2);
	assert_false(s.plan.visible.waits);
	assert_non_null(strstr(said, "no waits for split_lock: "));
	assert_non_null(strstr(said, strerror(EACCES)));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);

	/* The waits are not the cause. */
	assert_int_equal(try_to_load(&s, -EACCES, -EPERM), -EPERM);
	assert_int_equal(loads, 2);
	assert_string_equal(said, "");
}

/* A plan without waits has one try. */
static void loads_no_plan_twice_without_waits(void **state)
{
	const struct source_want want = { 0 };
	struct source s = { 0 };

	(void)state;
	plan_of(&s.plan);
	kprobe_sites_no_waits(&s.plan, "for a test");
	results[1] = -EACCES;
	loads = 1;
	assert_int_equal(stock_load(&s.plan, load, &s, &want), -EACCES);
	assert_int_equal(loads, 2);
}

static void needs_all_other_programs(void **state)
{
	struct source s = { 0 };

	(void)state;
	plan_of(&s.plan);
	fails = s.plan.site[0].prog;
	with = EBUSY;
	assert_int_equal(stock_attach(&s.plan, s.link, attach, &s), 0);
	assert_int_equal(errno, EBUSY);
	assert_true(s.plan.visible.refuse[V7S_REFUSE_EXISTS]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals_need_the_known_parameters),
		cmocka_unit_test(goes_on_without_refusals),
		cmocka_unit_test(goes_on_without_waits),
		cmocka_unit_test(loads_without_waits),
		cmocka_unit_test(loads_no_plan_twice_without_waits),
		cmocka_unit_test(needs_all_other_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
