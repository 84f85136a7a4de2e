/* SPDX-License-Identifier: GPL-2.0 */
/* The options of all verbs that watch: one table, of which each takes some. */
#ifndef V7S_CMD_OPTS_H
#define V7S_CMD_OPTS_H

#include <stdio.h>

#include "check/threshold.h"
#include "http/listen.h"
#include "http/sandbox.h"
#include "source/source.h"
#include "cmd.h"

/* One bit each, in the order in which help shows them. */
enum {
	OPT_INTERVAL,
	OPT_COUNT,
	OPT_EVENTS_COUNT,	/* -n of a stream */
	OPT_TASKS,
	OPT_STACKS,
	OPT_DEV,
	OPT_PGTABLE,
	OPT_EVENT,
	OPT_LOST_ONLY,
	OPT_RING,
	OPT_OUTPUT,
	OPT_TO,
	OPT_FOR,
	OPT_MAX_SIZE,
	OPT_KEEP_LAST,
	OPT_ROTATE,
	OPT_FORCE,
	OPT_LISTEN,
	OPT_SYSTEMD_SOCKET,
	OPT_WEB_CONFIG,
	OPT_SANDBOX,
	OPT_MAX_DEVICES,
	OPT_TEXTFILE,
	OPT_LIMIT,
	OPT_COMPARE,
	OPT_SOURCE,
	OPT_BOOT,
	OPT_BUFFER,
	OPT_BTF,
	OPT_JSON,
	OPT_TAP,
	OPT_VERBOSE,
	OPT_HELP,
	OPTS,
	OPT_COMMAND = OPTS,	/* a command behind -- */
};

#define OPT(name) (1ULL << OPT_##name)
#define OPT_SHARED							\
	(OPT(SOURCE) | OPT(BOOT) | OPT(BUFFER) | OPT(BTF) | OPT(JSON) |	\
	 OPT(VERBOSE) | OPT(HELP))

struct opts {
	struct source_want want;
	const char *source;	/* NULL: the best one here */
	uint64_t interval;	/* ns; 0: none */
	uint64_t count;		/* 0: no end */
	uint64_t pgtable;	/* 0: all */
	uint64_t lasts;		/* ns; 0: no end */
	const char *output;	/* a file that is written; "-": standard output */
	const char *to;		/* its form */
	/* Bytes; 0: no limit. */
	uint64_t max_size, keep_last, rotate;
	uint64_t files;		/* of a rotation; 0: all */
	bool force;
	const char *listen[LISTEN_MAX];	/* addresses */
	unsigned int listens;
	bool systemd_socket;	/* instead of these */
	const char *web_config;	/* file; NULL: none */
	enum sandbox sandbox;
	uint64_t max_devices;
	const char *textfile;
	struct thresholds limits;
	const char *compare[2];	/* files; NULL: none */
	bool json, tap;
	char **command;		/* NULL: none */
};

/**
 * opts_parse - the command line of @cmd into @o, which has the defaults
 *
 * Returns -1 if the verb is to go on, else the exit status: what is wrong has
 * been said, or help shown.
 */
int opts_parse(const struct cmd *cmd, int argc, char **argv, struct opts *o);

/**
 * opts_file - the recording that comes before the options, into @o
 *
 * It is taken out of @argc and @argv. Returns as opts_parse().
 */
int opts_file(const struct cmd *cmd, int *argc, char ***argv, struct opts *o);

/** opts_help - what `v7scope help VERB` shows */
void opts_help(const struct cmd *cmd, FILE *f);

#endif
