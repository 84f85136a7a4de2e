// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "cmd.h"
#include "err.h"
#include "num.h"
#include "out.h"
#include "source.h"

#define SECOND 1000000000ULL

/* A reading frees what destroyed page tables had: do not wait for a day. */
#define READ_EVERY SECOND

struct stat {
	uint64_t interval;
	uint64_t count;		/* 0: no end */
	bool json, verbose;
	char **command;		/* NULL: none */

	const struct source_ops *ops;
	struct source *source;
	struct model *model;
	const struct out *out;
	int signals, timer;
	pid_t child;		/* 0: none, or none any more */
	int child_status;
	uint64_t reports;
	unsigned int ends;	/* signals that asked us to end */
	bool mute;		/* nobody reads what we print */
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

/*
 * Prints the interval since the last report, or all since the start. Returns
 * -1 after having said why it could not.
 */
static int report(struct stat *st, bool final)
{
	struct report r;

	if (model_report(st->model, final, &r)) {
		complain("out of memory");
		return -1;
	}
	if (final)
		st->ops->complete(st->source, &r);
	if (st->mute)
		return 0;
	st->out->report(stdout, &r);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	st->mute = true;
	return stdout_status() ? -1 : 0;
}

static int read_source(struct stat *st)
{
	return st->ops->read(st->source, st->model, now());
}

/*
 * The signals that are due. A terminal sends SIGINT to the command as well, a
 * process that signals us does not.
 */
static void take_signals(struct stat *st)
{
	struct signalfd_siginfo info;
	int status;

	while (read(st->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		st->ends++;
		if (st->child && info.ssi_code <= 0)
			kill(st->child, info.ssi_signo);
	}
	if (st->child) {
		status = child_status(st->child);
		if (status >= 0) {
			st->child_status = status;
			st->child = 0;
		}
	}
}

/* With a command, its end is ours; but who asks twice need not wait for it. */
static bool done(const struct stat *st)
{
	if (st->command)
		return !st->child || st->ends > 1;
	return st->ends || st->mute ||
	       (st->count && st->reports == st->count);
}

static int wait_until(struct stat *st, uint64_t deadline)
{
	const struct itimerspec at = {
		.it_value = {
			.tv_sec = deadline / SECOND,
			.tv_nsec = deadline % SECOND,
		},
	};
	struct pollfd fds[] = {
		{ .fd = st->signals, .events = POLLIN },
		{ .fd = st->timer, .events = POLLIN },
	};

	if (timerfd_settime(st->timer, TFD_TIMER_ABSTIME, &at, NULL) ||
	    (poll(fds, 2, -1) < 0 && errno != EINTR)) {
		complain("cannot wait: %s", strerror(errno));
		return -1;
	}
	return 0;
}

static int watch(struct stat *st, uint64_t start)
{
	uint64_t next = start + st->interval, next_read, t;

	for (;;) {
		take_signals(st);
		if (done(st))
			return 0;
		next_read = now() + READ_EVERY;
		if (wait_until(st, next < next_read ? next : next_read))
			return -1;
		t = now();
		if (t < next && t < next_read)
			continue;
		if (read_source(st))
			return -1;
		if (t < next)
			continue;
		if (!st->count || st->reports < st->count) {
			if (report(st, false))
				return -1;
			st->reports++;
		}
		/* Whatever was missed is in the interval that was just shown. */
		next += ((t - next) / st->interval + 1) * st->interval;
	}
}

static int run(struct stat *st, const sigset_t *mask)
{
	uint64_t start = now();

	st->model = model_new(start);
	if (!st->model) {
		complain("out of memory");
		return EXIT_RUNTIME;
	}
	if (st->command) {
		st->child = child_start(st->command, mask, st->json,
					&st->child_status);
		if (st->child < 0)
			return st->child_status;
	}
	if (watch(st, start))
		return EXIT_RUNTIME;

	st->ops->stop(st->source);
	if (read_source(st))
		return EXIT_RUNTIME;
	/* So that the intervals add up to the whole. */
	if ((!st->count || st->reports < st->count) && report(st, false))
		return EXIT_RUNTIME;
	if (report(st, true))
		return EXIT_RUNTIME;
	return st->child_status;
}

static int start(struct stat *st)
{
	sigset_t set, mask;
	int status = EXIT_RUNTIME;

	/* A reader that leaves is seen by the write that fails. */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &mask);
	st->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	st->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (st->signals < 0 || st->timer < 0) {
		complain("cannot wait for signals and timers: %s",
		     strerror(errno));
		return EXIT_RUNTIME;
	}

	st->ops = &source_bpf;
	st->out = st->json ? &out_json : &out_text;
	st->source = st->ops->open(&(struct source_want){
		.verbose = st->verbose,
	});
	if (st->source) {
		status = run(st, &mask);
		st->ops->close(st->source);
	}
	model_free(st->model);
	close(st->signals);
	close(st->timer);
	return status;
}

static int stat_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "interval",	required_argument,	NULL, 'i' },
		{ "count",	required_argument,	NULL, 'n' },
		{ "json",	no_argument,		NULL, 'j' },
		{ "verbose",	no_argument,		NULL, 'v' },
		{ "help",	no_argument,		NULL, 'h' },
		{ 0 }
	};
	struct stat st = { .interval = SECOND };
	int c;

	while ((c = getopt_long(argc, argv, "+:i:n:vh", options, NULL)) != -1) {
		switch (c) {
		case 'i':
			if (num_parse_ns(optarg, SECOND / 10, 86400 * SECOND,
					 &st.interval))
				break;
			complain("stat: -i takes seconds from 0.1 to 86400, not"
			     " '%s'", optarg);
			return EXIT_USAGE;
		case 'n':
			if (num_parse(optarg, 1, 1000000000, &st.count))
				break;
			complain("stat: -n takes a number from 1 to 1000000000,"
			     " not '%s'", optarg);
			return EXIT_USAGE;
		case 'j':
			st.json = true;
			break;
		case 'v':
			st.verbose = true;
			break;
		case 'h':
			fputs(cmd_stat.help, stdout);
			return stdout_status();
		default:
			return bad_option(&cmd_stat, c, argv);
		}
	}
	if (optind < argc && strcmp(argv[optind - 1], "--")) {
		complain("stat: '%s' is no option; a command goes behind --: see"
		     " `v7scope help stat`", argv[optind]);
		return EXIT_USAGE;
	}
	if (optind < argc) {
		st.command = &argv[optind];
	} else if (!strcmp(argv[optind - 1], "--")) {
		complain("stat: there is no command behind --");
		return EXIT_USAGE;
	}
	return start(&st);
}

const struct cmd cmd_stat = {
	.name	= "stat",
	.what	= "count installs, lost races, splits, frees and refusals",
	.help	=
	"usage: v7scope stat [-i SECONDS] [-n COUNT] [--json] [-v]"
	" [-- CMD [ARG]...]\n"
	"Counts what happens to the I/O page tables: a line for each interval\n"
	"and page table in which something did, and a report at the end.\n\n"
	"  -i, --interval SECONDS  0.1 to 86400, default 1\n"
	"  -n, --count COUNT       end after so many intervals; with CMD, stop\n"
	"                          showing intervals\n"
	"      --json              one JSON object per line, see v7scope(1)\n"
	"  -v, --verbose           if it fails, what libbpf and the verifier say\n"
	"  -- CMD [ARG]...         count while CMD runs, end when it ends\n\n"
	"Ends at COUNT, when CMD ends, or by SIGINT or SIGTERM.\n"
	"Exit status: 0; CMD's own if it is not 0 (128 + N: killed by signal N;\n"
	"127, 126: not found, not to be run); 1: not possible here; 2: usage.\n",
	.run	= stat_run,
};
