// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * A plugin of the emulator. A separate process would have to poll the registers,
 * against driver timeouts of 0.1 to 1 ms that may expire before the process gets a
 * CPU. A plugin is called after each store of the driver, on the same virtual CPU:
 * the answer is there before the next instruction, however busy the machine is, and
 * no invalidation is missed.
 *
 * Arguments:
 *   board=NAME			the board to simulate
 *   text=FROM-TO[:FROM-TO]...	the driver's code; only its stores are watched
 *   free=ADDRESS		optional: the function that frees a next-level table,
 *				its first argument
 *   late=FILE			instead of text and free: a file that will have them, a
 *				line each, and then the line "end". A guest writes it
 *				when it has loaded the driver as a module, before the
 *				driver's first store.
 *   latency_us=N		optional: delay until an invalidation is reported as done
 *   result=FILE		optional: file for the report
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "qemu.h"
#include "sim.h"

__attribute__((visibility("default"))) int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static const struct iommu *const boards[] = { &m4u, &ipmmu };

#define RANGES 64

static struct {
	uint64_t from, to;
} text[RANGES];

/* Set when the rest is complete: another virtual CPU may translate meanwhile. */
static _Atomic unsigned int ranges;
static uint64_t free_at;
static const char *late;
static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER;
static bool frees_seen;
static bool arm64;
static const char *result;

/* Called after a store. */
static void stored(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *data)
{
	struct qemu_plugin_hwaddr *addr;
	uint64_t offset;

	(void)vcpu;
	(void)data;
	/* QEMU 7.2 also calls for loads, although registered for stores. */
	if (!qemu_plugin_mem_is_store(info))
		return;
	addr = qemu_plugin_get_hwaddr(info, vaddr);
	if (!addr)
		return;
	offset = qemu_plugin_hwaddr_phys_addr(addr) - BOARD_REGS;
	if (offset >= iommu->size)
		return;
	iommu->stored(offset);
}

/*
 * Called before the driver loads a register. A wait that is due ends with this load,
 * even if the virtual CPU was preempted for longer than the driver's timeout.
 */
static void looked(unsigned int vcpu, void *data)
{
	(void)vcpu;
	(void)data;
	iommu->tick(now_ns());
}

static void rung(unsigned int vcpu, void *data)
{
	(void)vcpu;
	(void)data;
	COUNT(rings, 1);
	device_ring();
}

static void freed(unsigned int vcpu, void *data)
{
	uint64_t table;

	(void)data;
	if (!inside_first_argument(vcpu, &table))
		return;
	frees_seen = true;
	tlb_table_freed(table);
}

static bool is_driver(uint64_t at)
{
	for (unsigned int i = 0; i < ranges; i++)
		if (at >= text[i].from && at < text[i].to)
			return true;
	return false;
}

/*
 * writel() is a plain 32-bit store (STR Wt, unsigned offset). Most other stores of a
 * driver are of pairs, or to the stack: calls for those would cost more than the
 * driver itself.
 */
static bool may_write_register(uint32_t code)
{
	return !arm64 || ((code & 0xffc00000) == 0xb9000000 && (code >> 5 & 31) != 31);
}

/*
 * readl() is a plain 32-bit load (LDR Wt, unsigned offset). A kernel with
 * CONFIG_ARM64_ERRATUM_832075, as distributions have it, replaces it by a
 * load-acquire (LDAR Wt) on the Cortex-A57 that QEMU emulates.
 */
static bool may_read_register(uint32_t code)
{
	bool plain = (code & 0xffc00000) == 0xb9400000;
	bool acquire = (code & 0xfffffc00) == 0x88dffc00;

	return !arm64 || ((plain || acquire) && (code >> 5 & 31) != 31);
}

static void read_late(void);

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	if (!ranges)
		read_late();
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t at = qemu_plugin_insn_vaddr(insn);
		uint32_t code = 0;

		if (qemu_plugin_insn_size(insn) == sizeof(code))
			memcpy(&code, qemu_plugin_insn_data(insn), sizeof(code));
		if ((latency_ns || iommu->sees_others) && is_driver(at) && may_read_register(code))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, looked, QEMU_PLUGIN_NO_REGS, NULL);
		if (is_driver(at) && may_write_register(code))
			qemu_plugin_register_vcpu_mem_cb(insn, stored, QEMU_PLUGIN_NO_REGS,
							 QEMU_PLUGIN_MEM_WRITE, NULL);
		if (code == BOX_BELL_ARM64 || code == BOX_BELL_ARM)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, rung, QEMU_PLUGIN_NO_REGS, NULL);
		if (free_at && at == free_at)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, freed, QEMU_PLUGIN_NO_REGS, NULL);
	}
}

/* Called for each virtual CPU; at the first, the guest's memory exists. */
static void started(qemu_plugin_id_t id, unsigned int vcpu)
{
	(void)id;
	if (vcpu)
		return;
	if (!ram_find()) {
		say("the guest's memory must be one memory-backend-memfd, share=on, of 1 GiB");
		exit(1);
	}
	control = ram_at(BOARD_BOX, sizeof(*control));
	control->version = BOX_VERSION;
	control->magic = BOX_MAGIC;
	device_start();
}

static void ended(qemu_plugin_id_t id, void *data)
{
	(void)id;
	(void)data;
	if (control && result)
		report_write(result, frees_seen);
}

static bool parse_text(const char *value)
{
	unsigned int n = 0;

	while (*value && n < RANGES) {
		char *end;

		text[n].from = strtoull(value, &end, 16);
		if (*end != '-')
			return false;
		text[n].to = strtoull(end + 1, &end, 16);
		if (text[n].to <= text[n].from || (*end && *end != ':'))
			return false;
		n++;
		value = *end ? end + 1 : end;
	}
	ranges = *value ? 0 : n;
	return ranges;
}

static bool parse(char *arg)
{
	char *value = strchr(arg, '=');
	char *end = "";

	if (!value)
		return false;
	*value++ = '\0';
	if (!strcmp(arg, "board")) {
		for (unsigned int i = 0; i < sizeof(boards) / sizeof(boards[0]); i++)
			if (!strcmp(boards[i]->board, value))
				iommu = boards[i];
		return iommu;
	}
	if (!strcmp(arg, "text"))
		return parse_text(value);
	if (!strcmp(arg, "free"))
		free_at = strtoull(value, &end, 16);
	else if (!strcmp(arg, "latency_us"))
		latency_ns = strtoull(value, &end, 10) * 1000;
	else if (!strcmp(arg, "result"))
		result = strdup(value);
	else if (!strcmp(arg, "late"))
		late = strdup(value);
	else
		return false;
	return *value && !*end;
}

/*
 * A module's code is translated when it first runs, so the file is looked at before
 * each translation until it is complete.
 */
static void read_late(void)
{
	static off_t seen;
	char line[4096], last[4096] = "";
	struct stat now;
	FILE *file;

	pthread_mutex_lock(&reading);
	if (ranges || stat(late, &now) || now.st_size == seen)
		goto unlock;
	seen = now.st_size;
	file = fopen(late, "re");
	if (!file)
		goto unlock;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strcmp(line, "end")) {
			if (parse(last))
				break;
			say("invalid address '%s'", last);
			exit(1);
		}
		/* text comes last, since it is what starts the watching. */
		if (*last && !parse(last)) {
			say("invalid address '%s'", last);
			exit(1);
		}
		strcpy(last, line);
	}
	fclose(file);
unlock:
	pthread_mutex_unlock(&reading);
}

__attribute__((visibility("default")))
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_plugin_info *info, int argc, char **argv)
{
	arm64 = !strcmp(info->target, "aarch64");
	for (int i = 0; i < argc; i++) {
		if (!parse(argv[i])) {
			say("invalid argument '%s'", argv[i]);
			return 1;
		}
	}
	if (!iommu || (!ranges && !late)) {
		say("the arguments board= and text= or late= are required");
		return 1;
	}
	qemu_plugin_register_vcpu_init_cb(id, started);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, ended, NULL);
	return 0;
}
