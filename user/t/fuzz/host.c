// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "fuzz.h"
#include "http/host.h"

/* A name has no byte that ends it elsewhere, and is the same when it is read again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = fuzz_string(data, size);
	char name[HOST_NAME], again[HOST_NAME];

	if (host_name(s, name) && !strchr(name, ':') &&
	    (strpbrk(name, " ,/[]@%") || !host_name(name, again) || strcmp(name, again)))
		abort();
	if (host_list_ok(s))
		host_in_list(s, s);
	free(s);
	return 0;
}
