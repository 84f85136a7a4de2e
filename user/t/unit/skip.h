/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * The skip() of cmocka 1.1.5 prints "not ok", which prove takes for a failure, and no
 * reason. This comment makes tools/t/prove count the test as skipped.
 */
#ifndef V7S_SKIP_H
#define V7S_SKIP_H

#include <stdio.h>

/* SKIP - return from a test that cannot run here, and print the reason */
#define SKIP(reason)						\
	do {							\
		printf("# SKIP %s\n", reason);			\
		fflush(stdout);					\
		return;						\
	} while (0)

#endif
