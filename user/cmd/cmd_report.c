// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <string.h>

#include "lib/util.h"
#include "watch.h"

enum { SHARED = OPT(JSON) | OPT(HELP) };

static const char help_text[] =
	"usage: v7scope report FILE [VERB] [OPTION]...\n"
	"Prints a recording of `v7scope record` as VERB prints live data:\n"
	"\n"
	"  stat (default)   -i, -n, --json, -d, -p\n"
	"  hist             -i, -n, --json, -d, -p\n"
	"  trace            -n, --json, -d, -e, --lost-only, --stacks\n"
	"  explain          --json, -d, -p, --limit\n"
	"  flush            -i, -n, --json\n"
	"\n"
	"`v7scope help VERB` explains the options. stat, hist and flush print the final\n"
	"report; with -i or -n, they also print intervals of the recorded time. Tasks\n"
	"and stacks are printed if they were recorded. If FILE is -, report reads\n"
	"standard input.\n"
	"\n"
	"Exit status: 0: success; 1: a part of FILE is unreadable, or the end is\n"
	"missing; report prints the readable part and names the gap; 2: usage error.\n";

/* The verbs, with the options that apply to a recording. */
static const struct {
	const struct cmd *cmd;
	const struct watcher *verb;
	uint64_t opts;
	uint64_t interval;	/* by default, ns */
} views[] = {
	{ &cmd_stat, &stat_watcher, SHARED | OPT(INTERVAL) | OPT(COUNT) |
				    OPT(DEV) | OPT(PGTABLE), 0 },
	{ &cmd_hist, &hist_watcher, SHARED | OPT(INTERVAL) | OPT(COUNT) |
				    OPT(DEV) | OPT(PGTABLE), 0 },
	{ &cmd_trace, &trace_watcher, SHARED | OPT(EVENTS_COUNT) | OPT(STACKS) |
				      OPT(DEV) | OPT(EVENT) | OPT(LOST_ONLY), 0 },
	{ &cmd_explain, &explain_watcher, SHARED | OPT(LIMIT) | OPT(DEV) |
					  OPT(PGTABLE), SECOND },
	{ &cmd_flush, &flush_watcher, SHARED | OPT(INTERVAL) | OPT(COUNT), 0 },
};

#define VIEWS (ARRAY_SIZE(views))

static int report_run(int argc, char **argv)
{
	struct opts o = { 0 };
	struct cmd cmd = cmd_report;
	size_t i;
	int status = opts_file(&cmd_report, &argc, &argv, &o);

	if (status >= 0)
		return status;
	for (i = 0; i < VIEWS && argc > 1; i++)
		if (!strcmp(argv[1], views[i].cmd->name))
			break;
	if (i < VIEWS && argc > 1) {
		argv++;
		argc--;
	} else {
		i = 0;
	}
	cmd.opts = views[i].opts;
	o.interval = views[i].interval;
	status = opts_parse(&cmd, argc, argv, &o);
	if (status >= 0)
		return status;
	if (o.count && !o.interval && views[i].opts & OPT(INTERVAL))
		o.interval = SECOND;
	return watch(&cmd_report, &o, views[i].verb);
}

const struct cmd cmd_report = {
	.name	= "report",
	.what	= "print a recording as stat, hist, trace, explain or flush",
	.help	= help_text,
	.run	= report_run,
};
