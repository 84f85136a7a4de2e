/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Faults of devices, counted beside the events of page tables. */
#ifndef V7S_CMD_FAULTS_H
#define V7S_CMD_FAULTS_H

#include "model/faults.h"
#include "source/source.h"

/** struct faults_source - all zero: faults are not counted */
struct faults_source {
	const struct source_ops *ops;
	struct source *source;
};

/**
 * faults_open - count faults too, if the kernel shows them
 *
 * If our privileges or an error prevent it, prints the obstacles, and the run goes
 * on.
 */
void faults_open(struct faults_source *f, const struct source_want *want);

/** faults_read - all faults since the start, in @c; NULL: not available */
const struct fault_counts *faults_read(struct faults_source *f,
				       struct fault_counts *c);

/** faults_stop - stop counting; the counts can still be read */
void faults_stop(struct faults_source *f);

void faults_close(struct faults_source *f);

#endif
