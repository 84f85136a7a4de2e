// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "lib/caps.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "model/names.h"
#include "kprobe_perf.h"
#include "kprobe_sites.h"
#include "permit.h"

#define KALLSYMS "/proc/kallsyms"
#define KPROBES_ENABLED "/sys/kernel/debug/kprobes/enabled"

/* Find text in a small file of the kernel. */
static bool file_has(const char *path, const char *text)
{
	char line[256];
	bool found = false;
	FILE *f = fopen(path, "re");

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, text);
	if (f)
		fclose(f);
	return found;
}

/*
 * Explain why the kernel refuses what our capabilities allow. @what is the
 * system call.
 */
static void explain_confined(struct source_answer *a, const char *what, int err)
{
	char all[64];

	/* The first user namespace maps all IDs to themselves. */
	snprintf(all, sizeof(all), "%u", UINT32_MAX);
	if (!access("/proc/self/uid_map", R_OK) && !file_has("/proc/self/uid_map", all))
		answer_bar(a, "run v7scope outside of the container", "%s is not permitted: our capabilities belong to a user namespace, and the kernel ignores them", what);
	else if (file_has("/sys/kernel/security/lockdown", "[confidentiality]"))
		answer_bar(a, "boot without lockdown=confidentiality", "%s is not permitted: the kernel is locked down", what);
	else if (file_has("/proc/self/status", "Seccomp:\t2"))
		answer_bar(a, "allow the system calls bpf and perf_event_open in the container or the systemd unit", "%s is not permitted: a system call filter may forbid it (%s)", what, strerror(err));
	else
		answer_bar(a, "see `v7scope doctor` for lockdown, and ask the security module", "%s is not permitted in spite of all capabilities (%s)", what, strerror(err));
}

/* Largest size of our maps with eight CPUs and no --tables, see abi.h. */
#define MEMORY (2 << 20)

/* Until v5.11 the kernel answers EPERM if a program exceeds RLIMIT_MEMLOCK. */
static bool short_of_memlock(void)
{
	struct rlimit limit;

	return kernel_version() < KERNEL(5, 11) &&
	       !caps_effective(V7S_CAP_SYS_RESOURCE) &&
	       !getrlimit(RLIMIT_MEMLOCK, &limit) && limit.rlim_cur < MEMORY;
}

static void explain_load(struct source_answer *a, int err)
{
	if (err == ENOSYS)
		answer_absent(a, "build the kernel with CONFIG_BPF_SYSCALL=y and CONFIG_BPF_EVENTS=y", "this kernel has no bpf() system call");
	else if ((err == EINVAL || err == EACCES) && file_has("/sys/kernel/security/lockdown", "[confidentiality]"))
		answer_bar(a, "boot without lockdown=confidentiality", "the kernel is locked down, and BPF programs may not read its memory");
	else if (err == EINVAL)
		answer_absent(a, "build a kernel since v5.10 with CONFIG_BPF_EVENTS=y", "this kernel has no BPF programs for tracing");
	else if (err == EPERM && !caps_for_bpf())
		answer_bar(a, "try sudo", "root, or CAP_BPF and CAP_PERFMON (before v5.8 CAP_SYS_ADMIN), is required");
	else if (err == EPERM && short_of_memlock())
		answer_bar(a, "raise it with `ulimit -l`; `v7scope doctor`, with the same --tables, reports the size", "before v5.11 RLIMIT_MEMLOCK limits BPF, and ours is too small");
	else if (err == EPERM || err == EACCES)
		explain_confined(a, "bpf()", err);
	else
		answer_bar(a, "see `v7scope doctor`", "cannot load a BPF program: %s", strerror(err));
}

int permit_load(void)
{
	const struct bpf_insn reader[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1, .off = 11 * 8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_1, .imm = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "reader", "GPL",
			     reader, ARRAY_SIZE(reader), NULL);
}

bool permit_bpf(struct source_answer *a)
{
	int prog = permit_load();

	if (prog < 0) {
		explain_load(a, -prog);
		return false;
	}
	close(prog);
	return true;
}

static int read_level(const char *path)
{
	FILE *f = fopen(path, "re");
	int level = 0;

	if (f && fscanf(f, "%d", &level) != 1)
		level = 0;
	if (f)
		fclose(f);
	return level;
}

static void explain_perf(struct source_answer *a, int err)
{
	int level = read_level("/proc/sys/kernel/perf_event_paranoid");

	if (err == ENOENT && access("/sys/bus/event_source", F_OK))
		answer_bar(a, "mount -t sysfs sysfs /sys", "sysfs is not mounted at /sys, or hides /sys/bus/event_source");
	else if (err == ENOENT && !access("/sys/bus/event_source/devices/kprobe/type", F_OK))
		answer_bar(a, "see the kernel's log", "cannot create a kprobe on the system call getppid()");
	else if (err == ENOENT || err == ENOSYS || err == EOPNOTSUPP)
		answer_absent(a, "build the kernel with CONFIG_KPROBES=y, CONFIG_KPROBE_EVENTS=y and CONFIG_PERF_EVENTS=y", "this kernel has no kprobes");
	/* Mainline has the levels up to 2; Debian, Ubuntu and Android add 3. */
	else if (err == EACCES && level > 2 && !caps_effective(V7S_CAP_SYS_ADMIN))
		answer_bar(a, "run \"sysctl kernel.perf_event_paranoid=2\" as root, or grant CAP_SYS_ADMIN", "perf_event_paranoid is %d, and on this kernel perf_event_open() then requires CAP_SYS_ADMIN", level);
	else if (err == EACCES && !caps_effective(V7S_CAP_PERFMON) && !caps_effective(V7S_CAP_SYS_ADMIN))
		answer_bar(a, "try sudo", "root, or CAP_PERFMON (before v5.8 CAP_SYS_ADMIN), is required for kprobes");
	else if (err == EACCES || err == EPERM)
		explain_confined(a, "perf_event_open()", err);
	else
		answer_bar(a, "see `v7scope doctor`", "cannot create a kprobe: %s", strerror(err));
}

bool permit_kprobes(struct source_answer *a)
{
	int fires = kprobe_perf_fires();

	if (fires < 0)
		explain_perf(a, -fires);
	else if (!fires && file_has(KPROBES_ENABLED, "1"))
		answer_bar(a, "see the kernel's log", "a kprobe that was created does not fire, although " KPROBES_ENABLED " is 1");
	else if (!fires)
		answer_bar(a, "run \"echo 1 >" KPROBES_ENABLED "\" as root, with debugfs mounted", "kprobes are disarmed: " KPROBES_ENABLED " is 0");
	return fires > 0;
}

/* The kernel never hides names; the whole file may be hidden, though. */
static bool symbols_lack_series(void)
{
	const struct kprobe_sites *plan;

	return !kprobe_sites_here(&plan) && plan->symbols && !plan->series;
}

/*
 * EINVAL proves the event, and attaches nothing. To attach after a detach, the
 * kernel waits for a grace period.
 */
int permit_event(int prog, const char *name)
{
	int fd = bpf_raw_tracepoint_open(name, prog);
	int err = fd < 0 ? errno : 0;

	if (!err)
		close(fd);
	return err == EINVAL ? 0 : err;
}

bool permit_series(struct source_answer *a)
{
	int prog = permit_load(), i, err, other = 0, lacking = 0;
	char missing[224] = "";
	size_t len = 0;

	if (prog < 0) {
		explain_load(a, -prog);
		if (a->state == SOURCE_BARRED && symbols_lack_series())
			answer_absent(a, SERIES_APPLY, SERIES_NONE);
		return false;
	}
	for (i = 0; i < V7S_EVENTS; i++) {
		err = permit_event(prog, event_names[event_order[i]]);
		if (err && err != ENOENT)
			other = err;
		if (err != ENOENT)
			continue;
		lacking++;
		len += snprintf(missing + len, sizeof(missing) - len, " %s", event_names[event_order[i]]);
	}
	close(prog);
	if (lacking == V7S_EVENTS)
		answer_absent(a, SERIES_APPLY, SERIES_NONE);
	else if (lacking)
		answer_absent(a, "apply all of kernel-patch/ and boot the new kernel", "this kernel lacks%s", missing);
	else if (other)
		answer_bar(a, "see `v7scope doctor`", "cannot attach to the io_pgtable events: %s", strerror(other));
	return !lacking && !other;
}

bool permit_no_series(void)
{
	struct source_answer a = { 0 };

	return !permit_series(&a) &&
	       (!strcmp(a.obstacle[0].cause, SERIES_NONE) ||
		symbols_lack_series());
}

static bool is_proc(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

void permit_no_symbols(struct source_answer *a, int err)
{
	if (is_proc(KALLSYMS) && (err == EACCES || err == EPERM))
		answer_bar(a, "try sudo, or ask the security module", "cannot read " KALLSYMS ": %s", strerror(err));
	else if (is_proc(KALLSYMS) && err && err != ENOENT)
		answer_bar(a, "see `v7scope doctor`", "cannot read " KALLSYMS ": %s", strerror(err));
	else if (is_proc(KALLSYMS) || (is_proc("/proc") && !access("/proc/version", F_OK) && access(KALLSYMS, F_OK)))
		answer_absent(a, "build the kernel with CONFIG_KALLSYMS=y", "the kernel has no symbols");
	else if (!access(KALLSYMS, F_OK))
		answer_bar(a, "set ProtectKernelTunables=no in the systemd unit, or let the container see the file", "another mount hides " KALLSYMS);
	else if (is_proc("/proc"))
		answer_bar(a, "set ProcSubset=all in the systemd unit, or mount /proc without subset=pid", "/proc shows processes only, without " KALLSYMS);
	else
		answer_bar(a, "mount -t proc proc /proc", "there is no " KALLSYMS ", because procfs is not mounted");
}

/* The rules are those of kallsyms_show_value() in the kernel. */
void permit_no_addresses(struct source_answer *a)
{
	bool syslog = caps_effective(V7S_CAP_SYSLOG);
	int kptr = read_level("/proc/sys/kernel/kptr_restrict");
	int paranoid = read_level("/proc/sys/kernel/perf_event_paranoid");

	if (kptr > 1)
		answer_bar(a, syslog ? "run \"sysctl kernel.kptr_restrict=1\" as root" : "run \"sysctl kernel.kptr_restrict=1\" as root, and grant CAP_SYSLOG", "the kernel hides the addresses of its functions: kptr_restrict is %d", kptr);
	else if (!syslog)
		answer_bar(a, "run as root, or grant CAP_SYSLOG", "the kernel hides the addresses of its functions: kptr_restrict is %d, perf_event_paranoid is %d, and CAP_SYSLOG is missing", kptr, paranoid);
	else
		answer_bar(a, "run v7scope outside of the container", "the kernel hides the addresses of its functions, although kptr_restrict is %d", kptr);
}
