// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/util.h"
#include "model/faults.h"
#include "model/report_copy.h"
#include "model/report_filter.h"
#include "output/columns.h"
#include "output/text.h"
#include "output/top.h"
#include "source/flush_counts.h"
#include "screen.h"
#include "watch.h"

/* State of the run: a process runs one verb once. */
static struct top top = { .sort = COL_LOST };
static struct report_copy interval, all, shown;
static struct utsname kernel;
static char alarm_text[320];
static uint64_t selected;	/* number of the selected page table */
static int cursor, offset, shift;
static int page;		/* lines of a list that fit */
static bool paused;
static struct flush_report flushes;	/* since the start */
static bool counts_flushes;
static uint64_t flushes_before, flushes_time;	/* at the last reading */
static double flushes_rate;	/* per second, since the reading before */

static const char keys[] =
	"q:quit ?:help RET:look s:sort f:dev t:task w:wait k:stack h:hist a:all p:pause";

/* A cut line ends in a mark, so that nobody reads half a number. */
static void draw_line(int y, const char *text, int from, attr_t attr)
{
	int len = strlen(text), x;

	from = from < len ? from : len;
	move(y, 0);
	clrtoeol();
	attrset(attr);
	for (x = 0; x < COLS && (from + x < len || attr & A_REVERSE); x++) {
		/* Some terminals scroll when the last cell is written. */
		if (y == LINES - 1 && x == COLS - 1)
			break;
		if (from + x >= len)
			addch(' ');
		else if (x == COLS - 1 && from + x + 1 < len)
			addch('>');
		else
			addch((unsigned char)text[from + x]);
	}
	attrset(A_NORMAL);
}

/* Print into memory; the text must be freed. */
#define PRINTED(text, size, call)					\
	do {								\
		FILE *f = open_memstream(&text, &size);			\
									\
		if (f) {						\
			call;						\
			fclose(f);					\
		}							\
	} while (0)

/* Draw the lines of @text from row @y on, the first @heading lines in reverse. */
static void draw_body(char *text, int y, int bottom)
{
	int heading = top.heading, room = bottom - y - heading, lines = 0, i = 0;
	bool select = top.view == TOP_TABLES;
	char *line, *next;

	for (line = text; *line; line++)
		lines += *line == '\n';
	lines -= heading;
	if (cursor >= lines)
		cursor = lines ? lines - 1 : 0;
	if (select && cursor < offset)
		offset = cursor;
	if (select && cursor >= offset + room)
		offset = cursor - room + 1;
	if (offset > lines - room)
		offset = lines > room ? lines - room : 0;

	for (line = text; *line && y < bottom; line = next, i++) {
		next = strchr(line, '\n');
		*next++ = 0;
		if (i >= heading && i - heading < offset)
			continue;
		/* For terminals without reverse video. */
		if (select && i - heading == cursor && *line == ' ')
			*line = '>';
		draw_line(y++, line, shift,
			  i < heading ? A_REVERSE :
			  select && i - heading == cursor ? A_STANDOUT | A_BOLD
							  : A_NORMAL);
	}
	while (y < bottom)
		draw_line(y++, "", 0, A_NORMAL);
}

/* The line below the header: defects of the figures, if any. */
static void draw_alarm(int y)
{
	char why[192], text[600] = "";
	attr_t attr = A_NORMAL;

	if (all.r.corrupted > 0) {
		snprintf(text, sizeof(text), "! %lld sections split; this kernel"
			 " loses their address, which may corrupt memory: apply"
			 " kernel-patch/. %s", (long long)all.r.corrupted,
			 alarm_text);
		attr = screen_alarm();
	} else if (report_inexact(&all.r, 0, why, sizeof(why))) {
		snprintf(text, sizeof(text), "not exact: %s", why);
	} else {
		snprintf(text, sizeof(text), "exact: yes");
	}
	draw_line(y, text, 0, attr);
}

/* Not read while the display is paused, so an interval may be longer than others. */
static void read_flushes(struct watch *w)
{
	uint64_t now, time = clock_now();

	counts_flushes = flushes_read(&w->flushes, 0, &flushes);
	if (!counts_flushes)
		return;
	now = flush_counts_begun(&flushes.total);
	flushes_rate = (now - flushes_before) * (double)SECOND / (time - flushes_time);
	flushes_before = now;
	flushes_time = time;
}

/* A line of its own above the page tables, in the alarm's colour if it is bad news. */
static int draw_news(int y, char *text, bool bad)
{
	text[strcspn(text, "\n")] = 0;
	draw_line(y, text, 0, bad ? screen_alarm() : A_NORMAL);
	return y + 1;
}

static void draw(struct watch *w)
{
	const struct report_copy *from = top.all ? &all : &interval;
	char *text = NULL, *title = NULL, *body = NULL, *faults = NULL, *flushed = NULL, *second;
	size_t size, i;
	int y = 3;

	erase();
	draw_line(LINES - 1, keys, 0, A_REVERSE);
	if (!from->r.visible) {
		draw_line(0, "v7scope top: waiting for the first interval", 0,
			  A_NORMAL);
		refresh();
		return;
	}
	top.width = COLS;
	if (report_copy_take(&shown, &from->r)) {
		err_print("out of memory");
		w->over = true;
		return;
	}
	top_sort(&top, &shown.r);
	PRINTED(text, size, top_header(f, &top, &shown.r, kernel.release,
				       w->o->interval, paused));
	/* The cursor follows its page table. */
	for (i = 0; selected && i < shown.r.nrows; i++)
		if (shown.r.rows[i].pgtable == selected)
			cursor = i;
	PRINTED(title, size, top_title(f, &top, &shown.r));
	PRINTED(body, size, top_body(f, &top, &shown.r));
	if (shown.r.faults)
		PRINTED(faults, size, text_faults(f, &shown.r));
	if (counts_flushes)
		PRINTED(flushed, size, text_flushes(f, &flushes, flushes_rate));
	if (text && title && body) {
		second = strchr(text, '\n');
		*second++ = 0;
		second[strcspn(second, "\n")] = 0;
		title[strcspn(title, "\n")] = 0;
		draw_line(0, text, 0, A_BOLD);
		draw_line(1, second, 0, A_NORMAL);
		draw_alarm(2);
		if (faults)
			y = draw_news(y, faults, shown.r.faults->last.seq);
		if (flushed)
			y = draw_news(y, flushed, flushes.visible->timeouts &&
				      flushes.total.timeouts);
		draw_line(y, title, 0, A_BOLD);
		draw_body(body, y + 1, LINES - 1);
		page = LINES - 3 - y;
		refresh();
	}
	free(flushed);
	free(faults);
	free(text);
	free(title);
	free(body);
}

static void show(enum top_view view)
{
	top.view = view;
	cursor = offset = shift = 0;
}

static void go_back(void)
{
	/* Leave the page table, then its list, then all. */
	if (top.pgtable && top.view != TOP_TABLE) {
		show(TOP_TABLE);
	} else {
		top.pgtable = 0;
		show(TOP_TABLES);
	}
}

static void step(int lines)
{
	int *n = top.view == TOP_TABLES ? &cursor : &offset;

	*n = *n + lines > 0 ? *n + lines : 0;
	selected = top.view == TOP_TABLES && (size_t)*n < shown.r.nrows ?
		   shown.r.rows[*n].pgtable : 0;
}

static void enter(void)
{
	if (top.view != TOP_TABLES || (size_t)cursor >= shown.r.nrows ||
	    !shown.r.rows[cursor].pgtable)
		return;
	selected = top.pgtable = shown.r.rows[cursor].pgtable;
	show(TOP_TABLE);
}

static void press(struct watch *w, int key)
{
	static const struct {
		int key;
		enum top_view view;
	} views[] = {
		{ 't', TOP_TASKS }, { 'w', TOP_WAITS }, { 'k', TOP_STACKS },
		{ 'h', TOP_HISTS }, { '?', TOP_HELP },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(views); i++)
		if (views[i].key == key)
			show(views[i].view);
	switch (key) {
	case 'q':
		w->over = true;
		break;
	case 'a':
		top.all = !top.all;
		break;
	case 'p':
		paused = !paused;
		break;
	case 's':
		top_next_sort(&top, 1);
		break;
	case 'S':
		top_next_sort(&top, -1);
		break;
	case 'f':
		top_next_dev(&top, &all.r);
		break;
	case '\r':
	case '\n':
	case KEY_ENTER:
		enter();
		break;
	case 27:
	case '\b':
	case 127:
	case KEY_BACKSPACE:
		go_back();
		break;
	case KEY_UP:
		step(-1);
		break;
	case KEY_DOWN:
		step(1);
		break;
	case KEY_PPAGE:
		step(-page);
		break;
	case KEY_NPAGE:
		step(page);
		break;
	case KEY_LEFT:
		shift = shift > 8 ? shift - 8 : 0;
		break;
	case KEY_RIGHT:
		shift += 8;
		break;
	case 12:	/* ^L */
		clearok(curscr, TRUE);
		break;
	}
}

static void ready(struct watch *w)
{
	int key;

	screen_resized();
	while (!w->over && (key = getch()) != ERR)
		press(w, key);
	draw(w);
}

static int begin(struct watch *w, const struct report *r)
{
	(void)r;
	uname(&kernel);
	if (screen_start())
		return -1;
	read_flushes(w);
	draw(w);
	return 0;
}

static void sound(struct watch *w, const char *text)
{
	(void)w;
	snprintf(alarm_text, sizeof(alarm_text), "%s", text);
}

/* After the end, print the final report in place of the screen. */
static void finish(struct watch *w, const struct report *r)
{
	struct report sum = *r;
	struct visibility visible = *r->visible;

	screen_end();
	visible.tasks = visible.pairs = visible.stacks = visible.cpus = false;
	sum.visible = &visible;
	report_filter(&sum, w->o->pgtable, w->o->want.dev);
	sum.nrows = sum.ndevices = 0;
	w->out->report(&w->printer, &sum);
	read_flushes(w);
	if (counts_flushes)
		text_flushes(stdout, &flushes, flush_counts_per_second(&flushes.total, r));
}

static void report(struct watch *w, const struct report *r)
{
	struct report since, mine = *r;

	if (r->final) {
		finish(w, r);
		return;
	}
	/* A last interval follows the key q. */
	if (paused || w->over)
		return;
	read_flushes(w);
	report_filter(&mine, w->o->pgtable, w->o->want.dev);
	if (report_copy_take(&interval, &mine) || watch_report(w, true, &since)) {
		err_print("out of memory");
		w->over = true;
		return;
	}
	report_filter(&since, w->o->pgtable, w->o->want.dev);
	if (report_copy_take(&all, &since)) {
		err_print("out of memory");
		w->over = true;
		return;
	}
	draw(w);
}

static void report_json(struct watch *w, const struct report *r)
{
	struct report mine = *r;

	report_filter(&mine, w->o->pgtable, w->o->want.dev);
	w->out->report(&w->printer, &mine);
}

static int top_run(int argc, char **argv)
{
	static const struct watcher screen = {
		.begin = begin,
		.report = report,
		.ready = ready,
		.alarm = sound,
		.fd = STDIN_FILENO,
		.faults = FAULTS_SHOWN,
		.flushes = true,
	};
	static const struct watcher json = {
		.report = report_json, .faults = FAULTS_SHOWN,
	};
	struct opts o = { .interval = SECOND, .want.tasks = true };
	int status = opts_parse(&cmd_top, argc, argv, &o);

	if (status >= 0)
		return status;
	if (!o.json && screen_check())
		return EXIT_RUNTIME;
	status = watch(&cmd_top, &o, o.json ? &json : &screen);
	screen_end();
	report_copy_free(&interval);
	report_copy_free(&all);
	report_copy_free(&shown);
	return status;
}

const struct cmd cmd_top = {
	.name	= "top",
	.what	= "live view of page tables, tasks, lock waits and histograms",
	.help	=
	"Shows the events of the I/O page tables live, on a terminal of at least\n"
	"80x24. Press ? for the keys, q to quit. A line sums up the TLB flushes, if a\n"
	"device has a driver that `v7scope flush` knows.",
	.notes	=
	"The default interval is 1 second. With --json, top prints what\n"
	"`stat --tasks --json` prints, and counts faults of devices. Exit status: as for\n"
	"stat.\n",
	.opts	= OPT_SHARED | OPT(INTERVAL) | OPT(COUNT) | OPT(STACKS) |
		  OPT(TABLES) | OPT(DEV) | OPT(PGTABLE) | OPT(NO_FLUSHES),
	.run	= top_run,
};
