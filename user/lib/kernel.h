/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Facts about the running kernel, not about the one we were built for. */
#ifndef V7S_LIB_KERNEL_H
#define V7S_LIB_KERNEL_H

#include <stddef.h>

#define KERNEL(major, minor) ((major) * 1000 + (minor))

/** kernel_version - as KERNEL(), 0 if the release has another form */
int kernel_version(void);

/**
 * enum machine - machine of the kernel, which may run tools of other machines
 */
enum machine { MACHINE_OTHER, MACHINE_ARM, MACHINE_ARM64 };

enum machine kernel_machine(void);

/**
 * kernel_build_id - build ID in hexadecimal digits; "" if the kernel has none
 *
 * Unlike the version it identifies one build.
 */
const char *kernel_build_id(char *buf, size_t size);

#endif
