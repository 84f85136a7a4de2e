/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Small definitions that every room uses. */
#ifndef V7S_LIB_UTIL_H
#define V7S_LIB_UTIL_H

#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

/* A second in nanoseconds, the unit of every duration in this program. */
#define SECOND UINT64_C(1000000000)

/* A number that this kernel does not provide: null in JSON, never 0. */
enum { UNKNOWN = -1 };

#endif
