// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaheap_client uses DMA-BUF heaps as a driver does, and inspects buffers, at the request of a
 * process. The module needs no kprobes. See dmaheap_client(4).
 *
 * The debugfs file "client" runs commands. Each open of the file starts a session, which uses a
 * heap step by step. Closing the file undoes all steps of the session.
 */
#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "client.h"
#include "command.h"
#include "version.h"

struct dma_heap;

/**
 * struct accessors - kernel functions for drivers that use heaps; NULL if not exported
 * @find: looks up a heap by name and takes a reference
 * @put: drops the reference that @find took
 * @alloc: allocates a buffer from a heap
 * @find_name: exported name of @find, for __symbol_put(); valid if @find is not NULL
 */
struct accessors {
	struct dma_heap *(*find)(const char *name);
	void (*put)(struct dma_heap *heap);
	struct dma_buf *(*alloc)(struct dma_heap *heap, size_t length, unsigned int fd_flags,
				 compat_heap_flags heap_flags);
	const char *find_name;
};

#define ACCESSOR_FIND "dma_heap_find_by_name"
#define ACCESSOR_FIND_ANDROID "dma_heap_find"
#define ACCESSOR_PUT "dma_heap_put"
#define ACCESSOR_ALLOC "dma_heap_buffer_alloc"

/**
 * struct session - resources that the steps have acquired
 * @accessors: accessors that have been found
 * @heap: heap that has been found, or NULL
 * @dmabuf: buffer allocated or imported, or NULL
 * @device: device of @attachment, or NULL
 * @attachment: attachment of @dmabuf, or NULL
 * @table: mapping of @attachment, or NULL
 * @map: kernel mapping of @dmabuf, if @vmapped
 * @vmapped: @dmabuf is mapped in the kernel
 */
struct session {
	struct accessors accessors;
	struct dma_heap *heap;
	struct dma_buf *dmabuf;
	struct platform_device *device;
	struct dma_buf_attachment *attachment;
	struct sg_table *table;
	struct iosys_map map;
	bool vmapped;
};

/**
 * accessors_get() - look up the accessors that are still missing
 * @accessors: accessors that have been found; this function adds more
 *
 * Call this function before each use: a module loaded since the last call may export more
 * accessors. Until accessors_put(), each accessor pins the module that exports it.
 */
static void accessors_get(struct accessors *accessors)
{
	if (!accessors->find) {
		accessors->find_name = ACCESSOR_FIND;
		accessors->find = __symbol_get(ACCESSOR_FIND);
	}
	if (!accessors->find) {
		accessors->find_name = ACCESSOR_FIND_ANDROID;
		accessors->find = __symbol_get(ACCESSOR_FIND_ANDROID);
	}
	if (!accessors->put)
		accessors->put = __symbol_get(ACCESSOR_PUT);
	if (!accessors->alloc)
		accessors->alloc = __symbol_get(ACCESSOR_ALLOC);
}

static void accessors_put(struct accessors *accessors)
{
	if (accessors->find)
		__symbol_put(accessors->find_name);
	if (accessors->put)
		__symbol_put(ACCESSOR_PUT);
	if (accessors->alloc)
		__symbol_put(ACCESSOR_ALLOC);
	*accessors = (struct accessors) { };
}

/* --- Steps ---------------------------------------------------------------------------- */

/*
 * The caller serializes the steps. The steps return 0 or the error from the kernel function
 * that they call, or one of these errors:
 *
 *   -EOPNOTSUPP  The kernel does not export the accessor that the step needs.
 *   -EBUSY       The step is already done, or another step still uses the resource.
 *   -ENOTCONN    Another step must come first.
 *   -ENOENT      No heap has this name.
 *   -ERANGE      The DMA mask of the device does not cover the buffer.
 *   -EINVAL      The allocation function of the kernel would truncate heap_flags.
 */

/*
 * __nocfi: the prototype of an accessor may differ from that in struct accessors, for
 * example in the width of a flags argument. On 64-bit architectures, the call works, but kernels
 * with CFI reject it without __nocfi. noinline: the accounts of dmaheap_debug name these functions.
 */
static noinline int __nocfi session_find(struct session *session, const char *name)
{
	struct dma_heap *heap;

	accessors_get(&session->accessors);
	if (!session->accessors.find)
		return -EOPNOTSUPP;
	if (session->heap)
		return -EBUSY;
	heap = session->accessors.find(name);
	if (IS_ERR_OR_NULL(heap))
		return heap ? PTR_ERR(heap) : -ENOENT;
	session->heap = heap;
	return 0;
}

static noinline int __nocfi session_alloc(struct session *session, size_t size, u64 heap_flags)
{
	struct dma_buf *dmabuf;

	accessors_get(&session->accessors);
	if (!session->accessors.alloc)
		return -EOPNOTSUPP;
	if (!session->heap)
		return -ENOTCONN;
	if (session->dmabuf)
		return -EBUSY;
	/* Before 6.6, the accessor takes 32-bit flags: reject flags that would be truncated. */
	if ((compat_heap_flags)heap_flags != heap_flags)
		return -EINVAL;
	dmabuf = session->accessors.alloc(session->heap, size, O_RDWR | O_CLOEXEC, heap_flags);
	if (IS_ERR_OR_NULL(dmabuf))
		return dmabuf ? PTR_ERR(dmabuf) : -ENOMEM;
	session->dmabuf = dmabuf;
	return 0;
}

static int session_import(struct session *session, int fd)
{
	struct dma_buf *dmabuf;

	if (session->dmabuf)
		return -EBUSY;
	dmabuf = dma_buf_get(fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	session->dmabuf = dmabuf;
	return 0;
}

static int session_attach(struct session *session, unsigned int mask_bits)
{
	struct dma_buf_attachment *attachment;
	struct platform_device *device;

	if (!session->dmabuf)
		return -ENOTCONN;
	if (session->attachment)
		return -EBUSY;
	device = importer_create(mask_bits);
	if (IS_ERR(device))
		return PTR_ERR(device);
	attachment = dma_buf_attach(session->dmabuf, &device->dev);
	if (IS_ERR(attachment)) {
		platform_device_unregister(device);
		return PTR_ERR(attachment);
	}
	session->device = device;
	session->attachment = attachment;
	return 0;
}

/*
 * Checks that the DMA mask of the device covers the buffer. Otherwise, the DMA layer would warn, or
 * would map a copy that the exporter may not synchronize.
 */
static int check_mask(const struct session *session)
{
	u64 highest;
	int ret = inspect_highest(session->dmabuf, &highest);

	if (!ret && highest > dma_get_mask(&session->device->dev))
		ret = -ERANGE;
	return ret;
}

static int session_map(struct session *session)
{
	struct sg_table *table;
	int ret;

	if (!session->attachment)
		return -ENOTCONN;
	if (session->table)
		return -EBUSY;
	ret = check_mask(session);
	if (ret)
		return ret;
	table = dma_buf_map_attachment_unlocked(session->attachment, DMA_BIDIRECTIONAL);
	if (IS_ERR_OR_NULL(table))
		return table ? PTR_ERR(table) : -ENOMEM;
	session->table = table;
	return 0;
}

static int session_vmap(struct session *session)
{
	int ret;

	if (!session->dmabuf)
		return -ENOTCONN;
	if (session->vmapped)
		return -EBUSY;
	ret = dma_buf_vmap_unlocked(session->dmabuf, &session->map);
	session->vmapped = !ret;
	return ret;
}

static int session_vunmap(struct session *session)
{
	if (!session->vmapped)
		return -ENOTCONN;
	dma_buf_vunmap_unlocked(session->dmabuf, &session->map);
	session->vmapped = false;
	return 0;
}

static int session_unmap(struct session *session)
{
	if (!session->table)
		return -ENOTCONN;
	dma_buf_unmap_attachment_unlocked(session->attachment, session->table, DMA_BIDIRECTIONAL);
	session->table = NULL;
	return 0;
}

static int session_detach(struct session *session)
{
	if (!session->attachment)
		return -ENOTCONN;
	if (session->table)
		return -EBUSY;
	dma_buf_detach(session->dmabuf, session->attachment);
	platform_device_unregister(session->device);
	session->attachment = NULL;
	session->device = NULL;
	return 0;
}

static int session_free(struct session *session)
{
	if (!session->dmabuf)
		return -ENOTCONN;
	if (session->attachment || session->vmapped)
		return -EBUSY;
	dma_buf_put(session->dmabuf);
	session->dmabuf = NULL;
	return 0;
}

static noinline int __nocfi session_put(struct session *session)
{
	accessors_get(&session->accessors);
	if (!session->accessors.put)
		return -EOPNOTSUPP;
	if (!session->heap)
		return -ENOTCONN;
	session->accessors.put(session->heap);
	session->heap = NULL;
	return 0;
}

/*
 * Releases all resources of the session. Undoing a step that was not done fails without
 * effect, so call all functions unconditionally.
 */
static void session_end(struct session *session)
{
	session_unmap(session);
	session_detach(session);
	session_vunmap(session);
	session_free(session);
	session_put(session);
	accessors_put(&session->accessors);
}

/* --- Commands ------------------------------------------------------------------------- */

/**
 * struct client - an open "client" file
 * @answer: answer to the last command
 * @session: resources that the commands have acquired; protected by @answer.lock
 */
struct client {
	struct answer answer;
	struct session session;
};

/**
 * struct command - a command of the "client" file
 * @word: first word of the line
 * @symbol: accessor that the answer names if the kernel does not export it; NULL if the command
 *	needs no accessor
 * @run: runs the command; @arguments is the rest of the line, never NULL; returns 0 or
 *	-errno
 * @result: appends the results of a successful command to its "ok" line, and returns
 *	their length in bytes; NULL if the command has no results
 */
struct command {
	const char *word;
	const char *symbol;
	int (*run)(struct session *session, char *arguments);
	int (*result)(struct session *session, char *to, size_t size);
};

/*
 * Parses @arguments, which must be empty or "KEY=NUMBER", where KEY is @key. Stores NUMBER in
 * *value, or leaves *value unchanged if @arguments is empty. Returns 0 or -errno.
 */
static int parse_number_argument(const char *arguments, const char *key, u64 *value)
{
	if (!*arguments)
		return 0;
	if (strncmp(arguments, key, strlen(key)) || arguments[strlen(key)] != '=')
		return -EINVAL;
	return kstrtou64(arguments + strlen(key) + 1, 0, value);
}

static int run_find(struct session *session, char *name)
{
	int ret = text_unescape(name);

	return ret ?: session_find(session, name);
}

static int run_alloc(struct session *session, char *arguments)
{
	char *size = strsep(&arguments, " ");
	unsigned long bytes;
	u64 heap_flags = 0;
	int ret;

	ret = kstrtoul(size, 0, &bytes);
	if (!ret)
		ret = parse_number_argument(arguments ?: "", "heap_flags", &heap_flags);
	return ret ?: session_alloc(session, bytes, heap_flags);
}

static int run_import(struct session *session, char *number)
{
	int fd, ret = kstrtoint(number, 10, &fd);

	return ret ?: session_import(session, fd);
}

static int run_attach(struct session *session, char *arguments)
{
	u64 mask = 64;
	int ret = parse_number_argument(arguments, "mask", &mask);

	if (!ret && (mask < 1 || mask > 64))
		ret = -EINVAL;
	return ret ?: session_attach(session, mask);
}

#define RUN_PLAIN(step)								\
static int run_##step(struct session *session, char *arguments)			\
{										\
	return *arguments ? -EINVAL : session_##step(session);			\
}

RUN_PLAIN(map)
RUN_PLAIN(vmap)
RUN_PLAIN(vunmap)
RUN_PLAIN(unmap)
RUN_PLAIN(detach)
RUN_PLAIN(free)
RUN_PLAIN(put)

static int size_result(struct session *session, char *to, size_t size)
{
	return scnprintf(to, size, " size=%zu", session->dmabuf->size);
}

static int map_result(struct session *session, char *to, size_t size)
{
	int length = scnprintf(to, size, " ");

	return length + sg_layout_print(to + length, size - length, session->table);
}

static int vmap_result(struct session *session, char *to, size_t size)
{
	return scnprintf(to, size, " iomem=%s", session->map.is_iomem ? "yes" : "no");
}

static const struct command commands[] = {
	{ "find", ACCESSOR_FIND_ANDROID, run_find },
	{ "alloc", ACCESSOR_ALLOC, run_alloc, size_result },
	{ "import", NULL, run_import, size_result },
	{ "attach", NULL, run_attach },
	{ "map", NULL, run_map, map_result },
	{ "vmap", NULL, run_vmap, vmap_result },
	{ "vunmap", NULL, run_vunmap },
	{ "unmap", NULL, run_unmap },
	{ "detach", NULL, run_detach },
	{ "free", NULL, run_free },
	{ "put", ACCESSOR_PUT, run_put },
};

static const struct command *command_named(const char *word)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(commands[i].word, word))
			return &commands[i];
	}
	return NULL;
}

static void format_answer(struct client *client, const struct command *command, int error)
{
	char *to = client->answer.text, *end = to + ANSWER_SIZE;

	if (error == -EOPNOTSUPP && command->symbol) {
		to += scnprintf(to, end - to, "unsupported command=%s symbol=%s\n", command->word,
				command->symbol);
	} else if (error) {
		to += scnprintf(to, end - to, "error command=%s errno=%d\n", command->word, -error);
	} else {
		to += scnprintf(to, end - to, "ok command=%s", command->word);
		if (command->result)
			to += command->result(&client->session, to, end - to);
		to += scnprintf(to, end - to, "\n");
	}
	client->answer.length = to - client->answer.text;
}

static int run_command(struct client *client, char *line)
{
	const struct command *command = command_named(strsep(&line, " "));
	char no_arguments[] = "";

	client->answer.length = 0;
	if (!command)
		return -EINVAL;
	format_answer(client, command, command->run(&client->session, line ?: no_arguments));
	return 0;
}

static int client_open(struct inode *inode, struct file *file)
{
	struct client *client = kzalloc(sizeof(*client), GFP_KERNEL);

	if (!client)
		return -ENOMEM;
	mutex_init(&client->answer.lock);
	file->private_data = client;
	return 0;
}

static int client_release(struct inode *inode, struct file *file)
{
	struct client *client = file->private_data;

	session_end(&client->session);
	kfree(client);
	return 0;
}

static ssize_t client_write(struct file *file, const char __user *from, size_t count,
			    loff_t *position)
{
	struct client *client = file->private_data;
	char *line = copy_command(from, count);
	int ret;

	if (IS_ERR(line))
		return PTR_ERR(line);
	ret = mutex_lock_interruptible(&client->answer.lock);
	if (!ret) {
		ret = run_command(client, line);
		mutex_unlock(&client->answer.lock);
	}
	kfree(line);
	/* The next read starts at the beginning of the answer. */
	*position = 0;
	return ret ?: count;
}

/* Also reads the answers of the file "inspect": each private_data begins with a struct answer. */
ssize_t answer_read(struct file *file, char __user *to, size_t count, loff_t *position)
{
	struct answer *answer = file->private_data;
	ssize_t ret;

	ret = mutex_lock_interruptible(&answer->lock);
	if (ret)
		return ret;
	ret = simple_read_from_buffer(to, count, position, answer->text, answer->length);
	mutex_unlock(&answer->lock);
	return ret;
}

static const struct file_operations client_operations = {
	.owner = THIS_MODULE,
	.open = client_open,
	.release = client_release,
	.write = client_write,
	.read = answer_read,
	.llseek = default_llseek,
};

/* --- Module ----------------------------------------------------------------------- */

static struct dentry *directory;

static int version_show(struct seq_file *file, void *unused)
{
	seq_printf(file, DMAHEAP_DEBUG_REC_VERSION " major=%d minor=%d module=%s\n",
		   DMAHEAP_CLIENT_MAJOR, DMAHEAP_CLIENT_MINOR, THIS_MODULE->version ?: "");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(version);

static int __init dmaheap_client_init(void)
{
	int ret = inspect_init();

	if (ret)
		return ret;
	directory = debugfs_create_dir(DMAHEAP_CLIENT_DIR, NULL);
	if (IS_ERR(directory)) {
		inspect_exit();
		return PTR_ERR(directory);
	}
	debugfs_create_file(DMAHEAP_DEBUG_VERSION_FILE, 0400, directory, NULL, &version_fops);
	debugfs_create_file(DMAHEAP_CLIENT_INSPECT_FILE, 0600, directory, NULL,
			    &inspect_operations);
	debugfs_create_file(DMAHEAP_CLIENT_CLIENT_FILE, 0600, directory, NULL, &client_operations);
	return 0;
}
module_init(dmaheap_client_init);

static void __exit dmaheap_client_exit(void)
{
	debugfs_remove(directory);
	inspect_exit();
}
module_exit(dmaheap_client_exit);

MODULE_DESCRIPTION("Uses DMA-BUF heaps as a driver does, and inspects buffers");
MODULE_LICENSE("GPL");
MODULE_VERSION(DMAHEAP_VERSION);
COMPAT_IMPORT_DMA_BUF();
