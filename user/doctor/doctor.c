// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "ftrace/tracefs.h"
#include "lib/cpus.h"
#include "lib/util.h"
#include "source/kprobe_perf.h"
#include "source/libbpf_log.h"
#include "diagnosis.h"

static void find_prog(struct probe *p)
{
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	p->prog = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "nothing", "GPL",
				nothing, ARRAY_SIZE(nothing), NULL);
	if (p->prog < 0)
		return;
	p->info_len = sizeof(p->info);
	if (bpf_obj_get_info_by_fd(p->prog, &p->info, &p->info_len))
		p->info_len = 0;
}

/* Set a kprobe at a real attach site; close() removes it. */
static int try_kprobe(const char *symbol)
{
	int fd = kprobe_perf_open(symbol, cpus_first_online());

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

void doctor_diagnose(struct diagnosis *d)
{
	struct probe p = { .kprobe = -ENOENT, .kprobe_flush = -ENOENT };

	memset(d, 0, sizeof(*d));
	libbpf_log_start();
	uname(&p.uts);
	p.version = kernel_version();
	p.machine = kernel_machine();
	if (!tracefs_find(p.tracefs, sizeof(p.tracefs)))
		p.tracefs[0] = 0;
	find_prog(&p);
	if (kprobe_sites_find(&p.plan, "/proc/kallsyms", p.version, p.machine))
		memset(&p.plan, 0, sizeof(p.plan));
	if (p.plan.sites)
		p.kprobe = try_kprobe(p.plan.site[0].symbol);
	if (flush_sites_find(&p.flush, "/proc/kallsyms",
			   "/sys/bus/platform/drivers", p.version, p.machine))
		memset(&p.flush, 0, sizeof(p.flush));
	if (p.flush.sites)
		p.kprobe_flush = try_kprobe(p.flush.site[0]);

	doctor_facts(d, &p);
	doctor_sources(d, &p);
	if (p.prog >= 0)
		close(p.prog);
}
