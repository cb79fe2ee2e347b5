/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels from 5.10 to the newest, for the modules of
 * this folder. Code beside this header is written for the newest; nothing but
 * this header asks for a version.
 */
#ifndef DMAHEAP_COMPAT_H
#define DMAHEAP_COMPAT_H

#include <linux/dma-buf.h>
#include <linux/module.h>
#include <linux/version.h>

/* The namespace of dma-buf's exports, there since 5.16, is a string since 6.13. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define COMPAT_IMPORT_DMA_BUF() MODULE_IMPORT_NS("DMA_BUF")
#define COMPAT_IMPORT_DMA_BUF_HEAP() MODULE_IMPORT_NS("DMA_BUF_HEAP")
#else
#define COMPAT_IMPORT_DMA_BUF() MODULE_IMPORT_NS(DMA_BUF)
#define COMPAT_IMPORT_DMA_BUF_HEAP() MODULE_IMPORT_NS(DMA_BUF_HEAP)
#endif

/* A CPU mapping of a buffer has had three types. */
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

/* Before 6.2 importers did not lock the buffer, so there was one kind of call. */
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

/* The address that a probed function returns to has had two homes. */
#ifdef CONFIG_KRETPROBES
#include <linux/kprobes.h>

static inline unsigned long compat_return_address(struct kretprobe_instance *ri)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
	return get_kretprobe_retaddr(ri);
#else
	return (unsigned long)ri->ret_addr;
#endif
}
#endif

/*
 * Functions of the kernel can be led elsewhere by their first instruction, as a livepatch
 * does it. Other machines could, too, but nothing here was ever run on one; before 6.2
 * much of it was spelt differently.
 */
#if defined(CONFIG_X86_64) && defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS) && \
	LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define COMPAT_HOOKS
#endif

/* What a heap's allocation is told besides the size became wider on the way. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define compat_heap_flags u64
#else
#define compat_heap_flags unsigned int
#endif

/* Calls whose exact type the kernel at hand may not share are not type-checked. */
#ifndef __nocfi
#define __nocfi
#endif

/* What the provider of a heap implements: the types of allocate()'s flags ... */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define COMPAT_FD_FLAGS u32
#define COMPAT_HEAP_FLAGS u64
#else
#define COMPAT_FD_FLAGS unsigned long
#define COMPAT_HEAP_FLAGS unsigned long
#endif

/* ... which once returned a descriptor instead of a dma-buf ... */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 12, 0)
#define COMPAT_ALLOCATE_RETURNS_FD
#endif

/*
 * ... whom the kernel shall keep while a heap is used: a field that only kernels have
 * which can remove heaps, found by Kbuild. A kernel may know of more fields than the
 * headers at hand did, and must then find nothing in them ...
 */
#include <linux/dma-heap.h>

struct compat_export_info {
	struct dma_heap_export_info known;
	void *unknown[4];
};

#ifdef COMPAT_HEAP_HAS_OWNER
#define COMPAT_HEAP_OWNER .owner = THIS_MODULE,
#else
#define COMPAT_HEAP_HAS_OWNER 0
#define COMPAT_HEAP_OWNER
#endif

/* ... and vmap(), which once returned the address instead of filling in a map. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define COMPAT_VMAP_RETURNS_ADDRESS
#endif

#endif
