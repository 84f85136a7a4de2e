// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* The place of faults among the events of page tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "cmd/faults.h"
#include "lib/util.h"
#include "said.h"

/* Times of the faults that the next reading finds */
static uint64_t next[V7S_FAULTS];
static unsigned int n;

static struct v7s_record got[4 * V7S_FAULTS];
static unsigned int taken;

static void give_faults(struct source *s, take_fault *take, void *arg,
			struct fault_sums *sums)
{
	struct fault_judged j = { .fault = {
		.access = V7S_WRITE, .cpu = 3, .iova = 0x48001000,
	} };
	unsigned int i;

	(void)s;
	for (i = 0; i < n; i++) {
		j.fault.seq++;
		j.fault.time = next[i];
		strcpy(j.fault.dev, next[i] % 2 ? "odd" : "even");
		take(arg, &j);
	}
	n = 0;
	*sums = (struct fault_sums){ .dropped = 5 };
}

static const struct source_ops ops = { .faults = give_faults };
static struct faults_source f;

static struct source *open_faults(const struct source_want *want)
{
	(void)want;
	return (void *)&f;
}

static int begin(void **state)
{
	(void)state;
	f = (struct faults_source){
		.b = { .ops = &ops, .source = (void *)&ops }, .queued = true,
	};
	n = taken = 0;
	return 0;
}

static int take(void *arg, unsigned int cpu, const struct v7s_record *r)
{
	(void)arg;
	assert_int_equal(cpu, 3);
	got[taken++] = *r;
	return 0;
}

static void happens(uint64_t time)
{
	next[n++] = time;
}

static void before_a_later_event(void **state)
{
	(void)state;
	happens(10);
	happens(20);
	happens(30);
	faults_gather(&f);
	faults_before(&f, 10, take, NULL);
	assert_int_equal(taken, 0);
	faults_before(&f, 21, take, NULL);
	assert_int_equal(taken, 2);
	assert_int_equal(got[0].time, 10);
	assert_int_equal(got[1].time, 20);
	assert_int_equal(got[1].event, V7S_EVENT_FAULT);
	assert_int_equal(got[1].iova, 0x48001000);
	assert_int_equal(got[1].why, V7S_WRITE);
	assert_string_equal(got[1].dev, "even");
	faults_before(&f, UINT64_MAX, take, NULL);
	assert_int_equal(taken, 3);
}

/* An event before the fault may come with the next two readings. */
static void waits_for_earlier_events(void **state)
{
	(void)state;
	happens(10);
	faults_gather(&f);
	faults_due(&f, UINT64_MAX, take, NULL);
	happens(20);
	faults_gather(&f);
	faults_due(&f, UINT64_MAX, take, NULL);
	assert_int_equal(taken, 0);
	faults_gather(&f);
	faults_due(&f, UINT64_MAX, take, NULL);
	assert_int_equal(taken, 1);
	assert_int_equal(got[0].time, 10);
	faults_gather(&f);
	faults_due(&f, UINT64_MAX, take, NULL);
	assert_int_equal(taken, 2);
}

/* The stream holds back the events of a busy CPU from 15 on. */
static void waits_for_events_held_back(void **state)
{
	unsigned int i;

	(void)state;
	happens(10);
	happens(20);
	for (i = 0; i < 5; i++) {
		faults_gather(&f);
		faults_due(&f, 15, take, NULL);
	}
	assert_int_equal(taken, 1);
	faults_before(&f, 18, take, NULL);
	assert_int_equal(taken, 1);
	faults_before(&f, 21, take, NULL);
	assert_int_equal(taken, 2);
}

/* As many faults as a reading can find, one a nanosecond after @time */
static void many_happen(uint64_t *time)
{
	while (n < V7S_FAULTS)
		happens(++*time);
}

/* The faults that were handed on follow number @sum in order. */
static void take_in_order(unsigned int *sum)
{
	while (taken) {
		assert_int_equal(got[0].time, ++*sum);
		memmove(got, got + 1, --taken * sizeof(*got));
	}
}

/* With more faults than the queue has room for, the oldest cannot wait. */
static void loses_no_fault_that_waits(void **state)
{
	enum { READINGS = 9 };
	uint64_t time = 0;
	unsigned int i, sum = 0;

	(void)state;
	for (i = 0; i < READINGS; i++) {
		many_happen(&time);
		faults_gather(&f);
		faults_due(&f, 0, take, NULL);
		take_in_order(&sum);
	}
	assert_true(sum >= (READINGS - 3) * V7S_FAULTS);
	faults_before(&f, UINT64_MAX, take, NULL);
	assert_int_equal(got[0].time, sum + 1);
	assert_int_equal(sum + taken, READINGS * V7S_FAULTS);
}

/* A reading finds at most V7S_FAULTS. Some are handed on before a later event. */
static void each_once(void **state)
{
	enum { READINGS = 9 };
	uint64_t time = 0;
	unsigned int i, sum = 0;

	(void)state;
	for (i = 0; i < READINGS; i++) {
		many_happen(&time);
		faults_gather(&f);
		if (i % 3 == 1)
			faults_before(&f, time - 300, take, NULL);
		faults_due(&f, UINT64_MAX, take, NULL);
		take_in_order(&sum);
	}
	faults_before(&f, UINT64_MAX, take, NULL);
	assert_int_equal(got[0].time, sum + 1);
	assert_int_equal(sum + taken, READINGS * V7S_FAULTS);
	assert_int_equal(got[taken - 1].time, READINGS * V7S_FAULTS);
}

static void of_one_device(void **state)
{
	const struct fault_tally *t;

	(void)state;
	f.dev = "even";
	happens(1);
	happens(2);
	happens(3);
	faults_gather(&f);
	faults_before(&f, UINT64_MAX, take, NULL);
	assert_int_equal(taken, 1);
	t = faults_tally(&f);
	assert_int_equal(t->emitted, 1);
	assert_int_equal(t->filtered, 2);
	assert_int_equal(t->dropped, 5);
	assert_int_equal(t->counted, 8);
	assert_int_equal(t->last.time, 2);
}

static void without_faults(void **state)
{
	static struct faults_source none;

	(void)state;
	faults_gather(&none);
	faults_due(&none, UINT64_MAX, take, NULL);
	faults_before(&none, UINT64_MAX, take, NULL);
	assert_int_equal(taken, 0);
	assert_null(faults_tally(&none));
}

static enum source_state state_of_faults;
static int asked;

const struct source_ops *__wrap_source_find(const char *name);
const struct source_ops *__wrap_source_find(const char *name)
{
	static struct source_ops found;

	assert_string_equal(name, source_fault.name);
	found = ops;
	found.open = open_faults;
	return &found;
}

void __wrap_source_ask(const struct source_ops *o, struct source_answer *a);
void __wrap_source_ask(const struct source_ops *o, struct source_answer *a)
{
	(void)o;
	memset(a, 0, sizeof(*a));
	asked++;
	if (state_of_faults == SOURCE_ABSENT)
		answer_absent(a, "do this", "it is not there");
	else if (state_of_faults == SOURCE_BARRED)
		answer_bar(a, "do that", "it is forbidden");
}

/* Faults that the filter names, and faults that it leaves open. */
static void asks_the_source_once(void **state)
{
	static const struct {
		enum source_state state;
		bool named;
		int ret;
		const char *says;
	} opens[] = {
		{ SOURCE_WORKS, true, 0, "" },
		{ SOURCE_WORKS, false, 0, "" },
		{ SOURCE_BARRED, true, -1, "it is forbidden" },
		{ SOURCE_BARRED, false, 0, "" },
		{ SOURCE_ABSENT, true, -1, "it is not there" },
		{ SOURCE_ABSENT, false, 0, "" },
	};
	struct source_want want = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(opens); i++) {
		memset(&f, 0, sizeof(f));
		asked = 0;
		state_of_faults = opens[i].state;
		want.events = opens[i].named ? 1 << V7S_EVENT_FAULT : 0;
		say_begin();
		assert_int_equal(faults_open(&f, &want, FAULTS_SHOWN), opens[i].ret);
		say_end();
		assert_int_equal(asked, 1);
		assert_true(!f.b.source == (opens[i].state != SOURCE_WORKS));
		assert_non_null(strstr(said, opens[i].says));
		assert_true(!*said == !*opens[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup(f, begin)
		TEST(before_a_later_event),
		TEST(waits_for_earlier_events),
		TEST(waits_for_events_held_back),
		TEST(loses_no_fault_that_waits),
		TEST(each_once),
		TEST(of_one_device),
		TEST(without_faults),
		TEST(asks_the_source_once),
	};

	return cmocka_run_group_tests_name("fault_events", tests, NULL, NULL);
}
