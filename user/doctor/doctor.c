// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "ftrace/tracefs.h"
#include "lib/util.h"
#include "source/fentry_sites.h"
#include "source/kprobe_perf.h"
#include "source/libbpf_log.h"
#include "source/permit.h"
#include "source/stock.h"
#include "source/table_slots.h"
#include "diagnosis.h"

static void find_prog(struct probe *p)
{
	p->prog = permit_load();
	if (p->prog < 0)
		return;
	p->info_len = sizeof(p->info);
	if (bpf_obj_get_info_by_fd(p->prog, &p->info, &p->info_len))
		p->info_len = 0;
}

static void ask_sources(struct probe *p)
{
	int i;

	for (i = 0; i < SOURCES; i++)
		source_ask(source_list[i], &p->answer[i]);
	source_ask(&source_flush, &p->flush_answer);
}

void doctor_diagnose(struct diagnosis *d, unsigned int slots)
{
	const struct kprobe_sites *plan;
	const struct flush_sites *flush;
	struct probe p = {
		.slots = slots ? slots : table_slots_here(),
	};

	memset(d, 0, sizeof(*d));
	libbpf_log_start();
	uname(&p.uts);
	p.version = kernel_version();
	p.machine = kernel_machine();
	if (!tracefs_find(p.tracefs, sizeof(p.tracefs)))
		p.tracefs[0] = 0;
	find_prog(&p);
	p.symbols_err = kprobe_sites_here(&plan);
	p.plan = *plan;
	stock_limit(&p.plan);
	p.fentry_plan = p.plan;
	fentry_sites_plan(&p.fentry_plan, p.version, p.machine);
	p.fires = kprobe_perf_fires();
	flush_sites_here(&flush);
	p.flush = *flush;
	ask_sources(&p);

	doctor_facts(d, &p);
	doctor_sources(d, &p);
	if (p.prog >= 0)
		close(p.prog);
}
