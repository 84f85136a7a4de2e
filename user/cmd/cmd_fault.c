// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdio.h>

#include "lib/util.h"
#include "model/faults.h"
#include "watch.h"

/* The history of a busy device reaches back some tens of milliseconds. */
#define READ_FAULTS_EVERY (SECOND / 50)

static void tell(void *arg, const struct fault_judged *j)
{
	struct watch *w = arg;

	w->out->fault(&w->printer, w->start, j);
}

static void report(struct watch *w, const struct report *r)
{
	struct fault_sums sums;

	w->ops->faults(w->source, tell, w, &sums);
	if (r->final)
		w->out->fault_sums(&w->printer, r, &sums);
}

static int fault_run(int argc, char **argv)
{
	static const struct watcher verb = { .report = report, .timed = true };
	struct opts o = {
		.interval = READ_FAULTS_EVERY, .source = source_fault.name,
	};
	int status = opts_parse(&cmd_fault, argc, argv, &o);

	return status >= 0 ? status : watch(&cmd_fault, &o, &verb);
}

const struct cmd cmd_fault = {
	.name	= "fault",
	.what	= "explain the faults of devices by earlier maps and unmaps",
	.help	=
	"Prints each fault that an IOMMU driver reports, with the last map and unmap of\n"
	"its address: by which task, and how long before. fault keeps the last 4096\n"
	"maps and unmaps of each of 7 IOMMU domains, and of all others together, in\n"
	"2 MiB of kernel memory. A verdict says what the fault looks like. Maps from\n"
	"before the start are not known.",
	.notes	=
	"fault stops after TIME, when CMD ends, or on SIGINT, SIGTERM or SIGHUP. Exit\n"
	"status: as for stat.\n",
	.opts	= OPT(FOR) | OPT(BTF) | OPT(JSON) | OPT(VERBOSE) | OPT(HELP) |
		  OPT(COMMAND),
	.run	= fault_run,
};
