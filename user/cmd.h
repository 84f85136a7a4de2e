/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_CMD_H
#define V7S_CMD_H

/** struct cmd - a verb: one of these in cmd_<verb>.c, and its row in main.c */
struct cmd {
	const char *name;
	const char *what;	/* in one line */
	const char *help;
	/** @run: argv[0] is the verb; returns the exit status */
	int (*run)(int argc, char **argv);
};

extern const struct cmd cmd_doctor;
extern const struct cmd cmd_stat;

/**
 * bad_option - say what is wrong with an option that getopt_long() refused
 *
 * @c is '?' or ':', as it returned it. Returns the exit status.
 */
int bad_option(const struct cmd *cmd, int c, char **argv);

#endif
