/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The common part of all verbs that count: from attaching to the final report. */
#ifndef V7S_CMD_WATCH_H
#define V7S_CMD_WATCH_H

#include <poll.h>
#include <sys/types.h>

#include "output/out.h"
#include "faults.h"
#include "flushes.h"
#include "opts.h"

struct watch;

/** struct watcher - callbacks of a verb; each may be NULL */
struct watcher {
	/**
	 * @begin: the source is attached; @r has the visibility and no
	 * figures. Returns -1 to end the run, after printing the reason.
	 */
	int (*begin)(struct watch *w, const struct report *r);
	/** @attached: everything is attached; neither CMD nor counting has begun */
	void (*attached)(struct watch *w);
	/** @ending: the run is over, and everything is still attached */
	void (*ending)(struct watch *w);
	/** @report: an interval; at the end, with r->final, the final report */
	void (*report)(struct watch *w, const struct report *r);
	/** @record: a record of the stream; returns -1 to stop the stream */
	take_record *record;	/* its argument is the struct watch */
	/** @ready: @fd is readable, or the size of the terminal changed */
	void (*ready)(struct watch *w);
	/** @end: sums of the stream for each CPU, if there is a stream */
	void (*end)(struct watch *w, const struct stream_cpu *cpus, size_t n);
	/** @alarm: a section was split; the default prints a line to stderr */
	void (*alarm)(struct watch *w, const char *text);
	int fd;			/* for @ready */
	/**
	 * @poll: replaces poll(2), for a verb with descriptors of its own.
	 * revents need not be set.
	 */
	int (*poll)(struct watch *w, struct pollfd *fds, nfds_t n);
	bool silent;		/* nobody reads the output before the end */
	bool timed;		/* o->lasts ends the run, and CMD with it */
	bool flushes;		/* count TLB flushes too, see flushes.h */
	enum faults_use faults;	/* count or show faults too */
	bool lazy;		/* nobody waits for a single event */
};

/** struct watch - one run of a verb */
struct watch {
	const struct cmd *cmd;
	const struct opts *o;
	const struct watcher *verb;
	const struct out *out;
	struct printer printer;
	const struct source_ops *ops;
	struct source *source;
	struct flushes_source flushes;
	struct faults_source faults;
	struct model *model;
	uint64_t start;		/* CLOCK_MONOTONIC, ns */
	uint64_t read;		/* time of the last reading, ns */
	uint64_t alarms;	/* split sections that lost their address */
	bool over;		/* set to end the run */
	bool mute;		/* nobody reads our output */
	bool stopped;		/* counting has ended */
	bool overruns;		/* drops were not counted, see struct report */
	bool timed_out;		/* its time was over (--for) */
	int workload_status;	/* exit status of the command, after its end */
	unsigned int ends;	/* number of signals that end the run */
	/* Private to watch.c. */
	int signals, timer;
	pid_t child;		/* 0: no command, or it has ended */
	uint64_t reports;
	bool streams;
	bool loses_address;
	int64_t corrupted;	/* last value, see struct report */
};

/* Verbs that `report` can run on a recording. */
extern const struct watcher stat_watcher, hist_watcher, trace_watcher,
			    explain_watcher, flush_watcher;

/** watch - run a verb; returns the exit status */
int watch(const struct cmd *cmd, const struct opts *o,
	  const struct watcher *verb);

/** watch_loses_address - did this kernel lose an address by the event? */
bool watch_loses_address(const struct watch *w, const struct v7s_record *r);

/** watch_report - model_report(), completed by the source; -1: error was printed */
int watch_report(struct watch *w, bool final, struct report *r);

/** watch_fresh - read the source if the last reading is older than @age ns; -1: error was printed */
int watch_fresh(struct watch *w, uint64_t age);

/** watch_symbols - the innermost @max symbols of a stack, in one line */
const char *watch_symbols(struct watch *w, int stack, unsigned int max,
			  char *buf, size_t size);

#endif
