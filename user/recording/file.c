// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/err.h"
#include "file.h"

/* Free bytes required on a disk that was full, before writing resumes. */
#define RESUME (1ULL << 20)

int recfile_put(struct recfile *f, const uint8_t *bytes, size_t size)
{
	size_t done = 0;
	ssize_t n;

	if (f->fd < 0)
		return ENOENT;
	if (f->plan->keep_last && f->bytes + size > f->plan->keep_last) {
		/* Cut off the remains of a longer lap. */
		if (ftruncate(f->fd, f->bytes))
			return errno;
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
		return 0;
	}
	n = n ? errno : EIO;
	/* Remove the partial block; in a ring, readers skip it. */
	if (!f->stream && !f->plan->keep_last && ftruncate(f->fd, f->bytes))
		n = errno;
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
			 (unsigned long long)f->files + 1);
	else
		snprintf(f->path, sizeof(f->path), "%s", f->plan->path);
}

/* Create the file; the next reading writes all counters to it. */
static int create(struct recfile *f, bool force)
{
	struct stat st;
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY;

	/* Pipes and devices lose nothing: open them without O_EXCL. */
	if (!stat(f->path, &st) && !S_ISREG(st.st_mode))
		flags &= ~O_CREAT;
	else
		flags |= force ? O_TRUNC : O_EXCL;
	f->fd = open(f->path, flags, 0644);
	if (f->fd < 0)
		return errno;
	f->stream = lseek(f->fd, 0, SEEK_CUR) < 0 ||
		    (!fstat(f->fd, &st) && !S_ISREG(st.st_mode));
	f->bytes = 0;
	f->fresh = true;
	f->files++;
	return 0;
}

int recfile_open(struct recfile *f, const struct recorder_plan *plan)
{
	int err;

	*f = (struct recfile){ .plan = plan, .fd = -1 };
	name_file(f);
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
	err = create(f, f->plan->force);
	if (!err)
		return 0;
	err_print("cannot create '%s': %s%s", f->path, strerror(err),
		 err == EEXIST ? "; --force overwrites it" : "");
	return -1;
}

int recfile_close(struct recfile *f)
{
	int err = 0;

	if (f->fd < 0)
		return 0;
	/* Pipes and read-only files cannot sync. */
	if (fsync(f->fd) && errno != EINVAL && errno != EROFS)
		err = errno;
	if (close(f->fd) && !err)
		err = errno;
	f->fd = -1;
	if (err)
		err_print("cannot sync '%s' to disk: %s", f->path,
			 strerror(err));
	return err ? -1 : 0;
}

static void remove_oldest(const struct recfile *f)
{
	char path[PATH_MAX];

	if (!f->plan->files || f->files <= f->plan->files)
		return;
	snprintf(path, sizeof(path), "%s.%04llu", f->plan->path,
		 (unsigned long long)(f->files - f->plan->files));
	if (unlink(path) && errno != ENOENT)
		err_print("cannot remove '%s': %s", path, strerror(errno));
}

void recfile_next(struct recfile *f)
{
	int err;

	name_file(f);
	err = create(f, f->plan->force);
	if (err) {
		err_print("cannot create '%s': %s; will retry every second",
			 f->path, strerror(err));
		f->failed = true;
		return;
	}
	remove_oldest(f);
}

void recfile_look(struct recfile *f)
{
	struct stat st;

	if (f->fd >= 0) {
		if (f->stream || fstat(f->fd, &st) || st.st_nlink)
			return;
		err_print("'%s' was removed, and its events are lost; recording continues in a new file", f->path);
		close(f->fd);
		f->fd = -1;
		f->files -= !!f->plan->rotate;
		f->failed = true;
	}
	recfile_next(f);
}

void recfile_writeback(const struct recfile *f)
{
	if (f->fd >= 0 && !f->stream)
		sync_file_range(f->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}
