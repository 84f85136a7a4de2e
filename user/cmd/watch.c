// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "lib/caps.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format.h"
#include "lib/util.h"
#include "model/visibility.h"
#include "output/label.h"
#include "watch.h"
#include "workload.h"

/* A reading frees the slots of destroyed page tables: read at least this often. */
#define READ_EVERY SECOND

/*
 * The rings of the stream do not wake the reader: a wakeup costs far more than a
 * record. Reading the rings waits some milliseconds for all CPUs. Read often only
 * while records arrive.
 */
#define STREAM_BUSY (SECOND / 200)
#define STREAM_IDLE (SECOND / 50)
#define ALARM_IDLE (SECOND / 10)

/* Time between SIGTERM and SIGKILL for a command. */
#define COMMAND_ENDS (10 * SECOND)

/* Number of splits that lose an address and are printed one by one. */
#define ALARMS 10

int watch_report(struct watch *w, bool final, struct report *r)
{
	if (model_report(w->model, final, r)) {
		err_print("out of memory");
		return -1;
	}
	r->start = w->start;
	r->source = w->ops->name;
	r->visible = &visibility_everything;
	w->ops->complete(w->source, r);
	if (!w->streams)
		faults_gather(&w->faults);
	r->faults = faults_tally(&w->faults);
	return 0;
}

const char *watch_symbols(struct watch *w, int stack, unsigned int max,
			  char *buf, size_t size)
{
	struct frame frame[V7S_STACK_DEPTH];
	unsigned int i, n = 0;
	size_t len = 0;

	if (stack >= 0 && w->ops->stack)
		n = w->ops->stack(w->source, stack, frame);
	*buf = 0;
	for (i = 0; i < n && i < max && len < size; i++)
		len += snprintf(buf + len, size - len, "%s%s", i ? " < " : "",
				frame[i].symbol ? frame[i].symbol : "?");
	return buf;
}

/* Flush the output; -1: the write failed. */
static int flush(struct watch *w)
{
	if (w->mute || (fflush(stdout) == 0 && !ferror(stdout)))
		return 0;
	w->mute = true;
	return err_stdout_status() ? -1 : 0;
}

static int report(struct watch *w, bool final)
{
	struct report r;

	if (watch_report(w, final, &r))
		return -1;
	w->corrupted = r.corrupted;
	if (w->verb->report && !w->mute)
		w->verb->report(w, &r);
	return flush(w);
}

/* The rest of the section now points at physical address 0. */
static void alarm_section(struct watch *w, const struct v7s_record *r)
{
	char dev[V7S_DEV], task[64], stack[128], iova[32] = "", text[320];

	if (r->iova != UINT64_MAX)
		snprintf(iova, sizeof(iova), " at iova 0x%" PRIx64,
			 (uint64_t)r->iova);
	watch_symbols(w, r->stack, 4, stack, sizeof(stack));
	snprintf(text, sizeof(text), "dev %s: a section was split%s, and this"
		 " kernel loses its address: the rest of it now points at"
		 " physical address 0 (task %s%s%s)",
		 format_clean(r->dev[0] ? r->dev : "?", dev, sizeof(dev)), iova,
		 label_pid(r->comm, r->task >> 32, r->task, task, sizeof(task)),
		 *stack ? "; " : "", stack);
	w->alarms++;
	if (w->verb->alarm)
		w->verb->alarm(w, text);
	else if (w->alarms <= ALARMS)
		err_print("%s", text);
	if (w->alarms == ALARMS && !w->verb->alarm)
		err_print("further split sections are counted, and reported at the end");
}

bool watch_loses_address(const struct watch *w, const struct v7s_record *r)
{
	return w->loses_address && r->event == V7S_EVENT_SPLIT &&
	       r->fmt == V7S_FMT_V7S && r->why != V7S_CONT &&
	       r->outcome == V7S_DONE;
}

static int hand_on(void *arg, unsigned int cpu, const struct v7s_record *r)
{
	struct watch *w = arg;

	if (watch_loses_address(w, r))
		alarm_section(w, r);
	if (w->verb->record && w->verb->record(w, cpu, r))
		w->over = true;
	return 0;
}

static int take(void *arg, unsigned int cpu, const struct v7s_record *r)
{
	struct watch *w = arg;

	faults_before(&w->faults, r->time, hand_on, w);
	return hand_on(w, cpu, r);
}

/* Fetch what the source does not deliver by itself; returns the number of events. */
static int take_in(struct watch *w)
{
	int gathered = 0, n = 0;

	faults_gather(&w->faults);
	if (w->ops->gather)
		gathered = w->ops->gather(w->source);
	if (gathered >= 0 && w->streams)
		n = w->ops->stream(w->source, take, w);
	faults_due(&w->faults, w->ops->held_from ? w->ops->held_from(w->source) :
		   UINT64_MAX, hand_on, w);
	if (gathered < 0 || n < 0 || flush(w))
		return -1;
	return gathered > n ? gathered : n;
}

static int read_source(struct watch *w)
{
	w->read = clock_now();
	return w->ops->read(w->source, w->model, w->read);
}

int watch_fresh(struct watch *w, uint64_t age)
{
	return w->read && clock_now() - w->read < age ? 0 : read_source(w);
}

/*
 * Handle pending signals. A terminal sends SIGINT to the command as well; a process
 * that signals us does not, so forward its signal.
 */
static void take_signals(struct watch *w)
{
	struct signalfd_siginfo info;
	int status;

	while (read(w->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		if (info.ssi_signo == SIGWINCH) {
			w->verb->ready(w);
			continue;
		}
		w->ends++;
		if (w->child && info.ssi_code <= 0)
			kill(w->child, info.ssi_signo);
	}
	if (w->child) {
		status = workload_status(w->child);
		if (status >= 0) {
			w->workload_status = status;
			w->child = 0;
		}
	}
}

/* With a command, end when the command ends. A second signal ends at once. */
static bool done(const struct watch *w)
{
	if (w->o->command)
		return !w->child || w->ends > 1;
	return w->ends || w->mute || w->over ||
	       (w->o->interval && w->o->count && w->reports == w->o->count);
}

static int wait_for(struct watch *w, struct pollfd *fds, nfds_t n)
{
	return w->verb->poll ? w->verb->poll(w, fds, n) : poll(fds, n, -1);
}

static int wait_until(struct watch *w, uint64_t deadline)
{
	const struct itimerspec at = {
		.it_value = {
			.tv_sec = deadline / SECOND,
			.tv_nsec = deadline % SECOND,
		},
	};
	struct pollfd fds[] = {
		{ .fd = w->signals, .events = POLLIN },
		{ .fd = w->timer, .events = POLLIN },
		{ .fd = w->verb->ready ? w->verb->fd : -1, .events = POLLIN },
		/* No events requested: poll() still reports that the reader left. */
		{ .fd = w->mute || w->verb->silent ? -1 : STDOUT_FILENO },
	};

	if (timerfd_settime(w->timer, TFD_TIMER_ABSTIME, &at, NULL) ||
	    (wait_for(w, fds, ARRAY_SIZE(fds)) < 0 && errno != EINTR)) {
		err_print("cannot wait: %s", strerror(errno));
		return -1;
	}
	if (fds[2].revents & (POLLHUP | POLLERR | POLLNVAL))
		w->over = true;	/* the terminal was closed */
	else if (fds[2].revents)
		w->verb->ready(w);
	/* The next write, which would fail as well, may be far away. */
	if (fds[3].revents & POLLERR)
		w->mute = true;
	return 0;
}

/*
 * The time is over: send SIGTERM to the command, later SIGKILL. Returns the time of
 * the next step.
 */
static uint64_t time_out(struct watch *w, uint64_t t)
{
	if (w->child)
		kill(w->child, w->timed_out ? SIGKILL : SIGTERM);
	w->timed_out = w->over = true;
	return t + COMMAND_ENDS;
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool shows_intervals(const struct watch *w)
{
	return w->o->interval &&
	       (!w->o->count || w->reports < w->o->count);
}

static int loop(struct watch *w)
{
	const uint64_t interval = w->o->interval;
	uint64_t next = interval ? w->start + interval : UINT64_MAX;
	uint64_t next_read = w->start + READ_EVERY, t;
	uint64_t next_stream = w->streams || w->ops->gather ? w->start
							    : UINT64_MAX;
	uint64_t end = w->verb->timed && w->o->lasts ?
		       w->start + w->o->lasts : UINT64_MAX;
	int n;

	for (;;) {
		take_signals(w);
		if (done(w))
			return 0;
		if (wait_until(w, earliest(earliest(next_stream, end),
					   earliest(next, next_read))))
			return -1;
		t = clock_now();
		if (t >= end)
			end = time_out(w, t);
		if (t >= next_stream) {
			n = take_in(w);
			if (n < 0)
				return -1;
			next_stream = clock_now() + (n ? STREAM_BUSY :
					       (w->o->want.ring && !w->verb->lazy) ||
					       w->ops->gather ? STREAM_IDLE :
					       ALARM_IDLE);
		}
		if (t < next && t < next_read)
			continue;
		if (read_source(w))
			return -1;
		next_read = t + READ_EVERY;
		if (t < next)
			continue;
		if (shows_intervals(w)) {
			if (report(w, false))
				return -1;
			w->reports++;
		}
		/* Ticks that were missed belong to the interval that was just printed. */
		next += ((t - next) / interval + 1) * interval;
	}
}

/* The loop for a recording, which is read as fast as possible. */
static int replay(struct watch *w)
{
	const uint64_t interval = w->o->interval;
	uint64_t next = interval ? w->start + interval : UINT64_MAX, t;
	enum next n;

	for (;;) {
		take_signals(w);
		if (done(w))
			return 0;
		n = w->ops->next(w->source, take, w, &t);
		if (n == NEXT_INCOMPLETE)
			w->workload_status = EXIT_RUNTIME;
		if (n != NEXT_READING)
			return n == NEXT_ERROR ? -1 : 0;
		if (read_source(w))
			return -1;
		if (t < next)
			continue;
		if (shows_intervals(w)) {
			if (report(w, false))
				return -1;
			w->reports++;
		}
		next += ((t - next) / interval + 1) * interval;
	}
}

static void tell_streams_end(struct watch *w)
{
	static struct stream_cpu cpus[4096];
	size_t n;

	if (!w->verb->end || w->mute)
		return;
	n = w->ops->stream_cpus(w->source, cpus, ARRAY_SIZE(cpus));
	w->verb->end(w, cpus, n);
}

/* The final report, after the last event. */
static int finish(struct watch *w)
{
	int n;

	if (w->verb->ending)
		w->verb->ending(w);
	w->ops->stop(w->source);
	beside_stop(&w->flushes.b);
	beside_stop(&w->faults.b);
	w->stopped = true;
	do
		n = take_in(w);
	while (n > 0);
	faults_before(&w->faults, UINT64_MAX, hand_on, w);
	/* The first reading may find page tables whose names only the second one has. */
	if (n < 0 || read_source(w) || read_source(w))
		return -1;
	/* One more interval: then the intervals add up to the total. */
	if (shows_intervals(w) && report(w, false))
		return -1;
	if (report(w, true))
		return -1;
	tell_streams_end(w);
	/* The ring of the alarms may have dropped records; the counter is complete. */
	if (w->corrupted > (w->verb->alarm ? 0 : ALARMS))
		err_print("%" PRId64 " sections in all were split, and this kernel loses their address: apply kernel-patch/ and boot it",
			 w->corrupted);
	return flush(w);
}

/*
 * Reading the counters needs no capability, or one. An attacker who takes over this
 * process later gains nothing. The command inherits our capabilities, so it was
 * started before.
 */
static void drop_caps(struct watch *w)
{
	bool stacks = w->o->want.stacks || w->loses_address;

	if (!caps_drop(stacks))
		err_print("cannot give up capabilities: %s", strerror(errno));
}

static int begin(struct watch *w, const sigset_t *mask)
{
	struct report r = { .corrupted = UNKNOWN, .visible = &visibility_everything,
		.source = w->ops->name };
	int status;

	w->start = w->ops->start ? w->ops->start(w->source) : clock_now();
	w->model = model_new(w->start);
	if (!w->model) {
		err_print("out of memory");
		return EXIT_RUNTIME;
	}
	w->ops->complete(w->source, &r);
	w->loses_address = r.corrupted != UNKNOWN;
	w->overruns = r.overruns;
	w->streams = w->ops->stream && (w->o->want.ring || w->loses_address);
	if (w->o->command) {
		w->child = workload_start(w->o->command, mask,
				       w->o->json || w->o->tap, &status);
		if (w->child < 0)
			return status;
	}
	drop_caps(w);
	return w->verb->begin && w->verb->begin(w, &r) ? EXIT_RUNTIME : 0;
}

static int run(struct watch *w)
{
	return w->ops->next ? replay(w) : loop(w);
}

static int open_source(struct watch *w)
{
	const struct source_ops *named = NULL;

	if (w->o->source && !w->o->want.file) {
		named = source_find(w->o->source);
		if (!named)
			return EXIT_USAGE;
	}
	w->ops = w->o->want.file ? &source_file : source_choose(named);
	if (!w->ops)
		return EXIT_RUNTIME;
	/* Attaching may take seconds: the verifier, kernel symbols, slow CPUs. */
	if (!w->o->want.file && isatty(STDERR_FILENO))
		err_info("attaching (source %s)", w->ops->name);
	w->source = w->ops->open(&w->o->want);
	if (!w->source)
		return EXIT_RUNTIME;
	if (w->verb->flushes && !w->o->no_flushes && !w->o->want.file)
		flushes_open(&w->flushes, &w->o->want);
	/* A fault event has no page table. */
	if (!w->o->want.file && !w->o->pgtable &&
	    faults_open(&w->faults, &w->o->want, w->verb->faults))
		return EXIT_RUNTIME;
	if (w->verb->attached)
		w->verb->attached(w);
	/* Scripts wait for this line. With CMD, nobody has to wait. */
	if (!w->o->want.file && (!w->o->command || isatty(STDERR_FILENO)))
		err_info("attached (source %s)%s", w->ops->name,
			 isatty(STDERR_FILENO) ? "; press Ctrl-C to stop" : "");
	return 0;
}

/*
 * Block the signals that end the run. SIGHUP is one of them, because a tracefs
 * instance would outlive the process. Under nohup(1), SIGHUP stays ignored.
 */
static void add_ends(sigset_t *set)
{
	struct sigaction hup;

	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	if (!sigaction(SIGHUP, NULL, &hup) && hup.sa_handler != SIG_IGN)
		sigaddset(set, SIGHUP);
}

int watch(const struct cmd *cmd, const struct opts *o,
	  const struct watcher *verb)
{
	struct watch w = {
		.cmd = cmd, .o = o, .verb = verb,
		.out = o->json ? &out_json : &out_text,
		.printer = { .f = stdout },
	};
	sigset_t set, mask;
	int status = EXIT_RUNTIME;

	/* When the reader leaves, the write fails. */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	add_ends(&set);
	sigaddset(&set, SIGCHLD);
	if (verb->ready)
		sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, &mask);
	w.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	w.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (w.signals < 0 || w.timer < 0) {
		err_print("cannot wait for signals and timers: %s",
			 strerror(errno));
		return EXIT_RUNTIME;
	}

	status = open_source(&w);
	if (!status)
		status = begin(&w, &mask);
	if (!status)
		status = run(&w) || finish(&w) ? EXIT_RUNTIME
						: w.workload_status;
	if (w.source)
		w.ops->close(w.source);
	beside_close(&w.flushes.b);
	beside_close(&w.faults.b);
	model_free(w.model);
	close(w.signals);
	close(w.timer);
	return status;
}
