// SPDX-License-Identifier: GPL-2.0
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/cpus.h"
#include "source/quiesce_internal.h"

static void visits_each_cpu_and_comes_back(void **state)
{
	cpu_set_t before, after;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	assert_true(cpus_visit());
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_true(quiesce());
}

static void knows_its_cpus(void **state)
{
	unsigned int cpus = cpus_possible(), cpu, online = 0;

	(void)state;
	assert_true(cpus >= (unsigned int)sysconf(_SC_NPROCESSORS_CONF));
	for (cpu = 0; cpu < cpus; cpu++)
		online += cpus_is_online(cpu);
	assert_int_equal(online, sysconf(_SC_NPROCESSORS_ONLN));
	assert_false(cpus_is_online(cpus + 1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(visits_each_cpu_and_comes_back),
		cmocka_unit_test(knows_its_cpus),
	};

	return cmocka_run_group_tests_name("quiesce", tests, NULL, NULL);
}
