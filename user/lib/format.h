/* SPDX-License-Identifier: GPL-2.0 */
/* Figures and names as people read them, in a buffer of the caller's. */
#ifndef V7S_LIB_FORMAT_H
#define V7S_LIB_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** format_ns - a duration in at most six letters, "-" if it is UNKNOWN */
const char *format_ns(int64_t ns, char *buf, size_t size);

/** format_percent - of a million, with two digits after the point; "-" */
const char *format_percent(int64_t ppm, char *buf, size_t size);

/** format_visible - a number, "-" if it is not @visible */
const char *format_visible(bool visible, uint64_t n, char *buf, size_t size);

/**
 * format_clean - bytes that are no printable ASCII are shown as '?'
 *
 * A device's name is the kernel's, but what it was made of may come from
 * firmware; a task calls itself what it likes.
 */
const char *format_clean(const char *s, char *buf, size_t size);

#endif
