/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's types as far as our BPF programs read them.
 *
 * CO-RE: only the names of structures and members count. When a program is loaded, the kernel
 * puts in the offsets of the running kernel, which it has from its own BTF. So this takes the
 * place of a generated vmlinux.h, and it needs no header of Linux or of the C library, which
 * would be those of the machine that builds.
 */
#ifndef DH_DISCOVER_TYPES_BPF_H
#define DH_DISCOVER_TYPES_BPF_H

/* Those that libbpf's bpf_helpers.h takes from the including file. */
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

/* Those of records.h. */
typedef __s32 int32_t;
typedef __s64 int64_t;
typedef __u64 uint64_t;

#define RELOCATED __attribute__((preserve_access_index))

struct super_block {
	unsigned long s_magic;
} RELOCATED;

struct inode {
	struct super_block *i_sb;
	unsigned long i_ino;
} RELOCATED;

struct file_ref {
	struct {
		__s64 counter;
	} refcnt; /* atomic_long_t */
} RELOCATED;

struct file {
	struct inode *f_inode;
	struct file_ref f_ref; /* since 6.13 */
} RELOCATED;

struct dma_buf {
	unsigned long size;
	struct file *file;
	const char *exp_name;
	char *name; /* NULL where it has none */
} RELOCATED;

struct vm_area_struct {
	struct file *vm_file;
} RELOCATED;

struct task_struct {
	int pid;  /* user space's thread id */
	int tgid; /* user space's process id */
} RELOCATED;

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} RELOCATED;

/*
 * Contexts, of kernel/bpf/task_iter.c and dmabuf_iter.c. The last call is made after the last
 * object, and has NULL in place of one.
 */
struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
} RELOCATED;

struct bpf_iter__task_vma {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct vm_area_struct *vma;
} RELOCATED;

struct bpf_iter__dmabuf {
	struct bpf_iter_meta *meta;
	struct dma_buf *dmabuf;
} RELOCATED;

#endif
