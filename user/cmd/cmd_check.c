// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "check/check.h"
#include "check/flush_facts.h"
#include "lib/err.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "model/counts.h"
#include "watch.h"

/* Exit statuses for rollout gates; no other error may return 1. */
enum { EXIT_CANNOT_TELL = 3, EXIT_BROKEN = 4 };

/* Default duration without a command: enough for the judgement of growth. */
#define LASTS (60 * SECOND)

/* State of the run: a process runs one verb once. */
static struct history *history;
static struct diagnosis kernel;
static struct judgements judged;
static bool done, broken;
static struct flush_report first, last;	/* flushes when counting begins and ends */
static bool counts_flushes;

/* Clear the progress line before an error is printed. */
static void clear_progress(void)
{
	fprintf(stderr, "\r\033[K");
}

static void show_progress(const struct watch *w, const struct report *r)
{
	char of[32] = "";

	if (!err_before_first)
		return;
	if (w->o->lasts)
		snprintf(of, sizeof(of), " of %llu",
			 (unsigned long long)(w->o->lasts / SECOND));
	fprintf(stderr, "\r\033[Kv7scope: check: %llu%s s, installs %llu, lost"
		" %llu, splits %llu",
		(unsigned long long)(r->elapsed_ns / SECOND), of,
		(unsigned long long)events_installs(&r->total.c.e),
		(unsigned long long)events_installs_lost(&r->total.c.e),
		(unsigned long long)events_splits(&r->total.c.e));
}

static const char *ended(const struct watch *w)
{
	return w->ends ? "signal" : w->timed_out ? "time" : "command";
}

static const struct out *form(const struct opts *o)
{
	return o->tap ? &out_tap : o->junit ? &out_junit :
	       o->json ? &out_json : &out_text;
}

static void attached(struct watch *w)
{
	counts_flushes = flushes_read(&w->flushes, 0, &first);
}

static void ending(struct watch *w)
{
	counts_flushes &= flushes_read(&w->flushes, 0, &last) != NULL;
}

static void give_verdict(struct watch *w, const struct report *r)
{
	struct flush_facts flushes;
	const struct evidence e = {
		.r = r, .h = history, .limits = &w->o->limits,
		.kernel = &kernel, .version = kernel_version(),
		.command = {
			.argv = w->o->command, .status = w->workload_status,
			.ended_by_us = w->ends || w->timed_out,
		},
		.has_flushes = w->flushes.b.source || w->flushes.b.failed,
		.flushes = counts_flushes ? &flushes : NULL,
	};
	struct check c = {
		.e = &e, .judged = &judged, .ended = ended(w),
		.lasts = w->o->lasts, .interval = w->o->interval,
		.source = w->o->source, .time = time(NULL),
	};

	if (counts_flushes)
		flushes_between(&first, &last, &flushes);
	if (err_before_first)
		clear_progress();
	err_before_first = NULL;
	uname(&c.uts);
	kernel_build_id(c.build_id, sizeof(c.build_id));
	judgements_make(&e, &judged);
	form(w->o)->check(stdout, &c);
	done = true;
	/* Printed here, so that nobody takes it for the status of the command. */
	broken = err_stdout_status();
	w->mute = true;
}

static void report(struct watch *w, const struct report *r)
{
	struct report all;

	if (r->final) {
		give_verdict(w, r);
		return;
	}
	if (w->stopped || broken)
		return;
	if (watch_report(w, true, &all)) {
		broken = w->over = true;
	} else if (history_add(history, &all)) {
		err_print("out of memory");
		broken = w->over = true;
	} else {
		show_progress(w, &all);
	}
}

static int watch_and_judge(struct opts *o)
{
	static const struct watcher verb = {
		.attached = attached, .ending = ending, .report = report,
		.silent = true, .timed = true, .flushes = true,
	};
	static const int statuses[VERDICTS] = {
		[PASS] = 0, [FAIL] = EXIT_RUNTIME,
		[CANNOT_TELL] = EXIT_CANNOT_TELL,
	};
	int status;

	if (!o->lasts && !o->command)
		o->lasts = LASTS;
	o->interval = history_interval(o->lasts);
	history = history_new();
	if (!history) {
		err_print("out of memory");
		return EXIT_BROKEN;
	}
	/* The diagnosis needs capabilities that are dropped later. */
	doctor_diagnose(&kernel, o->want.slots);
	if (isatty(STDERR_FILENO))
		err_before_first = clear_progress;
	status = watch(&cmd_check, o, &verb);
	history_free(history);
	if (status == EXIT_USAGE && !done)
		return EXIT_USAGE;
	return broken || !done ? EXIT_BROKEN : statuses[judged.verdict];
}

static int compare_files(const struct opts *o)
{
	struct comparison c;
	int status;

	if (!o->compare[1] || o->command || o->lasts || o->source) {
		err_print("check: --compare takes two files and no command or time, see `v7scope help check`");
		return EXIT_USAGE;
	}
	if (comparison_make(o->compare, o->limits.of[LIMIT_CHANGE] / 1e6, &c))
		return EXIT_BROKEN;
	form(o)->comparison(stdout, &c);
	status = c.worse ? EXIT_RUNTIME : c.told ? 0 : EXIT_CANNOT_TELL;
	comparison_free(&c);
	return err_stdout_status() ? EXIT_BROKEN : status;
}

static int check_run(int argc, char **argv)
{
	/* Count by task as well: both counts must agree. */
	struct opts o = { .want.tasks = true, .want.refusals = true };
	int status = opts_parse(&cmd_check, argc, argv, &o);

	if (status >= 0)
		return status;
	if (o.json + o.tap + o.junit > 1) {
		err_print("check: use one of --json, --tap and --junit, see `v7scope help check`");
		return EXIT_USAGE;
	}
	return o.compare[0] ? compare_files(&o) : watch_and_judge(&o);
}

const struct cmd cmd_check = {
	.name	= "check",
	.what	= "judge the page-table code of this kernel: pass or fail",
	.help	=
	"Counts for some time, then judges this kernel: leaked tables, refused\n"
	"requests, long lock holds, corrupted memory, TLB flushes that timed out. With\n"
	"--compare, check compares two verdicts that were saved as JSON.",
	.notes	=
	"check stops after TIME, when CMD ends, or on SIGINT, SIGTERM or SIGHUP. Without\n"
	"--for and CMD, check stops after 1 minute. If TIME ends before CMD, CMD gets\n"
	"SIGTERM. After a signal, the verdict covers the time so far.\n"
	"Limits: min_installs min_splits skipped miscounted unfreed unbalanced growth\n"
	"growth_time refused replaced_live nomem corrupted hold_p99 hold_max wait_p99\n"
	"wait_max lost_share flush_timeouts, and change for --compare. v7scope(1)\n"
	"explains each limit.\n"
	"Exit status:\n"
	"  0    pass; with --compare: no regression\n"
	"  1    fail; with --compare: a regression\n"
	"  2    usage error\n"
	"  3    inconclusive\n"
	"  4    the check could not run\n",
	.opts	= OPT_SHARED | OPT(TABLES) | OPT(FOR) | OPT(LIMIT) | OPT(COMPARE) |
		  OPT(TAP) | OPT(JUNIT) | OPT(NO_FLUSHES) | OPT(COMMAND),
	.run	= check_run,
};
