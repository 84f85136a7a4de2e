// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Numbers and durations. What is taken is in its bounds, and prints as it was. */
#include <stdio.h>

#include "fuzz.h"
#include "lib/num.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = fuzz_string(data, size), back[24];
	const char *digits = s + strspn(s, "0");
	uint64_t n;

	if (num_parse(s, 1, INT64_MAX, &n)) {
		snprintf(back, sizeof(back), "%llu", (unsigned long long)n);
		if (strcmp(digits, back))
			abort();
	}
	if (num_parse_ns(s, 100000000, 86400000000000, &n) &&
	    (n < 100000000 || n > 86400000000000))
		abort();
	free(s);
	return 0;
}
