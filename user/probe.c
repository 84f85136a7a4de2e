// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <mntent.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "caps.h"
#include "err.h"
#include "probe.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))
#define KERNEL(major, minor) ((major) * 1000 + (minor))

/* What several probes need. */
struct probe {
	struct utsname uts;
	int version;		/* KERNEL(), 0 if it has no such form */
	int prog;		/* a program that does nothing, or -errno */
	struct bpf_prog_info info;
	__u32 info_len;		/* 0: not to be had */
	char tracefs[256];	/* "": not mounted */
	enum known v7s;
};

/* Fixed by the series, whose events a kernel with them has. */
static const struct defect defects[] = {
	{ "section_split_address",
	  "a partial unmap of a 1M section leaves the rest of it at physical"
	  " address 0: devices read and write the wrong memory",
	  KERNEL(4, 13), KERNEL(6, 13) },
	{ "supersection_split_fails",
	  "a partial unmap of a 16M supersection fails, with the supersection"
	  " already split, unless it is in the first 1M of it",
	  KERNEL(4, 13), KERNEL(6, 13) },
	{ "late_split_resurrects",
	  "a split of a 64K page that somebody unmaps meanwhile maps it again,"
	  " at physical address 0",
	  KERNEL(4, 13), KERNEL(6, 13) },
};

_Static_assert(ARRAY_SIZE(defects) <= DEFECTS_MAX, "room for defects");

static int silent(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

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

/* Good or bad, and what to do if bad. */
static void judge(struct fact *f, bool good, const char *advice)
{
	f->mark = good ? MARK_OK : MARK_BAD;
	f->advice = good ? NULL : advice;
}

static void set_bool(struct fact *f, bool b, const char *advice)
{
	f->type = FACT_BOOL;
	f->n = b;
	judge(f, b, advice);
}

/* First line of a small file; false if there is none to read. */
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

static void fact_v7s(struct probe *p, struct fact *f)
{
	if (p->v7s == KNOWN_NOT)
		f->advice = "the kernel hides its symbols: CONFIG_KALLSYMS";
	else
		set_bool(f, p->v7s == KNOWN_YES, "only kernels with"
			 " CONFIG_IOMMU_IO_PGTABLE_ARMV7S=y have these page"
			 " tables");
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
	f->n = cap_effective(cap);
	judge(f, f->n || caps_for_bpf(),
	      "try sudo; CAP_BPF and CAP_PERFMON are enough from v5.8 on");
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

static void fact_bpf(struct probe *p, struct fact *f)
{
	(void)p;
	/* No such command: the system call, if there is one, refuses it. */
	set_bool(f, syscall(SYS_bpf, -1, NULL, 0) >= 0 || errno != ENOSYS,
		 "build the kernel with CONFIG_BPF_SYSCALL=y and"
		 " CONFIG_BPF_EVENTS=y");
}

static void fact_load(struct probe *p, struct fact *f)
{
	if (p->prog == -EPERM && !caps_for_bpf())
		set_bool(f, false, "try sudo");
	else if (p->prog == -EPERM)
		set_bool(f, false, "kernel lockdown, a container, or"
			 " `ulimit -l` (before v5.11) stands in the way");
	else if (p->prog == -EINVAL)
		set_bool(f, false, "build the kernel with CONFIG_BPF_EVENTS=y"
			 " (and v4.17 or later)");
	else
		set_bool(f, p->prog >= 0, "see CONFIG_BPF_SYSCALL,"
			 " CONFIG_BPF_EVENTS");
}

static void fact_unprivileged(struct probe *p, struct fact *f)
{
	(void)p;
	int_file(f, "/proc/sys/kernel/unprivileged_bpf_disabled");
}

/* The sysctl is not there on kernels without networking: ask a program. */
static void fact_jit(struct probe *p, struct fact *f)
{
	if (p->info_len)
		set_bool(f, p->info.jited_prog_len > 0, "echo 1"
			 " >/proc/sys/net/core/bpf_jit_enable, or build the"
			 " kernel with CONFIG_BPF_JIT_ALWAYS_ON=y: counting"
			 " costs several times as much without");
}

static void fact_misses(struct probe *p, struct fact *f)
{
	if (!p->info_len)
		return;
	f->type = FACT_BOOL;
	f->n = p->info_len >= offsetof(struct bpf_prog_info, recursion_misses) +
			      sizeof(p->info.recursion_misses);
	if (!f->n)
		f->advice = "v5.12 and later tell what they skipped; earlier"
			    " ones have nothing to skip";
}

static void fact_btf(struct probe *p, struct fact *f)
{
	(void)p;
	f->type = FACT_BOOL;
	f->n = !access("/sys/kernel/btf/vmlinux", R_OK);
	if (!f->n)
		f->advice = "not needed by `v7scope stat`";
}

static void fact_tracefs(struct probe *p, struct fact *f)
{
	if (p->tracefs[0]) {
		set_text(f, p->tracefs);
		f->mark = MARK_OK;
		return;
	}
	f->type = FACT_BOOL;
	f->advice = "mount -t tracefs tracefs /sys/kernel/tracing (only ftrace"
		    " takes it, `v7scope stat` does not)";
}

static void fact_memlock(struct probe *p, struct fact *f)
{
	struct rlimit limit;

	(void)p;
	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return;
	if (limit.rlim_cur == RLIM_INFINITY)
		set_text(f, "unlimited");
	else
		set_int(f, limit.rlim_cur);
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
	judge(f, strcmp(from + 1, "confidentiality"), "boot without"
	      " lockdown=confidentiality: it keeps BPF from the devices'"
	      " names, and from loading before v5.10");
}

static void fact_kptr(struct probe *p, struct fact *f)
{
	(void)p;
	int_file(f, "/proc/sys/kernel/kptr_restrict");
}

static void fact_paranoid(struct probe *p, struct fact *f)
{
	(void)p;
	int_file(f, "/proc/sys/kernel/perf_event_paranoid");
}

static const struct {
	const char *key, *title;
	void (*find)(struct probe *p, struct fact *f);
} finders[] = {
	{ "kernel",		"kernel",			fact_kernel },
	{ "arch",		"architecture",			fact_arch },
	{ "v7s_code",		"short-descriptor page tables",	fact_v7s },
	{ "root",		"root",				fact_root },
	{ "cap_bpf",		"CAP_BPF",			fact_cap_bpf },
	{ "cap_perfmon",	"CAP_PERFMON",			fact_cap_perfmon },
	{ "cap_sys_admin",	"CAP_SYS_ADMIN",		fact_cap_sys_admin },
	{ "bpf_syscall",	"bpf() system call",		fact_bpf },
	{ "bpf_load",		"BPF programs can be loaded",	fact_load },
	{ "bpf_jit",		"BPF JIT",			fact_jit },
	{ "recursion_misses",	"tells what BPF skipped",	fact_misses },
	{ "unprivileged_bpf_disabled", "unprivileged_bpf_disabled",
	  fact_unprivileged },
	{ "btf",		"BTF of the kernel",		fact_btf },
	{ "tracefs",		"tracefs",			fact_tracefs },
	{ "memlock",		"locked memory limit, bytes",	fact_memlock },
	{ "lockdown",		"lockdown",			fact_lockdown },
	{ "kptr_restrict",	"kptr_restrict",		fact_kptr },
	{ "perf_event_paranoid", "perf_event_paranoid",		fact_paranoid },
};

_Static_assert(ARRAY_SIZE(finders) <= FACTS_MAX, "room for facts");

static void find_tracefs(struct probe *p)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	struct mntent *m;

	while (f && (m = getmntent(f))) {
		if (strcmp(m->mnt_type, "tracefs"))
			continue;
		snprintf(p->tracefs, sizeof(p->tracefs), "%s", m->mnt_dir);
		break;
	}
	if (f)
		endmntent(f);
}

/* Names are shown to all, even where addresses are not. */
static enum known has_v7s(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	enum known has = KNOWN_NOT;
	char *line = NULL;
	size_t size = 0;

	while (f && has != KNOWN_YES && getline(&line, &size, f) > 0)
		has = strstr(line, " arm_v7s_") ? KNOWN_YES : KNOWN_NO;
	free(line);
	if (f)
		fclose(f);
	return has;
}

static enum known event_bpf(const struct probe *p, const char *name)
{
	int fd;

	if (p->prog < 0)
		return KNOWN_NOT;
	fd = bpf_raw_tracepoint_open(name, p->prog);
	if (fd < 0)
		return errno == ENOENT ? KNOWN_NO : KNOWN_NOT;
	close(fd);
	return KNOWN_YES;
}

static enum known event_ftrace(const struct probe *p, const char *name)
{
	char path[512];

	if (!p->tracefs[0])
		return KNOWN_NOT;
	snprintf(path, sizeof(path), "%s/events/io_pgtable/%s/format",
		 p->tracefs, name);
	if (!access(path, F_OK))
		return KNOWN_YES;
	return errno == ENOENT ? KNOWN_NO : KNOWN_NOT;
}

static void judge_way(struct way *way, const int *n)
{
	way->works = n[KNOWN_YES] == EVENTS;
	if (n[KNOWN_NO] == EVENTS)
		snprintf(way->why_not, sizeof(way->why_not),
			 "this kernel has none of the io_pgtable events: apply"
			 " kernel-patch/ and boot it");
	else if (n[KNOWN_NO])
		snprintf(way->why_not, sizeof(way->why_not),
			 "this kernel lacks %d of the %d events: apply all of"
			 " kernel-patch/ and boot it", n[KNOWN_NO], EVENTS);
	else if (n[KNOWN_NOT])
		snprintf(way->why_not, sizeof(way->why_not),
			 "whether this kernel has the events cannot be told:"
			 " see what is missing above");
}

static void find_events(struct diagnosis *d, const struct probe *p)
{
	int bpf[3] = { 0 }, ftrace[3] = { 0 }, e;

	for (e = 0; e < EVENTS; e++) {
		d->event[e].bpf = event_bpf(p, event_names[e]);
		d->event[e].ftrace = event_ftrace(p, event_names[e]);
		bpf[d->event[e].bpf]++;
		ftrace[d->event[e].ftrace]++;
	}
	d->way[WAY_BPF] = (struct way){
		.name = "bpf", .what = "exact counts and times: `v7scope stat`",
	};
	d->way[WAY_FTRACE] = (struct way){
		.name = "ftrace",
		.what = "the events one by one: events/io_pgtable in tracefs",
	};
	judge_way(&d->way[WAY_BPF], bpf);
	judge_way(&d->way[WAY_FTRACE], ftrace);
	d->recommended = d->way[WAY_BPF].works ? WAY_BPF :
			 d->way[WAY_FTRACE].works ? WAY_FTRACE : -1;
}

/* Either view of an event will do: the series has all of them or none. */
static bool has_series(const struct diagnosis *d)
{
	int e;

	for (e = 0; e < EVENTS; e++)
		if (d->event[e].bpf == KNOWN_YES ||
		    d->event[e].ftrace == KNOWN_YES)
			return true;
	return false;
}

static void find_defects(struct diagnosis *d, const struct probe *p)
{
	size_t i;

	if (has_series(d) || p->v7s == KNOWN_NO)
		return;
	/* Unprivileged and without tracefs, the series may be there unseen. */
	d->defects_sure = p->v7s == KNOWN_YES &&
			  (d->event[0].bpf == KNOWN_NO ||
			   d->event[0].ftrace == KNOWN_NO);
	for (i = 0; i < ARRAY_SIZE(defects); i++)
		if (p->version >= defects[i].from &&
		    p->version < defects[i].before)
			d->defect[d->defects++] = &defects[i];
}

void diagnose(struct diagnosis *d)
{
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct probe p = { .v7s = has_v7s() };
	int major, minor;
	size_t i;

	memset(d, 0, sizeof(*d));
	libbpf_set_print(silent);
	uname(&p.uts);
	if (sscanf(p.uts.release, "%d.%d", &major, &minor) == 2)
		p.version = KERNEL(major, minor);
	find_tracefs(&p);
	p.prog = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "nothing", "GPL",
			       nothing, ARRAY_SIZE(nothing), NULL);
	if (p.prog >= 0) {
		p.info_len = sizeof(p.info);
		if (bpf_obj_get_info_by_fd(p.prog, &p.info, &p.info_len))
			p.info_len = 0;
	}

	for (i = 0; i < ARRAY_SIZE(finders); i++) {
		struct fact *f = &d->fact[d->facts++];

		f->key = finders[i].key;
		f->title = finders[i].title;
		finders[i].find(&p, f);
	}
	find_events(d, &p);
	find_defects(d, &p);
	if (p.prog >= 0)
		close(p.prog);
}
