/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The files that symbols are read from: a unit test brings its own. */
#ifndef V7S_LIB_KSYMS_INTERNAL_H
#define V7S_LIB_KSYMS_INTERNAL_H

#include <stdio.h>

#include "ksyms.h"

struct ksyms {
	FILE *symbols;
	FILE *modules;	/* NULL: no modules */
};

#endif
