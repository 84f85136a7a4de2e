/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_SOURCE_QUIESCE_H
#define V7S_SOURCE_QUIESCE_H

#include <stdbool.h>

/**
 * quiesce - wait for the programs that run now, on whatever CPU
 *
 * What they have written can be read then, all of it. Returns false if this
 * kernel has no way of waiting for them.
 */
bool quiesce(void);

#endif
