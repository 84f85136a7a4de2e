// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Where kernels keep the return addresses that tracers have replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/kernel.h"
#include "lib/util.h"
#include "source/hooks.h"

struct member {
	const char *name;
	__u32 at;		/* in bytes */
};

static void add_struct(struct btf *btf, const char *name,
		       const struct member *m, size_t n)
{
	int pointer = btf__add_ptr(btf, 0);
	size_t i;

	assert_true(btf__add_struct(btf, name, 64) > 0);
	for (i = 0; i < n; i++)
		assert_int_equal(btf__add_field(btf, m[i].name, pointer,
						8 * m[i].at, 0), 0);
}

static const struct member task[] = {
	{ "kretprobe_instances", 16 }, { "rethooks", 24 },
};
static const struct member instance[] = {
	{ "rcu", 0 }, { "llist", 16 }, { "rph", 24 }, { "ret_addr", 32 },
};
static const struct member instance_on_rethook[] = { { "node", 0 } };
static const struct member rethook[] = {
	{ "rcu", 0 }, { "ret_addr", 16 }, { "llist", 40 },
};
/* v5.10 */
static const struct member old_task[] = { { "pid", 0 } };
static const struct member old_instance[] = {
	{ "hlist", 0 }, { "ret_addr", 24 },
};

static const struct v7s_range ranges[] = {
	{ .start = 0x1000, .end = 0x2000, .role = V7S_ROLE_MAP },
	/* From one byte before the function, see symbols_add_range(). */
	{ .start = 0x2fff, .end = 0x3100, .role = V7S_ROLE_RETURN },
	{ .start = 0x3fff, .end = 0x4100, .role = V7S_ROLE_RETURN },
};

static void finds_the_list_of_a_task(void **state)
{
	struct btf *btf = btf__new_empty();
	struct v7s_hooks h;

	(void)state;
	add_struct(btf, "task_struct", task, ARRAY_SIZE(task));
	add_struct(btf, "kretprobe_instance", instance, ARRAY_SIZE(instance));
	add_struct(btf, "rethook_node", rethook, ARRAY_SIZE(rethook));
	hooks_find(&h, btf, ranges, 2, KERNEL(6, 1));
	assert_int_equal(h.start, 0x3000);
	assert_int_equal(h.end, 0x3100);
	assert_int_equal(h.first, 16);
	assert_int_equal(h.address, 16);
	assert_true(h.pc);
	btf__free(btf);
}

/* Then the member comes before the link. */
static void finds_the_list_of_rethooks(void **state)
{
	struct btf *btf = btf__new_empty();
	struct v7s_hooks h;

	(void)state;
	add_struct(btf, "task_struct", task, ARRAY_SIZE(task));
	add_struct(btf, "kretprobe_instance", instance_on_rethook, 1);
	add_struct(btf, "rethook_node", rethook, ARRAY_SIZE(rethook));
	hooks_find(&h, btf, ranges, 2, KERNEL(6, 12));
	assert_int_equal(h.end, 0x3100);
	assert_int_equal(h.first, 24);
	assert_int_equal(h.address, -24);
	btf__free(btf);
}

static void finds_nothing_without_the_facts(void **state)
{
	struct btf *btf = btf__new_empty(), *old = btf__new_empty();
	struct v7s_hooks h;

	(void)state;
	add_struct(btf, "task_struct", task, ARRAY_SIZE(task));
	add_struct(btf, "kretprobe_instance", instance, ARRAY_SIZE(instance));
	/* No trampoline, two of them, no BTF. */
	hooks_find(&h, btf, ranges, 1, KERNEL(6, 1));
	assert_int_equal(h.end, 0);
	hooks_find(&h, btf, ranges, 3, KERNEL(6, 1));
	assert_int_equal(h.end, 0);
	hooks_find(&h, NULL, ranges, 2, KERNEL(6, 1));
	assert_int_equal(h.end, 0);
	assert_true(h.pc);

	add_struct(old, "task_struct", old_task, ARRAY_SIZE(old_task));
	add_struct(old, "kretprobe_instance", old_instance, ARRAY_SIZE(old_instance));
	hooks_find(&h, old, ranges, 2, KERNEL(5, 10));
	assert_int_equal(h.end, 0);
	assert_false(h.pc);
	btf__free(old);
	btf__free(btf);
}

static const struct v7s_range graph[] = {
	{ .start = 0x2fff, .end = 0x3100, .role = V7S_ROLE_RETURN },
	{ .start = 0x4fff, .end = 0x5080, .role = V7S_ROLE_GRAPH },
};

/* A task whose ret_stack points to @type. */
static struct btf *task_with_stack(bool of_entries)
{
	static const struct member entry[] = { { "func", 0 }, { "ret", 8 } };
	struct btf *btf = btf__new_empty();
	int type, pointer;

	add_struct(btf, "ftrace_ret_stack", entry, ARRAY_SIZE(entry));
	type = of_entries ?
	       btf__find_by_name(btf, "ftrace_ret_stack") :
	       btf__add_int(btf, "unsigned long", 8, 0);
	pointer = btf__add_ptr(btf, type);
	assert_true(btf__add_struct(btf, "task_struct", 64) > 0);
	assert_int_equal(btf__add_field(btf, "curr_ret_stack", type, 8 * 32, 0), 0);
	assert_int_equal(btf__add_field(btf, "ret_stack", pointer, 8 * 40, 0), 0);
	return btf;
}

static void finds_the_stack_of_function_graph(void **state)
{
	struct btf *btf = task_with_stack(true);
	struct v7s_hooks h;

	(void)state;
	hooks_find(&h, btf, graph, 2, KERNEL(6, 1));
	assert_int_equal(h.graph, 0x5000);
	assert_int_equal(h.graph_end, 0x5080);
	assert_int_equal(h.top, 32);
	assert_int_equal(h.stack, 40);
	assert_int_equal(h.ret, 8);
	assert_int_equal(h.entry, 64);
	/* Return probes have another list, which is missing here. */
	assert_int_equal(h.end, 0);
	btf__free(btf);
}

/* Since v6.11. */
static void finds_a_stack_of_words(void **state)
{
	struct btf *btf = task_with_stack(false);
	struct v7s_hooks h;

	(void)state;
	hooks_find(&h, btf, graph, 2, KERNEL(6, 12));
	assert_int_equal(h.graph_end, 0x5080);
	assert_int_equal(h.entry, 0);
	/* Without its trampoline. */
	hooks_find(&h, btf, graph, 1, KERNEL(6, 12));
	assert_int_equal(h.graph_end, 0);
	btf__free(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_list_of_a_task),
		cmocka_unit_test(finds_the_list_of_rethooks),
		cmocka_unit_test(finds_nothing_without_the_facts),
		cmocka_unit_test(finds_the_stack_of_function_graph),
		cmocka_unit_test(finds_a_stack_of_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
