/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Names of page tables and tasks for people; the caller passes the buffer. */
#ifndef V7S_OUTPUT_LABEL_H
#define V7S_OUTPUT_LABEL_H

#include "model/model.h"

/** label_table - "pgtable 3 (dev 14006000.iommu, arm_v7s)" */
const char *label_table(const struct row *row, char *buf, size_t size);

/** label_device - "14006000.iommu, arm_v7s" */
const char *label_device(const struct row *row, char *buf, size_t size);

/** label_pid - "name/71", and "name/70:71" for a thread of process 70 */
const char *label_pid(const char *comm, uint32_t tgid, uint32_t pid, char *buf,
		     size_t size);

/** label_task - the same, or the number of tasks that were added up */
const char *label_task(const struct task *t, char *buf, size_t size);

#endif
