/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Search in arrays that are sorted by the numbers at the start of a member. */
#ifndef V7S_LIB_LOWER_BOUND_H
#define V7S_LIB_LOWER_BOUND_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * lower_bound_key - index of the first member that is not below a key
 * @size:	bytes of a member; 0: @first has pointers to the members
 * @key:	compared with the first @numbers numbers of a member
 */
static inline size_t lower_bound_key(const void *first, size_t n, size_t size,
				     const uint64_t *key, size_t numbers)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2, i = 0;
		const uint64_t *member =
			(const void *)((const char *)first + mid * size);

		if (!size)
			memcpy(&member, (const char *)first + mid * sizeof(member), sizeof(member));
		while (i + 1 < numbers && member[i] == key[i])
			i++;
		if (member[i] < key[i])
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/** lower_bound - the same with a key of one number */
static inline size_t lower_bound(const void *first, size_t n, size_t size,
				 uint64_t number)
{
	return lower_bound_key(first, n, size, &number, 1);
}

#endif
