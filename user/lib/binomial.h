/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Confidence intervals for counted events. The events must be independent: for
 * bursts the true interval is wider.
 */
#ifndef V7S_LIB_BINOMIAL_H
#define V7S_LIB_BINOMIAL_H

#include <stdint.h>

/** struct span - the lowest and the highest plausible value */
struct span {
	double low, high;
};

/** binomial_z - standard deviations of a two-sided confidence @level */
double binomial_z(double level);

/** binomial_share - interval of @x of @n, within 0 to 1; 0 to 1 if @n is 0 */
struct span binomial_share(uint64_t x, uint64_t n, double z);

/** binomial_shares - interval of the difference of @x2 of @n2 and @x1 of @n1 */
struct span binomial_shares(uint64_t x1, uint64_t n1, uint64_t x2, uint64_t n2,
			    double z);

/**
 * binomial_rates - interval of the ratio of the rates @x2 per @t2 and @x1 per
 * @t1
 *
 * The lower end is at least 0; the upper end is HUGE_VAL if it has no bound.
 */
struct span binomial_rates(uint64_t x1, double t1, uint64_t x2, double t2,
			   double z);

#endif
