/* SPDX-License-Identifier: GPL-2.0 */
/* Which kernel this is, whoever compiled us. */
#ifndef V7S_LIB_KERNEL_H
#define V7S_LIB_KERNEL_H

#include <stddef.h>

#define KERNEL(major, minor) ((major) * 1000 + (minor))

/** kernel_version - as KERNEL(), 0 if its release has no such form */
int kernel_version(void);

/** enum machine - of the kernel, which runs tools of other machines too */
enum machine { MACHINE_OTHER, MACHINE_ARM, MACHINE_ARM64 };

enum machine kernel_machine(void);

/**
 * kernel_build_id - as hexadecimal digits; "" if the kernel has none to show
 *
 * It names what was built, whatever that calls itself.
 */
const char *kernel_build_id(char *buf, size_t size);

#endif
