/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_CMD_WORKLOAD_H
#define V7S_CMD_WORKLOAD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/**
 * workload_start - run a command
 *
 * It gets the signal mask @mask, and our stderr for its stdout if @to_stderr.
 * Returns its pid. If it cannot be run, says so and returns -1, and puts the
 * exit status that tells of this (126, 127) into @status.
 */
pid_t workload_start(char **argv, const sigset_t *mask, bool to_stderr,
		  int *status);

/**
 * workload_status - exit status of a command, 128 + N if signal N killed it
 *
 * Returns -1 as long as it runs.
 */
int workload_status(pid_t pid);

#endif
