// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Numbers are digits only. strtoull() accepts "-1", " 7" and "0x10"; strtod()
 * accepts "inf", "nan" and the locale's decimal point.
 */
#include <string.h>

#include "num.h"
#include "util.h"

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Read the digits at *s and advance it. The result saturates at the maximum. */
static uint64_t digits(const char **s)
{
	uint64_t n = 0;

	for (; digit(**s); ++*s)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(**s - '0'), &n))
			n = UINT64_MAX;
	return n;
}

bool num_parse(const char *s, uint64_t min, uint64_t max, uint64_t *n)
{
	if (!digit(*s))
		return false;
	*n = digits(&s);
	return !*s && *n >= min && *n <= max;
}

bool num_parse_ns(const char *s, uint64_t min, uint64_t max, uint64_t *ns)
{
	uint64_t unit = 1000000000;

	if (!digit(*s))
		return false;
	if (__builtin_mul_overflow(digits(&s), unit, ns))
		return false;
	if (*s == '.') {
		if (!digit(*++s))
			return false;
		for (; digit(*s) && unit > 1; s++) {
			unit /= 10;
			if (__builtin_add_overflow(*ns, (*s - '0') * unit, ns))
				return false;
		}
	}
	return !*s && *ns >= min && *ns <= max;
}

bool num_parse_time(const char *s, uint64_t min, uint64_t max, uint64_t *ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 },
		{ "s", 1000000000 }, { "m", 60 * 1000000000ULL },
		{ "h", 3600 * 1000000000ULL }, { "d", 86400 * 1000000000ULL },
	};
	const char *name = s + strspn(s, "0123456789.");
	uint64_t unit = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(units[i].name, name))
			unit = units[i].ns;
	if (!unit || !digit(*s) ||
	    __builtin_mul_overflow(digits(&s), unit, ns))
		return false;
	if (*s == '.' && ++s == name)
		return false;
	for (; s < name; s++) {
		if (!digit(*s) || unit % 10)
			return false;
		unit /= 10;
		if (__builtin_add_overflow(*ns, (*s - '0') * unit, ns))
			return false;
	}
	return *ns >= min && *ns <= max;
}

bool num_parse_size(const char *s, uint64_t min, uint64_t max, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	const char *unit;

	if (!digit(*s))
		return false;
	*bytes = digits(&s);
	unit = *s ? strchr(units, *s) : NULL;
	if (unit && (++s, *bytes > UINT64_MAX >> 10 * (unit - units + 1)))
		return false;
	if (unit)
		*bytes <<= 10 * (unit - units + 1);
	return !*s && *bytes >= min && *bytes <= max;
}
