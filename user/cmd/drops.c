// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "drops.h"

enum { CPUS = 4096 };

/* Drops by CPU. State of the run: a process runs one verb once. */
static uint64_t told[CPUS];

void drops_tell(const struct watch *w, const struct out *out, struct printer *p,
		unsigned int cpu, uint64_t n)
{
	if (cpu < CPUS)
		told[cpu] += n;
	if (n)
		out->dropped(p, cpu, n, w->overruns);
}

void drops_tell_rest(const struct watch *w, const struct out *out,
		     struct printer *p,
		     const struct stream_cpu *cpus, size_t n)
{
	size_t i;

	/* Events after the last reading of a file know of more drops than the reading. */
	for (i = 0; i < n; i++)
		if (cpus[i].cpu < CPUS && cpus[i].dropped > told[cpus[i].cpu])
			drops_tell(w, out, p, cpus[i].cpu,
				   cpus[i].dropped - told[cpus[i].cpu]);
}
