/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Files of the kernel's tracefs, and a private instance for a run. */
#ifndef V7S_FTRACE_TRACEFS_H
#define V7S_FTRACE_TRACEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/answer.h"

/**
 * tracefs_find - the directory where tracefs is mounted
 *
 * Returns false if there is none. @dir is "" if tracefs is not mounted, else
 * the directory where another mount hides it.
 */
bool tracefs_find(char *dir, size_t size);

/**
 * tracefs_get - contents of a file below @dir, to be freed; NULL, with errno
 */
char *tracefs_get(int dir, const char *file);

/** tracefs_put - write to a file below @dir; returns 0 or -errno */
int tracefs_put(int dir, const char *file, const char *text);

/** tracefs_usable - find what keeps us from creating an instance below @tracefs */
void tracefs_usable(const char *tracefs, struct source_answer *a);

/** struct instance - our own set of buffers and enabled events */
struct instance {
	/* Directory of all instances, -1: none created. */
	int all;
	int dir;		/* ours, locked as long as we run */
	char name[40];
};

/**
 * tracefs_instance_make - create an instance, and remove stale ones
 *
 * Returns -1 after a message.
 */
int tracefs_instance_make(struct instance *i, const char *tracefs);

/**
 * tracefs_instances_left - write the names of stale instances to @names
 *
 * Returns their number, or -1 if it is not known.
 */
int tracefs_instances_left(const char *tracefs, char *names, size_t size);

/** tracefs_instance_remove - remove the instance, once its files are closed */
void tracefs_instance_remove(struct instance *i);

#endif
