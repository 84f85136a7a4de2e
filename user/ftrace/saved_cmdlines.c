// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/comm.h"
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
	bool ok = comm_of(pid, n->comm);
	char path[64], line[256];
	unsigned int tgid = 0;
	FILE *f;

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

/* True if the line may begin an entry, "PID VALUE"; @value: its offset. */
static bool begins_entry(const char *line, unsigned int *pid, int *value)
{
	*value = 0;
	/* The value may begin with a space. */
	return line[0] >= '0' && line[0] <= '9' &&
	       sscanf(line, "%u%n", pid, value) == 1 && line[*value] == ' ' &&
	       ++*value;
}

/*
 * Find the value of a pid. A name may hold newlines: a line that begins no entry
 * continues the name before it. If two lines have the pid, one of them may
 * belong to another task's name: then nothing is known.
 */
static bool look_up(int fd, uint32_t pid, char *to, size_t size)
{
	bool inside = false;
	size_t len = 0, n;
	unsigned int of;
	int found = 0, value;
	char line[256];
	FILE *f;

	if (fd < 0 || lseek(fd, 0, SEEK_SET))
		return false;
	f = fdopen(dup(fd), "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (begins_entry(line, &of, &value)) {
			inside = of == pid;
			found += inside;
			len = inside ? 0 : len;
		} else {
			value = 0;
		}
		n = strlen(line + value);
		if (!inside || len + n >= size)
			continue;
		memcpy(to + len, line + value, n + 1);
		len += n;
	}
	if (f)
		fclose(f);
	/* Not the newline that ends the entry. */
	if (found == 1 && len)
		to[len - 1] = 0;
	return found == 1 && len;
}

static void ask_ftrace(struct saved_cmdlines *p, uint32_t pid,
		       struct pid_name *n)
{
	char value[256];
	bool found = look_up(p->comms, pid, value, sizeof(value));

	snprintf(n->comm, sizeof(n->comm), "%.15s", found ? value : "<...>");
	found = look_up(p->tgids, pid, value, sizeof(value));
	n->task = (uint64_t)(found ? strtoul(value, NULL, 10) : 0) << 32 | pid;
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
