// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/ksyms_internal.h"
#include "lib/util.h"
#include "skip.h"

static const char symbols[] =
	"ffffffc008000000 T _text\n"
	"ffffffc008010000 t first\n"
	"ffffffc008010100 T second\n"
	"ffffffc008010100 T alias_of_second\n"
	"ffffffc009000000 D some_data\n"
	"ffffffc000a0f000 t $x\t[v7stress]\n"
	"ffffffc000a0f000 t load_thread\t[v7stress]\n"
	"ffffffc000a0f200 t load_end\t[v7stress]\n"
	"ffffffc000b00000 t bpf_prog_0123456789abcdef_x\t[bpf]\n"
	"ffffffc000b00100 W weak\n";
static const char modules[] =
	"other 4096 0 - Live 0xffffffc000900000\n"
	"v7stress 16384 0 - Live 0xffffffc000a0f000 (O)\n";

static void resolve(const char *text, const char *mods, struct ksym *sym,
		    size_t n)
{
	struct ksyms k = {
		.symbols = fmemopen((char *)text, strlen(text), "r"),
		.modules = mods ? fmemopen((char *)mods, strlen(mods), "r")
				: NULL,
	};

	assert_non_null(k.symbols);
	ksyms_resolve(&k, sym, n);
	fclose(k.symbols);
	if (k.modules)
		fclose(k.modules);
}

static void assert_symbol(uint64_t address, const char *name, uint64_t offset)
{
	struct ksym sym = { .address = address };

	resolve(symbols, modules, &sym, 1);
	if (!name) {
		assert_null(sym.name);
		return;
	}
	assert_non_null(sym.name);
	assert_string_equal(sym.name, name);
	assert_int_equal(address - sym.start, offset);
	free(sym.name);
}

static void finds_the_function(void **state)
{
	(void)state;
	assert_symbol(0xffffffc008010000, "first", 0);
	assert_symbol(0xffffffc0080100ff, "first", 0xff);
	assert_symbol(0xffffffc008010100, "second", 0);
	assert_symbol(0xffffffc008ffffff, "second", 0xfefeff);
	assert_symbol(0xffffffc000a0f1ff, "load_thread", 0x1ff);
	assert_symbol(0xffffffc000a12fff, "load_end", 0x3dff);
	assert_symbol(0xffffffc000b00010, "bpf_prog_0123456789abcdef_x", 0x10);
	assert_symbol(0xffffffc000b00100, "weak", 0);
}

/* Rather no name than that of something else. */
static void knows_what_it_does_not_know(void **state)
{
	(void)state;
	assert_symbol(0x1000, NULL, 0);
	assert_symbol(0xffffffc000a0efff, NULL, 0);
	assert_symbol(0xffffffc000a13000, NULL, 0);	/* behind the module */
	assert_symbol(0xffffffc009000010, NULL, 0);	/* no code */
	assert_symbol(UINT64_MAX, NULL, 0);
}

static void resolves_many_at_once(void **state)
{
	static const struct {
		uint64_t address;
		const char *name;
	} want[] = {
		{ 0x10, NULL },
		{ 0xffffffc000a0f001, "load_thread" },
		{ 0xffffffc000a0f001, "load_thread" },
		{ 0xffffffc000a0f210, "load_end" },
		{ 0xffffffc000a0f220, "load_end" },
		{ 0xffffffc008010001, "first" },
		{ 0xffffffc008010101, "second" },
		{ 0xffffffc009000010, NULL },
	};
	const size_t n = ARRAY_SIZE(want);
	struct ksym sym[8];
	size_t i;

	(void)state;
	for (i = 0; i < n; i++)
		sym[i].address = want[i].address;
	resolve(symbols, modules, sym, n);
	for (i = 0; i < n; i++) {
		assert_int_equal(!sym[i].name, !want[i].name);
		if (want[i].name)
			assert_string_equal(sym[i].name, want[i].name);
		free(sym[i].name);
	}
}

/* Readers without the capability see zeroes as addresses. */
static void takes_no_hidden_address(void **state)
{
	struct ksym sym = { .address = 0xffffffc008010000 };

	(void)state;
	resolve("0000000000000000 T _text\n0000000000000000 t first\n", modules,
		&sym, 1);
	assert_null(sym.name);
	resolve("garbage\n\nffff\n", NULL, &sym, 1);
	assert_null(sym.name);
	resolve(symbols, NULL, &sym, 1);	/* a kernel without modules */
	assert_string_equal(sym.name, "first");
	free(sym.name);
	ksyms_resolve(NULL, &sym, 1);
	assert_null(sym.name);
}

/* A file opened with all capabilities can be read without any. */
static void knows_names(void **state)
{
	(void)state;
	assert_false(ksyms_has("no_such_function_in_any_kernel"));
	assert_true(ksyms_has("schedule") ||
		    access("/proc/kallsyms", R_OK));
}

struct lines {
	size_t n;
	struct ksyms_line line[8];
};

static bool take_line(void *arg, const struct ksyms_line *l)
{
	struct lines *lines = arg;

	assert_in_range(lines->n, 0, ARRAY_SIZE(lines->line) - 1);
	lines->line[lines->n++] = *l;
	return strcmp(l->name, "last");
}

static void assert_line(const struct ksyms_line *l, uint64_t address, char type,
			const char *name, const char *module)
{
	assert_int_equal(l->address, address);
	assert_int_equal(l->type, type);
	assert_string_equal(l->name, name);
	assert_string_equal(l->module, module);
}

/* A line that has no name is skipped; a long name is cut off. */
static void reads_each_line(void **state)
{
	char path[] = "/tmp/ksyms_test.XXXXXX", longest[512], module[64];
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	struct lines lines = { 0 };

	(void)state;
	assert_non_null(f);
	memset(longest, 'x', 511);
	longest[511] = 0;
	memset(module, 'm', 63);
	module[63] = 0;
	fprintf(f, "ffffFFC008010000 T plain\n"
		"\nffff\nffff T\nffff T \nffff Tx y\n"
		"0000000000000000 t $x.12\t[v7stress]\n"
		"ffffffc000a0f000 W name.llvm.7$h 0123 [other]\n"
		"ffffffc000a0f100 t %sxx\t[%smm]\n"
		"1 d last\n"
		"2 d never\n", longest, module);
	fclose(f);
	assert_int_equal(ksyms_each(path, take_line, &lines), 0);
	unlink(path);
	assert_int_equal(lines.n, 5);
	assert_line(&lines.line[0], 0xffffffc008010000, 'T', "plain", "");
	assert_line(&lines.line[1], 0, 't', "$x.12", "v7stress");
	assert_line(&lines.line[2], 0xffffffc000a0f000, 'W', "name.llvm.7$h", "");
	assert_line(&lines.line[3], 0xffffffc000a0f100, 't', longest, module);
	assert_line(&lines.line[4], 1, 'd', "last", "");
	assert_int_equal(ksyms_each("/nonexistent", take_line, &lines), -1);
}

static void reads_our_own_kernel(void **state)
{
	struct ksyms *k = ksyms_open();
	struct ksym sym = { .address = 1 };
	uint64_t address = 0;
	char line[512];
	FILE *f = fopen("/proc/kallsyms", "re");

	(void)state;
	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, " T ksys_") || strstr(line, " T do_sys_"))
			sscanf(line, "%" SCNx64, &address);
	if (f)
		fclose(f);
	assert_int_equal(ksyms_hidden(), !address);
	if (!address) {
		ksyms_close(k);
		SKIP("the kernel hides its addresses");
	}
	sym.address = address + 4;
	ksyms_resolve(k, &sym, 1);
	assert_non_null(sym.name);
	assert_int_equal(sym.start, address);
	free(sym.name);
	ksyms_close(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_function),
		cmocka_unit_test(knows_what_it_does_not_know),
		cmocka_unit_test(resolves_many_at_once),
		cmocka_unit_test(takes_no_hidden_address),
		cmocka_unit_test(knows_names),
		cmocka_unit_test(reads_each_line),
		cmocka_unit_test(reads_our_own_kernel),
	};

	return cmocka_run_group_tests_name("ksyms", tests, NULL, NULL);
}
