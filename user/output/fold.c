// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "fold.h"

static void item(struct fold *l, unsigned int gap, const char *s, size_t len)
{
	bool fresh = l->column <= l->indent;

	if (!fresh && l->column + gap + len > FOLD_COLUMNS) {
		fputc('\n', l->f);
		l->column = 0;
		fresh = true;
	}
	if (fresh)
		gap = l->indent - l->column;
	l->column += fprintf(l->f, "%*s%.*s", (int)gap, "", (int)len, s);
}

void fold_item(struct fold *l, unsigned int gap, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	item(l, gap, text, strlen(text));
}

static void words(struct fold *l, const char *fmt, va_list ap)
{
	char text[1024], *s;
	unsigned int gap;
	size_t len;

	vsnprintf(text, sizeof(text), fmt, ap);
	for (s = text; *s; s += len) {
		gap = strspn(s, " ");
		s += gap;
		len = strcspn(s, " ");
		item(l, gap, s, len);
	}
}

void fold_text(struct fold *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	words(l, fmt, ap);
	va_end(ap);
}

void fold_line(FILE *f, const char *fmt, ...)
{
	struct fold l = { .f = f };
	va_list ap;

	va_start(ap, fmt);
	words(&l, fmt, ap);
	va_end(ap);
	fold_end(&l);
}

void fold_end(struct fold *l)
{
	fputc('\n', l->f);
	l->column = 0;
}
