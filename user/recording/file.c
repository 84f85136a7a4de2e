// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/num.h"
#include "file.h"

/* Free bytes required on a disk that was full, before writing resumes. */
#define RESUME (1ULL << 20)
/* Highest number of a rotated file. */
#define NUMBER_MAX 1000000000000ULL

static int put_tail(struct tail *tail, const uint8_t *bytes, size_t size)
{
	uint8_t *more = realloc(tail->bytes, tail->size + size);

	if (!more)
		return ENOMEM;
	memcpy(more + tail->size, bytes, size);
	tail->bytes = more;
	tail->size += size;
	return 0;
}

/* Read @size bytes at @at; -1: errno says why. */
static int get(const struct recfile *f, uint8_t *to, size_t size, uint64_t at)
{
	size_t done;
	ssize_t n;

	for (done = 0; done < size; done += n) {
		n = pread(f->fd, to + done, size - done, at + done);
		if (n > 0)
			continue;
		if (!n)
			errno = EIO;
		return -1;
	}
	return 0;
}

uint8_t *recfile_copy(const struct recfile *f, const struct tail *tail,
		      size_t *len)
{
	const size_t newest = f->bytes, rest = f->end - f->bytes;
	uint8_t *copy = malloc(newest + tail->size + rest);

	if (!copy)
		return NULL;
	if (get(f, copy, newest, 0) ||
	    get(f, copy + newest + tail->size, rest, newest)) {
		free(copy);
		return NULL;
	}
	memcpy(copy + newest, tail->bytes, tail->size);
	*len = newest + tail->size + rest;
	return copy;
}

int recfile_put(struct recfile *f, const uint8_t *bytes, size_t size)
{
	size_t done = 0;
	ssize_t n;

	if (f->tail)
		return put_tail(f->tail, bytes, size);
	if (f->fd < 0)
		return ENOENT;
	if (f->plan->keep_last && f->bytes + size > f->plan->keep_last) {
		/* Cut off the remains of a longer lap. */
		if (ftruncate(f->fd, f->bytes))
			return errno;
		f->end = f->bytes;
		f->bytes = 0;
	}
	while (done < size) {
		if (f->stream)
			n = write(f->fd, bytes + done, size - done);
		else
			n = pwrite(f->fd, bytes + done, size - done,
				   f->bytes + done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += n;
	}
	if (done == size) {
		f->bytes += size;
		f->written += size;
		if (f->bytes > f->end)
			f->end = f->bytes;
		return 0;
	}
	n = n ? errno : EIO;
	/*
	 * Remove the partial block. In a ring, complete blocks may follow it;
	 * there the readers skip it.
	 */
	if (!f->stream && f->bytes + done >= f->end) {
		if (ftruncate(f->fd, f->bytes))
			n = errno;
		f->end = f->bytes;
	}
	return n;
}

bool recfile_may_resume(const struct recfile *f)
{
	struct statvfs fs;

	return f->fd >= 0 && (f->stream || fstatvfs(f->fd, &fs) ||
			      (uint64_t)fs.f_bavail * fs.f_frsize >= RESUME);
}

static void name_file(struct recfile *f)
{
	if (f->plan->rotate)
		snprintf(f->path, sizeof(f->path), "%s.%04llu", f->plan->path,
			 (unsigned long long)f->number);
	else
		snprintf(f->path, sizeof(f->path), "%s", f->plan->path);
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static DIR *open_folder(const char *path)
{
	char folder[PATH_MAX];
	size_t length = base_of(path) - path;

	snprintf(folder, sizeof(folder), "%.*s", (int)length, path);
	return opendir(length ? folder : ".");
}

/* The number in the name of a rotated file of ours; 0: another file. */
static uint64_t number_of(const struct recfile *f, const char *name)
{
	const char *base = base_of(f->plan->path);
	size_t length = strlen(base);
	char same[NAME_MAX + 32];
	uint64_t n;

	if (strncmp(name, base, length) || name[length] != '.' ||
	    !num_parse(name + length + 1, 1, NUMBER_MAX, &n))
		return 0;
	snprintf(same, sizeof(same), "%s.%04llu", base, (unsigned long long)n);
	return strcmp(name, same) ? 0 : n;
}

/*
 * Find the highest number among the rotated files, also of earlier runs, and
 * remove the files up to number @remove. -1: errno says why.
 */
static int look_at_files(const struct recfile *f, uint64_t remove,
			 uint64_t *highest)
{
	DIR *dir = open_folder(f->plan->path);
	struct dirent *entry;
	uint64_t n;

	*highest = 0;
	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		n = number_of(f, entry->d_name);
		if (n > *highest)
			*highest = n;
		if (n && n <= remove && unlinkat(dirfd(dir), entry->d_name, 0) &&
		    errno != ENOENT)
			err_print("cannot remove '%s': %s", entry->d_name,
				  strerror(errno));
	}
	closedir(dir);
	return 0;
}

/* Choose the number behind the highest number, whichever run made that file. */
static int next_number(struct recfile *f)
{
	uint64_t highest;
	int err;

	if (!f->plan->rotate)
		return 0;
	err = look_at_files(f, 0, &highest) ? errno : 0;
	if (highest > f->number)
		f->number = highest;
	f->number++;
	return err;
}

static void remove_oldest(const struct recfile *f)
{
	uint64_t highest;

	if (f->plan->files && f->number > f->plan->files)
		look_at_files(f, f->number - f->plan->files, &highest);
}

/* Writing to a block device destroys its data; a FIFO waits for a reader. */
static bool needs_force(const struct stat *st)
{
	return S_ISBLK(st->st_mode) || S_ISFIFO(st->st_mode);
}

/* Lock a file while it is open. Some file systems have no locks: go on. */
static bool is_locked(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
}

/* Open or create the file. Returns a descriptor, or the negated errno. */
static int open_file(const char *path, bool force)
{
	const int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY;
	struct stat st;
	int fd, err = 0;

	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		if (needs_force(&st) && !force)
			return -ENOTSUP;
		/* A block device that is mounted stays as it is: EBUSY. */
		fd = open(path, flags | (S_ISBLK(st.st_mode) ? O_EXCL : 0));
		return fd < 0 ? -errno : fd;
	}
	/* Addresses and names of tasks are not for everyone. */
	fd = open(path, flags | O_CREAT | O_EXCL, 0600);
	if (fd >= 0) {
		/* Nobody else writes to a new file, but one may look at its lock. */
		flock(fd, LOCK_EX);
		return fd;
	}
	if (errno == EEXIST) {
		err = force ? 0 : EEXIST;
		fd = open(path, flags);
	}
	if (fd < 0)
		return err ? -err : -errno;
	/* Truncate behind the lock: another recorder may write to the file. */
	if (is_locked(fd))
		err = EWOULDBLOCK;
	else if (!err && ftruncate(fd, 0))
		err = errno;
	if (err) {
		close(fd);
		return -err;
	}
	/* The mode of an overwritten file. File systems without modes refuse this. */
	fchmod(fd, 0600);
	return fd;
}

/* Create the file; the next reading writes all counters to it. */
static int create(struct recfile *f)
{
	struct stat st;
	int fd;

	fd = open_file(f->path, f->plan->force && !f->plan->rotate);
	if (fd < 0)
		return -fd;
	f->fd = fd;
	f->stream = lseek(f->fd, 0, SEEK_CUR) < 0 ||
		    (!fstat(f->fd, &st) && !S_ISREG(st.st_mode));
	f->bytes = f->end = 0;
	f->fresh = true;
	f->files++;
	remove_oldest(f);
	return 0;
}

/* The newest rotated file is open in the recorder that writes to it. */
static bool is_recorded(const struct recfile *f)
{
	char path[PATH_MAX + 32];
	uint64_t highest;
	bool locked;
	int fd;

	if (!f->plan->rotate || look_at_files(f, 0, &highest) || !highest)
		return false;
	snprintf(path, sizeof(path), "%s.%04llu", f->plan->path,
		 (unsigned long long)highest);
	/* Over NFS, the lock needs a descriptor that can write. */
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	locked = fd >= 0 && is_locked(fd);
	if (fd >= 0)
		close(fd);
	return locked;
}

static void print_refusal(const struct recfile *f, int err)
{
	if (err == EWOULDBLOCK)
		err_print("cannot record to '%s': another v7scope records to it; give another file with -o",
			  f->plan->path);
	else if (err == ENOTSUP)
		err_print("cannot record to '%s': this is a block device or a FIFO; --force writes to it",
			  f->path);
	else
		err_print("cannot create '%s': %s%s", f->path, strerror(err),
			  err == EEXIST && !f->plan->rotate ? "; --force overwrites it" :
			  err == EBUSY ? "; unmount the device first" : "");
}

int recfile_open(struct recfile *f, const struct recorder_plan *plan)
{
	int err;

	*f = (struct recfile){ .plan = plan, .fd = -1 };
	name_file(f);
	if (plan->memory) {
		f->fd = memfd_create("v7scope recording", MFD_CLOEXEC);
		f->files = 1;
		f->fresh = true;
		if (f->fd < 0)
			err_print("cannot keep events in memory: %s", strerror(errno));
		return f->fd < 0 ? -1 : 0;
	}
	if (!strcmp(f->plan->path, "-")) {
		f->fd = dup(STDOUT_FILENO);
		f->stream = true;
		f->files = 1;
		f->fresh = true;
		if (isatty(f->fd)) {
			err_print("cannot record to a terminal: give a file with -o, or pipe the output");
			return -1;
		}
		return 0;
	}
	err = is_recorded(f) ? EWOULDBLOCK : next_number(f);
	name_file(f);
	if (!err)
		err = create(f);
	if (!err)
		return 0;
	print_refusal(f, err);
	return -1;
}

int recfile_close(struct recfile *f)
{
	int err = 0;

	if (f->fd < 0)
		return 0;
	/* Pipes and read-only files cannot sync. */
	if (!f->plan->memory && fsync(f->fd) && errno != EINVAL && errno != EROFS)
		err = errno;
	if (close(f->fd) && !err)
		err = errno;
	f->fd = -1;
	if (err)
		err_print("cannot sync '%s' to disk: %s", f->path,
			 strerror(err));
	return err ? -1 : 0;
}

void recfile_next(struct recfile *f)
{
	int err = next_number(f);

	name_file(f);
	if (!err)
		err = create(f);
	if (!err)
		return;
	err_print("cannot create '%s': %s; will retry every second", f->path,
		  strerror(err));
	f->number -= !!f->plan->rotate;
	f->failed = true;
}

void recfile_look(struct recfile *f)
{
	struct stat st;

	if (f->fd >= 0) {
		if (f->stream || f->plan->memory || fstat(f->fd, &st) ||
		    st.st_nlink)
			return;
		err_print("'%s' was removed, and its events are lost; recording continues in a new file", f->path);
		close(f->fd);
		f->fd = -1;
		f->files -= !!f->plan->rotate;
		f->number -= !!f->plan->rotate;
		f->failed = true;
	}
	recfile_next(f);
}

void recfile_writeback(const struct recfile *f)
{
	if (f->fd >= 0 && !f->stream && !f->plan->memory)
		sync_file_range(f->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}
