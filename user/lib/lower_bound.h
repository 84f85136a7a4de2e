/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Search in arrays that are sorted by the number at the start of each member.
 */
#ifndef V7S_LIB_LOWER_BOUND_H
#define V7S_LIB_LOWER_BOUND_H

#include <stddef.h>
#include <stdint.h>

/**
 * lower_bound - index of the first member >= @number; @size: bytes of a member
 */
static inline size_t lower_bound(const void *first, size_t n, size_t size,
				     uint64_t number)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const uint64_t *member =
			(const void *)((const char *)first + mid * size);

		if (*member < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

#endif
