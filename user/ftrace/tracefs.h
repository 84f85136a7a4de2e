/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's tracefs: its small files, and an instance of its own for a run. */
#ifndef V7S_FTRACE_TRACEFS_H
#define V7S_FTRACE_TRACEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** tracefs_find - the folder that it is mounted at; false: at none */
bool tracefs_find(char *dir, size_t size);

/** tracefs_get - what a file below @dir holds, to be freed; NULL, and errno */
char *tracefs_get(int dir, const char *file);

/** tracefs_put - write to a file below @dir; returns 0 or -errno */
int tracefs_put(int dir, const char *file, const char *text);

/**
 * tracefs_usable - could an instance be made below @tracefs
 *
 * false, and in @why what stands in the way and what to do about it.
 */
bool tracefs_usable(const char *tracefs, char *why, size_t size);

/** struct instance - a set of buffers and of events that are on, of ours alone */
struct instance {
	int all;		/* the folder of all of them, -1: none was made */
	int dir;		/* it is locked as long as we live */
	char name[40];
};

/**
 * tracefs_instance_make - and clear away those whose makers are no more
 *
 * Returns -1, having said why.
 */
int tracefs_instance_make(struct instance *i, const char *tracefs);

/**
 * tracefs_instances_left - the names of those whose makers are no more, into @names
 *
 * Returns how many there are, or -1 if that cannot be told.
 */
int tracefs_instances_left(const char *tracefs, char *names, size_t size);

/** tracefs_instance_remove - all other files of it have been closed */
void tracefs_instance_remove(struct instance *i);

#endif
