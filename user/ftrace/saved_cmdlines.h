/* SPDX-License-Identifier: GPL-2.0 */
/* Whose a pid is: all that a trace buffer has of a task. */
#ifndef V7S_PIDS_H
#define V7S_PIDS_H

#include <stdbool.h>
#include <stdint.h>

/** pids_are_ours - a pid names the same task for us and for the kernel */
bool pids_are_ours(void);

struct pids;

/**
 * pids_new - @instance: folder of the tracefs instance that names tasks
 *
 * To be called with all capabilities; NULL: no memory.
 */
struct pids *pids_new(int instance);
void pids_free(struct pids *p);

/** struct pid_name - a task; @task: tgid << 32 | pid, tgid 0: not known */
struct pid_name {
	uint64_t task;
	char comm[16];		/* "<...>", as ftrace has it: not known */
};

/** pids_name - of a pid that was seen at @time; valid until the next call */
const struct pid_name *pids_name(struct pids *p, uint32_t pid, uint64_t time);

#endif
