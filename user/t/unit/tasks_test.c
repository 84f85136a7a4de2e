// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Attribution to tasks, pairs, stacks and CPUs. */
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "model/attribution.h"
#include "emit.h"
#include "skip.h"
#include "lib/ksyms.h"
#include "lib/pidns.h"
#include "model/counts.h"

static int setup(void **state)
{
	*state = source_for(&(struct source_want){ .tasks = true });
	return 0;
}

static int setup_stacks(void **state)
{
	*state = source_for(&(struct source_want){ .stacks = true });
	return 0;
}

static const struct task *task_of(const struct report *r, uint64_t pgtable,
				  uint32_t pid)
{
	size_t i;

	for (i = 0; i < r->ntasks; i++)
		if (r->tasks[i].pgtable == pgtable && r->tasks[i].pid == pid)
			return &r->tasks[i];
	return NULL;
}

static void add_all(struct v7s_events *sum, const struct v7s_events *e)
{
	events_add(sum, e);
}

/* Whatever is counted is somebody's. */
static void assert_all_there(const struct report *r)
{
	struct v7s_events tasks = r->other_tasks, cpus;
	uint64_t waits = r->other_pairs;
	size_t i;

	memset(&cpus, 0, sizeof(cpus));
	for (i = 0; i < r->ntasks; i++)
		add_all(&tasks, &r->tasks[i].e);
	for (i = 0; i < r->ncpus; i++)
		add_all(&cpus, &r->cpus[i].e);
	for (i = 0; i < r->npairs; i++)
		waits += r->pairs[i].waits;
	assert_memory_equal(&tasks, &r->total.c.e, sizeof(tasks));
	assert_memory_equal(&cpus, &r->total.c.e, sizeof(cpus));
	assert_int_equal(waits, r->total.c.e.waits);
}

struct worker {
	struct source *s;
	const char *comm;
	unsigned int installs[3], splits[3];	/* on page tables 1 and 2 */
	pthread_t thread;
	pid_t pid;
	pthread_barrier_t *done, *end;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned int t, i;

	prctl(PR_SET_NAME, w->comm);
	w->pid = gettid();
	for (t = 1; t <= 2; t++) {
		for (i = 0; i < w->installs[t]; i++)
			install(w->s, t, 0, i % 3 == 1, 10);
		for (i = 0; i < w->splits[t]; i++)
			split(w->s, t, V7S_CONT, 0, 100, 5,
			      i % 2 ? getpid() : FREE_LOCK);
	}
	pthread_barrier_wait(w->done);
	pthread_barrier_wait(w->end);
	return NULL;
}

static void counts_by_task(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	struct worker w[] = {
		{ .s = s, .comm = "first",
		  .installs = { 0, 101, 103 }, .splits = { 0, 7, 11 } },
		{ .s = s, .comm = "sec\xffnd\n",
		  .installs = { 0, 107, 109 }, .splits = { 0, 13, 17 } },
		{ .s = s, .comm = "a-name-that-is-too-long",
		  .installs = { 0, 113, 127 }, .splits = { 0, 19, 23 } },
	};
	pthread_barrier_t done, end;
	const struct task *t;
	struct report r;
	int i, k;

	if (!pidns_is_initial())
		SKIP("the pids of this PID namespace are not those of the kernel");
	pthread_barrier_init(&done, NULL, 4);
	pthread_barrier_init(&end, NULL, 4);
	for (i = 0; i < 3; i++) {
		w[i].done = &done;
		w[i].end = &end;
		pthread_create(&w[i].thread, NULL, work, &w[i]);
	}
	pthread_barrier_wait(&done);
	r = read_report(s, m);
	assert_int_equal(r.ntasks, 6);
	for (i = 0; i < 3; i++) {
		for (k = 1; k <= 2; k++) {
			t = task_of(&r, k, w[i].pid);
			assert_non_null(t);
			assert_int_equal(t->tgid, getpid());
			assert_int_equal(strncmp(t->comm, w[i].comm, 15), 0);
			assert_int_equal(events_installs(&t->e), w[i].installs[k]);
			assert_int_equal(events_installs_lost(&t->e),
					 (w[i].installs[k] + 1) / 3);
			assert_int_equal(events_splits(&t->e), w[i].splits[k]);
			assert_int_equal(t->e.waits, w[i].splits[k] / 2);
			assert_int_equal(t->window_ns, 10 * w[i].installs[k]);
			assert_int_equal(t->wait_ns,
					 100 * (w[i].splits[k] / 2));
			assert_int_equal(t->hold_ns, 5 * w[i].splits[k]);
			assert_false(t->exited);
			assert_int_equal(t->tasks, 1);
		}
	}
	for (i = 1; i < 6; i++)
		assert_true(events_installs_lost(&r.tasks[i - 1].e) >=
			    events_installs_lost(&r.tasks[i].e));
	assert_all_there(&r);

	/* In an interval, what happened in it; an exit is no event. */
	r = report_of(s, m, false);
	pthread_barrier_wait(&end);
	for (i = 0; i < 3; i++)
		pthread_join(w[i].thread, NULL);
	install(s, 2, 0, 0, 1);
	r = report_of(s, m, false);
	assert_int_equal(r.ntasks, 1);
	assert_int_equal(r.tasks[0].pid, gettid());
	assert_int_equal(events_installs(&r.tasks[0].e), 1);

	/* Freed slots keep their counts in the totals. */
	r = read_report(s, m);
	assert_int_equal(r.ntasks, 7);
	t = task_of(&r, 1, w[0].pid);
	assert_non_null(t);
	assert_true(t->exited);
	assert_int_equal(events_installs(&t->e), 101);
	assert_all_there(&r);
	model_free(m);
}

/* Anything but an exec, which is where a child of a test should be. */
static pid_t in_child(void (*fn)(void *arg), void *arg)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		fn(arg);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return pid;
}

static void one_install(void *arg)
{
	install(arg, 1, 0, 1, 3);
	split(arg, 1, V7S_CONT, 0, 2, 1, getppid());
}

/* More tasks than slots, one after the other, and more than the model keeps. */
static void forgets_no_count_of_the_dead(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	const unsigned int n = MODEL_ENTRIES + 2 * V7S_TASKS;
	uint64_t several = 0;
	struct report r;
	unsigned int i;
	size_t k;

	if (!pidns_is_initial())
		SKIP("the pids of this PID namespace are not those of the kernel");
	on_cpu(0);
	for (i = 0; i < n; i++) {
		in_child(one_install, s);
		if (i % 4 == 0)
			read_report(s, m);
	}
	read_report(s, m);	/* which notices the last ones */
	r = read_report(s, m);
	/* Pids of others in between may make some meet at the same slots. */
	assert_true(events_installs(&r.other_tasks) < n / 10);
	assert_true(r.other_pairs < n / 10);
	assert_int_equal(events_installs(&r.total.c.e), n);
	assert_true(r.ntasks <= MODEL_ENTRIES + 2 * V7S_TASKS);
	assert_all_there(&r);
	for (k = 0; k < r.ntasks; k++) {
		assert_true(r.tasks[k].exited);
		assert_int_equal(r.tasks[k].window_ns, 3 * r.tasks[k].tasks);
		if (r.tasks[k].comm)
			continue;
		several++;
		assert_int_equal(r.tasks[k].pgtable, 0);
		assert_true(r.tasks[k].tasks > 1);
	}
	assert_int_equal(several, 1);
	for (i = 0; i < V7S_TASKS; i++)
		assert_int_equal(((struct v7s_cpu_tasks *)
				  s->rows->map[TASK_ROWS])->task[i].key.pgtable,
				 0);
	model_free(m);
}

/* A child with the pid of the one before. False: this kernel does not let us. */
static bool next_pid(pid_t pid)
{
	FILE *f = fopen("/proc/sys/kernel/ns_last_pid", "we");
	bool ok = f && fprintf(f, "%d", pid - 1) > 0;

	if (f && fclose(f))
		ok = false;
	return ok;
}

static void two_installs(void *arg)
{
	install(arg, 1, 0, 0, 3);
	install(arg, 1, 0, 0, 3);
}

/* The kernel gives a pid to two tasks between two readings. */
static void tells_tasks_of_one_pid_apart(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	pid_t first = 1, second = 0;
	struct report r;
	int tries;

	if (natively) {
		model_free(m);
		SKIP("the kernel's programs know when a task began");
	}
	/* Another task may take the pid. */
	for (tries = 0; tries < 100 && second != first; tries++) {
		read_report(s, m);
		first = in_child(one_install, s);
		if (!next_pid(first)) {
			model_free(m);
			SKIP("ns_last_pid cannot be written here");
		}
		second = in_child(two_installs, s);
	}
	assert_int_equal(first, second);
	r = read_report(s, m);
	assert_int_equal(r.ntasks, 2 * tries);
	assert_int_equal(events_installs(&r.total.c.e), 3 * tries);
	assert_all_there(&r);
	model_free(m);
}

static void *one_event(void *arg)
{
	struct worker *w = arg;

	on_cpu(0);
	install(w->s, 1, 0, 1, 3);
	pthread_barrier_wait(w->done);
	return NULL;
}

/* More tasks than slots at once. */
static void overflows_into_other(void **state)
{
	enum { N = V7S_TASKS + 64 };
	struct source *s = *state;
	struct model *m = model_new(0);
	pthread_barrier_t done;
	struct worker w = { .s = s, .done = &done };
	pthread_t thread[N];
	struct report r;
	int i;

	if (natively) {
		model_free(m);
		SKIP("a thread that counts can be preempted, a program cannot");
	}
	pthread_barrier_init(&done, NULL, N + 1);
	for (i = 0; i < N; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, one_event,
						&w), 0);
	/* Each has counted before it comes to the barrier. */
	do
		r = read_report(s, m);
	while (events_installs(&r.total.c.e) < N);
	r = read_report(s, m);	/* and with it who they are */
	assert_true(r.ntasks <= V7S_TASKS);
	assert_true(r.ntasks > V7S_TASKS / 2);
	assert_int_equal(events_installs(&r.other_tasks), N - r.ntasks);
	assert_all_there(&r);
	pthread_barrier_wait(&done);
	for (i = 0; i < N; i++)
		pthread_join(thread[i], NULL);
	model_free(m);
}

static const struct pair *pair_of(const struct report *r, uint32_t holder)
{
	size_t i;

	for (i = 0; i < r->npairs; i++)
		if (r->pairs[i].holder == holder)
			return &r->pairs[i];
	return NULL;
}

static void *sleeper(void *arg)
{
	struct worker *w = arg;

	prctl(PR_SET_NAME, w->comm);
	w->pid = gettid();
	pthread_barrier_wait(w->done);
	pthread_barrier_wait(w->end);
	return NULL;
}

static void knows_who_waited_for_whom(void **state)
{
	const int nobody = 4194303;	/* the largest pid there can be */
	struct source *s = *state;
	struct model *m = model_new(0);
	pthread_barrier_t done, end;
	struct worker w = {
		.comm = "holds-it", .done = &done, .end = &end,
	};
	const struct pair *p;
	struct report r;
	int i;

	pthread_barrier_init(&done, NULL, 2);
	pthread_barrier_init(&end, NULL, 2);
	pthread_create(&w.thread, NULL, sleeper, &w);
	pthread_barrier_wait(&done);
	prctl(PR_SET_NAME, "waits");
	for (i = 0; i < 5; i++)
		split(s, 3, V7S_CONT, 0, 100, 5, w.pid);
	for (i = 0; i < 3; i++)
		split(s, 3, V7S_CONT, V7S_FOUND_DONE, 200, 5, 0);
	split(s, 3, V7S_CONT, 0, NOT_TIMED, 5, nobody);
	split(s, 3, V7S_CONT, 0, 0, 5, FREE_LOCK);
	split(s, 4, V7S_CONT, 0, 1000, 5, gettid());

	r = read_report(s, m);
	assert_int_equal(r.npairs, 4);
	p = &r.pairs[0];	/* the most waits */
	assert_int_equal(p->holder, w.pid);
	assert_int_equal(p->waiter, gettid());
	assert_int_equal(p->pgtable, 3);
	assert_int_equal(p->waits, 5);
	assert_int_equal(p->wait_ns, 500);
	assert_string_equal(p->waiter_comm, "waits");
	if (s->rows->own_pids)
		assert_string_equal(p->holder_comm, "holds-it");
	p = pair_of(&r, 0);
	assert_int_equal(p->waits, 3);
	assert_null(p->holder_comm);
	p = pair_of(&r, nobody);
	assert_int_equal(p->waits, 1);
	assert_int_equal(p->wait_ns, 0);
	assert_int_equal(p->untimed, 1);
	assert_null(p->holder_comm);
	p = pair_of(&r, gettid());
	assert_int_equal(p->pgtable, 4);
	assert_string_equal(p->holder_comm, "waits");	/* a task with events */
	assert_all_there(&r);

	/* The one who is not there has had its slot taken, not its wait. */
	r = read_report(s, m);
	assert_int_equal(pair_of(&r, nobody)->waits, 1);
	assert_all_there(&r);
	pthread_barrier_wait(&end);
	pthread_join(w.thread, NULL);
	model_free(m);
}

/* Page tables that come and go, used by tasks that stay. */
static void frees_slots_of_page_tables(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	const uint64_t n = 3 * V7S_TASKS;
	struct report r;
	uint64_t t;

	on_cpu(0);
	for (t = 1; t <= n; t++) {
		install(s, t, 0, 0, 1);
		split(s, t, V7S_CONT, 0, 4, 1, getpid());
		destroy(s, t);
		if (t % 8 == 0)
			r = read_report(s, m);
	}
	r = read_report(s, m);
	assert_int_equal(events_count(&r.other_tasks), 0);
	assert_int_equal(r.other_pairs, 0);
	assert_int_equal(events_installs(&r.total.c.e), n);
	assert_int_equal(events_splits(&r.total.c.e), n);
	assert_all_there(&r);
	model_free(m);
}

/* Each CPU's slot keeps the name of its own last event, and CPU 1 is read last. */
static void follows_an_exec_on_another_cpu(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	const struct task *t;
	struct report r;

	if (s->rows->cpus < 2) {
		model_free(m);
		SKIP("there is one CPU");
	}
	prctl(PR_SET_NAME, "before");
	on_cpu(1);
	install(s, 1, 0, 0, 1);
	read_report(s, m);
	prctl(PR_SET_NAME, "after");
	on_cpu(0);
	install(s, 1, 0, 0, 1);
	r = read_report(s, m);
	t = task_of(&r, 1, gettid());
	assert_non_null(t);
	assert_int_equal(events_installs(&t->e), 2);
	assert_string_equal(t->comm, "after");
	/* A reading without an event changes nothing. */
	r = read_report(s, m);
	assert_string_equal(task_of(&r, 1, gettid())->comm, "after");
	on_cpu(1);
	prctl(PR_SET_NAME, "last");
	install(s, 1, 0, 0, 1);
	r = read_report(s, m);
	assert_string_equal(task_of(&r, 1, gettid())->comm, "last");
	model_free(m);
}

/* A slot is nobody's while it is about to be freed, whoever comes by. */
static void adds_nothing_to_a_leaving_slot(void **state)
{
	struct source *s = *state;
	struct v7s_task *slot, *found = NULL;
	struct model *m = model_new(0);
	struct report r;
	int i;

	on_cpu(0);
	install(s, 1, 0, 0, 1);
	slot = ((struct v7s_cpu_tasks *)s->rows->map[TASK_ROWS])->task;
	for (i = 0; i < V7S_TASKS; i++)
		if (slot[i].key.pgtable)
			found = &slot[i];
	assert_non_null(found);
	found->key.id = V7S_NOBODY;
	install(s, 1, 0, 0, 1);
	install(s, 1, 0, 0, 1);
	assert_int_equal(events_installs(&found->e), 1);
	/* The slot's id is restored, as if nobody had taken it away. */
	found->key.id = (uint64_t)getpid() << 32 | (uint32_t)gettid();
	r = read_report(s, m);
	assert_int_equal(r.ntasks, 1);
	assert_int_equal(events_installs(&r.tasks[0].e), 3);
	model_free(m);
}

static void not_asked_for_costs_nothing(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	struct report r;

	if (natively) {
		model_free(m);
		SKIP("there are no maps");
	}
	source_bpf.close(s);
	*state = s = source_for(&(struct source_want){ 0 });
	install(s, 1, 0, 0, 1);
	r = read_report(s, m);
	assert_int_equal(r.ntasks + r.nstacks + r.npairs, 0);
	assert_int_equal(r.ncpus, 1);
	assert_int_equal(bpf_map__fd(s->skel->maps.cpu_tasks), -1);
	assert_int_equal(bpf_map__fd(s->skel->maps.cpu_stacks), -1);
	assert_int_equal(bpf_map__fd(s->skel->maps.stacks), -1);
	assert_int_equal(bpf_map__fd(s->skel->maps.rings), -1);
	source_bpf.complete(s, &r);
	assert_false(r.visible->tasks || r.visible->stacks);
	assert_true(r.visible->cpus && r.visible->install[0][0]);
	model_free(m);
}

static __attribute__((noinline)) void here(struct source *s, uint64_t pgtable)
{
	install(s, pgtable, 0, 1, 1);
}

/* All events of the test come from the system call that runs a program. */
static void counts_by_stack(void **state)
{
	struct source *s = *state;
	struct model *m = model_new(0);
	struct v7s_events sum;
	bool named = false;
	struct report r;
	unsigned int f;
	size_t i;

	if (natively) {
		model_free(m);
		SKIP("this process cannot take kernel stacks");
	}
	for (i = 0; i < 5; i++)
		here(s, 1);
	for (i = 0; i < 3; i++)
		here(s, 2);
	split(s, 2, V7S_CONT, 0, 100, 5, getpid());
	r = read_report(s, m);
	memset(&sum, 0, sizeof(sum));
	assert_true(r.nstacks >= 2);
	for (i = 0; i < r.nstacks; i++) {
		add_all(&sum, &r.stacks[i].e);
		assert_true(r.stacks[i].frames > 0);
		for (f = 0; f < r.stacks[i].frames; f++) {
			const char *symbol = r.stacks[i].frame[f].symbol;

			assert_true(r.stacks[i].frame[f].address != 0);
			named |= symbol && strstr(symbol, "bpf_prog_test_run");
			/* Our programs have the names of their events. */
			assert_false(symbol && strstr(symbol, "_io_pgtable_"));
		}
	}
	assert_memory_equal(&sum, &r.total.c.e, sizeof(sum));
	assert_true(named || ksyms_hidden());

	destroy(s, 1);
	destroy(s, 2);
	read_report(s, m);
	r = read_report(s, m);
	memset(&sum, 0, sizeof(sum));
	for (i = 0; i < r.nstacks; i++)
		add_all(&sum, &r.stacks[i].e);
	assert_memory_equal(&sum, &r.total.c.e, sizeof(sum));
	model_free(m);
}

int main(void)
{
#define WITH(setup, test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH(setup, counts_by_task),
		WITH(setup, forgets_no_count_of_the_dead),
		WITH(setup, tells_tasks_of_one_pid_apart),
		WITH(setup, overflows_into_other),
		WITH(setup, knows_who_waited_for_whom),
		WITH(setup, frees_slots_of_page_tables),
		WITH(setup, follows_an_exec_on_another_cpu),
		WITH(setup, adds_nothing_to_a_leaving_slot),
		WITH(setup, not_asked_for_costs_nothing),
		WITH(setup_stacks, counts_by_stack),
	};

	choose_counter();
	dev = kernel_string("a-device");
	return cmocka_run_group_tests_name("tasks", tests, NULL, NULL);
}
