/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_LIB_IOMMU_GROUPS_H
#define V7S_LIB_IOMMU_GROUPS_H

/** iommu_groups - how many IOMMU groups the machine has now; 0 also without sysfs */
unsigned int iommu_groups(void);

#endif
