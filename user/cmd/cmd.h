/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_CMD_H
#define V7S_CMD_H

#include <stdint.h>

/** struct cmd - a verb, defined in cmd_<verb>.c and listed in main.c */
struct cmd {
	const char *name;
	const char *what;	/* one line for `v7scope help` */
	const char *help;	/* text above the options */
	const char *notes;	/* text below the options, or NULL */
	uint64_t opts;		/* OPT(...) of opts.h; 0: the verb parses its own */
	/** @run: argv[0] is the verb; returns the exit status */
	int (*run)(int argc, char **argv);
};

extern const struct cmd cmd_check;
extern const struct cmd cmd_convert;
extern const struct cmd cmd_doctor;
extern const struct cmd cmd_explain;
extern const struct cmd cmd_export;
extern const struct cmd cmd_fault;
extern const struct cmd cmd_flush;
extern const struct cmd cmd_hist;
extern const struct cmd cmd_record;
extern const struct cmd cmd_report;
extern const struct cmd cmd_schema;
extern const struct cmd cmd_serve;
extern const struct cmd cmd_stat;
extern const struct cmd cmd_top;
extern const struct cmd cmd_trace;

/**
 * opts_bad - print the error for an option that getopt_long() rejected
 *
 * @c: the return value of getopt_long(), '?' or ':'. Returns the exit status.
 */
int opts_bad(const struct cmd *cmd, int c, char **argv);

#endif
