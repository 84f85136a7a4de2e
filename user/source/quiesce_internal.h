/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The fallback of quiesce(), apart from membarrier(), for its unit test. */
#ifndef V7S_SOURCE_QUIESCE_INTERNAL_H
#define V7S_SOURCE_QUIESCE_INTERNAL_H

#include "quiesce.h"

/* cpus_visit - run on each online CPU once, then restore the affinity */
bool cpus_visit(void);

#endif
