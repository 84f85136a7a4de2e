// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * libtracefs does more of this, but mounts tracefs if it is not mounted. That
 * is the administrator's decision.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/err.h"
#include "tracefs.h"

/* Prefix of our instances, followed by the pid of their creator. */
#define PREFIX "v7scope."

/*
 * Another file system may be mounted over tracefs. Without permission to look,
 * its directory is taken for tracefs, and its files will tell.
 */
static bool is_tracefs(const char *dir)
{
	struct statfs fs;

	return statfs(dir, &fs) ? errno == EACCES
				: fs.f_type == TRACEFS_MAGIC;
}

static bool find_mounted(char *dir, size_t size)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	bool found = false;

	*dir = 0;
	while (f && !found && (m = getmntent(f))) {
		if (strcmp(m->mnt_type, "tracefs"))
			continue;
		snprintf(dir, size, "%s", m->mnt_dir);
		found = is_tracefs(dir);
	}
	if (f)
		endmntent(f);
	return found;
}

bool tracefs_find(char *dir, size_t size)
{
	if (find_mounted(dir, size))
		return true;
	/* Accessing the directory in debugfs mounts tracefs there. */
	access("/sys/kernel/debug/tracing/events", F_OK);
	return find_mounted(dir, size);
}

char *tracefs_get(int dir, const char *file)
{
	int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
	size_t n = 0, room = 4096;
	char *text = NULL, *more;
	ssize_t got = -1;

	if (fd < 0)
		return NULL;
	do {
		more = realloc(text, room);
		if (!more)
			break;
		text = more;
		got = read(fd, text + n, room - n - 1);
		if (got > 0)
			n += got;
		if (n == room - 1)
			room *= 2;
	} while (got > 0 || (got < 0 && errno == EINTR));
	close(fd);
	if (!got) {
		text[n] = 0;
		return text;
	}
	free(text);
	return NULL;
}

int tracefs_put(int dir, const char *file, const char *text)
{
	int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* Explain why an instance cannot be created there, and what to do. */
static void explain(int err, const char *tracefs, struct source_answer *a)
{
	char remount[300];

	snprintf(remount, sizeof(remount), "mount -o remount,rw %s", tracefs);
	if (err == EROFS)
		answer_bar(a, remount, "%s is mounted read-only", tracefs);
	else if (err == EACCES || (err == EPERM && geteuid()))
		answer_bar(a, "try sudo", "only root may create an instance in %s", tracefs);
	else if (err == EPERM)
		answer_bar(a, "boot without lockdown=confidentiality", "kernel lockdown forbids instances in %s", tracefs);
	else if (err == ENOENT)
		answer_absent(a, "use v4.9 or later", "this kernel has no instances in %s", tracefs);
	else if (err == ENOMEM)
		answer_bar(a, "free memory", "cannot create an instance in %s: the kernel is out of memory", tracefs);
	else
		answer_bar(a, "see `v7scope doctor`", "cannot create an instance in %s: %s", tracefs, strerror(err));
}

void tracefs_usable(const char *tracefs, struct source_answer *a)
{
	char path[320];

	snprintf(path, sizeof(path), "%s/instances", tracefs);
	if (access(path, W_OK | X_OK))
		explain(errno, tracefs, a);
}

/*
 * Without file locks, the pid in the name tells. The pid may be another pid
 * namespace's, but the kernel does not remove an instance with open files.
 */
static bool has_ended(const char *name)
{
	pid_t pid = atoi(name + strlen(PREFIX));

	return pid > 0 && kill(pid, 0) && errno == ESRCH;
}

/*
 * True if an instance is stale. Its creator holds a lock on it, which the
 * kernel releases when the process ends. This works across pid namespaces.
 */
static bool is_left(int all, const char *name)
{
	int dir;
	bool left;

	if (strncmp(name, PREFIX, strlen(PREFIX)))
		return false;
	dir = openat(all, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	left = dir >= 0 && (!flock(dir, LOCK_EX | LOCK_NB) ||
			    (errno == ENOSYS && has_ended(name)));
	if (dir >= 0)
		close(dir);
	return left;
}

static DIR *open_all(int all)
{
	int fd = openat(all, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d && fd >= 0)
		close(fd);
	return d;
}

static void clear_all(int all)
{
	DIR *d = open_all(all);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (is_left(all, e->d_name))
			unlinkat(all, e->d_name, AT_REMOVEDIR);
	if (d)
		closedir(d);
}

int tracefs_instances_left(const char *tracefs, char *names, size_t size)
{
	struct dirent *e;
	char path[320];
	size_t len = 0;
	int all, n = 0;
	DIR *d;

	*names = 0;
	snprintf(path, sizeof(path), "%s/instances", tracefs);
	all = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = all < 0 ? NULL : open_all(all);
	/*
	 * Wait until no instance is being created or examined: both affect
	 * locks.
	 */
	if (all >= 0)
		flock(all, LOCK_EX);
	while (d && (e = readdir(d))) {
		if (!is_left(all, e->d_name))
			continue;
		if (len < size)
			len += snprintf(names + len, size - len, "%s%s",
					n ? " " : "", e->d_name);
		n++;
	}
	if (all >= 0)
		close(all);
	if (!d)
		return -1;
	closedir(d);
	return n;
}

/* Create the directory. Another pid namespace may have taken the name. */
static int make(struct instance *i)
{
	unsigned int n;

	for (n = 0; n < 16; n++) {
		snprintf(i->name, sizeof(i->name), PREFIX "%d", getpid());
		if (n)
			snprintf(i->name, sizeof(i->name), PREFIX "%d.%u",
				 getpid(), n);
		if (!mkdirat(i->all, i->name, 0700))
			return 0;
		if (errno != EEXIST)
			break;
	}
	return -1;
}

int tracefs_instance_make(struct instance *i, const char *tracefs)
{
	struct source_answer a = { 0 };
	char path[320];
	int err = 0;

	*i = (struct instance){ .dir = -1 };
	snprintf(path, sizeof(path), "%s/instances", tracefs);
	i->all = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (i->all < 0) {
		explain(errno, tracefs, &a);
		answer_explain(&a, "ftrace");
		return -1;
	}
	/* Keep others from examining our instance before it is locked. */
	flock(i->all, LOCK_EX);
	clear_all(i->all);
	if (make(i))
		err = errno;
	else
		i->dir = openat(i->all, i->name,
				O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (i->dir < 0 && !err) {
		err = errno;
		unlinkat(i->all, i->name, AT_REMOVEDIR);
	}
	if (i->dir >= 0)
		flock(i->dir, LOCK_EX | LOCK_NB);
	flock(i->all, LOCK_UN);
	if (!err)
		return 0;
	close(i->all);
	i->all = -1;
	explain(err, tracefs, &a);
	answer_explain(&a, "ftrace");
	return -1;
}

void tracefs_instance_remove(struct instance *i)
{
	if (i->all < 0)
		return;
	if (unlinkat(i->all, i->name, AT_REMOVEDIR))
		err_print("cannot remove the tracefs instance %s (%s): rmdir it, or leave it to the next v7scope",
			  i->name, strerror(errno));
	close(i->dir);
	close(i->all);
	i->all = i->dir = -1;
}
