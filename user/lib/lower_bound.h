/* SPDX-License-Identifier: GPL-2.0 */
/* Arrays in the order of the number that each member begins with. */
#ifndef V7S_LIB_LOWER_BOUND_H
#define V7S_LIB_LOWER_BOUND_H

#include <stddef.h>
#include <stdint.h>

/** lower_bound - where the number is, or would be; @size: of a member, in bytes */
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
