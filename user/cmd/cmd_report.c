// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "lib/util.h"
#include "watch.h"

enum { SHARED = OPT(JSON) | OPT(HELP) };

static const char help_text[] =
	"usage: v7scope report FILE [VERB] [OPTION]...\n"
	"Shows a recording, which `v7scope record` made, as VERB would have shown it:\n"
	"\n"
	"  stat (default)   -i, -n, --json\n"
	"  hist             -i, -n, --json, -d, -p\n"
	"  trace            -n, --json, -d, -e, --lost-only, --stacks\n"
	"\n"
	"The options are VERB's own, see `v7scope help VERB`. stat and hist show what\n"
	"there is at the end, and intervals of the recorded time if -i or -n is given;\n"
	"tasks and stacks are shown if they were recorded. FILE may be -, standard input.\n"
	"\n"
	"Exit status: 0; 1: not all of FILE can be read, or it has no end: what can be\n"
	"is shown, and what is missing is told of; 2: usage.\n";

/* The verbs as they are live, with the options that a recording has a use for. */
static const struct {
	const struct cmd *cmd;
	const struct watcher *verb;
	uint64_t opts;
} views[] = {
	{ &cmd_stat, &stat_watcher, SHARED | OPT(INTERVAL) | OPT(COUNT) },
	{ &cmd_hist, &hist_watcher, SHARED | OPT(INTERVAL) | OPT(COUNT) |
				    OPT(DEV) | OPT(PGTABLE) },
	{ &cmd_trace, &trace_watcher, SHARED | OPT(EVENTS_COUNT) | OPT(STACKS) |
				      OPT(DEV) | OPT(EVENT) | OPT(LOST_ONLY) },
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
	status = opts_parse(&cmd, argc, argv, &o);
	if (status >= 0)
		return status;
	if (o.count && !o.interval && views[i].opts & OPT(INTERVAL))
		o.interval = SECOND;
	return watch(&cmd_report, &o, views[i].verb);
}

const struct cmd cmd_report = {
	.name	= "report",
	.what	= "show a recording, as stat, hist or trace would have",
	.help	= help_text,
	.run	= report_run,
};
