// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "recording/writer.h"
#include "source/source.h"
#include "json_report.h"

void json_recorded(FILE *f, const struct report *r,
		   const struct stream_cpu *cpus, size_t n,
		   const struct recorded *result)
{
	json *o = json_new("record");
	uint64_t dropped = 0;
	size_t i;

	for (i = 0; i < n; i++)
		dropped += cpus[i].dropped;
	json_put_text(o, "source", r->source);
	json_put_u64(o, "elapsed_ns", r->elapsed_ns);
	json_put_text(o, "file", result->path);
	json_put_u64(o, "files", result->files);
	json_put_u64(o, "bytes", result->bytes);
	json_put_u64(o, "events", result->events - result->lost - result->over);
	json_put_u64(o, "dropped", dropped);
	json_put(o, "faults", json_faults(r));
	json_put_u64(o, "lost", result->lost);
	json_put_u64(o, "over", result->over);
	json_put_bool(o, "complete", !result->failed);
	json_exactness(o, r);
	json_line(f, o);
}
