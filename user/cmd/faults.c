// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "faults.h"

#include "lib/err.h"

void faults_open(struct faults_source *f, const struct source_want *want)
{
	const struct source_ops *ops = source_find(source_fault.name);
	const struct source_want beside = {
		.btf = want->btf, .verbose = want->verbose, .beside = true,
	};
	struct source_answer a;

	source_ask(ops, &a);
	if (a.state == SOURCE_ABSENT)
		return;
	f->ops = ops;
	if (a.state == SOURCE_WORKS)
		f->source = ops->open(&beside);
	else
		answer_explain(&a, source_fault.name);
	if (!f->source)
		err_warn("continuing without faults of devices");
}

const struct fault_counts *faults_read(struct faults_source *f,
				       struct fault_counts *c)
{
	if (!f->source)
		return NULL;
	f->ops->fault_counts(f->source, c);
	return c;
}

void faults_stop(struct faults_source *f)
{
	if (f->source)
		f->ops->stop(f->source);
}

void faults_close(struct faults_source *f)
{
	if (f->source)
		f->ops->close(f->source);
	f->source = NULL;
}
