// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/pidns.h"
#include "lib/util.h"
#include "saved_cmdlines.h"

/*
 * Nanoseconds after which a task's name or the owner of a pid may have changed.
 */
#define STALE SECOND

enum { PIDS = 1024 };

struct saved_cmdlines {
	bool own;	/* pids are the same here and in the kernel */
	/* Names of ended tasks, from the instance; -1: not on this kernel */
	int comms, tgids;
	struct known {
		struct pid_name name;
		uint64_t time;
	} known[PIDS];
};

struct saved_cmdlines *saved_cmdlines_new(int instance)
{
	struct saved_cmdlines *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->own = pidns_is_initial();
	p->comms = openat(instance, "../../saved_cmdlines",
			  O_RDONLY | O_CLOEXEC);
	p->tgids = openat(instance, "../../saved_tgids",
			  O_RDONLY | O_CLOEXEC);
	return p;
}

void saved_cmdlines_free(struct saved_cmdlines *p)
{
	if (!p)
		return;
	if (p->comms >= 0)
		close(p->comms);
	if (p->tgids >= 0)
		close(p->tgids);
	free(p);
}

/* Read the name from comm, because status escapes it. */
static bool ask_proc(uint32_t pid, struct pid_name *n)
{
	char path[64], line[256];
	unsigned int tgid = 0;
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	ok = fgets(n->comm, sizeof(n->comm), f);
	fclose(f);
	n->comm[strcspn(n->comm, "\n")] = 0;
	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	f = ok ? fopen(path, "re") : NULL;
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Tgid: %u", &tgid) == 1)
			break;
	fclose(f);
	n->task = (uint64_t)tgid << 32 | pid;
	return true;
}

/* Find the line of a pid; returns the rest of that line, in @line. */
static char *look_up(int fd, uint32_t pid, char *line, size_t size)
{
	unsigned int of;
	char *at = NULL;
	FILE *f;
	int skip;

	if (fd < 0 || lseek(fd, 0, SEEK_SET))
		return NULL;
	f = fdopen(dup(fd), "r");
	while (f && !at && fgets(line, size, f)) {
		if (sscanf(line, "%u %n", &of, &skip) == 1 && of == pid) {
			line[strcspn(line, "\n")] = 0;
			at = line + skip;
		}
	}
	if (f)
		fclose(f);
	return at;
}

static void ask_ftrace(struct saved_cmdlines *p, uint32_t pid,
		       struct pid_name *n)
{
	const char *found;
	char line[256];

	found = look_up(p->comms, pid, line, sizeof(line));
	snprintf(n->comm, sizeof(n->comm), "%.15s", found ? found : "<...>");
	found = look_up(p->tgids, pid, line, sizeof(line));
	n->task = (uint64_t)(found ? strtoul(found, NULL, 10) : 0) << 32 | pid;
}

/* The idle tasks of all CPUs have pid 0 and are not in /proc. */
static void ask_idle(struct pid_name *n)
{
	n->task = 0;
	strcpy(n->comm, "swapper");
}

const struct pid_name *saved_cmdlines_name(struct saved_cmdlines *p,
					   uint32_t pid, uint64_t time)
{
	struct known *k = &p->known[pid % PIDS];

	if (k->name.comm[0] && (uint32_t)k->name.task == pid &&
	    time - k->time < STALE)
		return &k->name;
	memset(k, 0, sizeof(*k));
	k->time = time;
	if (!pid)
		ask_idle(&k->name);
	else if (!p->own || !ask_proc(pid, &k->name))
		ask_ftrace(p, pid, &k->name);
	return &k->name;
}
