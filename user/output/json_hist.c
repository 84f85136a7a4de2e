// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "model/names.h"
#include "json_report.h"

static json *with_times(json *o, const struct row *row, const struct report *r)
{
	int i;

	for (i = 0; i < V7S_HISTS; i++)
		json_put(o, hist_names[i],
			 json_times(&row->c.hist[i], r->visible->hist[i],
				    r->final, true));
	return o;
}

void json_hist(FILE *f, const struct report *r, unsigned int width)
{
	json *o = json_interval("hist", r), *a = json_object_new_array();
	size_t i;

	(void)width;
	for (i = 0; i < r->nrows; i++)
		json_object_array_add(a, with_times(json_table(&r->rows[i]),
						    &r->rows[i], r));
	json_put(o, "tables", a);
	json_put_text(o, "window_bound", !r->visible->hist[V7S_WINDOW] ? NULL :
		      r->window_upper ? "upper" : "exact");
	json_put(o, "other",
		 with_times(json_object_new_object(), &r->other, r));
	json_put(o, "total",
		 with_times(json_object_new_object(), &r->total, r));
	if (r->final)
		json_exactness(o, r);
	json_line(f, o);
}
