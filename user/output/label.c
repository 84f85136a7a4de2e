// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>
#include <stdio.h>

#include "lib/format.h"
#include "lib/util.h"
#include "model/names.h"
#include "label.h"

const char *label_table(const struct row *row, char *buf, size_t size)
{
	const char *fmt = row->fmt == UNKNOWN ? NULL : fmt_name(row->fmt);
	const char *name = row->dev && row->dev[0] ? row->dev : "?";
	char dev[V7S_DEV];

	format_clean(name, dev, sizeof(dev));
	if (row->pgtable)
		snprintf(buf, size, "pgtable %" PRIu64 " (dev %s, %s)",
			 row->pgtable, dev, fmt ? fmt : "?");
	else
		snprintf(buf, size, "%" PRIu64 " pgtables (dev %s)",
			 row->tables, dev);
	return buf;
}

const char *label_device(const struct row *row, char *buf, size_t size)
{
	const char *fmt = row->fmt == UNKNOWN ? NULL : fmt_name(row->fmt);
	const char *name = row->dev && row->dev[0] ? row->dev : "?";
	char dev[V7S_DEV];

	format_clean(name, dev, sizeof(dev));
	snprintf(buf, size, "%s, %s", dev, fmt ? fmt : "?");
	return buf;
}

const char *label_pid(const char *comm, uint32_t tgid, uint32_t pid, char *buf,
		     size_t size)
{
	char name[V7S_COMM];

	format_clean(comm ? comm : "?", name, sizeof(name));
	if (tgid == pid || !tgid)	/* 0: unknown */
		snprintf(buf, size, "%s/%" PRIu32, name, pid);
	else
		snprintf(buf, size, "%s/%" PRIu32 ":%" PRIu32, name, tgid, pid);
	return buf;
}

const char *label_task(const struct task *t, char *buf, size_t size)
{
	if (t->tasks > 1)
		snprintf(buf, size, "%" PRIu64 " tasks that ended", t->tasks);
	else
		label_pid(t->comm, t->tgid, t->pid, buf, size);
	return buf;
}
