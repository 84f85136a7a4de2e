// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/util.h"
#include "model/report_filter.h"
#include "watch.h"

/* Width of the terminal; a file gets 80 columns. */
static unsigned int width(void)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return 80;
}

static void report(struct watch *w, const struct report *r)
{
	struct report mine = *r;

	report_filter(&mine, w->o->pgtable, w->o->want.dev);
	w->out->hist(stdout, &mine, width());
}

const struct watcher hist_watcher = { .report = report };

static int hist_run(int argc, char **argv)
{
	struct opts o = { .want.window = true };
	int status = opts_parse(&cmd_hist, argc, argv, &o);

	if (status >= 0)
		return status;
	if (o.count && !o.interval)
		o.interval = SECOND;
	return watch(&cmd_hist, &o, &hist_watcher);
}

const struct cmd cmd_hist = {
	.name	= "hist",
	.what	= "show histograms of the race window, lock waits and lock holds",
	.help	=
	"Shows three histograms for each page table: the race window (from reading an\n"
	"entry to the cmpxchg), the wait for split_lock, and the hold of split_lock.\n"
	"fentry programs measure an upper bound of the race window, from the call of\n"
	"the allocation to the return of install_table.",
	.notes	=
	"Without -i and -n, hist prints only the final report. hist stops when CMD\n"
	"ends, or on SIGINT, SIGTERM or SIGHUP. Exit status: as for stat.\n",
	.opts	= OPT_SHARED | OPT(INTERVAL) | OPT(COUNT) | OPT(TABLES) |
		  OPT(DEV) | OPT(PGTABLE) | OPT(COMMAND),
	.run	= hist_run,
};
