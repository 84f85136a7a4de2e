/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* One table of options; each verb takes a subset. */
#ifndef V7S_CMD_OPTS_H
#define V7S_CMD_OPTS_H

#include <stdio.h>

#include "check/threshold.h"
#include "http/listen.h"
#include "http/sandbox.h"
#include "output/openmetrics.h"
#include "source/source.h"
#include "cmd.h"

/* One bit for each option, in the order of the help text. */
enum {
	OPT_INTERVAL,
	OPT_COUNT,
	OPT_EVENTS_COUNT,	/* -n for a stream */
	OPT_TASKS,
	OPT_STACKS,
	OPT_TABLES,
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
	OPT_ALLOWED_HOSTS,
	OPT_LOG_FORMAT,
	OPT_SANDBOX,
	OPT_MAX_DEVICES,
	OPT_METRICS_PROFILE,
	OPT_HISTORY,
	OPT_NO_FLUSHES,
	OPT_TEXTFILE,
	OPT_LIMIT,
	OPT_COMPARE,
	OPT_SOURCE,
	OPT_BOOT,
	OPT_BUFFER,
	OPT_BTF,
	OPT_JSON,
	OPT_TAP,
	OPT_JUNIT,
	OPT_VERBOSE,
	OPT_HELP,
	OPTS,
	OPT_COMMAND = OPTS,	/* a command after -- */
};

#define OPT(name) (1ULL << OPT_##name)
#define OPT_SHARED							\
	(OPT(SOURCE) | OPT(BOOT) | OPT(BUFFER) | OPT(BTF) | OPT(JSON) |	\
	 OPT(VERBOSE) | OPT(HELP))

struct opts {
	struct source_want want;
	const char *source;	/* NULL: the best that works */
	uint64_t interval;	/* ns; 0: none */
	uint64_t count;		/* 0: unlimited */
	uint64_t pgtable;	/* 0: all */
	uint64_t lasts;		/* ns; 0: unlimited */
	const char *output;	/* file to write; "-": standard output */
	const char *to;		/* format of the output file */
	/* Bytes; 0: no limit. */
	uint64_t max_size, keep_last, rotate;
	uint64_t files;		/* number of rotated files to keep; 0: all */
	bool force;
	const char *listen[LISTEN_MAX];	/* addresses */
	unsigned int listens;
	bool systemd_socket;	/* instead of listen addresses */
	const char *web_config;	/* file; NULL: none */
	const char *allowed_hosts;	/* see host_list_ok(); NULL: none */
	bool log_json;
	enum sandbox sandbox;
	uint64_t max_devices;	/* 0: the default of the profile */
	enum metrics_profile metrics;
	const char *history;	/* file; NULL: none */
	bool no_flushes;	/* do not count TLB flushes */
	const char *textfile;
	struct thresholds limits;
	const char *compare[2];	/* files; NULL: none */
	bool json, tap, junit;
	char **command;		/* NULL: none */
};

/**
 * opts_parse - parse the command line of @cmd into @o, which has the defaults
 *
 * Returns -1 if the verb shall run; else the exit status, after an error or the
 * help was printed.
 */
int opts_parse(const struct cmd *cmd, int argc, char **argv, struct opts *o);

/**
 * opts_file - take the recording, the first argument, into @o
 *
 * Removes it from @argc and @argv. Returns the same as opts_parse().
 */
int opts_file(const struct cmd *cmd, int *argc, char ***argv, struct opts *o);

/** opts_help - print the help of a verb */
void opts_help(const struct cmd *cmd, FILE *f);

#endif
