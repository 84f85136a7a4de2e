// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/util.h"
#include "model/past.h"
#include "model/past_file.h"
#include "output/json_past.h"
#include "said.h"

/* The clock of the past begins EPOCH seconds after 1970. */
enum { DEVICES = 64, START = 1000000, EPOCH = 1600000000 };

static char names[DEVICES][16];
static struct row rows[DEVICES];
static struct report report;

/* Device i has i + 1 installs a second, one in bucket 5 of the race window. */
static void reset(size_t devices)
{
	size_t i;

	memset(rows, 0, sizeof(rows));
	memset(&report, 0, sizeof(report));
	report.devices = rows;
	report.ndevices = devices;
	for (i = 0; i < devices; i++) {
		snprintf(names[i], sizeof(names[i]), "dev%zu", i);
		rows[i].dev = names[i];
	}
}

static void second(struct past *h, uint64_t at)
{
	size_t i;

	for (i = 0; i < report.ndevices; i++) {
		rows[i].c.e.install[0][0] += i + 1;
		rows[i].c.hist[0].bucket[5]++;
		rows[i].c.hist[1].bucket[31]++;
		report.total.c.e.install[0][0] += i + 1;
		report.total.c.hist[0].bucket[5]++;
	}
	past_add(h, at * SECOND, (at + EPOCH) * SECOND, &report);
}

struct seen {
	uint64_t n, installs, bucket, end, longest;
	unsigned int devices;
	uint32_t busy;
};

static void see(const struct past_span *s, void *arg)
{
	struct seen *seen = arg;

	assert_true(s->begin < s->end);
	/* No point overlaps the one before. */
	assert_true(s->begin >= seen->end);
	seen->n++;
	seen->installs += s->total.n[PAST_INSTALLS];
	seen->bucket += s->total.bucket[0][5];
	seen->end = s->end;
	seen->busy |= s->busy;
	if (s->end - s->begin > seen->longest)
		seen->longest = s->end - s->begin;
	seen->devices = __builtin_popcount(s->busy);
}

static struct seen walk(const struct past *h, uint64_t from, uint64_t to,
			uint64_t step)
{
	struct seen seen = { 0 };

	past_walk(h, from * SECOND, to * SECOND, step * SECOND, see, &seen);
	return seen;
}

static void sums(void **state)
{
	struct past *h = past_new();
	struct seen s;
	int i;

	(void)state;
	reset(6);
	for (i = 0; i <= 3600; i++)
		second(h, START + i);
	/* The first reading is only what others are compared with. */
	assert_int_equal(past_oldest(h), START * SECOND);
	s = walk(h, START, START + 3600, 1);
	assert_int_equal(s.installs, 3600 * 21);
	assert_int_equal(s.bucket, 3600 * 6);
	assert_int_equal(s.end, (START + 3600) * SECOND);
	s = walk(h, START, START + 3600, 60);
	assert_int_equal(s.n, 60);
	assert_int_equal(s.installs, 3600 * 21);
	assert_int_equal(s.devices, PAST_BUSIEST);
	assert_int_equal(s.busy, 0x3c);
	s = walk(h, START + 3600 - 600, START + 3600, 1);
	assert_int_equal(s.n, 600);
	assert_int_equal(s.longest, SECOND);
	s = walk(h, START + 3600 - 600, START + 3600, 10);
	assert_int_equal(s.n, 60);
	assert_int_equal(s.installs, 600 * 21);
	past_free(h);
}

/* A pause between readings makes one long point, and fast readings make no more points. */
static void pauses(void **state)
{
	struct past *h = past_new();
	struct seen s;

	(void)state;
	reset(1);
	second(h, START);
	second(h, START + 1);
	past_add(h, (START + 1) * SECOND + SECOND / 10, 0, &report);
	second(h, START + 31);
	s = walk(h, START, START + 31, 1);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.installs, 2);
	assert_int_equal(s.longest, 30 * SECOND);
	past_free(h);
}

static size_t resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long all, now;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lu %lu", &all, &now), 2);
	fclose(f);
	return now * sysconf(_SC_PAGESIZE);
}

/* Length of an answer, with all durations of all devices. */
static size_t printed(const struct past *h, const char *query)
{
	const uint64_t now = START + 25 * 3600;
	struct past_clock clock = { .now = now * SECOND };
	struct visibility all;
	struct past_query q;
	char why[128], *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	memset(&all, true, sizeof(all));
	assert_non_null(f);
	assert_null(past_query(query, now, past_oldest(h) / SECOND, &q, why));
	json_past(f, h, &q, &clock, &all);
	fclose(f);
	free(text);
	return len;
}

static void day(void **state)
{
	const size_t before = resident();
	struct past *h = past_new();
	struct seen s;
	int i;

	(void)state;
	reset(DEVICES);
	for (i = 0; i <= 25 * 3600; i++)
		second(h, START + i);
	s = walk(h, 0, START + 25 * 3600, 60);
	assert_in_range(s.n, 1440, 1441);
	assert_in_range(resident() - before, 1, 6 << 20);
	assert_in_range(printed(h, "from=1"), 1440 * 500, 4 << 20);
	past_free(h);
}

static char folder[] = "/tmp/past_test.XXXXXX", path[64];

static int make_folder(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/history", mkdtemp(folder));
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

/* Another file takes the place of the one that was looked at. */
static bool swapped;

int stat(const char *name, struct stat *st)
{
	const int ret = fstatat(AT_FDCWD, name, st, 0);

	if (swapped)
		st->st_mode = S_IFREG;
	return ret;
}

/* Size and beginning of the last file of which the disk has all. */
static off_t synced;
static char on_disk[16];

int fdatasync(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	synced = st.st_size;
	return pread(fd, on_disk, sizeof(on_disk), 0) < 0;
}

/* A past of the server that starts at @at. NULL: refused, see said. */
static struct past *kept(uint64_t at)
{
	struct past *h = past_new();

	say_begin();
	if (past_keep(h, path, at * SECOND, (at + EPOCH) * SECOND)) {
		past_free(h);
		h = NULL;
	}
	say_end();
	return h;
}

static struct past *kept_quietly(uint64_t at)
{
	struct past *h = kept(at);

	if (!h || *said)
		fail_msg("said: %s", said);
	return h;
}

/* A server counts from zero again, and knows the devices in another order. */
static void restarted(void **state)
{
	struct past *h = kept_quietly(START);
	struct stat st;
	struct seen s;
	int i;

	(void)state;
	reset(3);
	for (i = 0; i <= 1000; i++)
		second(h, START + i);
	past_free(h);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);

	h = kept_quietly(START + 1100);
	s = walk(h, START, START + 1100, 1);
	assert_int_equal(s.installs, 1000 * 6);
	assert_int_equal(s.bucket, 1000 * 3);
	assert_int_equal(s.end, (START + 1000) * SECOND);
	assert_int_equal(s.busy, 7);
	/* Two minutes, as the ring of seconds has lost the first 100, and the seconds since. */
	assert_int_equal(s.n, 2 + 880);
	s = walk(h, START + 500, START + 1100, 1);
	assert_int_equal(s.n, 500);
	assert_int_equal(s.longest, SECOND);

	reset(2);
	strcpy(names[0], "dev2");
	strcpy(names[1], "new");
	for (i = 1100; i <= 1300; i++)
		second(h, START + i);
	s = walk(h, START + 950, START + 1300, 1);
	/* The time between the servers is in no point. */
	assert_int_equal(s.n, 50 + 200);
	assert_int_equal(s.longest, SECOND);
	assert_int_equal(s.installs, 50 * 6 + 200 * 3);
	assert_int_equal(s.busy, 0xf);
	assert_string_equal(past_name(h, 0), "dev2");
	assert_string_equal(past_name(h, 3), "new");
	/* Nor does a long step hide it. */
	s = walk(h, START + 900, START + 1300, 400);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.longest, 200 * SECOND);
	past_free(h);

	/* The minutes have the seconds of a minute that the end cut off. */
	h = kept_quietly(START + 1300 + 3600);
	reset(1);
	for (i = 4900; i <= 4900 + 900; i++)
		second(h, START + i);
	s = walk(h, START, START + 5800, 60);
	assert_int_equal(s.installs, 1000 * 6 + 200 * 3 + 900);
	past_free(h);
	unlink(path);
}

/* A boot later, the clock is less than the times of the last boot. */
static void rebooted(void **state)
{
	struct past *h = kept_quietly(START);
	struct seen s;
	int i;

	(void)state;
	reset(1);
	for (i = 0; i <= 100; i++)
		second(h, START + i);
	past_free(h);
	h = past_new();
	assert_int_equal(past_keep(h, path, 200000 * SECOND, (START + 200ULL + EPOCH) * SECOND), 0);
	s = walk(h, 0, 200000, 1);
	assert_int_equal(s.n, 100);
	assert_int_equal(s.end, (200000 - 100) * SECOND);
	past_free(h);
	/* A day later, nothing of it is shown. */
	h = kept_quietly(START + 90000);
	assert_int_equal(past_oldest(h), UINT64_MAX);
	past_free(h);
	h = kept_quietly(START + 101);
	assert_int_equal(past_oldest(h), START * SECOND);
	past_free(h);
	unlink(path);
}

/* The board's clock stands still while the board is off, and is set later. */
static void clock_set(void **state)
{
	struct past *h = kept_quietly(START);
	const uint64_t now = 200000, wrong = START + EPOCH - 50;
	struct seen s;
	uint64_t i;

	(void)state;
	reset(1);
	for (i = 0; i <= 100; i++)
		second(h, START + i);
	past_free(h);
	h = past_new();
	say_begin();
	assert_int_equal(past_keep(h, path, now * SECOND, wrong * SECOND), 0);
	assert_non_null(strstr(say_end(), "clock is behind the history"));
	for (i = 0; i <= 10; i++) {
		s = walk(h, 0, now + 1000, 1);
		assert_int_equal(s.n, 100 + i - (i > 0));
		assert_int_equal(past_oldest(h), (now - 100) * SECOND);
		past_add(h, (now + i) * SECOND, (wrong + i) * SECOND, &report);
	}
	/* Ten minutes since the last point of the run before. */
	past_add(h, (now + 11) * SECOND, (START + EPOCH + 100 + 600 + 11) * SECOND, &report);
	s = walk(h, 0, now - 600, 1);
	assert_int_equal(s.n, 100);
	assert_int_equal(s.end, (now - 600) * SECOND);
	assert_int_equal(past_oldest(h), (now - 700) * SECOND);
	assert_int_equal(walk(h, now - 600, now + 11, 1).n, 11);
	/* A little wrong */
	past_add(h, (now + 12) * SECOND, (START + EPOCH + 100 + 500 + 12) * SECOND, &report);
	assert_int_equal(past_oldest(h), (now - 600) * SECOND);
	/* Years: nothing is left of the last day. */
	past_add(h, (now + 13) * SECOND, (START + EPOCH + 100000000) * SECOND, &report);
	assert_int_equal(past_oldest(h), now * SECOND);
	assert_int_equal(walk(h, 0, now + 13, 1).n, 13);
	past_free(h);
	unlink(path);
}

static void run(uint64_t at)
{
	struct past *h = kept(at);
	int i;

	assert_non_null(h);
	reset(1);
	for (i = 0; i <= 100; i++)
		second(h, at + i);
	past_free(h);
}

/* The clock was in the future in an earlier run: true points are shown all the same. */
static void future(void **state)
{
	const uint64_t days = 10 * 86400;
	struct past *h;

	(void)state;
	run(START);
	run(START + days);
	h = kept(START + 200);
	assert_non_null(strstr(said, "points later than this machine's clock are left out"));
	assert_int_equal(walk(h, 0, START + 200, 1).n, 100);
	past_free(h);
	/* Two hours, and set before the end: the last points written are the true ones. */
	unlink(path);
	run(START + 7200);
	run(START);
	h = kept_quietly(START + 200);
	assert_int_equal(walk(h, 0, START + 200, 1).n, 100);
	assert_int_equal(walk(h, 0, START + 200, 1).end, (START + 100) * SECOND);
	past_free(h);
	unlink(path);
}

/* A board begins in 1970, and the points that it loaded are before. */
static void at_1970(void **state)
{
	const uint64_t now = 200000 * SECOND, date = 30 * SECOND;
	const struct past_clock clock = { .now = date, .offset = date - now };
	struct past *h;
	int i;

	(void)state;
	run(START);
	h = past_new();
	say_begin();
	assert_int_equal(past_keep(h, path, now, date), 0);
	say_end();
	assert_true(past_oldest(h) < now - date);
	assert_int_equal(past_since_1970(&clock, past_oldest(h)), 0);
	assert_int_equal(past_since_1970(&clock, now), date);
	/* A minute of this run would begin before 1970. */
	for (i = 0; i <= 70; i++)
		past_add(h, now + i * SECOND, date - 29 * SECOND + i * SECOND / 2, &report);
	past_free(h);
	h = kept(START + 200);
	assert_null(strstr(said, "damaged"));
	past_free(h);
	unlink(path);
}

/* Days, with a restart at odd times: the rings go round. */
static void rounds(void **state)
{
	uint64_t at = START, end;
	struct past *h;
	struct seen s;
	struct stat st;
	off_t size = 0;

	(void)state;
	for (end = at + 40000; end <= START + 200000; end += 40000) {
		h = kept_quietly(at);
		reset(2);
		for (; at <= end; at++)
			second(h, at);
		past_free(h);
		assert_int_equal(stat(path, &st), 0);
		assert_true(!size || st.st_size == size);
		size = st.st_size;
	}
	h = kept_quietly(at);
	s = walk(h, at - 601, at, 1);
	assert_int_equal(s.n, 600);
	assert_int_equal(s.installs, 600 * 3);
	s = walk(h, 0, at, 60);
	assert_in_range(s.n, 1435, 1445);
	past_free(h);
	unlink(path);
}

static void overwrite(off_t at, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY);

	assert_int_equal(pwrite(fd, bytes, size, at), size);
	close(fd);
}

static void damaged(void **state)
{
	const size_t size = sizeof(struct past_record);
	struct past *h = kept_quietly(START);
	struct seen s;
	int i;

	(void)state;
	reset(1);
	for (i = 0; i <= 50; i++)
		second(h, START + i);
	past_free(h);
	/* The tenth second, half of which reached the disk; and a bit in another. */
	overwrite(4096 + 10 * size + size / 2, (char[1000]){ 0 }, 1000);
	overwrite(4096 + 20 * size + 40, "\xff", 1);
	h = kept(START + 60);
	assert_non_null(strstr(said, "/history: 2\n"));
	s = walk(h, START, START + 60, 1);
	assert_int_equal(s.n, 48);
	past_free(h);
	/* A file that was cut off has fewer points. */
	assert_int_equal(truncate(path, 4096 + 6 * size), 0);
	h = kept_quietly(START + 60);
	assert_int_equal(walk(h, START, START + 60, 1).n, 5);
	past_free(h);
	unlink(path);
}

static void refuses(const char *why)
{
	if (kept(START) || !strstr(said, why))
		fail_msg("wanted: %s, said: %s", why, said);
}

static void other_files(void **state)
{
	static const char text[] = "something that somebody needs, and longer than our header is\n";
	struct past *h = kept_quietly(START);
	struct stat st;
	char got[sizeof(text)] = "";
	int fd;

	(void)state;
	refuses("another v7scope writes the history");
	past_free(h);
	unlink(path);

	fd = creat(path, 0644);
	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	close(fd);
	refuses("is not a history of v7scope and stays as it is");
	assert_int_equal(truncate(path, 3), 0);
	refuses("is not a history of v7scope and stays as it is");
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, got, sizeof(got)), 3);
	assert_string_equal(got, "som");
	close(fd);
	/* An empty file is nobody's. */
	assert_int_equal(truncate(path, 0), 0);
	past_free(kept_quietly(START));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	unlink(path);

	assert_int_equal(mkfifo(path, 0600), 0);
	refuses("is not a regular file");
	swapped = true;
	refuses("is not a regular file");
	swapped = false;
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	refuses("is not a regular file");
	rmdir(path);
	assert_int_equal(symlink("/no/such/folder", path), 0);
	refuses("No such file or directory; create the folder first");
	unlink(path);
	assert_int_equal(lstat(path, &st), -1);
}

/* A power loss may leave the size of a file, and nothing of its contents. */
static void blank(void **state)
{
	static const off_t sizes[] = { 5451616, 4096, 40 };
	struct stat st;
	struct past *h;
	size_t i;
	int k, fd;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		close(creat(path, 0600));
		assert_int_equal(truncate(path, sizes[i]), 0);
		h = kept_quietly(START);
		reset(1);
		for (k = 0; k <= 10; k++)
			second(h, START + k);
		past_free(h);
		h = kept_quietly(START + 20);
		assert_int_equal(walk(h, START, START + 20, 1).n, 10);
		past_free(h);
		unlink(path);
	}
	/* The disk has the beginning before the first point. */
	synced = 0;
	h = kept_quietly(START);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(synced, st.st_size);
	assert_string_equal(on_disk, "v7scope history");
	past_free(h);
	unlink(path);
	/* Zeros of somebody: the beginning of an image, and a larger file. */
	fd = creat(path, 0600);
	assert_int_equal(pwrite(fd, "\x53\xef", 2, 1080), 2);
	refuses("is not a history of v7scope and stays as it is");
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(ftruncate(fd, 5451617), 0);
	refuses("is not a history of v7scope and stays as it is");
	close(fd);
	unlink(path);
}

/* After an upgrade, serve starts all the same. */
static void other_version(void **state)
{
	struct past *h = kept_quietly(START);
	struct stat before, st;
	char old[80];
	int i;

	(void)state;
	snprintf(old, sizeof(old), "%s.old", path);
	past_free(h);
	overwrite(16, "\x63", 1);
	assert_int_equal(stat(path, &before), 0);
	/* A folder is in the way. */
	assert_int_equal(mkdir(old, 0700), 0);
	h = kept(START);
	assert_non_null(h);
	assert_non_null(strstr(said, "cannot be renamed to"));
	assert_non_null(strstr(said, "serve goes on without --history"));
	reset(1);
	for (i = 0; i <= 10; i++)
		second(h, START + i);
	assert_int_equal(walk(h, START, START + 10, 1).n, 10);
	past_free(h);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_ino, before.st_ino);
	rmdir(old);

	h = kept(START);
	assert_non_null(h);
	assert_non_null(strstr(said, "is that of another version of v7scope: it is now"));
	for (i = 0; i <= 10; i++)
		second(h, START + 20 + i);
	past_free(h);
	assert_int_equal(stat(old, &st), 0);
	assert_int_equal(st.st_ino, before.st_ino);
	h = kept_quietly(START + 40);
	assert_int_equal(walk(h, START, START + 40, 1).n, 10);
	past_free(h);
	unlink(old);
	unlink(path);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
	r.rlim_cur = bytes == RLIM_INFINITY ? r.rlim_max : bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

/*
 * A limit stands for a full disk: the past in memory goes on, and is written later. It
 * leaves room for 447 seconds, a half, and no minute.
 */
static void full(void **state)
{
	struct past *h;
	struct seen s;
	int i;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	limit_files(1 << 20);
	h = kept(START);
	assert_non_null(h);
	assert_non_null(strstr(said, "cannot reserve 5323 KiB for the history"));
	reset(1);
	say_begin();
	for (i = 0; i <= 470; i++)
		second(h, START + i);
	say_end();
	/* Once */
	assert_non_null(strstr(said, "cannot write the history"));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	assert_int_equal(walk(h, START, START + 470, 1).n, 470);
	limit_files(RLIM_INFINITY);
	say_begin();
	for (; i <= 540; i++)
		second(h, START + i);
	say_end();
	assert_non_null(strstr(said, "is written again"));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	past_free(h);
	h = kept(START + 550);
	assert_non_null(strstr(said, "/history: 1\n"));
	s = walk(h, START, START + 550, 1);
	assert_int_equal(s.n, 447 + 70);
	past_free(h);
	unlink(path);
}

static void queries(void **state)
{
	static const struct {
		const char *query, *why;
		uint64_t from, to, step;
	} tests[] = {
		{ NULL, NULL, 99100, 100000, 1 },
		{ "", NULL, 99100, 100000, 1 },
		{ "from=50000&to=50100", NULL, 50000, 50100, 1 },
		{ "from=1", NULL, 20000, 100000, 60 },
		{ "from=99000&step=10", NULL, 99000, 100000, 10 },
		{ "to=999999", NULL, 99100, 100000, 1 },
		{ "from=1&step=1", "more than 1500 points; raise step or choose a shorter range", 0, 0, 0 },
		{ "from=200&to=100", "from is after to, or in the future", 0, 0, 0 },
		{ "from=100001", "from is after to, or in the future", 0, 0, 0 },
		{ "step=0", "step must be a number of seconds from 1 to 86400", 0, 0, 0 },
		{ "step=-1", "step must be a number of seconds from 1 to 86400", 0, 0, 0 },
		{ "step=", "step must be a number of seconds from 1 to 86400", 0, 0, 0 },
		{ "step", "step must be a number of seconds from 1 to 86400", 0, 0, 0 },
		{ "from=1e3", "from must be a number of seconds from 1 to 18446744073", 0, 0, 0 },
		{ "from=18446744074", "from must be a number of seconds from 1 to 18446744073", 0, 0, 0 },
		{ "step=1&step=2", "step is given twice", 0, 0, 0 },
		{ "span=1", "unknown parameter; history takes from, to and step", 0, 0, 0 },
		{ "&", "unknown parameter; history takes from, to and step", 0, 0, 0 },
		{ "from=00000000000000000000000000000001", "a parameter is longer than 31 bytes", 0, 0, 0 },
	};
	struct past_query q;
	const char *why;
	char buf[128];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		why = past_query(tests[i].query, 100000, 20000, &q, buf);
		assert_int_equal(!why, !tests[i].why);
		if (why) {
			assert_string_equal(why, tests[i].why);
			continue;
		}
		assert_int_equal(q.from, tests[i].from);
		assert_int_equal(q.to, tests[i].to);
		assert_int_equal(q.step, tests[i].step);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums),
		cmocka_unit_test(pauses),
		cmocka_unit_test(day),
		cmocka_unit_test(restarted),
		cmocka_unit_test(rebooted),
		cmocka_unit_test(clock_set),
		cmocka_unit_test(future),
		cmocka_unit_test(at_1970),
		cmocka_unit_test(rounds),
		cmocka_unit_test(damaged),
		cmocka_unit_test(other_files),
		cmocka_unit_test(blank),
		cmocka_unit_test(other_version),
		cmocka_unit_test(full),
		cmocka_unit_test(queries),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
