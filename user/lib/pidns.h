/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_LIB_PIDNS_H
#define V7S_LIB_PIDNS_H

#include <stdbool.h>

/** pidns_is_initial - true if our pids are those of the kernel */
bool pidns_is_initial(void);

#endif
