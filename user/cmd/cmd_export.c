// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format.h"
#include "lib/util.h"
#include "output/openmetrics.h"
#include "watch.h"

/* State of the run: a process runs one verb once. */
static struct metrics *metrics;
static struct utsname host;
static char *beside;	/* temporary file, which the collector ignores */
static bool failed;	/* the last write failed, and the error was printed */

/* Print the first failure and the recovery, not each interval. */
static void fail(const char *what, const char *path, int err)
{
	const char *advice = err == EACCES || err == EPERM ?
		"; the folder must belong to the user that runs v7scope, because capabilities were dropped" : "";

	unlink(beside);
	if (!failed)
		err_print("cannot %s '%s': %s%s", what, path, strerror(err),
			 advice);
	failed = true;
}

/*
 * Readable by everyone: the collector runs as another user. A file that is there
 * already is of a process that was killed, or a link that somebody put there:
 * remove the name, and never write to its file.
 */
static FILE *create(void)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = open(beside, flags, 0644);
	FILE *f;

	if (fd < 0 && errno == EEXIST && !unlink(beside))
		fd = open(beside, flags, 0644);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (fd >= 0)
		fchmod(fd, 0644);
	return f;
}

/* The collector reads either the old file or the new one, each complete. */
static void write_file(struct watch *w, const struct report *r)
{
	struct measured more = {
		.version = VERSION, .kernel = host.release,
		.machine = host.machine,
	};
	struct program_cost costs[32];
	struct flush_report flushes;
	struct fault_counts faults;
	static uint64_t start;
	FILE *f = create();
	bool ok;

	if (!f) {
		fail("create", beside, errno);
		return;
	}
	more.start = procself_steady(&start, clock_ns(CLOCK_REALTIME) -
					 r->elapsed_ns);
	more.flushes = flushes_read(&w->flushes, 0, &flushes);
	more.faults = faults_read(&w->faults, &faults);
	more.programs = costs;
	if (w->ops->programs)
		more.nprograms = w->ops->programs(w->source, costs,
						  ARRAY_SIZE(costs));
	errno = ENOMEM;
	ok = !metrics_print(metrics, f, METRICS_TEXT, r, &more) &&
	     !fflush(f) && !fsync(fileno(f));
	if (!ok)
		fail("write", beside, errno);
	fclose(f);
	if (!ok)
		return;
	if (rename(beside, w->o->textfile)) {
		fail("rename a file to", w->o->textfile, errno);
		return;
	}
	if (failed)
		err_print("'%s' is written again", w->o->textfile);
	failed = false;
}

static void report(struct watch *w, const struct report *r)
{
	struct report since;

	if (r->final)
		write_file(w, r);
	else if (!watch_report(w, true, &since))
		write_file(w, &since);
}

/* Report an unwritable file before the first interval. */
static int begin(struct watch *w, const struct report *r)
{
	FILE *f = create();

	(void)w;
	(void)r;
	if (!f)
		fail("create", beside, errno);
	else
		fclose(f);
	unlink(beside);
	return failed ? -1 : 0;
}

static int export(const struct opts *o)
{
	static const struct watcher verb = {
		.begin = begin, .report = report, .silent = true,
		.flushes = true,
		.faults = FAULTS_COUNTED,
	};
	int status;

	uname(&host);
	metrics = metrics_new(o->metrics, o->max_devices);
	/* Two processes that write the same file use two temporary files. */
	if (!metrics || asprintf(&beside, "%s.%d", o->textfile, getpid()) < 0) {
		err_print("out of memory");
		return EXIT_RUNTIME;
	}
	status = watch(&cmd_export, o, &verb);
	return status || !failed ? status : EXIT_RUNTIME;
}

static int export_run(int argc, char **argv)
{
	struct opts o = { .interval = 15 * SECOND };
	int status = opts_parse(&cmd_export, argc, argv, &o);

	if (status >= 0)
		return status;
	if (!o.textfile) {
		err_print("export: --textfile is required, see `v7scope help export`");
		return EXIT_USAGE;
	}
	status = export(&o);
	metrics_free(metrics);
	free(beside);
	return status;
}

const struct cmd cmd_export = {
	.name	= "export",
	.what	= "write metrics for the textfile collector of node_exporter",
	.help	=
	"Counts the events of the I/O page tables, and writes metrics to a file for the\n"
	"textfile collector of Prometheus' node_exporter.",
	.notes	=
	"The default interval is 15 seconds. export writes the file after each interval\n"
	"and at the end. The file has all counts since the start, and stays after\n"
	"export ends. `-n 1` counts for one interval, writes once, and ends.\n"
	"Exit status: as for stat; also 1 if the final write failed.\n",
	.opts	= OPT(INTERVAL) | OPT(COUNT) | OPT(TABLES) | OPT(MAX_DEVICES) |
		  OPT(METRICS_PROFILE) | OPT(NO_FLUSHES) | OPT(TEXTFILE) |
		  OPT(SOURCE) | OPT(BOOT) | OPT(BUFFER) | OPT(BTF) |
		  OPT(VERBOSE) | OPT(HELP) | OPT(COMMAND),
	.run	= export_run,
};
