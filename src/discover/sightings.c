// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/sightings.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

void dh_sightings_clear(struct dh_sightings *sightings)
{
	free(sightings->all);
	*sightings = (struct dh_sightings){ 0 };
}

size_t dh_sightings_of(const struct dh_sightings *sightings, pid_t pid,
		       const struct dh_sighting **first)
{
	size_t low = 0, high = sightings->n, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sightings->all[middle].pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	*first = sightings->all + low;
	while (low + n < sightings->n && sightings->all[low + n].pid == pid)
		n++;
	return n;
}

#ifdef HAVE_LIBBPF

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/library.h"
#include "base/units.h"

/*
 * Open files below which reading all of /proc takes less time: about 3.5 us each, while the
 * kernel's description of its types and its check of the programs take 12 ms.
 */
#define FEW_FILES 4096

/* PROC_PID_INIT_INO of include/linux/proc_ns.h: the programs see the first namespace's pids. */
#define FIRST_PID_NAMESPACE 0xeffffffcU

/* Loaded when it is wanted, since few runs want it and it brings libelf and zlib along. */
/* clang-format off */
#define FUNCTIONS(x)              \
	x(bpf_iter_create)        \
	x(bpf_link_create)        \
	x(bpf_prog_load)          \
	x(btf__find_by_name_kind) \
	x(btf__free)              \
	x(btf__load_vmlinux_btf)  \
	x(btf__name_by_offset)    \
	x(btf__pointer_size)      \
	x(btf__type_by_id)        \
	x(libbpf_set_print)
/* clang-format on */

static struct {
	FUNCTIONS(DH_LIBRARY_MEMBER)
} library;
static const char *const names[] = { FUNCTIONS(DH_LIBRARY_NAME) };
static struct dh_library libbpf = { .file = "libbpf.so.1", .names = names, .n = ARRAY_SIZE(names) };

static void dh_auto_btf(struct btf **btf)
{
	if (*btf)
		library.btf__free(*btf);
}

/* --- Where the kernel has what the programs look at ------------------------------------ */

/* In bytes; -ENOENT. Members of members without a name count as the structure's own. */
static int member_offset(const struct btf *btf, int structure, const char *name)
{
	const struct btf_type *type = library.btf__type_by_id(btf, (__u32)structure);
	const struct btf_member *members;

	if (!type || !btf_is_composite(type))
		return -ENOENT;
	members = btf_members(type);
	for (__u32 i = 0; i < btf_vlen(type); i++) {
		const char *own = library.btf__name_by_offset(btf, members[i].name_off);
		int at = (int)(btf_member_bit_offset(type, i) / 8), inner;

		if (own && !strcmp(own, name))
			return at;
		inner = own && *own ? -ENOENT : member_offset(btf, (int)members[i].type, name);
		if (inner >= 0)
			return at + inner;
	}
	return -ENOENT;
}

struct layout {
	int16_t task_tgid, task_pid;
	int16_t vma_file;
	int16_t file_inode, inode_sb, sb_magic;
};

static int read_layout(const struct btf *btf, struct layout *layout)
{
	const struct {
		const char *structure, *member;
		int16_t *at;
	} wanted[] = {
		{ "task_struct", "tgid", &layout->task_tgid },
		{ "task_struct", "pid", &layout->task_pid },
		{ "vm_area_struct", "vm_file", &layout->vma_file },
		{ "file", "f_inode", &layout->file_inode },
		{ "inode", "i_sb", &layout->inode_sb },
		{ "super_block", "s_magic", &layout->sb_magic },
	};

	/* Pointers and the magic number are loaded as eight bytes. */
	if (library.btf__pointer_size(btf) != 8)
		return -EOPNOTSUPP;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		int structure =
			library.btf__find_by_name_kind(btf, wanted[i].structure, BTF_KIND_STRUCT);
		int at =
			structure < 0 ? structure : member_offset(btf, structure, wanted[i].member);

		if (at < 0)
			return at;
		if (at > INT16_MAX)
			return -ERANGE;
		*wanted[i].at = (int16_t)at;
	}
	return 0;
}

/* --- The programs ------------------------------------------------------------------------ */

/* clang-format off */
#define LOAD(bits, to, from, at) \
	{ .code = BPF_LDX | BPF_MEM | (bits), .dst_reg = (to), .src_reg = (from), .off = (at) }
#define STORE(bits, to, at, from) \
	{ .code = BPF_STX | BPF_MEM | (bits), .dst_reg = (to), .src_reg = (from), .off = (at) }
#define MOVE(to, from) { .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (to), .src_reg = (from) }
#define SET(to, value) { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (to), .imm = (value) }
#define ADD(to, value) { .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = (to), .imm = (value) }
#define CALL(helper) { .code = BPF_JMP | BPF_CALL, .imm = (helper) }
#define RETURN { .code = BPF_JMP | BPF_EXIT }
/* How far is found out when all stands there. */
#define END_IF(condition, reg, value) \
	{ .code = BPF_JMP | (condition) | BPF_K, .dst_reg = (reg), .imm = (value) }
/* clang-format on */

enum { CONTEXT = BPF_REG_6, FILE_AT = BPF_REG_7, TASK = BPF_REG_8, VALUE = BPF_REG_1 };

/* struct bpf_iter__task_file and bpf_iter__task_vma: each member takes eight bytes. */
enum { META = 0, TASK_OF = 8, VMA_OF = 16, FD_OF = 16, FILE_OF = 24 };

/* The sighting, on the stack. */
enum {
	SIGHTING = -(int)sizeof(struct dh_sighting),
	SIGHTING_PID = SIGHTING + (int)offsetof(struct dh_sighting, pid),
	SIGHTING_TID = SIGHTING + (int)offsetof(struct dh_sighting, tid),
	SIGHTING_FD = SIGHTING + (int)offsetof(struct dh_sighting, fd),
};

struct program {
	struct bpf_insn code[32];
	size_t n;
};

static void append(struct program *program, const struct bpf_insn *code, size_t n)
{
	memcpy(program->code + program->n, code, n * sizeof(*code));
	program->n += n;
}

#define APPEND(program, ...)                                      \
	append(program, (const struct bpf_insn[]){ __VA_ARGS__ }, \
	       sizeof((const struct bpf_insn[]){ __VA_ARGS__ }) / sizeof(struct bpf_insn))

/*
 * For each file, or the file of each mapping: where its filesystem is that of dma-bufs,
 * write a sighting into what is read from the iterator.
 */
static void write_program(struct program *program, const struct layout *layout, bool mappings)
{
	*program = (struct program){ .n = 0 };
	APPEND(program, MOVE(CONTEXT, BPF_REG_1));
	if (mappings)
		APPEND(program, LOAD(BPF_DW, FILE_AT, CONTEXT, VMA_OF), END_IF(BPF_JEQ, FILE_AT, 0),
		       LOAD(BPF_DW, FILE_AT, FILE_AT, layout->vma_file));
	else
		APPEND(program, LOAD(BPF_DW, FILE_AT, CONTEXT, FILE_OF));
	APPEND(program, END_IF(BPF_JEQ, FILE_AT, 0), LOAD(BPF_DW, TASK, CONTEXT, TASK_OF),
	       END_IF(BPF_JEQ, TASK, 0), LOAD(BPF_DW, VALUE, FILE_AT, layout->file_inode),
	       LOAD(BPF_DW, VALUE, VALUE, layout->inode_sb),
	       LOAD(BPF_DW, VALUE, VALUE, layout->sb_magic), END_IF(BPF_JNE, VALUE, DMA_BUF_MAGIC));

	APPEND(program, LOAD(BPF_W, VALUE, TASK, layout->task_tgid),
	       STORE(BPF_W, BPF_REG_10, SIGHTING_PID, VALUE),
	       LOAD(BPF_W, VALUE, TASK, layout->task_pid),
	       STORE(BPF_W, BPF_REG_10, SIGHTING_TID, VALUE));
	if (mappings)
		APPEND(program, SET(VALUE, DH_SIGHTING_MAPPED));
	else
		APPEND(program, LOAD(BPF_W, VALUE, CONTEXT, FD_OF));
	APPEND(program, STORE(BPF_W, BPF_REG_10, SIGHTING_FD, VALUE));

	/* bpf_seq_write(meta->seq, &sighting, sizeof(sighting)) */
	APPEND(program, LOAD(BPF_DW, BPF_REG_1, CONTEXT, META),
	       LOAD(BPF_DW, BPF_REG_1, BPF_REG_1, 0), MOVE(BPF_REG_2, BPF_REG_10),
	       ADD(BPF_REG_2, SIGHTING), SET(BPF_REG_3, sizeof(struct dh_sighting)),
	       CALL(BPF_FUNC_seq_write));
	for (size_t i = 0; i < program->n; i++) {
		struct bpf_insn *code = &program->code[i];

		if (code->code == (BPF_JMP | BPF_JEQ | BPF_K) ||
		    code->code == (BPF_JMP | BPF_JNE | BPF_K))
			code->off = (int16_t)(program->n - i - 1);
	}
	APPEND(program, SET(BPF_REG_0, 0), RETURN);
}

/* --- Reading ------------------------------------------------------------------------------ */

/* What the iterator of that name tells, to be read; or -errno. */
static int open_iterator(const struct btf *btf, const struct layout *layout, const char *target,
			 bool mappings)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_ITER);
	dh_auto(fd) int loaded = -1;
	dh_auto(fd) int link = -1;
	struct program program;
	int type = library.btf__find_by_name_kind(btf, target, BTF_KIND_FUNC);

	if (type < 0)
		return type;
	options.attach_btf_id = (__u32)type;
	write_program(&program, layout, mappings);
	loaded = library.bpf_prog_load(BPF_PROG_TYPE_TRACING, "dmaheapctl", "GPL", program.code,
				       program.n, &options);
	if (loaded < 0)
		return loaded;
	link = library.bpf_link_create(loaded, 0, BPF_TRACE_ITER, NULL);
	if (link < 0)
		return link;
	return library.bpf_iter_create(link);
}

static int read_sightings(int fd, struct dh_sightings *sightings)
{
	for (;;) {
		size_t room = sightings->room ? 2 * sightings->room : 4096;
		ssize_t got;

		if (sightings->n == sightings->room) {
			struct dh_sighting *more =
				reallocarray(sightings->all, room, sizeof(*more));

			if (!more)
				return -ENOMEM;
			sightings->all = more;
			sightings->room = room;
		}
		got = read(fd, sightings->all + sightings->n,
			   (sightings->room - sightings->n) * sizeof(*sightings->all));
		/* After a million of files that are none. */
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got < 0)
			return -errno;
		if (got % (ssize_t)sizeof(*sightings->all))
			return -EBADMSG;
		if (!got)
			return 0;
		sightings->n += (size_t)got / sizeof(*sightings->all);
	}
}

static int in_order(const void *a, const void *b)
{
	const struct dh_sighting *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	return (x->fd > y->fd) - (x->fd < y->fd);
}

static void settle(struct dh_sightings *sightings)
{
	size_t n = 0;

	if (sightings->n)
		qsort(sightings->all, sightings->n, sizeof(*sightings->all), in_order);
	for (size_t i = 0; i < sightings->n; i++)
		if (!n || in_order(&sightings->all[n - 1], &sightings->all[i]))
			sightings->all[n++] = sightings->all[i];
	sightings->n = n;
}

/* CAP_SYS_ADMIN, or CAP_BPF and CAP_PERFMON: without them the kernel would refuse much later. */
static bool may_load_programs(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	uint64_t has;

	if (syscall(SYS_capget, &header, data))
		return false;
	has = data[0].effective | (uint64_t)data[1].effective << 32;
	return has & UINT64_C(1) << CAP_SYS_ADMIN ||
	       (has & UINT64_C(1) << CAP_BPF && has & UINT64_C(1) << CAP_PERFMON);
}

/* Is it worth while, and would the numbers of processes be those of /proc? */
static int ask(const struct dh_root *root)
{
	struct stat namespace;
	char files[64];
	uint64_t n;

	if (dh_file_read(root->proc, "sys/fs/file-nr", files, sizeof(files)) < 0)
		return -ENODATA;
	files[strcspn(files, "\t")] = '\0';
	if (dh_parse_count(files, 0, UINT64_MAX, &n) || n < FEW_FILES)
		return -ENODATA;
	if (!may_load_programs())
		return -EPERM;
	if (fstatat(root->proc, "self/ns/pid", &namespace, 0))
		return -errno;
	return namespace.st_ino == FIRST_PID_NAMESPACE ? 0 : -EXDEV;
}

static int read_all(const struct dh_root *root, struct dh_sightings *sightings)
{
	static const struct {
		const char *name;
		bool mappings;
	} targets[] = { { "bpf_iter_task_file", false }, { "bpf_iter_task_vma", true } };
	dh_auto(btf) struct btf *btf = NULL;
	struct layout layout;
	int ret = ask(root);

	if (ret)
		return ret;
	if (!dh_library_load(&libbpf, &library, root->log))
		return -EOPNOTSUPP;
	/* It would write to stderr. */
	library.libbpf_set_print(NULL);
	btf = library.btf__load_vmlinux_btf();
	if (!btf)
		return -errno;
	ret = read_layout(btf, &layout);
	for (size_t i = 0; i < ARRAY_SIZE(targets) && !ret; i++) {
		dh_auto(fd) int fd =
			open_iterator(btf, &layout, targets[i].name, targets[i].mappings);

		ret = fd < 0 ? fd : read_sightings(fd, sightings);
	}
	return ret;
}

int dh_sightings_read(const struct dh_root *root, struct dh_sightings *sightings)
{
	int ret = read_all(root, sightings);

	if (ret == -ENODATA)
		dh_note(root->log, "bpf: not used, as few files are open: all of /proc is read");
	else if (ret)
		dh_note(root->log, "bpf: %s, so all of /proc is read", dh_errno_name(-ret));
	settle(sightings);
	if (!ret)
		dh_note(root->log, "bpf: %zu descriptors and mapped memories", sightings->n);
	return ret;
}

#else

int dh_sightings_read(const struct dh_root *root, struct dh_sightings *sightings)
{
	(void)sightings;
	dh_note(root->log, "bpf: built without libbpf, so all of /proc is read");
	return -EOPNOTSUPP;
}

#endif
