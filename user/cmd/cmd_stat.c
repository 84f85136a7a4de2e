// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdio.h>

#include "lib/util.h"
#include "model/report_filter.h"
#include "watch.h"

static void report(struct watch *w, const struct report *r)
{
	struct report mine = *r;

	report_filter(&mine, w->o->pgtable, w->o->want.dev);
	w->out->report(&w->printer, &mine);
}

const struct watcher stat_watcher = { .report = report };

static int stat_run(int argc, char **argv)
{
	struct opts o = { .interval = SECOND };
	int status = opts_parse(&cmd_stat, argc, argv, &o);

	return status >= 0 ? status : watch(&cmd_stat, &o, &stat_watcher);
}

const struct cmd cmd_stat = {
	.name	= "stat",
	.what	= "count installs, lost races, splits, frees and refusals",
	.help	=
	"Counts the events of the I/O page tables. Each interval prints a row\n"
	"for each page table that had events. At the end, stat prints a report of all\n"
	"events.",
	.notes	=
	"The default interval is 1 second. stat stops after COUNT intervals, when\n"
	"CMD ends, or on SIGINT, SIGTERM or SIGHUP.\n"
	"Exit status:\n"
	"  0    success\n"
	"  1    failure, for example if this kernel or our privileges do not allow it\n"
	"  2    usage error\n"
	"  CMD's own exit status, if not 0; 127: CMD was not found; 126: CMD is not\n"
	"  executable; 128 + N: signal N killed CMD\n",
	.opts	= OPT_SHARED | OPT(INTERVAL) | OPT(COUNT) | OPT(TASKS) |
		  OPT(STACKS) | OPT(TABLES) | OPT(DEV) | OPT(PGTABLE) | OPT(COMMAND),
	.run	= stat_run,
};
