/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_LIB_ERR_H
#define V7S_LIB_ERR_H

enum {
	EXIT_RUNTIME	= 1,	/* this kernel or this machine does not let us */
	EXIT_USAGE	= 2,	/* the command line makes no sense */
};

/** err_before_first - if set, called before anything is said: leaves a full screen */
extern void (*err_before_first)(void);

/**
 * err_print - say what is wrong, and what to do, in one line on stderr
 *
 * Bytes that could confuse a terminal are shown as '?', since file names and
 * arguments are among what is printed.
 */
void err_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** err_stdout_status - 0 if all that was printed got out, else says so: 1 */
int err_stdout_status(void);

#endif
