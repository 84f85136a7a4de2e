// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "format.h"

static uint64_t rounded(uint64_t n, uint64_t unit)
{
	return n / unit + (n % unit >= unit / 2);
}

const char *format_ns(int64_t ns, char *buf, size_t size)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = { { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 } };
	uint64_t tenths;
	size_t u = 0;

	if (ns == UNKNOWN) {
		snprintf(buf, size, "-");
		return buf;
	}
	if (ns < 1000) {
		snprintf(buf, size, "%" PRId64 "ns", ns);
		return buf;
	}
	while (u < ARRAY_SIZE(units) - 1 && rounded(ns, units[u].ns) >= 1000)
		u++;
	tenths = rounded(ns, units[u].ns / 10);
	if (tenths < 1000)
		snprintf(buf, size, "%" PRIu64 ".%u%s", tenths / 10,
			 (unsigned int)(tenths % 10), units[u].name);
	else
		snprintf(buf, size, "%" PRIu64 "%s",
			 rounded(ns, units[u].ns), units[u].name);
	return buf;
}

const char *format_percent(int64_t ppm, char *buf, size_t size)
{
	if (ppm == UNKNOWN)
		snprintf(buf, size, "-");
	else
		snprintf(buf, size, "%" PRId64 ".%02d", ppm / 10000,
			 (int)(ppm % 10000 / 100));
	return buf;
}

const char *format_clean(const char *s, char *buf, size_t size)
{
	size_t i;

	for (i = 0; s[i] && i < size - 1; i++)
		buf[i] = isascii((unsigned char)s[i]) &&
			 isprint((unsigned char)s[i]) ? s[i] : '?';
	buf[i] = 0;
	return buf;
}

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

const char *format_visible(bool visible, uint64_t n, char *buf, size_t size)
{
	if (visible)
		snprintf(buf, size, "%" PRIu64, n);
	else
		snprintf(buf, size, "-");
	return buf;
}

const char *label_pid(const char *comm, uint32_t tgid, uint32_t pid, char *buf,
		     size_t size)
{
	char name[V7S_COMM];

	format_clean(comm ? comm : "?", name, sizeof(name));
	if (tgid == pid || !tgid)	/* 0: not known */
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
