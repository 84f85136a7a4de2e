// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <math.h>

#include "binomial.h"

/* By bisection: C has no inverse error function. */
double binomial_z(double level)
{
	double low = 0, high = 40, z = 0;
	int i;

	for (i = 0; i < 100; i++) {
		z = (low + high) / 2;
		if (erfc(z / sqrt(2)) > level)
			low = z;
		else
			high = z;
	}
	return z;
}

/* E. B. Wilson's score interval, J. Am. Stat. Assoc. 22 (1927), p. 209. */
struct span binomial_share(uint64_t x, uint64_t n, double z)
{
	double p, middle, half, all = n;

	if (!n)
		return (struct span){ 0, 1 };
	p = x / all;
	middle = p + z * z / (2 * all);
	half = z * sqrt(p * (1 - p) / all + z * z / (4 * all * all));
	/* The exact ends are 0 and 1; avoid their rounding errors. */
	return (struct span){
		x ? (middle - half) / (1 + z * z / all) : 0,
		x < n ? (middle + half) / (1 + z * z / all) : 1,
	};
}

/*
 * R. G. Newcombe's hybrid of two score intervals, Statist. Med. 17 (1998), p.
 * 873, method 10. It is accurate for shares near 0, which most of ours are.
 */
struct span binomial_shares(uint64_t x1, uint64_t n1, uint64_t x2, uint64_t n2,
			    double z)
{
	struct span one = binomial_share(x1, n1, z), two = binomial_share(x2, n2, z);
	double p1, p2;

	if (!n1 || !n2)
		return (struct span){ -1, 1 };
	p1 = x1 / (double)n1;
	p2 = x2 / (double)n2;
	return (struct span){
		p2 - p1 - hypot(p2 - two.low, one.high - p1),
		p2 - p1 + hypot(two.high - p2, p1 - one.low),
	};
}

/*
 * Given the sum of both counts, the second count is binomial, so this is a
 * share (J. Przyborowski and H. Wilenski, Biometrika 31 (1940), p. 313). Its
 * odds, divided by the ratio of the times, are the ratio of the rates.
 */
struct span binomial_rates(uint64_t x1, double t1, uint64_t x2, double t2,
			   double z)
{
	struct span share = binomial_share(x2, x1 + x2, z);

	return (struct span){
		share.low < 1 ? share.low / (1 - share.low) * t1 / t2 : HUGE_VAL,
		share.high < 1 ? share.high / (1 - share.high) * t1 / t2 :
				 HUGE_VAL,
	};
}
