/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_LIB_NUM_H
#define V7S_LIB_NUM_H

#include <stdbool.h>
#include <stdint.h>

/** num_parse - a decimal number from @min to @max, and nothing else */
bool num_parse(const char *s, uint64_t min, uint64_t max, uint64_t *n);

/** num_parse_ns - seconds with up to nine decimal places, as ns */
bool num_parse_ns(const char *s, uint64_t min, uint64_t max, uint64_t *ns);

/**
 * num_parse_time - a time with its unit: ns, us, ms, s, m, h or d
 *
 * Decimal places are accepted as long as they are whole nanoseconds.
 */
bool num_parse_time(const char *s, uint64_t min, uint64_t max, uint64_t *ns);

/** num_parse_size - bytes, or KiB, MiB, GiB or TiB with suffix K, M, G or T */
bool num_parse_size(const char *s, uint64_t min, uint64_t max, uint64_t *bytes);

#endif
