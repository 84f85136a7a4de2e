/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* A sum is visible if all its parts are. */
#ifndef V7S_MODEL_VISIBILITY_H
#define V7S_MODEL_VISIBILITY_H

#include "report.h"

/** visibility_everything - for a source without gaps */
extern const struct visibility visibility_everything;

/* Array access to the members of struct visibility, which are all bool. */
enum { VISIBILITY_FIGURES = sizeof(struct visibility) / sizeof(bool) };
_Static_assert(sizeof(bool) == 1 && _Alignof(struct visibility) == 1,
	       "members of struct visibility are not all bool");

/** visibility_list - all figures, in the order of the members */
static inline const bool *visibility_list(const struct visibility *s)
{
	return (const bool *)s;
}

/** visibility_set - set figure @i of visibility_list() */
static inline void visibility_set(struct visibility *s, size_t i, bool visible)
{
	((bool *)s)[i] = visible;
}

/** visibility_all - true if all @n figures are visible */
bool visibility_all(const bool *list, size_t n);

bool visibility_won(const struct visibility *s);
bool visibility_splits(const struct visibility *s);
bool visibility_split_kind(const struct visibility *s, int kind);
bool visibility_splits_by_outcome(const struct visibility *s, int outcome);
bool visibility_refusals(const struct visibility *s);

/** visibility_has_gaps - true if some figure is not visible */
bool visibility_has_gaps(const struct visibility *s);

#endif
