// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "ksyms_internal.h"

struct ksyms *ksyms_open(void)
{
	struct ksyms *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->symbols = fopen("/proc/kallsyms", "re");
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

/* Find the last symbol before each address, ignoring lower addresses. */
static void read_symbols(FILE *f, const struct ksym *sym, size_t n,
			 struct candidate *last)
{
	char *line = NULL, type, name[512], module[64];
	struct candidate *c;
	size_t size = 0, i;
	uint64_t address;
	int got;

	rewind(f);
	while (getline(&line, &size, f) > 0) {
		/* "ffffffc008010000 t name\t[module]" */
		got = sscanf(line, "%" SCNx64 " %c %511s [%63[^]]", &address,
			     &type, name, module);
		/*
		 * Mapping symbols such as $x mark a change of the instruction
		 * set.
		 */
		if (got < 3 || !address || name[0] == '$')
			continue;
		i = lower_bound(sym, n, sizeof(*sym), address);
		/* If an address has several names, take the first. */
		if (i == n || address <= last[i].start)
			continue;
		c = &last[i];
		free(c->name);
		c->start = address;
		c->name = strchr("tTwW", type) ? strdup(name) : NULL;
		snprintf(c->module, sizeof(c->module), "%s",
			 got == 4 ? module : "");
	}
	free(line);
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

void ksyms_resolve(struct ksyms *k, struct ksym *sym, size_t n)
{
	struct candidate *last = calloc(n + 1, sizeof(*last)), *best = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		sym[i].name = NULL;
	if (last && k && k->symbols) {
		read_symbols(k->symbols, sym, n, last);
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

bool ksyms_hidden(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	uint64_t address = 0;
	char line[512];

	while (f && !address && fgets(line, sizeof(line), f))
		sscanf(line, "%" SCNx64, &address);
	if (f)
		fclose(f);
	return !address;
}

bool ksyms_has(const char *name)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	char line[512], symbol[512];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*s %*c %511s", symbol) == 1 &&
			!strcmp(symbol, name);
	if (f)
		fclose(f);
	return found;
}

bool ksyms_is(const char *symbol, const char *function, bool *plain)
{
	size_t len = strcspn(symbol, ".");

	*plain = !symbol[len];
	return !strncmp(symbol, function, len) && !function[len];
}

void ksyms_explain_none(int err)
{
	err_print("cannot read the kernel's symbols in /proc/kallsyms: %s; build the kernel with CONFIG_KALLSYMS=y",
		  err ? strerror(err) : "the file is empty");
}

void ksyms_explain_hidden(void)
{
	err_print("the kernel hides the addresses of its functions, which the kprobes need: run as root, and set /proc/sys/kernel/kptr_restrict to 1 or 0");
}
