/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Figures and names for people, in a buffer of the caller. */
#ifndef V7S_LIB_FORMAT_H
#define V7S_LIB_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** format_ns - a duration in at most six characters, "-" if it is UNKNOWN */
const char *format_ns(int64_t ns, char *buf, size_t size);

/** format_percent - parts per million as percent with two digits; "-" */
const char *format_percent(int64_t ppm, char *buf, size_t size);

/** format_visible - a number, "-" if it is not @visible */
const char *format_visible(bool visible, uint64_t n, char *buf, size_t size);

/**
 * format_clean - replace bytes that are not printable ASCII by '?'
 *
 * Parts of a device's name may come from firmware; a task may choose any name.
 */
const char *format_clean(const char *s, char *buf, size_t size);

#endif
