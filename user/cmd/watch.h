/* SPDX-License-Identifier: GPL-2.0 */
/* What all verbs that watch have in common: from attaching to the last report. */
#ifndef V7S_CMD_WATCH_H
#define V7S_CMD_WATCH_H

#include <poll.h>
#include <sys/types.h>

#include "output/out.h"
#include "opts.h"

struct watch;

/** struct watcher - what a verb makes of it; what is NULL is not wanted */
struct watcher {
	/**
	 * @begin: attached; what can be seen here is in @r, which has no
	 * figures. Returns -1 to end it all, having said why.
	 */
	int (*begin)(struct watch *w, const struct report *r);
	/** @report: an interval, and at last, with r->final, all */
	void (*report)(struct watch *w, const struct report *r);
	/** @record: of the stream; -1: no more of them are wanted */
	take_record *record;	/* its argument is the struct watch */
	/** @ready: @fd is readable, or the terminal has another size */
	void (*ready)(struct watch *w);
	/** @end: the accounts of the stream, if there is one */
	void (*end)(struct watch *w, const struct stream_cpu *cpus, size_t n);
	/** @alarm: instead of a line on stderr for each section that is split */
	void (*alarm)(struct watch *w, const char *text);
	int fd;			/* of @ready */
	/**
	 * @poll: instead of poll(2), to serve descriptors of its own meanwhile.
	 * revents need not be set.
	 */
	int (*poll)(struct watch *w, struct pollfd *fds, nfds_t n);
	bool silent;		/* nothing to be read before the end, if at all */
	bool timed;		/* ends when o->lasts is over, and CMD with it */
};

/** struct watch - one run of a verb */
struct watch {
	const struct cmd *cmd;
	const struct opts *o;
	const struct watcher *verb;
	const struct out *out;
	const struct source_ops *ops;
	struct source *source;
	struct model *model;
	uint64_t start;		/* CLOCK_MONOTONIC, ns */
	uint64_t read;		/* when the source was read last */
	uint64_t alarms;	/* sections split that lost their address */
	bool over;		/* set it to end the watching */
	bool mute;		/* nobody reads what we print */
	bool stopped;		/* nothing is counted any more */
	bool overruns;		/* what is dropped was not counted, see struct report */
	bool timed_out;		/* its time was over (--for) */
	int workload_status;	/* of the command, when it has ended */
	unsigned int ends;	/* signals that asked us to end */
	/* What follows is watch.c's own. */
	int signals, timer;
	pid_t child;		/* 0: none, or none any more */
	uint64_t reports;
	bool streams;
	bool loses_address;
	int64_t corrupted;	/* see struct report, as last seen */

};

/* Of the verbs that can show a recording, too. */
extern const struct watcher stat_watcher, hist_watcher, trace_watcher;

/** watch - do it; returns the exit status */
int watch(const struct cmd *cmd, const struct opts *o,
	  const struct watcher *verb);

/** watch_report - model_report() with what the source knows; -1: said why */
int watch_report(struct watch *w, bool final, struct report *r);

/** watch_fresh - read the source, unless it was in the last @age ns; -1: said why */
int watch_fresh(struct watch *w, uint64_t age);

/** watch_symbols - the innermost @max symbols of a stack, in a line */
const char *watch_symbols(struct watch *w, int stack, unsigned int max,
			  char *buf, size_t size);

#endif
