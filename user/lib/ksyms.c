// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ksyms_internal.h"
#include "lower_bound.h"

#define KALLSYMS "/proc/kallsyms"

struct ksyms *ksyms_open(void)
{
	struct ksyms *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->symbols = fopen(KALLSYMS, "re");
	k->modules = fopen("/proc/modules", "re");
	return k;
}

void ksyms_close(struct ksyms *k)
{
	if (!k)
		return;
	if (k->symbols)
		fclose(k->symbols);
	if (k->modules)
		fclose(k->modules);
	free(k);
}

/* The last symbol found so far before an address. */
struct candidate {
	uint64_t start;
	char *name;	/* NULL: data */
	char module[64];
};

static void put_word(char *to, size_t size, const char *from, const char *end)
{
	size_t len = end - from;

	if (len >= size)
		len = size - 1;
	memcpy(to, from, len);
	to[len] = 0;
}

/*
 * Parse "ffffffc008010000 t name\t[module]". There are 150,000 lines or more;
 * sscanf() takes most of the time of a start.
 */
static bool parse_line(struct ksyms_line *l, const char *line)
{
	const char *end;

	for (l->address = 0; isxdigit((unsigned char)*line); line++)
		l->address = l->address << 4 |
			     (isdigit((unsigned char)*line) ? *line - '0' :
			      (*line | 0x20) - 'a' + 10);
	if (line[0] != ' ' || !line[1] || line[2] != ' ')
		return false;
	l->type = line[1];
	line += 3;
	end = line + strcspn(line, " \t\n");
	if (end == line)
		return false;
	put_word(l->name, sizeof(l->name), line, end);
	line = end + strspn(end, " \t");
	end = line;
	if (*line == '[') {
		line++;
		end = line + strcspn(line, "]");
	}
	put_word(l->module, sizeof(l->module), line, end);
	return true;
}

static void each_line(FILE *f, ksyms_take *take, void *arg)
{
	struct ksyms_line l;
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, f) > 0)
		if (parse_line(&l, line) && !take(arg, &l))
			break;
	free(line);
}

int ksyms_each(const char *file, ksyms_take *take, void *arg)
{
	FILE *f = fopen(file, "re");

	if (!f)
		return -1;
	each_line(f, take, arg);
	fclose(f);
	return 0;
}

struct lookup {
	const struct ksym *sym;
	size_t n;
	struct candidate *last;
};

/* Find the last symbol before each address, ignoring lower addresses. */
static bool take_candidate(void *arg, const struct ksyms_line *l)
{
	const struct lookup *look = arg;
	struct candidate *c;
	size_t i;

	/* Mapping symbols such as $x mark a change of the instruction set. */
	if (!l->address || l->name[0] == '$')
		return true;
	i = lower_bound(look->sym, look->n, sizeof(*look->sym), l->address);
	/* If an address has several names, take the first. */
	if (i == look->n || l->address <= look->last[i].start)
		return true;
	c = &look->last[i];
	free(c->name);
	c->start = l->address;
	c->name = strchr("tTwW", l->type) ? strdup(l->name) : NULL;
	strcpy(c->module, l->module);
	return true;
}

/*
 * True if the module's memory contains the address. After its last symbol
 * another module may have been unloaded, whose functions must not get its name.
 */
static bool in_module(FILE *f, const char *module, uint64_t symbol,
		      uint64_t address)
{
	char line[512], name[64];
	uint64_t size, start;

	if (!f)
		return true;
	rewind(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %" SCNu64 " %*s %*s %*s 0x%" SCNx64,
			   name, &size, &start) == 3 && !strcmp(name, module))
			return address >= start && address < start + size;
	}
	/*
	 * Pseudo-modules such as [bpf] have a symbol for each function, and
	 * none of their functions is that long. Modules may follow their last
	 * symbol for megabytes.
	 */
	return address - symbol < 1 << 20;
}

int ksyms_by_address(const void *a, const void *b)
{
	const struct ksym *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

void ksyms_resolve(struct ksyms *k, struct ksym *sym, size_t n)
{
	struct candidate *last = calloc(n + 1, sizeof(*last)), *best = NULL;
	struct lookup look = { sym, n, last };
	size_t i;

	for (i = 0; i < n; i++)
		sym[i].name = NULL;
	if (last && k && k->symbols) {
		rewind(k->symbols);
		each_line(k->symbols, take_candidate, &look);
		for (i = 0; i < n; i++) {
			if (last[i].start)
				best = &last[i];
			if (!best || !best->name || (best->module[0] &&
			    !in_module(k->modules, best->module,
				       best->start, sym[i].address)))
				continue;
			sym[i].start = best->start;
			sym[i].name = strdup(best->name);
		}
	}
	for (i = 0; last && i < n; i++)
		free(last[i].name);
	free(last);
}

static bool take_hidden(void *arg, const struct ksyms_line *l)
{
	bool *hidden = arg;

	*hidden = !l->address;
	return *hidden;
}

bool ksyms_hidden(void)
{
	bool hidden = true;

	ksyms_each(KALLSYMS, take_hidden, &hidden);
	return hidden;
}

struct search {
	const char *name;
	bool found;
};

static bool take_search(void *arg, const struct ksyms_line *l)
{
	struct search *s = arg;

	s->found = !strcmp(l->name, s->name);
	return !s->found;
}

bool ksyms_has(const char *name)
{
	struct search s = { .name = name };

	ksyms_each(KALLSYMS, take_search, &s);
	return s.found;
}

/*
 * Skip a suffix that names the same code: clang's and gcc's LTO make the name of
 * a static function unique, by a number or, before clang 13, by a hash.
 */
static const char *skip_unique(const char *suffix)
{
	static const struct {
		const char *begin, *digits;
	} unique[] = {
		{ ".llvm.", "0123456789" }, { ".lto_priv.", "0123456789" },
		{ "$", "0123456789abcdef" },
	};
	size_t i, len, digits;

	for (i = 0; i < sizeof(unique) / sizeof(*unique); i++) {
		len = strlen(unique[i].begin);
		digits = strncmp(suffix, unique[i].begin, len) ? 0 :
			 strspn(suffix + len, unique[i].digits);
		if (digits)
			return suffix + len + digits;
	}
	return suffix;
}

bool ksyms_is(const char *symbol, const char *function, bool *plain)
{
	const char *suffix;

	while (*function && *symbol == *function) {
		symbol++;
		function++;
	}
	if (*function)
		return false;
	suffix = skip_unique(symbol);
	*plain = !*suffix;
	/* An entry of clang's jump table has none of the function's code. */
	return *plain || (*suffix == '.' && strcmp(suffix, ".cfi_jt"));
}
