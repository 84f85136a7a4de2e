/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzz targets have in common. A parser's target is a file here, which
 * calls abort() where what it got cannot be right, and a line in the Makefile, of
 * the objects it needs; what it begins with, if anything, is in the folder
 * seeds/NAME.
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
