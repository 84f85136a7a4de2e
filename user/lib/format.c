// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "format.h"
#include "util.h"

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

const char *format_visible(bool visible, uint64_t n, char *buf, size_t size)
{
	if (visible)
		snprintf(buf, size, "%" PRIu64, n);
	else
		snprintf(buf, size, "-");
	return buf;
}
