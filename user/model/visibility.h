/* SPDX-License-Identifier: GPL-2.0 */
/* Which sums can be seen: those of which all can that they add up. */
#ifndef V7S_SEEN_H
#define V7S_SEEN_H

#include "model.h"

/** seen_everything - for a source that says nothing of it */
extern const struct seen seen_everything;

/** seen_all - are all @n of these */
bool seen_all(const bool *list, size_t n);

bool seen_won(const struct seen *s);
bool seen_splits(const struct seen *s);
bool seen_split_kind(const struct seen *s, int kind);
bool seen_splits_by_outcome(const struct seen *s, int outcome);
bool seen_refusals(const struct seen *s);

/** seen_no - is there anything that cannot be seen */
bool seen_no(const struct seen *s);

#endif
