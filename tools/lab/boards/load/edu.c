// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 the v7scope authors
/*
 * edu: makes the device edu of QEMU access an address that its IOMMU refuses. The
 * device has a DMA engine, and is behind the SMMUv3 of the board smmuv3. insmod
 * returns when the driver of the IOMMU has seen the fault.
 */
#define pr_fmt(fmt)	"edu: " fmt

#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iommu.h>
#include <linux/irq.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>
#include <linux/version.h>

/* Registers of the DMA engine, and its own memory. */
#define DMA_SRC		0x80
#define DMA_DST		0x88
#define DMA_CNT		0x90
#define DMA_CMD		0x98
#define  DMA_RUN	0x1
#define  DMA_TO_PCI	0x2
#define DMA_BUFFER	0x40000

/* Free: the DMA API allocates from the other end of the address space. */
#define IOVA		0x48000000UL
#define OTHER_IOVA	(IOVA + SZ_64M)
#define BUFFER		(4 * PAGE_SIZE)

static char *plant = "fault";
module_param(plant, charp, 0444);
MODULE_PARM_DESC(plant, "fault (default), unmapped, overrun, denied, flood or foreign");

static struct {
	struct pci_dev		*pci;
	void __iomem		*regs;
	struct iommu_domain	*domain;
	int			irq;	/* of the SMMU's queue of events */
	phys_addr_t		phys;
	int			err;
} edu;

static int map_in(struct iommu_domain *domain, unsigned long iova, int prot)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	return iommu_map(domain, iova, edu.phys, BUFFER, prot, GFP_KERNEL);
#else
	return iommu_map(domain, iova, edu.phys, BUFFER, prot);
#endif
}

static int map(unsigned long iova)
{
	return map_in(edu.domain, iova, IOMMU_READ | IOMMU_WRITE);
}

/* The thread of the driver has taken the event from the queue. */
static int await_driver(void)
{
	unsigned long limit = jiffies + 10 * HZ;
	bool pending = true;
	int err = 0;

	while (!err && pending && time_before(jiffies, limit)) {
		err = irq_get_irqchip_state(edu.irq, IRQCHIP_STATE_PENDING, &pending);
		cond_resched();
	}
	synchronize_irq(edu.irq);
	return pending ? -ETIMEDOUT : err;
}

/* Without an answer to its read, the device changes only its own memory. */
static int transfer(unsigned long iova, u64 direction)
{
	unsigned long limit = jiffies + 10 * HZ;

	writeq(direction ? DMA_BUFFER : iova, edu.regs + DMA_SRC);
	writeq(direction ? iova : DMA_BUFFER, edu.regs + DMA_DST);
	/* QEMU would split a longer access, and each half would be a fault. */
	writeq(4, edu.regs + DMA_CNT);
	writeq(DMA_RUN | direction, edu.regs + DMA_CMD);
	while (readq(edu.regs + DMA_CMD) & DMA_RUN) {
		if (time_after(jiffies, limit))
			return -ETIMEDOUT;
		cond_resched();
	}
	return await_driver();
}

static int fault(void)
{
	return transfer(IOVA, 0);
}

static int unmapped(void)
{
	int err = map(IOVA);

	if (err)
		return err;
	iommu_unmap(edu.domain, IOVA, BUFFER);
	return transfer(IOVA + PAGE_SIZE, 0);
}

static int overrun(void)
{
	int err = map(IOVA);

	if (err)
		return err;
	err = transfer(IOVA + BUFFER, 0);
	iommu_unmap(edu.domain, IOVA, BUFFER);
	return err;
}

/* The device writes to a buffer that it may only read. */
static int denied(void)
{
	int err = map_in(edu.domain, IOVA, IOMMU_READ);

	if (err)
		return err;
	err = transfer(IOVA + PAGE_SIZE, DMA_TO_PCI);
	iommu_unmap(edu.domain, IOVA, BUFFER);
	return err;
}

/* As unmapped, but so many maps and unmaps follow that no history has the unmap. */
static int flood(void)
{
	int err = map(IOVA), i;

	if (err)
		return err;
	iommu_unmap(edu.domain, IOVA, BUFFER);
	for (i = 0; i < 4096 && !err; i++) {
		err = map(OTHER_IOVA);
		if (!err)
			iommu_unmap(edu.domain, OTHER_IOVA, BUFFER);
		cond_resched();
	}
	return err ? err : transfer(IOVA + PAGE_SIZE, 0);
}

/* The address is mapped, but only for another device. */
static int foreign(void)
{
	struct iommu_domain *domain = NULL;
	struct pci_dev *other = NULL;
	int err = -ENODEV;

	while (!domain && (other = pci_get_device(0x1af4, PCI_ANY_ID, other)))
		domain = iommu_get_domain_for_dev(&other->dev);
	if (domain && domain != edu.domain)
		err = map_in(domain, IOVA, IOMMU_READ | IOMMU_WRITE);
	if (!err) {
		err = transfer(IOVA, 0);
		iommu_unmap(domain, IOVA, BUFFER);
	}
	pci_dev_put(other);
	return err;
}

static const struct plant {
	const char	*name;
	int		(*run)(void);
} plants[] = {
	{ "fault",	fault },
	{ "unmapped",	unmapped },
	{ "overrun",	overrun },
	{ "denied",	denied },
	{ "flood",	flood },
	{ "foreign",	foreign },
};

/* The device behind the file of the IOMMU in sysfs */
static int find_irq(void)
{
	struct device *file = edu.pci->dev.iommu->iommu_dev->dev;

	if (!file || !file->parent)
		return -ENODEV;
	return platform_get_irq_byname(to_platform_device(file->parent), "eventq");
}

static int run(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(plants); i++)
		if (!strcmp(plant, plants[i].name))
			return plants[i].run();
	pr_err("plant=%s: must be fault, unmapped, overrun, denied, flood or foreign\n", plant);
	return -EINVAL;
}

static int open_device(void)
{
	int err = pcim_enable_device(edu.pci);

	if (err)
		return err;
	pci_set_master(edu.pci);
	edu.regs = pcim_iomap(edu.pci, 0, 0);
	edu.domain = iommu_get_domain_for_dev(&edu.pci->dev);
	if (!edu.regs || !edu.domain || !(edu.domain->type & __IOMMU_DOMAIN_PAGING)) {
		pr_err("the device edu is not behind an IOMMU: boot with lab run --board smmuv3\n");
		return -ENODEV;
	}
	edu.irq = find_irq();
	return edu.irq < 0 ? edu.irq : 0;
}

/* The kernel puts a device behind its IOMMU before a driver probes it. */
static int edu_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	struct page *pages = alloc_pages(GFP_KERNEL, 2);

	if (!pages)
		return -ENOMEM;
	edu.pci = pci;
	edu.phys = page_to_phys(pages);
	edu.err = open_device();
	if (!edu.err)
		edu.err = run();
	pci_clear_master(pci);
	__free_pages(pages, 2);
	return edu.err;
}

static const struct pci_device_id ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{ }
};

static struct pci_driver edu_driver = {
	.name = "v7scope-edu",
	.id_table = ids,
	.probe = edu_probe,
};

/* insmod must fail with the error of the probe, which the driver core does not pass on. */
static int __init edu_init(void)
{
	int err = pci_register_driver(&edu_driver);

	if (err)
		return err;
	err = edu.pci ? edu.err : -ENODEV;
	if (err)
		pci_unregister_driver(&edu_driver);
	return err;
}
module_init(edu_init);

static void __exit edu_exit(void)
{
	pci_unregister_driver(&edu_driver);
}
module_exit(edu_exit);

MODULE_DESCRIPTION("Faults of QEMU's device edu behind an SMMUv3");
MODULE_LICENSE("GPL");
