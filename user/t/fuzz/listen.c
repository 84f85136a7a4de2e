// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "fuzz.h"
#include "http/listen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = fuzz_string(data, size);
	struct listen_at at;

	if (!listen_parse(s, &at) && (!at.len || at.len > sizeof(at.addr)))
		abort();
	free(s);
	return 0;
}
