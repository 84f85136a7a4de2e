/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_LIB_ERR_H
#define V7S_LIB_ERR_H

#include <stdbool.h>

enum {
	EXIT_RUNTIME	= 1,	/* not possible on this kernel or machine */
	EXIT_USAGE	= 2,	/* invalid command line */
};

/** err_before_first - if set, called before a message: leaves a full screen */
extern void (*err_before_first)(void);

/** err_json - print each line as a JSON object with time, level and message */
extern bool err_json;

/**
 * err_print - print one line on stderr: what is wrong, and what to do
 *
 * Bytes that could confuse a terminal are printed as '?', because messages
 * contain file names and arguments.
 */
void err_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** err_warn - like err_print(), for what does not stop the work */
void err_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** err_info - like err_print(), for what is as it should be */
void err_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * err_stdout_status - 0 if stdout was written; else prints the error and is 1
 */
int err_stdout_status(void);

#endif
