/* SPDX-License-Identifier: GPL-2.0 */
/* What a stream dropped, told of where it happened: for verbs that print events. */
#ifndef V7S_CMD_DROPS_H
#define V7S_CMD_DROPS_H

#include "watch.h"

/** drops_tell - @n events of a CPU by @out into @f, before the next of them */
void drops_tell(const struct watch *w, const struct out *out, FILE *f,
		unsigned int cpu, uint64_t n);

/** drops_tell_rest - at the end, those with no event behind them that could tell */
void drops_tell_rest(const struct watch *w, const struct out *out, FILE *f,
		     const struct stream_cpu *cpus, size_t n);

#endif
