/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Names of tasks by pid: a trace buffer records only the pid. */
#ifndef V7S_FTRACE_SAVED_CMDLINES_H
#define V7S_FTRACE_SAVED_CMDLINES_H

#include <stdbool.h>
#include <stdint.h>

struct saved_cmdlines;

/**
 * saved_cmdlines_new - prepare to look up names
 *
 * @instance: directory of the tracefs instance that records names. Call it with
 * all capabilities. Returns NULL if there is no memory.
 */
struct saved_cmdlines *saved_cmdlines_new(int instance);
void saved_cmdlines_free(struct saved_cmdlines *p);

/** struct pid_name - a task; @task: tgid << 32 | pid, tgid 0: not known */
struct pid_name {
	uint64_t task;
	char comm[16];		/* "<...>", as in ftrace: not known */
};

/** saved_cmdlines_name - task of a pid at @time; valid until the next call */
const struct pid_name *saved_cmdlines_name(struct saved_cmdlines *p,
					   uint32_t pid, uint64_t time);

#endif
