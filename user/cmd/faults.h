/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Faults of devices, counted beside the events of page tables. */
#ifndef V7S_CMD_FAULTS_H
#define V7S_CMD_FAULTS_H

#include "model/faults.h"
#include "beside.h"

/** faults_open - count faults too, if the kernel shows them; see beside_open() */
void faults_open(struct beside *b, const struct source_want *want);

/** faults_read - all faults since the start, in @c; NULL: not available */
const struct fault_counts *faults_read(struct beside *b,
				       struct fault_counts *c);

#endif
