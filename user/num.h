/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_NUM_H
#define V7S_NUM_H

#include <stdbool.h>
#include <stdint.h>

/** num_parse - a decimal number from @min to @max, and nothing else */
bool num_parse(const char *s, uint64_t min, uint64_t max, uint64_t *n);

/** num_parse_ns - seconds, with up to nine digits after a point, as ns */
bool num_parse_ns(const char *s, uint64_t min, uint64_t max, uint64_t *ns);

#endif
