// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "ftrace/count_events.h"
#include "lib/cpus.h"
#include "lib/util.h"
#include "skip.h"
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

static bool alone;

bool __real_cpus_is_online(unsigned int cpu);
bool __wrap_cpus_is_online(unsigned int cpu);

bool __wrap_cpus_is_online(unsigned int cpu)
{
	return alone ? !cpu : __real_cpus_is_online(cpu);
}

/* membarrier() does not wait while one CPU alone is online. */
static void waits_for_preempted_programs(void **state)
{
	bool can = !syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0);

	(void)state;
	assert_int_equal(quiesce_preempted(), can && sysconf(_SC_NPROCESSORS_ONLN) > 1);
	alone = true;
	assert_false(quiesce_preempted());
	alone = false;
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

/* From here on this process has no way to wait for the other CPUs. */
static bool forbid_waiting(void)
{
	static struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sched_setaffinity, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog prog = { ARRAY_SIZE(filter), filter };

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

static int take(void *arg, unsigned int cpu, const struct v7s_record *r)
{
	(void)cpu;
	(void)r;
	++*(int *)arg;
	return 0;
}

/* Exit status of a process that reads a record: 0: it was handed out. */
static int read_stream(bool may_wait)
{
	struct counters *r = count_events_start(&(struct source_want){ 0 }, 16);
	const struct counted_event e = {
		.event = V7S_EVENT_FREE, .comm = "", .dev = "-", .args = { 0, 1 },
	};
	int n = 0, ret;

	if (!r || (!may_wait && !forbid_waiting()))
		return 77;
	count_event(&e);
	counters_stopped(r);
	ret = counters_stream(r, UINT64_MAX, take, &n);
	return ret == 1 && n == 1 ? 0 : ret == -1 && n == 0 ? 1 : 2;
}

static int status_of_reader(bool may_wait)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(read_stream(may_wait));
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/*
 * The stores of a program reach the reader in any order. A record is handed
 * out only after a wait for the programs, and never where there is no way to wait.
 */
static void hands_out_no_record_without_a_wait(void **state)
{
	int status;

	(void)state;
	assert_int_equal(status_of_reader(true), 0);
	status = status_of_reader(false);
	if (status == 77)
		SKIP("no filter for system calls");
	assert_int_equal(status, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(visits_each_cpu_and_comes_back),
		cmocka_unit_test(waits_for_preempted_programs),
		cmocka_unit_test(knows_its_cpus),
		cmocka_unit_test(hands_out_no_record_without_a_wait),
	};

	return cmocka_run_group_tests_name("quiesce", tests, NULL, NULL);
}
