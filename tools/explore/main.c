// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/* Options, the table of programs, and a trace for each first violation. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "explore.h"

enum { BOUND = 2, SHORTEST = 4, SHORTEST_RUNS = 200000, OUTCOMES = 1 << 16 };

/* The walker and the events choose branches of the driver. */
static const struct mode { const char *name; bool coherent, events; } modes[] = {
	{ "plain", true, false }, { "events", true, true }, { "sync", false, false },
};

static u64 limit = 5000;
static int preemptions = -1;
static bool traces = true;
static u64 counts[VERDICTS];
static u64 *outcomes;
static int outcome_count;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void print_op(const struct op *op)
{
	static const char *const verbs[] = { "map", "unmap", "look" };
	char text[40];
	int n = snprintf(text, sizeof(text), "%s ", verbs[op->verb]);

	if (op->verb != LOOK)
		n += snprintf(text + n, sizeof(text) - n, "%u%c ",
			      op->size >> (op->size >= SZ_1G ? 30 : op->size >= SZ_1M ? 20 : 10),
			      op->size >= SZ_1G ? 'G' : op->size >= SZ_1M ? 'M' : 'K');
	snprintf(text + n, sizeof(text) - n, "0x%x", op->iova);
	printf("%-18s", text);
}

/* The source lines of all steps, asked for at once. */
static void locate(char (*lines)[80])
{
	char *command, *at;
	FILE *f;

	at = command = malloc(64 + 24 * trace_length);
	if (!command)
		return;
	at += sprintf(at, "addr2line -s -f -e /proc/%d/exe", (int)getpid());
	for (int i = 0; i < trace_length; i++)
		at += sprintf(at, " %p", (void *)((char *)trace[i].pc - 1));
	f = popen(command, "r");
	free(command);
	for (int i = 0; f && i < trace_length; i++) {
		char function[64], place[64];

		if (!fgets(function, sizeof(function), f) || !fgets(place, sizeof(place), f))
			break;
		function[strcspn(function, "\n")] = 0;
		place[strcspn(place, " \n")] = 0;
		snprintf(lines[i], sizeof(lines[i]), "%s %s", place, function);
	}
	if (f)
		pclose(f);
}

static void print_place(const struct step *first, const struct step *last)
{
	const struct object *o = object_at(first->at);
	u32 a = (first->at - o->phys) / format->entry, b = (last->at + last->len - 1 - o->phys) / format->entry;
	char text[40];

	if (!o->table)
		snprintf(text, sizeof(text), "%s", first->kind >= LOCK && first->kind <= UNLOCK ? "split_lock" : "split_holder");
	else if (o == &objects[top])
		snprintf(text, sizeof(text), a == b ? "level 1 [%u]" : "level 1 [%u..%u]", a, b);
	else
		snprintf(text, sizeof(text), a == b ? "level %d of %u [%u]" : "level %d of %u [%u..%u]", o->level,
			 o->iova / covered_by(o), a, b);
	printf(" %-22s", text);
}

/* Steps of one loop over neighbouring entries are one line. */
static void print_trace(void)
{
	static const char *const kinds[] = { "read", "READ_ONCE", "store", "WRITE_ONCE", "cmpxchg", "xchg",
		"lock", "trylock", "unlock", "free", "sync" };
	char (*lines)[80] = calloc(trace_length + 1, sizeof(*lines));
	int line = 0;

	if (!lines)
		return;
	locate(lines);
	for (int i = 0, j; i < trace_length; i = j) {
		const struct step *s = &trace[i];

		for (j = i + 1; j < trace_length && trace[j].thread == s->thread && trace[j].kind == s->kind &&
		     trace[j].op == s->op && trace[j].at == trace[j - 1].at + trace[j - 1].len && trace[j].failed == s->failed; j++)
			;
		printf("  %3d  %c  ", ++line, 'A' + s->thread);
		print_op(&prog.ops[s->op]);
		printf(" %-10s", kinds[s->kind]);
		print_place(s, &trace[j - 1]);
		if (s->kind == READ || s->kind == READ_ONCE_)
			printf(" = 0x%llx", (unsigned long long)s->old);
		else if (s->kind == STORE || s->kind == STORE_ONCE)
			printf(" 0x%llx", (unsigned long long)s->new);
		else if (s->kind == CMPXCHG && s->failed)
			printf(" finds 0x%llx", (unsigned long long)s->old);
		else if (s->kind == CMPXCHG || s->kind == XCHG)
			printf(" 0x%llx -> 0x%llx", (unsigned long long)s->old, (unsigned long long)s->new);
		else if (s->failed)
			printf(" is taken");
		if (j > i + 1 && s->kind <= XCHG && !s->failed && trace[j - 1].new + trace[j - 1].old != s->new + s->old)
			printf("..");
		printf("  (%s)\n", lines[i]);
	}
	free(lines);
	for (int i = 0; i < prog.count; i++)
		if (prog.ops[i].thread >= 0) {
			printf("       %c  ", 'A' + prog.ops[i].thread);
			print_op(&prog.ops[i]);
			if (done[i])
				printf(" returns 0x%llx\n", (unsigned long long)results[i]);
			else
				printf(" has not returned\n");
		}
}

/* The violation again with as few preemptions as it takes. */
static void show(enum verdict v)
{
	struct search s = { .limit = SHORTEST_RUNS, .stop_at = 1u << v };

	for (s.preemptions = 0; s.preemptions <= SHORTEST; s.preemptions++) {
		search(&s);
		if (found & s.stop_at)
			break;
	}
	if (!(found & s.stop_at)) {
		s.preemptions = -1;
		s.limit = ~0ULL;
		search(&s);
	}
	printf("\n%s: %s (%s)\n  %s\n", prog.name, verdict_names[v], prog.text, why[v]);
	print_trace();
	printf("\n");
}

static void count(void)
{
	for (int v = 0; v < VERDICTS; v++)
		counts[v] += found >> v & 1;
}

static void collect(void)
{
	u64 hash = outcome_hash();

	for (int i = 0; i < outcome_count; i++)
		if (outcomes[i] == hash)
			return;
	if (outcome_count < OUTCOMES)
		outcomes[outcome_count++] = hash;
}

static int ascending(const void *a, const void *b)
{
	return *(const u64 *)a < *(const u64 *)b ? -1 : *(const u64 *)a > *(const u64 *)b;
}

static u64 outcomes_of(struct search *s)
{
	u64 sum = 0;

	outcome_count = 0;
	s->judged = collect;
	search(s);
	qsort(outcomes, outcome_count, sizeof(*outcomes), ascending);
	for (int i = 0; i < outcome_count; i++)
		sum = (sum ^ outcomes[i]) * 1099511628211ULL;
	return sum;
}

/* All schedules one by one must come to what the reduced search comes to. */
static int compare(const struct mode *m)
{
	struct search reduced = { .preemptions = -1, .limit = limit };
	struct search all = { .preemptions = STEPS_MAX, .limit = limit };
	u64 a = outcomes_of(&reduced);
	int n = outcome_count;
	u64 b = outcomes_of(&all);

	if (!reduced.complete || !all.complete) {
		printf("%-18s %-7s too many schedules to compare\n", prog.name, m->name);
		return 0;
	}
	printf("%-18s %-7s %8llu schedules, %6llu after reduction, outcomes %d and %d%s\n", prog.name, m->name,
	       (unsigned long long)all.runs, (unsigned long long)reduced.runs, outcome_count, n,
	       a == b ? "" : ": different");
	return a != b;
}

static int explore(const struct mode *m, u32 *shown)
{
	struct search s = { .preemptions = preemptions, .limit = preemptions < 0 ? limit : ~0ULL, .judged = count };
	double begin = now(), seconds;
	char how[32] = "all";
	bool violated = false;

	memset(counts, 0, sizeof(counts));
	search(&s);
	if (!s.complete && preemptions < 0) {
		memset(counts, 0, sizeof(counts));
		s.preemptions = BOUND;
		s.limit = ~0ULL;
		search(&s);
	}
	seconds = now() - begin;
	if (s.preemptions >= 0)
		snprintf(how, sizeof(how), "preemptions<=%d", s.preemptions);
	printf("%-18s %-5s %-7s %13llu %-14s %7.2f ", prog.name, prog.legal ? "yes" : "no", m->name,
	       (unsigned long long)s.runs, how, seconds);
	for (int v = 0; v < VERDICTS; v++)
		if (counts[v]) {
			printf(" %s:%llu", verdict_names[v], (unsigned long long)counts[v]);
			violated = true;
		}
	printf("%s\n", violated ? "" : " none");
	for (int v = 0; v < VERDICTS; v++)
		if (traces && counts[v] && !(*shown & 1u << v)) {
			*shown |= 1u << v;
			show(v);
		}
	fflush(stdout);
	return violated && prog.legal;
}

static int usage(FILE *to)
{
	fprintf(to, "see: explore --help\n");
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "preemptions", required_argument, NULL, 'p' }, { "limit", required_argument, NULL, 'l' },
		{ "full", no_argument, NULL, 'f' }, { "mode", required_argument, NULL, 'm' },
		{ "no-traces", no_argument, NULL, 'n' }, { "compare", no_argument, NULL, 'c' },
		{ "program", required_argument, NULL, 'r' }, { 0 }
	};
	const char *mode = NULL, *text = NULL;
	bool comparing = false;
	int c, failed = 0, ran = 0;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'p': preemptions = atoi(optarg); break;
		case 'l': limit = strtoull(optarg, NULL, 0); break;
		case 'f': limit = ~0ULL; break;
		case 'm': mode = optarg; break;
		case 'n': traces = false; break;
		case 'c': comparing = true; break;
		case 'r': text = optarg; break;
		default: return usage(stderr);
		}
	outcomes = calloc(OUTCOMES, sizeof(*outcomes));
	memory_init();
	sched_init();
	if (!comparing)
		printf("%-18s %-5s %-7s %13s %-14s %7s  %s\n", "program", "legal", "mode", "interleavings", "searched",
		       "seconds", "violations");
	for (int i = 0; text || format->programs[i][0]; i++) {
		u32 shown = 0;
		int named = optind == argc;

		for (int a = optind; a < argc; a++)
			named |= !text && !strcmp(argv[a], format->programs[i][0]);
		if (!named)
			continue;
		if (!parse(text ? "given" : format->programs[i][0], text ? text : format->programs[i][1])) {
			fprintf(stderr, "explore: cannot parse the program \"%s\"\n",
				text ? text : format->programs[i][1]);
			return 2;
		}
		for (size_t m = 0; m < ARRAY_SIZE(modes); m++) {
			if ((mode && strcmp(mode, modes[m].name)) || (modes[m].events && !have_events))
				continue;
			coherent = modes[m].coherent;
			events_on = modes[m].events;
			failed |= comparing ? compare(&modes[m]) : explore(&modes[m], &shown);
			ran++;
		}
		if (text)
			break;
	}
	if (!ran) {
		fprintf(stderr, "explore: no program or mode of that name\n");
		return usage(stderr);
	}
	return failed;
}
