/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_CMD_SCREEN_H
#define V7S_CMD_SCREEN_H

#include <curses.h>

/** screen_check - can top use this terminal; -1: no, error was printed */
int screen_check(void);

/** screen_start - start a screen on this terminal; -1: error was printed */
int screen_start(void);

/** screen_end - restore the terminal; may be called at any time */
void screen_end(void);

/** screen_resized - call after SIGWINCH */
void screen_resized(void);

/* Red if the terminal has colours, else bold and reverse. */
attr_t screen_alarm(void);

#endif
