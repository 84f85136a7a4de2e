/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Drops of a stream, printed where they happened. */
#ifndef V7S_CMD_DROPS_H
#define V7S_CMD_DROPS_H

#include "watch.h"

/** drops_tell - print to @p that @n events of a CPU were dropped before its next event */
void drops_tell(const struct watch *w, const struct out *out, struct printer *p,
		unsigned int cpu, uint64_t n);

/** drops_tell_rest - at the end, print the drops after the last event of each CPU */
void drops_tell_rest(const struct watch *w, const struct out *out, struct printer *p,
		     const struct stream_cpu *cpus, size_t n);

#endif
