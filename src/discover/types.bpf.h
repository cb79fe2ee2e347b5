/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel types, with only the members that the BPF programs read.
 *
 * This header replaces a generated vmlinux.h. With CO-RE, only the names of structures and members
 * matter: when a kernel loads a program, the kernel inserts the offsets from its own BTF. The
 * programs include no headers of Linux or the C library, because these describe the build host.
 */
#ifndef DH_DISCOVER_TYPES_BPF_H
#define DH_DISCOVER_TYPES_BPF_H

/* bpf_helpers.h of libbpf expects the including file to define these types. */
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

/* records.h uses these types. */
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
	char *name; /* NULL if the buffer has no name */
} RELOCATED;

struct vm_area_struct {
	struct file *vm_file;
} RELOCATED;

struct task_struct {
	int pid;  /* thread ID in user space */
	int tgid; /* process ID in user space */
} RELOCATED;

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} RELOCATED;

/*
 * The contexts that kernel/bpf/task_iter.c and dmabuf_iter.c pass to a program. The verifier
 * requires a program to compare the pointer to the object with NULL. After the last object,
 * task_iter.c calls the program once more, with NULL.
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
