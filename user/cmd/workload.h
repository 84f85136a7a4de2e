/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_CMD_WORKLOAD_H
#define V7S_CMD_WORKLOAD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/**
 * workload_start - run a command
 *
 * The command gets the signal mask @mask, and our stderr as its stdout if
 * @to_stderr. Returns the pid. On failure, prints the error, stores the exit status
 * (126 or 127) in @status and returns -1.
 */
pid_t workload_start(char **argv, const sigset_t *mask, bool to_stderr,
		  int *status);

/**
 * workload_status - exit status of the command, 128 + N if signal N killed it
 *
 * Returns -1 while the command runs.
 */
int workload_status(pid_t pid);

#endif
