// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "faults.h"

void faults_open(struct beside *b, const struct source_want *want)
{
	beside_open(b, source_fault.name, want,
		    "continuing without faults of devices");
}

const struct fault_counts *faults_read(struct beside *b, struct fault_counts *c)
{
	if (!b->source)
		return NULL;
	b->ops->fault_counts(b->source, c);
	return c;
}
