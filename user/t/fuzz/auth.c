// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "http/auth.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = fuzz_string(data, size);
	struct auth_basic b;

	if (auth_parse(s, &b) && strchr(b.user, ':'))
		abort();
	free(s);
	return 0;
}
