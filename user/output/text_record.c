// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>

#include "lib/format.h"
#include "lib/util.h"
#include "model/faults.h"
#include "recording/writer.h"
#include "out.h"

void text_recorded(FILE *f, const struct report *r,
		   const struct stream_cpu *cpus, size_t n,
		   const struct recorded *result)
{
	uint64_t dropped = 0, written;
	char text[192];
	unsigned int k;
	size_t i;

	for (i = 0; i < n; i++)
		dropped += cpus[i].dropped;
	written = result->events - result->lost - result->over;
	fprintf(f, "%s: %" PRIu64 " events of %" PRIu64 ".%03u s, %" PRIu64 " bytes",
		result->path, written, r->elapsed_ns / SECOND,
		(unsigned int)(r->elapsed_ns / 1000000 % 1000), result->bytes);
	if (result->files > 1)
		fprintf(f, " in %" PRIu64 " files", result->files);
	fputc('\n', f);
	if (dropped)
		fprintf(f, "dropped: %" PRIu64 " events came faster than they were read; increase --%s; the counters include %s of them\n",
			dropped, r->overruns ? "buffer" : "ring",
			r->overruns ? "none" : "all");
	if (r->faults && r->faults->dropped)
		fprintf(f, "dropped: %" PRIu64 " faults came faster than they were read\n",
			r->faults->dropped);
	if (result->lost)
		fprintf(f, "lost: %" PRIu64 " events could not be written; the counters include them\n",
			result->lost);
	if (result->over)
		fprintf(f, "left out: %" PRIu64 " events came after the end of the recording; the counters include them\n",
			result->over);
	for (k = 0; report_inexact(r, k, text, sizeof(text)); k++)
		fprintf(f, "exact: no: %s\n", text);
	if (!k)
		fprintf(f, "exact: yes\n");
}
