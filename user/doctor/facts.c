// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ftrace/tracefs.h"
#include "lib/caps.h"
#include "lib/util.h"
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

/* Good or bad, and what to do if bad. */
static void mark(struct fact *f, bool good, const char *advice)
{
	f->mark = good ? MARK_OK : MARK_BAD;
	f->advice = good ? NULL : advice;
}

static void set_bool(struct fact *f, bool b, const char *advice)
{
	f->type = FACT_BOOL;
	f->n = b;
	mark(f, b, advice);
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

/* One of 32 bits does on a kernel of 64, which is how boards get upgraded. */
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
	if (!p->plan.symbols)
		f->advice = "the kernel hides its symbols: build it with"
			    " CONFIG_KALLSYMS=y";
	else
		set_bool(f, p->plan.there[V7S_SHORT], "only kernels with"
			 " CONFIG_IOMMU_IO_PGTABLE_ARMV7S=y have these page"
			 " tables");
}

static void fact_series(struct probe *p, struct fact *f)
{
	if (p->plan.symbols)
		set_bool(f, p->plan.series, "exact counts, times and causes"
			 " take kernel-patch/: apply it and boot it");
}

static void fact_addresses(struct probe *p, struct fact *f)
{
	if (p->plan.there[V7S_SHORT] || p->plan.there[V7S_LONG])
		set_bool(f, p->plan.addresses, "be root, and echo 1"
			 " >/proc/sys/kernel/kptr_restrict: stacks have no"
			 " names without, and kprobes tell less");
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

static void fact_kprobes(struct probe *p, struct fact *f)
{
	set_bool(f, !access("/sys/bus/event_source/devices/kprobe/type", F_OK),
		 "build the kernel with CONFIG_KPROBES=y, CONFIG_KPROBE_EVENTS=y"
		 " and CONFIG_PERF_EVENTS=y: without the series there is no"
		 " other way");
	/* Nobody needs them then. */
	if (!f->n && p->plan.series)
		mark(f, true, NULL);
}

static void fact_kprobes_armed(struct probe *p, struct fact *f)
{
	char line[8];

	(void)p;
	if (first_line("/sys/kernel/debug/kprobes/enabled", line, sizeof(line)))
		set_bool(f, line[0] == '1',
			 "echo 1 >/sys/kernel/debug/kprobes/enabled");
}

static void fact_btf(struct probe *p, struct fact *f)
{
	(void)p;
	f->type = FACT_BOOL;
	f->n = !access("/sys/kernel/btf/vmlinux", R_OK);
	if (!f->n)
		f->advice = "only kprobes miss it: they do not tell the device"
			    " without, unless --btf names a file that has it";
}

static void fact_tracefs(struct probe *p, struct fact *f)
{
	if (p->tracefs[0]) {
		set_text(f, p->tracefs);
		f->mark = MARK_OK;
		return;
	}
	f->type = FACT_BOOL;
	f->advice = "mount -t tracefs tracefs /sys/kernel/tracing (only the"
		    " source ftrace takes it)";
}

/* Each takes what its buffers take, and an event costs as long as it is there. */
static void fact_instances(struct probe *p, struct fact *f)
{
	int n = p->tracefs[0] ? tracefs_instances_left(p->tracefs, f->text,
					       sizeof(f->text)) : -1;

	if (n < 0)
		return;
	f->type = FACT_TEXT;
	if (!n)
		set_text(f, "none");
	mark(f, !n, "a v7scope that was killed left them in instances/ of"
	      " tracefs, with their events enabled: rmdir them there, or leave"
	      " it to `v7scope stat --source ftrace -n 1`");
}

/* What eight CPUs take with all that is counted, see abi.h. */
#define MEMORY (2 << 20)

static void fact_memlock(struct probe *p, struct fact *f)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return;
	if (limit.rlim_cur == RLIM_INFINITY)
		set_text(f, "unlimited");
	else
		set_int(f, limit.rlim_cur);
	/* Maps have been charged to cgroups since then. Root raises it itself. */
	if (p->version < KERNEL(5, 11))
		mark(f, limit.rlim_cur >= MEMORY ||
		      caps_effective(V7S_CAP_SYS_RESOURCE),
		      "ulimit -l 8192: before v5.11 that is what BPF maps may"
		      " take");
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
	mark(f, strcmp(from + 1, "confidentiality"), "boot without"
	      " lockdown=confidentiality: it forbids kprobes, keeps BPF from"
	      " the devices' names, and from loading before v5.10");
}

static void fact_kptr(struct probe *p, struct fact *f)
{
	(void)p;
	if (int_file(f, "/proc/sys/kernel/kptr_restrict"))
		mark(f, f->n < 2, "echo 1 >/proc/sys/kernel/kptr_restrict: 2"
		      " hides addresses from root as well");
}

static void fact_paranoid(struct probe *p, struct fact *f)
{
	(void)p;
	int_file(f, "/proc/sys/kernel/perf_event_paranoid");
}

/* What a kernel lets be seen of flushes, which is not about the events. */
static void fact_flush(struct probe *p, struct fact *f)
{
	const struct flush_sites *plan = &p->flush;

	f->type = FACT_BOOL;
	if (!plan->driver)
		return;
	if (!plan->sites || p->kprobe_flush) {
		mark(f, false, plan->addresses ?
		      "`v7scope flush` takes kprobes on the driver's functions:"
		      " see kprobes above, and lockdown" :
		      "`v7scope flush` takes the addresses of functions: be"
		      " root, and echo 1 >/proc/sys/kernel/kptr_restrict");
		return;
	}
	f->type = FACT_TEXT;
	f->mark = MARK_OK;
	snprintf(f->text, sizeof(f->text), "%s: %scounts, times%s%s%s",
		 plan->driver->name,
		 plan->visible.begun[V7S_FLUSH_OWN] ? "" : "all but its own ",
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
	{ "tool",		"this v7scope is for",		fact_tool },
	{ "v7s_code",		"short-descriptor page tables",	fact_v7s },
	{ "series",		"has the io_pgtable events",	fact_series },
	{ "root",		"root",				fact_root },
	{ "cap_bpf",		"CAP_BPF",			fact_cap_bpf },
	{ "cap_perfmon",	"CAP_PERFMON",			fact_cap_perfmon },
	{ "cap_sys_admin",	"CAP_SYS_ADMIN",		fact_cap_sys_admin },
	{ "caps_kept",		"kept while it counts",		fact_kept },
	{ "bpf_syscall",	"bpf() system call",		fact_bpf },
	{ "bpf_load",		"BPF programs can be loaded",	fact_load },
	{ "bpf_jit",		"BPF JIT",			fact_jit },
	{ "recursion_misses",	"tells what BPF skipped",	fact_misses },
	{ "unprivileged_bpf_disabled", "unprivileged_bpf_disabled",
	  fact_unprivileged },
	{ "kprobes",		"kprobes",			fact_kprobes },
	{ "kprobes_enabled",	"kprobes are not disarmed",	fact_kprobes_armed },
	{ "addresses",		"addresses of functions",	fact_addresses },
	{ "btf",		"BTF of the kernel",		fact_btf },
	{ "tracefs",		"tracefs",			fact_tracefs },
	{ "instances_left",	"left by killed v7scopes",	fact_instances },
	{ "memlock",		"locked memory limit, bytes",	fact_memlock },
	{ "lockdown",		"lockdown",			fact_lockdown },
	{ "kptr_restrict",	"kptr_restrict",		fact_kptr },
	{ "perf_event_paranoid", "perf_event_paranoid",		fact_paranoid },
	{ "flush",		"flushes of TLBs",		fact_flush },
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
