// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Intervals against published ones, and against what was computed in another
 * way: the ends of Wilson's as the roots of (x/n - p)^2 = z^2 p (1 - p) / n, by
 * halving. Then what they are for: how often they tell apart what is the same.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "lib/binomial.h"
#include "lib/util.h"

#define Z95 1.959963984540054

static void near(double is, double should)
{
	if (fabs(is - should) > 1e-9 * fmax(1, fabs(should)))
		fail_msg("%.15g, not %.15g", is, should);
}

static void quantiles(void **state)
{
	(void)state;
	near(binomial_z(0.05), Z95);
	near(binomial_z(0.01), 2.5758293035489);
	near(binomial_z(0.0005), 3.480756404346242);
	near(binomial_z(1), 0);
	assert_true(fabs(binomial_z(1e-9) - 6.109410191663) < 1e-6);
}

static void shares(void **state)
{
	/* The first four are in Newcombe, Statist. Med. 17 (1998), p. 861. */
	static const struct {
		uint64_t x, n;
		double low, high;
	} tests[] = {
		{ 81, 263, 0.2552885198782743, 0.3662095769828001 },
		{ 15, 148, 0.06238639953073628, 0.16048724172330803 },
		{ 0, 20, 0, 0.1611251580528194 },
		{ 1, 29, 0.006113214292762662, 0.17175521879320288 },
		{ 29, 29, 0.8830302015002591, 1 },
		{ 30790, 160905, 0.189440485200621, 0.19328454656577226 },
		{ 0, 0, 0, 1 },
	};
	struct span s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		s = binomial_share(tests[i].x, tests[i].n, Z95);
		near(s.low, tests[i].low);
		near(s.high, tests[i].high);
	}
	/* Counts that a product would not fit into 64 bits of. */
	s = binomial_share(1ULL << 60, 1ULL << 62, Z95);
	near(s.low, 0.25);
	near(s.high, 0.25);
}

static void differences(void **state)
{
	/* Newcombe, Statist. Med. 17 (1998), p. 873, table II, method 10. */
	static const struct {
		uint64_t x1, n1, x2, n2;
		double low, high;
	} tests[] = {
		{ 48, 80, 56, 70, 0.05243147240236498, 0.333872654036906 },
		{ 3, 10, 9, 10, 0.17052272393450302, 0.809017973535488 },
		{ 2, 7, 6, 7, 0.058227927482312314, 0.8062496375242278 },
		{ 0, 29, 5, 56, -0.03813714790353691, 0.19256001385511162 },
		{ 0, 20, 0, 10, -0.1611251580528194, 0.27753279986288926 },
		{ 0, 10, 10, 10, 0.6075093504305241, 1 },
		{ 0, 0, 5, 10, -1, 1 },
	};
	struct span s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		s = binomial_shares(tests[i].x1, tests[i].n1, tests[i].x2,
				 tests[i].n2, Z95);
		near(s.low, tests[i].low);
		near(s.high, tests[i].high);
		/* The other way round it is the same, the other way round. */
		s = binomial_shares(tests[i].x2, tests[i].n2, tests[i].x1,
				 tests[i].n1, Z95);
		near(s.low, -tests[i].high);
		near(s.high, -tests[i].low);
	}
}

static void ratios(void **state)
{
	static const struct {
		uint64_t x1;
		double t1;
		uint64_t x2;
		double t2, low, high;
	} tests[] = {
		{ 60, 51477.5, 30, 54308.6, 0.3068143324192193,
		  0.7320859045792865 },
		{ 10, 600, 40, 600, 2.026899517322941, 7.89382989302412 },
		{ 5, 600, 0, 300, 0, 1.53658352827765 },
	};
	struct span s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		s = binomial_rates(tests[i].x1, tests[i].t1, tests[i].x2,
				tests[i].t2, Z95);
		near(s.low, tests[i].low);
		near(s.high, tests[i].high);
	}
	s = binomial_rates(0, 600, 5, 300, Z95);
	near(s.low, 2.6031777162700562);
	assert_true(isinf(s.high));
	s = binomial_rates(0, 600, 0, 300, Z95);
	near(s.low, 0);
	assert_true(isinf(s.high));
}

/* G. Marsaglia's xorshift64, from a fixed start. */
static double drawn(void)
{
	static uint64_t n = 88172645463325252ULL;

	n ^= n << 13;
	n ^= n >> 7;
	n ^= n << 17;
	return (n >> 11) / 9007199254740992.0;
}

static uint64_t drawn_of(uint64_t n, double p)
{
	uint64_t x = 0;

	while (n--)
		x += drawn() < p;
	return x;
}

/* Events of a Poisson process before the time is over, one after the other. */
static uint64_t drawn_in(double rate, double time)
{
	uint64_t x = 0;

	for (;;) {
		time += log(1 - drawn()) / rate;
		if (time < 0)
			return x;
		x++;
	}
}

enum { PAIRS = 10000 };

static double alarms_of_shares(double p1, double p2, double level)
{
	double z = binomial_z(level);
	int i, alarms = 0;
	struct span s;

	for (i = 0; i < PAIRS; i++) {
		s = binomial_shares(drawn_of(400, p1), 400, drawn_of(900, p2), 900,
				 z);
		alarms += s.low > 0 || s.high < 0;
	}
	return alarms / (double)PAIRS;
}

static double alarms_of_rates(double rate1, double rate2, double level)
{
	double z = binomial_z(level);
	int i, alarms = 0;
	struct span s;

	for (i = 0; i < PAIRS; i++) {
		s = binomial_rates(drawn_in(rate1, 30), 30, drawn_in(rate2, 60), 60,
				z);
		alarms += s.low > 1 || s.high < 1;
	}
	return alarms / (double)PAIRS;
}

static void false_alarms(void **state)
{
	static const double levels[] = { 0.1, 0.05, 0.01 };
	double rate;
	size_t i;
	int kind;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		for (kind = 0; kind < 3; kind++) {
			rate = kind == 2 ? alarms_of_rates(2, 2, levels[i]) :
			       kind ? alarms_of_shares(0.2, 0.2, levels[i]) :
				      alarms_of_shares(0.02, 0.02, levels[i]);
			print_message("# level %g, kind %d: %g\n", levels[i],
				      kind, rate);
			if (rate > 1.4 * levels[i] || rate < 0.5 * levels[i])
				fail_msg("false alarms: %g at a level of %g",
					 rate, levels[i]);
		}
	}
}

static void true_alarms(void **state)
{
	(void)state;
	assert_true(alarms_of_shares(0.1, 0.2, 0.01) > 0.95);
	assert_true(alarms_of_rates(1, 2, 0.01) > 0.8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles),
		cmocka_unit_test(shares),
		cmocka_unit_test(differences),
		cmocka_unit_test(ratios),
		cmocka_unit_test(false_alarms),
		cmocka_unit_test(true_alarms),
	};

	return cmocka_run_group_tests_name("binomial", tests, NULL, NULL);
}
