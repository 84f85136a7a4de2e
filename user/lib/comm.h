/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The name of a task. */
#ifndef V7S_LIB_COMM_H
#define V7S_LIB_COMM_H

#include <stdbool.h>
#include <stdint.h>

enum { COMM = 16 };	/* with its final 0, as in the kernel */

/** comm_of - read a task's name, which may hold newlines; false: no such task */
bool comm_of(uint32_t pid, char comm[COMM]);

#endif
