// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * QEMU's plugin interface can neither raise an interrupt nor read a register. So
 * iommu-sim calls the emulator's own functions, which QEMU exports for its modules,
 * and finds them by name. If another version of QEMU lacks one, the interrupt is not
 * raised or the free not counted, and the report says so.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "sim.h"

static struct {
	void *(*object_resolve_path_type)(const char *path, const char *type, bool *ambiguous);
	void *(*qdev_get_gpio_in)(void *device, int nr);
	void (*qemu_set_irq)(void *irq, int level);
	void (*qemu_mutex_lock_iothread_impl)(const char *file, int line);
	void (*qemu_mutex_unlock_iothread)(void);
	void *(*qemu_get_cpu)(int index);
	int (*aarch64_cpu_gdb_read_register)(void *cpu, void *bytes, int nr);
	int (*arm_cpu_gdb_read_register)(void *cpu, void *bytes, int nr);
	void *(*g_byte_array_new)(void);
	uint8_t *(*g_byte_array_free)(void *bytes, int data_too);
} qemu;

#define NAME(name) { #name, offsetof(__typeof__(qemu), name) }

static const struct {
	const char *name;
	size_t at;
} names[] = {
	NAME(object_resolve_path_type),
	NAME(qdev_get_gpio_in),
	NAME(qemu_set_irq),
	NAME(qemu_mutex_lock_iothread_impl),
	NAME(qemu_mutex_unlock_iothread),
	NAME(qemu_get_cpu),
	NAME(aarch64_cpu_gdb_read_register),
	NAME(arm_cpu_gdb_read_register),
	NAME(g_byte_array_new),
	NAME(g_byte_array_free),
};

__attribute__((constructor)) static void look_up(void)
{
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		void *function = dlsym(RTLD_DEFAULT, names[i].name);

		memcpy((char *)&qemu + names[i].at, &function, sizeof(function));
	}
}

/*
 * One pulse is enough: in the device trees the interrupts are edges, so no line has
 * to be lowered while a CPU executes.
 */
bool inside_interrupt(unsigned int spi)
{
	void *gic, *line;

	if (!qemu.object_resolve_path_type || !qemu.qdev_get_gpio_in || !qemu.qemu_set_irq ||
	    !qemu.qemu_mutex_lock_iothread_impl || !qemu.qemu_mutex_unlock_iothread)
		return false;
	gic = qemu.object_resolve_path_type("", "arm_gic", NULL);
	if (!gic)
		return false;
	line = qemu.qdev_get_gpio_in(gic, spi);
	qemu.qemu_mutex_lock_iothread_impl(__FILE__, __LINE__);
	qemu.qemu_set_irq(line, 1);
	qemu.qemu_set_irq(line, 0);
	qemu.qemu_mutex_unlock_iothread();
	return true;
}

/*
 * Valid only at a function's first instruction: the emulator has the registers in
 * memory only between translated blocks.
 */
bool inside_first_argument(unsigned int vcpu, uint64_t *value)
{
	int (*read)(void *cpu, void *bytes, int nr) = qemu.aarch64_cpu_gdb_read_register;
	struct { uint8_t *data; unsigned int len; } *bytes;
	int len;

	if (!read)
		read = qemu.arm_cpu_gdb_read_register;
	if (!read || !qemu.qemu_get_cpu || !qemu.g_byte_array_new || !qemu.g_byte_array_free)
		return false;
	bytes = qemu.g_byte_array_new();
	len = read(qemu.qemu_get_cpu(vcpu), bytes, 0);
	*value = 0;
	if (len == 4 || len == 8)
		memcpy(value, bytes->data, len);
	qemu.g_byte_array_free(bytes, 1);
	return len == 4 || len == 8;
}
