// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Counters and errors found. The client reads them in the mailbox; at the end of the
 * emulator they are written to a file.
 */
#include <inttypes.h>
#include <stdio.h>

#include "sim.h"

struct box_control *control;

/* Not atomic: only the device's thread calls it. */
void report(enum box_kind kind, unsigned int stream, uint64_t iova, uint64_t expected, uint64_t found)
{
	uint64_t nr = control->reported++;

	if (nr < BOX_REPORTS)
		control->report[nr] = (struct box_report){ kind, stream, iova, expected, found };
}

static const char *const kinds[] = {
	[BOX_WRONG] = "wrong",
	[BOX_PATTERN] = "pattern",
	[BOX_FAULT] = "fault",
	[BOX_STALE] = "stale",
	[BOX_LATE_STALE] = "late_stale",
	[BOX_HELD_OTHER] = "held",
};

static void write_address(FILE *file, const char *name, uint64_t address)
{
	if (address == BOX_NOWHERE)
		fprintf(file, ",\"%s\":null", name);
	else
		fprintf(file, ",\"%s\":\"0x%" PRIx64 "\"", name, address);
}

/* Some kernels and emulators do not show when tables are freed: null, not 0. */
void report_write(const char *name, bool frees_seen)
{
	FILE *file = fopen(name, "we");

	if (!file) {
		say("cannot write to %s", name);
		return;
	}
	if (!frees_seen)
		control->counters.tables_freed = control->counters.freed_while_cached = BOX_NOWHERE;
	fprintf(file, "{\"schema\":1,\"board\":\"%s\"", iommu->board);
#define _(field)									\
	if (control->counters.field == BOX_NOWHERE)					\
		fprintf(file, ",\"%s\":null", #field);					\
	else										\
		fprintf(file, ",\"%s\":%" PRIu64, #field, (uint64_t)control->counters.field);
	BOX_COUNTERS(_)
#undef _
	fprintf(file, ",\"reported\":%" PRIu64 ",\"reports\":[", (uint64_t)control->reported);
	for (unsigned int i = 0; i < control->reported && i < BOX_REPORTS; i++) {
		const struct box_report *one = &control->report[i];

		fprintf(file, "%s{\"what\":\"%s\",\"stream\":%u", i ? "," : "", kinds[one->kind],
			one->stream);
		write_address(file, "iova", one->iova);
		write_address(file, "expected", one->expected);
		write_address(file, "found", one->found);
		fputs("}", file);
	}
	fputs("]}\n", file);
	if (fclose(file))
		say("cannot write to %s", name);
}
