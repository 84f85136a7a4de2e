/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* A source that counts beside that of the verb. */
#ifndef V7S_CMD_BESIDE_H
#define V7S_CMD_BESIDE_H

#include "source/source.h"

/** struct beside - all zero: nothing is counted */
struct beside {
	const struct source_ops *ops;
	struct source *source;
	bool failed;	/* it could not be opened, although it is not absent */
};

/**
 * beside_open - open the source of this name if it is not absent
 *
 * If our privileges or an error prevent it, prints the obstacles and @without, and
 * the run goes on. If @without is NULL, prints errors only. A @needed source has
 * its obstacles printed also if it is absent.
 */
void beside_open(struct beside *b, const char *name,
		 const struct source_want *want, const char *without, bool needed);

/** beside_stop - stop counting; the counts can still be read */
void beside_stop(struct beside *b);

void beside_close(struct beside *b);

#endif
