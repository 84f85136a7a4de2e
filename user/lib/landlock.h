/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Landlock: limits which files this process can still open (Linux 5.13 and later). */
#ifndef V7S_LIB_LANDLOCK_H
#define V7S_LIB_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

/** struct landlock_folder - below it, files stay readable */
struct landlock_folder {
	const char *path;
	bool rmdir;	/* and folders can be removed */
};

/** landlock_abi - version of the kernel's interface; 0: none, or not enabled at boot */
int landlock_abi(void);

/**
 * landlock_enter - forbid opening, changing and executing all other files, for good
 *
 * Files that are open stay usable. A folder that does not exist is left out. Returns 0
 * or -errno.
 */
int landlock_enter(const struct landlock_folder *folders, size_t n);

#endif
