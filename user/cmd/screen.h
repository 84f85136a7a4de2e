/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_CMD_SCREEN_H
#define V7S_CMD_SCREEN_H

#include <curses.h>

/** screen_check - is this a terminal that top can use; -1: no, which was said */
int screen_check(void);

/** screen_start - a screen on this terminal; -1: not possible, which was said */
int screen_start(void);

/** screen_end - the terminal as it was; may be called at any time */
void screen_end(void);

/** screen_resized - to be called on SIGWINCH */
void screen_resized(void);

/* Red where there are colours, else as loud as it gets. */
attr_t screen_alarm(void);

#endif
