// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ftrace/tracefs.h"
#include "lib/caps.h"
#include "lib/cpus.h"
#include "lib/landlock.h"
#include "lib/util.h"
#include "source/permit.h"
#include "source/stream.h"
#include "diagnosis.h"

static void set_text(struct fact *f, const char *text)
{
	f->type = FACT_TEXT;
	snprintf(f->text, sizeof(f->text), "%s", text);
}

static void set_int(struct fact *f, int64_t n)
{
	f->type = FACT_INT;
	f->n = n;
}

/* Set the mark, and the advice if bad. */
static void mark(struct fact *f, bool good, const char *advice)
{
	f->mark = good ? MARK_OK : MARK_BAD;
	f->advice = good ? NULL : advice;
}

/* Take the first obstacle, with its own advice. */
static void explain(struct fact *f, const struct source_answer *a)
{
	f->why = a->obstacle[0];
}

static void set_bool(struct fact *f, bool b, const char *advice)
{
	f->type = FACT_BOOL;
	f->n = b;
	mark(f, b, advice);
}

/* Read the first line of a small file; false: unreadable or empty. */
static bool first_line(const char *path, char *line, size_t size)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(line, size, f);

	if (f)
		fclose(f);
	if (ok)
		line[strcspn(line, "\n")] = 0;
	return ok;
}

static bool int_file(struct fact *f, const char *path)
{
	char line[32];

	if (!first_line(path, line, sizeof(line)))
		return false;
	set_int(f, strtoll(line, NULL, 10));
	return true;
}

static void fact_kernel(struct probe *p, struct fact *f)
{
	set_text(f, p->uts.release);
}

static void fact_arch(struct probe *p, struct fact *f)
{
	set_text(f, p->uts.machine);
}

/*
 * A 32-bit v7scope works on a 64-bit kernel; upgraded boards keep such user
 * space.
 */
static void fact_tool(struct probe *p, struct fact *f)
{
#if defined(__aarch64__)
	set_text(f, "arm64");
#elif defined(__arm__)
	set_text(f, p->machine == MACHINE_ARM64 ?
		 "armv7, which works on this arm64 kernel" : "armv7");
#elif defined(__x86_64__)
	set_text(f, "x86_64");
#endif
	(void)p;
}

static void fact_v7s(struct probe *p, struct fact *f)
{
	struct source_answer a = { 0 };

	if (!p->plan.symbols) {
		permit_no_symbols(&a, p->symbols_err);
		explain(f, &a);
	} else {
		set_bool(f, p->plan.there[V7S_SHORT], "only kernels with CONFIG_IOMMU_IO_PGTABLE_ARMV7S=y have these page tables");
	}
}

/* A kernel that splits nothing has no splits to show. */
static void fact_splits(struct probe *p, struct fact *f)
{
	f->type = FACT_BOOL;
	f->n = p->version < KERNEL(6, 13);
}

/* As stat observes them on this kernel. */
static void fact_waits(struct probe *p, struct fact *f)
{
	if (!p->plan.symbols)
		return;
	f->type = FACT_BOOL;
	if (p->plan.series) {
		f->n = true;
		return;
	}
	f->n = !p->plan.no_waits;
	f->advice = p->plan.no_waits;
}

static void fact_series(struct probe *p, struct fact *f)
{
	if (p->plan.symbols)
		set_bool(f, p->plan.series, "exact counts, times and causes need the series: apply kernel-patch/ and boot the new kernel");
}

static void fact_addresses(struct probe *p, struct fact *f)
{
	struct source_answer a = { 0 };

	if (!p->plan.there[V7S_SHORT] && !p->plan.there[V7S_LONG])
		return;
	set_bool(f, p->plan.addresses, NULL);
	if (p->plan.addresses)
		return;
	permit_no_addresses(&a);
	explain(f, &a);
}

static void fact_root(struct probe *p, struct fact *f)
{
	(void)p;
	f->type = FACT_BOOL;
	f->n = geteuid() == 0;
}

static void fact_cap(struct fact *f, int cap)
{
	f->type = FACT_BOOL;
	f->n = caps_effective(cap);
	mark(f, f->n || caps_for_bpf(),
	      "try sudo; since v5.8 CAP_BPF and CAP_PERFMON are enough");
}

static void fact_cap_bpf(struct probe *p, struct fact *f)
{
	(void)p;
	fact_cap(f, V7S_CAP_BPF);
}

static void fact_cap_perfmon(struct probe *p, struct fact *f)
{
	(void)p;
	fact_cap(f, V7S_CAP_PERFMON);
}

static void fact_cap_sys_admin(struct probe *p, struct fact *f)
{
	(void)p;
	fact_cap(f, V7S_CAP_SYS_ADMIN);
}

static void fact_kept(struct probe *p, struct fact *f)
{
	const char *plain = caps_needed(false), *stacks = caps_needed(true);

	(void)p;
	if (!plain || !stacks || !caps_for_bpf())
		return;
	f->type = FACT_TEXT;
	if (strcmp(plain, stacks))
		snprintf(f->text, sizeof(f->text), "%s; %s with stacks", plain,
			 stacks);
	else
		snprintf(f->text, sizeof(f->text), "%s", plain);
}

static void fact_bpf(struct probe *p, struct fact *f)
{
	(void)p;
	/*
	 * Command -1 does not exist: ENOSYS means that the system call is
	 * missing.
	 */
	set_bool(f, syscall(SYS_bpf, -1, NULL, 0) >= 0 || errno != ENOSYS,
		 "build the kernel with CONFIG_BPF_SYSCALL=y and CONFIG_BPF_EVENTS=y");
}

static void fact_load(struct probe *p, struct fact *f)
{
	struct source_answer a = { 0 };

	set_bool(f, p->prog >= 0, NULL);
	if (p->prog < 0 && !permit_bpf(&a))
		explain(f, &a);
}

static void fact_unprivileged(struct probe *p, struct fact *f)
{
	(void)p;
	int_file(f, "/proc/sys/kernel/unprivileged_bpf_disabled");
}

/* Kernels without networking lack the sysctl: ask a loaded program instead. */
static void fact_jit(struct probe *p, struct fact *f)
{
	if (p->info_len)
		set_bool(f, p->info.jited_prog_len > 0, "echo 1 >/proc/sys/net/core/bpf_jit_enable, or build the kernel with CONFIG_BPF_JIT_ALWAYS_ON=y: without the JIT, counting costs several times as much");
}

static void fact_misses(struct probe *p, struct fact *f)
{
	if (!p->info_len)
		return;
	f->type = FACT_BOOL;
	f->n = p->info_len >= offsetof(struct bpf_prog_info, recursion_misses) +
			      sizeof(p->info.recursion_misses);
	if (!f->n)
		f->advice = "kernels since v5.12 count skipped events; earlier kernels skip no event";
}

static void fact_kprobes(struct probe *p, struct fact *f)
{
	set_bool(f, !access("/sys/bus/event_source/devices/kprobe/type", F_OK),
		 "build the kernel with CONFIG_KPROBES=y, CONFIG_KPROBE_EVENTS=y and CONFIG_PERF_EVENTS=y: without the series, source kprobe and v7scope flush need kprobes");
	/* The series makes kprobes unnecessary. */
	if (!f->n && p->plan.series)
		mark(f, true, NULL);
}

static void fact_kprobes_armed(struct probe *p, struct fact *f)
{
	struct source_answer a = { 0 };
	char line[8];

	/* A trial tells more than the file, which only root can read. */
	if (p->fires >= 0)
		set_bool(f, p->fires, NULL);
	else if (first_line("/sys/kernel/debug/kprobes/enabled", line, sizeof(line)))
		set_bool(f, line[0] == '1', "echo 1 >/sys/kernel/debug/kprobes/enabled");
	if (!p->fires && !permit_kprobes(&a))
		explain(f, &a);
}

static void fact_btf(struct probe *p, struct fact *f)
{
	(void)p;
	f->type = FACT_BOOL;
	f->n = !access("/sys/kernel/btf/vmlinux", R_OK);
	if (!f->n)
		f->advice = "source fentry needs BTF; source kprobe needs BTF for the name of the device only, and --btf FILE gives it";
}

static void fact_tracefs(struct probe *p, struct fact *f)
{
	char dir[256];

	if (p->tracefs[0]) {
		set_text(f, p->tracefs);
		f->mark = MARK_OK;
		return;
	}
	f->type = FACT_BOOL;
	f->advice = tracefs_find(dir, sizeof(dir)) || !*dir ?
		"mount -t tracefs tracefs /sys/kernel/tracing (only source ftrace needs it)" :
		"another mount hides tracefs: unmount it, or let the container or the systemd unit see tracefs (only source ftrace needs it)";
}

/*
 * An instance keeps its buffers, and its enabled events slow the kernel down.
 */
static void fact_instances(struct probe *p, struct fact *f)
{
	int n = p->tracefs[0] ? tracefs_instances_left(p->tracefs, f->text,
					       sizeof(f->text)) : -1;

	if (n < 0)
		return;
	f->type = FACT_TEXT;
	if (!n)
		set_text(f, "none");
	mark(f, !n, "killed v7scopes left instances in tracefs, with events enabled: rmdir them in instances/, or run `v7scope stat --source ftrace -n 1`");
}

/* Arrays begin and end with a page. The same for each possible CPU, online or not. */
static uint64_t map_size(uint64_t row)
{
	uint64_t page = sysconf(_SC_PAGESIZE);

	return (cpus_possible() * row + page - 1) / page * page;
}

static uint64_t tables_size(const struct probe *p)
{
	return map_size(V7S_ROW_SIZE((uint64_t)p->slots));
}

static void fact_tables(struct probe *p, struct fact *f)
{
	set_int(f, p->slots);
}

static void fact_counters(struct probe *p, struct fact *f)
{
	set_int(f, tables_size(p));
}

static void fact_counters_tasks(struct probe *p, struct fact *f)
{
	(void)p;
	set_int(f, map_size(sizeof(struct v7s_cpu_tasks)));
}

static uint64_t locked_size(const struct probe *p)
{
	return tables_size(p) + map_size(sizeof(struct v7s_cpu_tasks)) +
	       map_size(stream_size(V7S_RING));
}

static void mark_memlock(struct fact *f, bool good, uint64_t size)
{
	static char advice[96];

	snprintf(advice, sizeof(advice), "ulimit -l %" PRIu64 ": before v5.11 this limits BPF maps", (size + 1023) / 1024);
	mark(f, good, advice);
}

static void fact_memlock(struct probe *p, struct fact *f)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return;
	if (limit.rlim_cur == RLIM_INFINITY)
		set_text(f, "unlimited");
	else
		set_int(f, limit.rlim_cur);
	/*
	 * v5.11 charges maps to cgroups instead. Root raises the limit itself.
	 */
	if (p->version < KERNEL(5, 11))
		mark_memlock(f, limit.rlim_cur >= locked_size(p) ||
			     caps_effective(V7S_CAP_SYS_RESOURCE), locked_size(p));
}

static void fact_lockdown(struct probe *p, struct fact *f)
{
	char line[64], *from, *to;

	(void)p;
	if (!first_line("/sys/kernel/security/lockdown", line, sizeof(line)))
		return;
	/* "none [integrity] confidentiality" */
	from = strchr(line, '[');
	to = from ? strchr(from, ']') : NULL;
	if (!to)
		return;
	*to = 0;
	set_text(f, from + 1);
	mark(f, strcmp(from + 1, "confidentiality"), "boot without lockdown=confidentiality: it forbids kprobes, and BPF programs that read the kernel's memory");
}

static void fact_landlock(struct probe *p, struct fact *f)
{
	int abi = landlock_abi();

	(void)p;
	if (abi) {
		f->type = FACT_TEXT;
		snprintf(f->text, sizeof(f->text), "version %d", abi);
		return;
	}
	f->type = FACT_BOOL;
	f->advice = "serve can still open every file that its user can read: build the kernel with CONFIG_SECURITY_LANDLOCK=y, and boot it with landlock in lsm=";
}

static void fact_kptr(struct probe *p, struct fact *f)
{
	(void)p;
	if (int_file(f, "/proc/sys/kernel/kptr_restrict"))
		mark(f, f->n < 2, "echo 1 >/proc/sys/kernel/kptr_restrict: 2 hides addresses even from root");
}

static void fact_paranoid(struct probe *p, struct fact *f)
{
	struct source_answer a = { 0 };

	/* Levels above 2 exist in the kernels of distributions only. */
	if (!int_file(f, "/proc/sys/kernel/perf_event_paranoid") || f->n < 3 ||
	    p->answer[SOURCE_KPROBE].state != SOURCE_BARRED)
		return;
	mark(f, p->fires != -EACCES, NULL);
	if (f->mark == MARK_BAD && !permit_kprobes(&a))
		explain(f, &a);
}

/*
 * TLB flushes do not depend on the events: v7scope flush sets its own kprobes.
 */
static void fact_flush(struct probe *p, struct fact *f)
{
	const struct flush_sites *plan = &p->flush;

	f->type = FACT_BOOL;
	if (!plan->driver)
		return;
	if (p->flush_answer.state != SOURCE_WORKS) {
		mark(f, false, NULL);
		explain(f, &p->flush_answer);
		return;
	}
	f->type = FACT_TEXT;
	f->mark = MARK_OK;
	snprintf(f->text, sizeof(f->text), "%s: %scounts, times%s%s%s",
		 plan->driver->name,
		 plan->visible.begun[V7S_FLUSH_OWN] ||
		 plan->visible.begun[V7S_FLUSH_SYNC] ? "" : "all but its own ",
		 plan->visible.timeouts ? ", timeouts" : "",
		 plan->visible.waits ? ", waits for " : "",
		 plan->visible.waits ? plan->driver->lock : "");
}

static const struct {
	const char *key, *title;
	void (*find)(struct probe *p, struct fact *f);
} finders[] = {
	{ "kernel",		"kernel",			fact_kernel },
	{ "arch",		"architecture",			fact_arch },
	{ "tool",		"this v7scope is built for",		fact_tool },
	{ "v7s_code",		"short-descriptor page tables",	fact_v7s },
	{ "splits",		"splits large pages",		fact_splits },
	{ "waits",		"shows waits for split_lock",	fact_waits },
	{ "series",		"has the io_pgtable events",	fact_series },
	{ "root",		"root",				fact_root },
	{ "cap_bpf",		"CAP_BPF",			fact_cap_bpf },
	{ "cap_perfmon",	"CAP_PERFMON",			fact_cap_perfmon },
	{ "cap_sys_admin",	"CAP_SYS_ADMIN",		fact_cap_sys_admin },
	{ "caps_kept",		"kept while counting",		fact_kept },
	{ "bpf_syscall",	"bpf() system call",		fact_bpf },
	{ "bpf_load",		"BPF programs can be loaded",	fact_load },
	{ "bpf_jit",		"BPF JIT",			fact_jit },
	{ "recursion_misses",	"counts events that BPF skipped",	fact_misses },
	{ "unprivileged_bpf_disabled", "unprivileged_bpf_disabled",
	  fact_unprivileged },
	{ "kprobes",		"kprobes",			fact_kprobes },
	{ "kprobes_enabled",	"kprobes are not disarmed",	fact_kprobes_armed },
	{ "addresses",		"addresses of functions",	fact_addresses },
	{ "btf",		"BTF of the kernel",		fact_btf },
	{ "tracefs",		"tracefs",			fact_tracefs },
	{ "instances_left",	"stale tracefs instances",	fact_instances },
	{ "tables",		"page tables per CPU, at once",	fact_tables },
	{ "counters",		"counters, bytes of the kernel",	fact_counters },
	{ "counters_tasks",	"more with --tasks, bytes",	fact_counters_tasks },
	{ "memlock",		"locked memory limit, bytes",	fact_memlock },
	{ "lockdown",		"lockdown",			fact_lockdown },
	{ "landlock",		"Landlock, for serve",	fact_landlock },
	{ "kptr_restrict",	"kptr_restrict",		fact_kptr },
	{ "perf_event_paranoid", "perf_event_paranoid",		fact_paranoid },
	{ "flush",		"TLB flushes",		fact_flush },
};

_Static_assert(ARRAY_SIZE(finders) <= FACTS_MAX, "room for facts");

void doctor_facts(struct diagnosis *d, struct probe *p)
{
	struct fact *f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(finders); i++) {
		f = &d->fact[d->facts++];
		f->key = finders[i].key;
		f->title = finders[i].title;
		finders[i].find(p, f);
	}
}
