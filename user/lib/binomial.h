/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How sure one can be of what is counted, as long as each count is one of its
 * own: what comes in bursts is less sure than this says.
 */
#ifndef V7S_LIB_BINOMIAL_H
#define V7S_LIB_BINOMIAL_H

#include <stdint.h>

/** struct span - from the lowest to the highest value that is likely */
struct span {
	double low, high;
};

/** binomial_z - how many standard deviations a two-sided @level leaves out */
double binomial_z(double level);

/** binomial_share - of @x of @n, in 0 to 1; all of that without any */
struct span binomial_share(uint64_t x, uint64_t n, double z);

/** binomial_shares - by how much the share @x2 of @n2 is above that of @x1 of @n1 */
struct span binomial_shares(uint64_t x1, uint64_t n1, uint64_t x2, uint64_t n2,
			 double z);

/**
 * binomial_rates - how many times the rate of @x2 in @t2 is that of @x1 in @t1
 *
 * From 0; the upper end is HUGE_VAL where it has none.
 */
struct span binomial_rates(uint64_t x1, double t1, uint64_t x2, double t2,
			double z);

#endif
