/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hides the differences between kernel versions (5.10 and later) that affect the modules in
 * this directory. The modules are written for the newest kernel. Only this header checks
 * the kernel version.
 */
#ifndef DMAHEAP_COMPAT_H
#define DMAHEAP_COMPAT_H

#include <linux/dma-buf.h>
#include <linux/module.h>
#include <linux/version.h>

/*
 * 5.16 added the symbol namespace DMA_BUF. On older kernels, the import has no effect. Since 6.13,
 * MODULE_IMPORT_NS() takes a string.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define COMPAT_IMPORT_DMA_BUF() MODULE_IMPORT_NS("DMA_BUF")
#define COMPAT_IMPORT_DMA_BUF_HEAP() MODULE_IMPORT_NS("DMA_BUF_HEAP")
#else
#define COMPAT_IMPORT_DMA_BUF() MODULE_IMPORT_NS(DMA_BUF)
#define COMPAT_IMPORT_DMA_BUF_HEAP() MODULE_IMPORT_NS(DMA_BUF_HEAP)
#endif

/* The type that describes a vmap of a buffer changed in 5.11 and in 5.18. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
#include <linux/iosys-map.h>
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
#include <linux/dma-buf-map.h>
#define iosys_map dma_buf_map
#define iosys_map_set_vaddr dma_buf_map_set_vaddr
#define iosys_map_clear dma_buf_map_clear
#else
struct iosys_map {
	void *vaddr;
	bool is_iomem;
};
#endif

/*
 * Before 6.2, dma_buf_map_attachment(), dma_buf_vmap() and the functions that undo them had no
 * _unlocked variants. Importers with static mappings called them without locking the buffer's
 * dma_resv object.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define dma_buf_map_attachment_unlocked dma_buf_map_attachment
#define dma_buf_unmap_attachment_unlocked dma_buf_unmap_attachment
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
#define dma_buf_vmap_unlocked dma_buf_vmap
#define dma_buf_vunmap_unlocked dma_buf_vunmap
#else
static inline int dma_buf_vmap_unlocked(struct dma_buf *dmabuf, struct iosys_map *map)
{
	map->vaddr = dma_buf_vmap(dmabuf);
	map->is_iomem = false;
	return map->vaddr ? 0 : -EINVAL;
}

static inline void dma_buf_vunmap_unlocked(struct dma_buf *dmabuf, struct iosys_map *map)
{
	dma_buf_vunmap(dmabuf, map->vaddr);
}
#endif
#endif

#ifdef CONFIG_KRETPROBES
#include <linux/kprobes.h>

/*
 * Returns the kretprobe of an instance. Since 5.11, returns NULL if the kretprobe is being
 * unregistered.
 */
static inline struct kretprobe *compat_kretprobe(struct kretprobe_instance *ri)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
	return get_kretprobe(ri);
#else
	return ri->rp;
#endif
}

/*
 * Since 5.18, the location of the return address in a kretprobe instance depends on the
 * configuration of the kernel, and get_kretprobe_retaddr() finds it.
 */
static inline unsigned long compat_return_address(struct kretprobe_instance *ri)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
	return get_kretprobe_retaddr(ri);
#else
	return (unsigned long)ri->ret_addr;
#endif
}

/*
 * Returns the return address of a call, or 0 on architectures that are not listed here. Call this
 * function in the handler of a kprobe at the entry of the called function.
 */
static inline unsigned long compat_caller(struct pt_regs *regs)
{
#if defined(CONFIG_X86)
	return READ_ONCE_NOCHECK(*(unsigned long *)kernel_stack_pointer(regs));
#elif defined(CONFIG_ARM64)
	return regs->regs[30];
#elif defined(CONFIG_ARM)
	return regs->ARM_lr;
#elif defined(CONFIG_RISCV)
	return regs->ra;
#else
	return 0;
#endif
}
#endif

/* Type of the parameter heap_flags of dma_heap_buffer_alloc(), if the function is exported. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define compat_heap_flags u64
#else
#define compat_heap_flags unsigned int
#endif

/*
 * __nocfi disables the CFI check of the types of called functions. The modules need it because the
 * prototypes of the functions that they look up may differ between kernels. Kernels before 5.13 do
 * not define __nocfi.
 */
#ifndef __nocfi
#define __nocfi
#endif

/* Types of the parameters fd_flags and heap_flags of dma_heap_ops.allocate(). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define COMPAT_FD_FLAGS u32
#define COMPAT_HEAP_FLAGS u64
#else
#define COMPAT_FD_FLAGS unsigned long
#define COMPAT_HEAP_FLAGS unsigned long
#endif

/* Before 5.12, dma_heap_ops.allocate() returned a file descriptor instead of a dma-buf. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 12, 0)
#define COMPAT_ALLOCATE_RETURNS_FD
#endif

/*
 * struct dma_heap_export_info may have more fields in the running kernel than in the headers
 * that the module was built with. The additional fields must be zero: @unknown adds zeroed
 * space for them.
 */
#include <linux/dma-heap.h>

struct compat_export_info {
	struct dma_heap_export_info known;
	void *unknown[4];
};

/* Before 5.11, dma_buf_ops.vmap() returned an address instead of filling in a struct. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define COMPAT_VMAP_RETURNS_ADDRESS
#endif

#endif
