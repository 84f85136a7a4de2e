// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/util.h"
#include "recording/writer.h"
#include "watch.h"

/* Default ring, large enough for a slow disk. */
enum { RING = 4096 };

/* State of the run: a process runs one verb once. */
static struct recorder *recorder;
static struct report last;
static bool failed;

/* Later files are created after capabilities were dropped. */
static int check_folder(const struct opts *o)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", o->output);
	if (!o->rotate || !faccessat(AT_FDCWD, dirname(path), R_OK | W_OK | X_OK,
				     AT_EACCESS))
		return 0;
	err_print("record: --rotate creates files after all capabilities were dropped, so the folder must belong to root: %s",
		 strerror(errno));
	return -1;
}

static int begin(struct watch *w, const struct report *r)
{
	const struct recorder_about about = {
		.start = w->start,
		.want = &w->o->want,
		.visible = r->visible,
		.source = r->source,
		.corrupts = r->corrupted != UNKNOWN,
		.overruns = r->overruns,
	};

	if (check_folder(w->o))
		return -1;
	recorder_begin(recorder, &about);
	return 0;
}

static int record(void *arg, unsigned int cpu, const struct v7s_record *r)
{
	struct watch *w = arg;
	struct frame frame[V7S_STACK_DEPTH];
	unsigned int frames = 0;

	if (r->stack >= 0)
		frames = w->ops->stack(w->source, r->stack, frame);
	recorder_event(recorder, cpu, r, frame, frames);
	return recorder_over(recorder) ? -1 : 0;
}

static void reading(struct watch *w, const struct stream_cpu *cpus, size_t n,
		    bool is_last)
{
	struct flush_report flushes;

	if (!failed && flushes_read(&w->flushes, 0, &flushes))
		recorder_flushes(recorder, &flushes);
	if (!failed && recorder_reading(recorder, w->model, &last, cpus, n,
					is_last)) {
		failed = true;
		w->over = true;
	}
}

static void report(struct watch *w, const struct report *r)
{
	static struct stream_cpu cpus[4096];
	size_t n;

	last = *r;
	if (r->final)
		return;		/* the sums come later */
	n = w->ops->stream_cpus(w->source, cpus, ARRAY_SIZE(cpus));
	reading(w, cpus, n, false);
	if (w->o->lasts && r->elapsed_ns >= w->o->lasts) {
		recorder_stop(recorder);
		w->over = true;
	}
}

static void end(struct watch *w, const struct stream_cpu *cpus, size_t n)
{
	struct recorded result;

	reading(w, cpus, n, true);
	recorder_result(recorder, &result);
	failed |= result.failed;
	/* Standard output may be the recording itself. */
	if (strcmp(w->o->output, "-"))
		w->out->recorded(stdout, &last, cpus, n, &result);
}

static int misuse(const char *what)
{
	err_print("record: %s, see `v7scope help record`", what);
	return EXIT_USAGE;
}

static int check(const struct opts *o)
{
	if (!o->output)
		return misuse("-o FILE says where to");
	if (!!o->max_size + !!o->keep_last + !!o->rotate > 1)
		return misuse("only one of --max-size, --keep-last and --rotate");
	if (!strcmp(o->output, "-") && (o->keep_last || o->rotate))
		return misuse("standard output cannot be overwritten or rotated");
	return 0;
}

static int record_run(int argc, char **argv)
{
	static const struct watcher verb = {
		.begin = begin,
		.record = record,
		.report = report,
		.end = end,
		.silent = true,
		.flushes = true,
		.faults = FAULTS_SHOWN,
	};
	struct opts o = {
		.interval = SECOND, .want.ring = RING, .want.timeouts = true,
	};
	int status = opts_parse(&cmd_record, argc, argv, &o);
	struct recorder_plan plan;

	if (status < 0)
		status = check(&o) ? EXIT_USAGE : -1;
	if (status >= 0)
		return status;
	plan = (struct recorder_plan){
		.path = o.output, .force = o.force, .max_size = o.max_size,
		.keep_last = o.keep_last, .rotate = o.rotate, .files = o.files,
	};
	recorder = recorder_open(&plan);
	if (!recorder)
		return EXIT_RUNTIME;
	/* The output of a command must not mix with the recording. */
	if (!strcmp(o.output, "-"))
		dup2(STDERR_FILENO, STDOUT_FILENO);
	status = watch(&cmd_record, &o, &verb);
	if (recorder_close(recorder) || (failed && !status))
		status = EXIT_RUNTIME;
	return status;
}

const struct cmd cmd_record = {
	.name	= "record",
	.what	= "write the events and all counters to a file",
	.help	=
	"Writes the events, and once a second all counters, to a file for report and\n"
	"convert. The file stays readable after a kill or on a full disk. Where an\n"
	"IOMMU's driver is known, record also counts TLB flushes, as flush does.",
	.notes	=
	"record stops when CMD ends, on SIGINT, SIGTERM or SIGHUP, after the TIME of\n"
	"--for, or at the SIZE of --max-size. With CMD, --for and --max-size stop only\n"
	"the recording of events; counting continues until CMD ends.\n"
	"Exit status: as for stat; also 1 if a part of the data could not be written.\n",
	.opts	= OPT_SHARED | OPT(TASKS) | OPT(STACKS) | OPT(TABLES) | OPT(DEV) |
		  OPT(EVENT) | OPT(LOST_ONLY) | OPT(RING) | OPT(OUTPUT) | OPT(FOR) |
		  OPT(MAX_SIZE) | OPT(KEEP_LAST) | OPT(ROTATE) | OPT(FORCE) |
		  OPT(NO_FLUSHES) | OPT(COMMAND),
	.run	= record_run,
};
