/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Shared by the fuzz targets. Each target is one file in this folder and calls
 * abort() on a result that cannot be right. Its first inputs, if any, are in the
 * folder seeds/NAME.
 */
#ifndef V7S_FUZZ_H
#define V7S_FUZZ_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** fuzz_string - as a string of its own, so that reading past its end is seen */
static inline char *fuzz_string(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);

	if (!s)
		abort();
	memcpy(s, data, size);
	s[size] = 0;
	return s;
}

#endif
