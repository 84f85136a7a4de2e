// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "lib/err.h"
#include "lib/util.h"
#include "past_file.h"

/* The rings follow the header, which has a page. */
enum { HEADER = 4096, VERSION_NOW = 1 };

/* Points of more than a day ago are not loaded. */
#define A_DAY (86400 * SECOND)

struct header {
	char magic[16];
	uint32_t version, record, figures, hists, buckets, devices, name;
	uint32_t ring[PAST_RINGS];
};

static const uint32_t sizes[PAST_RINGS] = {
	[PAST_BY_SECOND] = PAST_SECONDS, [PAST_BY_MINUTE] = PAST_MINUTES,
};

static const struct header ours = {
	.magic = "v7scope history",
	.version = VERSION_NOW, .record = sizeof(struct past_record),
	.figures = PAST_FIGURES, .hists = V7S_HISTS, .buckets = V7S_BUCKETS,
	.devices = PAST_BUSIEST, .name = PAST_NAME,
	.ring = { PAST_SECONDS, PAST_MINUTES },
};

enum { POINTS = PAST_SECONDS + PAST_MINUTES };

#define FILE_SIZE (HEADER + (off_t)POINTS * (off_t)sizeof(struct past_record))

_Static_assert(10 * FILE_SIZE <= 52 << 20, "user/man/v7scope-serve.1 says 5.2 MiB");
_Static_assert(sizeof(struct past_record) % 8 == 0, "no room that no field has");

struct past_file {
	const char *path;
	int fd;
	bool headed;		/* the header is written */
	bool failing[PAST_RINGS];	/* the last write failed, which was reported */
	uint64_t seq[PAST_RINGS];	/* last one written */
};

static uint32_t crc_of(const struct past_record *r)
{
	return crc32(0, (const unsigned char *)r + sizeof(r->crc),
		     sizeof(*r) - sizeof(r->crc));
}

/* Returns 0 or an errno. */
static int write_at(const struct past_file *f, off_t at, const void *p, size_t size)
{
	ssize_t n;

	do
		n = pwrite(f->fd, p, size, at);
	while (n < 0 && errno == EINTR);
	/* The next write would say why this one stopped early. */
	return n == (ssize_t)size ? 0 : n < 0 ? errno : ENOSPC;
}

static off_t place(enum past_ring ring, uint64_t seq)
{
	const uint64_t before = ring == PAST_BY_MINUTE ? PAST_SECONDS : 0;

	return HEADER + (before + seq % sizes[ring]) * sizeof(struct past_record);
}

enum kind { EMPTY, OURS, OTHER_VERSION, FOREIGN };

/* After a power loss, a new file may have its size and no contents yet. */
static bool is_blank(const char *page, off_t size)
{
	static const char none[HEADER];

	return size <= FILE_SIZE && !memcmp(page, none, sizeof(none));
}

/* Returns an enum kind; or -1 with an error printed. */
static int kind_of(const struct past_file *f)
{
	char page[HEADER] = { 0 };
	struct stat st;
	struct header h;

	if (fstat(f->fd, &st) || pread(f->fd, page, sizeof(page), 0) < 0) {
		err_print("cannot read the history %s: %s", f->path, strerror(errno));
		return -1;
	}
	if (is_blank(page, st.st_size))
		return EMPTY;
	memcpy(&h, page, sizeof(h));
	if (memcmp(h.magic, ours.magic, sizeof(h.magic)))
		return FOREIGN;
	return memcmp(&h, &ours, sizeof(h)) ? OTHER_VERSION : OURS;
}

static const char *advice(int err)
{
	switch (err) {
	case ENOENT:
		return "; create the folder first, or set StateDirectory= in the unit";
	case EACCES:
	case EPERM:
	case EROFS:
		return "; choose a file that the user of v7scope may write";
	default:
		return "";
	}
}

static bool is_regular(const struct stat *st, const char *path)
{
	if (!S_ISREG(st->st_mode))
		err_print("the history %s is not a regular file: choose another file with --history", path);
	return S_ISREG(st->st_mode);
}

static bool lock(int fd, const char *path)
{
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return true;
	if (errno == EWOULDBLOCK)
		err_print("another v7scope writes the history %s: choose another file with --history", path);
	else
		err_print("cannot lock the history %s: %s", path, strerror(errno));
	return false;
}

/* Opening a device may have an effect, so look before. */
static int open_file(const char *path)
{
	struct stat st;
	int fd;

	if (!stat(path, &st) && !is_regular(&st, path))
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	if (fd < 0) {
		err_print("cannot open the history %s: %s%s", path, strerror(errno),
			  advice(errno));
		return -1;
	}
	/* It may be another one since. */
	if (fstat(fd, &st))
		err_print("cannot read the history %s: %s", path, strerror(errno));
	else if (is_regular(&st, path) && lock(fd, path))
		return fd;
	close(fd);
	return -1;
}

/* Renames a file of another version, and begins a new one. Returns false without one. */
static bool replace(struct past_file *f)
{
	char *old;
	int fd;

	if (asprintf(&old, "%s.old", f->path) < 0) {
		err_warn("out of memory; serve goes on without --history");
		return false;
	}
	if (rename(f->path, old)) {
		err_warn("the history %s is that of another version of v7scope and cannot be renamed to %s: %s; serve goes on without --history",
			 f->path, old, strerror(errno));
		free(old);
		return false;
	}
	err_warn("the history %s is that of another version of v7scope: it is now %s, and a new one begins",
		 f->path, old);
	free(old);
	fd = open_file(f->path);
	if (fd < 0) {
		err_warn("serve goes on without --history");
		return false;
	}
	/* The old file was locked until now. */
	close(f->fd);
	f->fd = fd;
	return true;
}

static int put_header(struct past_file *f)
{
	char page[HEADER] = { 0 };
	int err;

	if (f->headed)
		return 0;
	memcpy(page, &ours, sizeof(ours));
	err = write_at(f, 0, page, sizeof(page));
	f->headed = !err;
	return err;
}

static void make_private(const struct past_file *f)
{
	if (fchmod(f->fd, 0600))
		err_warn("cannot set the permissions of the history %s: %s", f->path,
			 strerror(errno));
}

/*
 * A disk that is full later then has room for all points. The sandbox forbids to wait
 * for the disk, so it is done here once.
 */
static void reserve(struct past_file *f)
{
	int err = put_header(f);

	if (!err)
		err = posix_fallocate(f->fd, 0, FILE_SIZE);
	if (fdatasync(f->fd) && !err)
		err = errno;
	if (err)
		err_warn("cannot reserve %ld KiB for the history %s: %s; points are written as long as there is room",
			 (long)(FILE_SIZE >> 10), f->path, strerror(err));
}

/* Returns 1: use the file; 0: go on without it; -1: an error was printed. */
static int prepare(struct past_file *f)
{
	f->fd = open_file(f->path);
	if (f->fd < 0)
		return -1;
	switch (kind_of(f)) {
	case OURS:
		f->headed = true;
		break;
	case EMPTY:
		make_private(f);
		break;
	case OTHER_VERSION:
		if (!replace(f))
			return 0;
		break;
	case FOREIGN:
		err_print("%s is not a history of v7scope and stays as it is: choose another file with --history", f->path);
		return -1;
	default:
		return -1;
	}
	reserve(f);
	return 1;
}

int past_file_open(const char *path, struct past_file **file)
{
	struct past_file *f = calloc(1, sizeof(*f));
	int ret;

	*file = NULL;
	if (!f) {
		err_print("out of memory");
		return -1;
	}
	f->path = path;
	ret = prepare(f);
	if (ret > 0) {
		*file = f;
		return 0;
	}
	past_file_close(f);
	return ret;
}

struct found {
	uint64_t end, seq;
};

static int by_end(const void *a, const void *b)
{
	const uint64_t x = ((const struct found *)a)->end;
	const uint64_t y = ((const struct found *)b)->end;

	return x < y ? -1 : x > y;
}

/* Reads the record of @slot. Returns its seq; 0: none; UINT64_MAX: damaged. */
static uint64_t get(const struct past_file *f, enum past_ring ring, uint64_t slot,
		    struct past_record *r)
{
	unsigned int i;

	/* Behind the end of the file there is nothing. */
	memset(r, 0, sizeof(*r));
	if (pread(f->fd, r, sizeof(*r), place(ring, slot)) < 0)
		return UINT64_MAX;
	if (!r->seq && !r->crc && !r->end)
		return 0;
	if (r->crc != crc_of(r) || !r->seq || r->seq == UINT64_MAX ||
	    r->seq % sizes[ring] != slot || r->begin >= r->end ||
	    r->devices > PAST_BUSIEST)
		return UINT64_MAX;
	for (i = 0; i < r->devices; i++)
		if (r->name[i][PAST_NAME - 1])
			return UINT64_MAX;
	return r->seq;
}

uint64_t past_file_newest(const struct past_file *f)
{
	uint64_t newest = 0, last = 0, seq, slot;
	struct past_record r;
	enum past_ring ring;

	/* Each minute ends with a second, so minutes count only without seconds. */
	for (ring = 0; ring < PAST_RINGS && !last; ring++)
		for (slot = 0; slot < sizes[ring]; slot++) {
			seq = get(f, ring, slot, &r);
			if (seq == UINT64_MAX || seq <= last)
				continue;
			last = seq;
			newest = r.end;
		}
	return newest;
}

static bool of_day(const struct past_record *r, uint64_t now)
{
	return r->end <= now && now - r->begin < A_DAY;
}

bool past_file_has(const struct past_file *f, uint64_t now)
{
	struct past_record r;
	enum past_ring ring;
	uint64_t seq, slot;

	for (ring = 0; ring < PAST_RINGS; ring++)
		for (slot = 0; slot < sizes[ring]; slot++) {
			seq = get(f, ring, slot, &r);
			if (seq && seq != UINT64_MAX && of_day(&r, now))
				return true;
		}
	return false;
}

/* The points of the day before @now, by time: the clock may have been set. */
static size_t find(struct past_file *f, enum past_ring ring, uint64_t now,
		   struct found *found)
{
	unsigned int damaged = 0;
	struct past_record r;
	uint64_t seq, slot;
	size_t n = 0;

	for (slot = 0; slot < sizes[ring]; slot++) {
		seq = get(f, ring, slot, &r);
		if (!seq)
			continue;
		if (seq == UINT64_MAX) {
			damaged++;
			continue;
		}
		if (seq > f->seq[ring])
			f->seq[ring] = seq;
		if (of_day(&r, now))
			found[n++] = (struct found){ r.end, seq };
	}
	qsort(found, n, sizeof(*found), by_end);
	if (damaged)
		err_warn("damaged points left out of the history %s: %u", f->path, damaged);
	return n;
}

void past_file_load(struct past_file *f, enum past_ring ring, uint64_t now,
		    void (*take)(const struct past_record *r, void *arg), void *arg)
{
	struct found found[PAST_MINUTES];
	const size_t n = find(f, ring, now, found);
	struct past_record r;
	uint64_t last = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		get(f, ring, found[i].seq % sizes[ring], &r);
		if (r.begin < last)
			r.begin = last;
		if (r.begin >= r.end)
			continue;
		last = r.end;
		take(&r, arg);
	}
}

static bool fails(const struct past_file *f)
{
	return f->failing[PAST_BY_SECOND] || f->failing[PAST_BY_MINUTE];
}

void past_file_put(struct past_file *f, enum past_ring ring, struct past_record *r)
{
	const bool failed = fails(f);
	int err = put_header(f);

	r->seq = ++f->seq[ring];
	r->crc = crc_of(r);
	if (!err)
		err = write_at(f, place(ring, r->seq), r, sizeof(*r));
	f->failing[ring] = err;
	if (err && !failed)
		err_warn("cannot write the history %s: %s; serve goes on and tries again with each point", f->path, strerror(err));
	else if (failed && !fails(f))
		err_info("the history %s is written again", f->path);
}

void past_file_close(struct past_file *f)
{
	if (!f)
		return;
	if (f->fd >= 0)
		close(f->fd);
	free(f);
}
