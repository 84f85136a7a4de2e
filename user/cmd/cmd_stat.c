// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "lib/util.h"
#include "watch.h"

static void report(struct watch *w, const struct report *r)
{
	w->out->report(stdout, r);
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
	"Counts what happens to the I/O page tables: a line for each interval\n"
	"and page table in which something did, and a report at the end.",
	.notes	=
	"An interval has 1 second unless told otherwise. It ends at COUNT, when CMD\n"
	"ends, or by SIGINT, SIGTERM or SIGHUP.\n"
	"Exit status: 0; CMD's own if it is not 0 (128 + N: killed by signal N;\n"
	"127, 126: not found, not to be run); 1: not possible here; 2: usage.\n",
	.opts	= OPT_SHARED | OPT(INTERVAL) | OPT(COUNT) | OPT(TASKS) |
		  OPT(STACKS) | OPT(COMMAND),
	.run	= stat_run,
};
