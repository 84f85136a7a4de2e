// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdio.h>

#include "lib/err.h"
#include "lib/util.h"
#include "source/flush_counts.h"
#include "watch.h"

static void report(struct watch *w, const struct report *r)
{
	struct flush_report flushes;
	struct report mine = *r;

	/* Also of a recording: these counts are by kprobes. */
	mine.source = source_kprobe.name;
	w->ops->flushes(w->source, r->final, &flushes);
	if (flushes.driver) {
		w->out->flush(&w->printer, &mine, &flushes);
	} else if (r->final) {
		err_print("'%s' has no TLB flushes: record again with this v7scope, without --no-flushes, and where a device uses a driver that `v7scope flush` knows",
			  w->o->want.file);
		w->workload_status = EXIT_RUNTIME;
	}
}

const struct watcher flush_watcher = { .report = report };

static int flush_run(int argc, char **argv)
{
	struct opts o = { .interval = SECOND, .source = source_flush.name };
	int status = opts_parse(&cmd_flush, argc, argv, &o);

	return status >= 0 ? status : watch(&cmd_flush, &o, &flush_watcher);
}

const struct cmd cmd_flush = {
	.name	= "flush",
	.what	= "count and time the TLB flushes of an IOMMU driver",
	.help	=
	"Counts and times the TLB flushes of MediaTek's and Renesas' IOMMU drivers and\n"
	"of Arm's SMMUs, their timeouts, and MediaTek's waits for tlb_lock. Each\n"
	"interval prints a line for each device. At the end, flush prints a report.\n"
	"flush uses kprobes, on any kernel.",
	.notes	=
	"Intervals and exit status: as for stat.\n",
	.opts	= OPT(INTERVAL) | OPT(COUNT) | OPT(TASKS) | OPT(STACKS) |
		  OPT(BTF) | OPT(JSON) |
		  OPT(VERBOSE) | OPT(HELP) | OPT(COMMAND),
	.run	= flush_run,
};
