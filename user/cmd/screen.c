// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/err.h"
#include "screen.h"
/* Included last, because it defines names such as lines and columns. */
#include <term.h>

#include "terminal.h"

static SCREEN *terminal;
static const char *name;

int screen_check(void)
{
	int err;

	name = getenv("TERM");
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		err_print("top needs a terminal; use `v7scope stat` without one");
		return -1;
	}
	/*
	 * A board with busybox has no terminfo in the folders of the library.
	 * The binary holds an entry of its own.
	 */
	if (!name || !*name || setupterm(name, STDOUT_FILENO, &err) != OK) {
		setenv("TERMINFO", TERMINAL_ENTRY, 1);
		name = "v7scope";
		return 0;
	}
	err = cursor_address ? 0 : -1;
	del_curterm(cur_term);
	if (err)
		err_print("top: a terminal of type '%s' cannot move its cursor: try TERM=vt100, or use `v7scope stat`",
			 name);
	return err;
}

int screen_start(void)
{
	terminal = newterm(name, stdout, stdin);
	if (!terminal) {
		err_print("top: cannot use a terminal of type '%s': try TERM=vt100, or use `v7scope stat`", name);
		return -1;
	}
	err_before_first = screen_end;
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(100);
	curs_set(0);
	if (has_colors()) {
		start_color();
		use_default_colors();
		init_pair(1, COLOR_RED, -1);
	}
	return 0;
}

void screen_end(void)
{
	if (!terminal)
		return;
	err_before_first = NULL;
	curs_set(1);
	endwin();
	delscreen(terminal);
	terminal = NULL;
}

void screen_resized(void)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row &&
	    size.ws_col && is_term_resized(size.ws_row, size.ws_col)) {
		resizeterm(size.ws_row, size.ws_col);
		clearok(curscr, TRUE);
	}
}

attr_t screen_alarm(void)
{
	return has_colors() ? COLOR_PAIR(1) | A_BOLD : A_REVERSE | A_BOLD;
}
