// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debugfs file "inspect": a process writes the number of a dma-buf descriptor, and reads
 * the memory layout of the buffer.
 */
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "compat.h"
#include "device.h"
#include "facts.h"
#include "folder.h"
#include "inspect.h"
#include "text.h"

#define ANSWER_SIZE (4 * NAME_SIZE + 384)

/**
 * struct inspection - an open "inspect" file
 * @lock: protects the other fields
 * @length: length of @answer in bytes, 0 if the last inspection failed
 * @answer: record of the buffer that was inspected last
 */
struct inspection {
	struct mutex lock; /* protects the fields below */
	size_t length;
	char answer[ANSWER_SIZE];
};

/* with_mapping() attaches this device, which has a 64-bit DMA mask, to a buffer. */
static struct platform_device *importer;

int inspect_init(void)
{
	importer = importer_create(64);
	return PTR_ERR_OR_ZERO(importer);
}

void inspect_exit(void)
{
	platform_device_unregister(importer);
}

static void format_answer(struct dma_buf *dmabuf, struct sg_table *table, void *data)
{
	struct inspection *inspection = data;
	char *to = inspection->answer, *end = to + ANSWER_SIZE;
	char name[NAME_SIZE];

	text_peek(name, dmabuf->exp_name, sizeof(name));
	to += scnprintf(to, end - to, DMAHEAP_DEBUG_REC_INSPECT " exporter=");
	to += text_escape(to, 4 * NAME_SIZE, name);
	to += scnprintf(to, end - to, " size=%zu ino=%llu ", dmabuf->size,
			(u64)file_inode(dmabuf->file)->i_ino);
	to += sg_layout_print(to, end - to, table);
	to += scnprintf(to, end - to, "\n");
	inspection->length = to - inspection->answer;
}

/* Maps @dmabuf for a device that can access all memory, and calls @use with the mapping. */
static int with_mapping(struct dma_buf *dmabuf,
			void (*use)(struct dma_buf *dmabuf, struct sg_table *table, void *data),
			void *data)
{
	struct dma_buf_attachment *attachment;
	struct sg_table *table;

	attachment = dma_buf_attach(dmabuf, &importer->dev);
	if (IS_ERR(attachment))
		return PTR_ERR(attachment);
	table = dma_buf_map_attachment_unlocked(attachment, DMA_TO_DEVICE);
	if (!IS_ERR_OR_NULL(table)) {
		use(dmabuf, table, data);
		dma_buf_unmap_attachment_unlocked(attachment, table, DMA_TO_DEVICE);
	}
	dma_buf_detach(dmabuf, attachment);
	return table ? PTR_ERR_OR_ZERO(table) : -ENOMEM;
}

static void set_highest(struct dma_buf *dmabuf, struct sg_table *table, void *highest)
{
	*(u64 *)highest = sg_layout_highest(table);
}

/**
 * inspect_highest() - find the highest DMA address of a buffer
 * @dmabuf: buffer
 * @highest: result, unchanged on failure
 *
 * Return: 0, or the error of attaching or mapping the buffer.
 */
int inspect_highest(struct dma_buf *dmabuf, u64 *highest)
{
	return with_mapping(dmabuf, set_highest, highest);
}

static int inspect(struct inspection *inspection, int fd)
{
	struct dma_buf *dmabuf = dma_buf_get(fd);
	int ret;

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	ret = with_mapping(dmabuf, format_answer, inspection);
	dma_buf_put(dmabuf);
	return ret;
}

static int inspect_open(struct inode *inode, struct file *file)
{
	struct inspection *inspection = kzalloc(sizeof(*inspection), GFP_KERNEL);

	if (!inspection)
		return -ENOMEM;
	mutex_init(&inspection->lock);
	file->private_data = inspection;
	return 0;
}

static int inspect_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static ssize_t inspect_write(struct file *file, const char __user *from, size_t count,
			     loff_t *position)
{
	struct inspection *inspection = file->private_data;
	int ret, fd;

	ret = kstrtoint_from_user(from, count, 10, &fd);
	if (ret)
		return ret;
	ret = mutex_lock_interruptible(&inspection->lock);
	if (ret)
		return ret;
	inspection->length = 0;
	ret = inspect(inspection, fd);
	mutex_unlock(&inspection->lock);
	/* Let the next read begin at the start of the answer. */
	*position = 0;
	return ret ?: count;
}

static ssize_t inspect_read(struct file *file, char __user *to, size_t count, loff_t *position)
{
	struct inspection *inspection = file->private_data;
	ssize_t ret;

	ret = mutex_lock_interruptible(&inspection->lock);
	if (ret)
		return ret;
	ret = simple_read_from_buffer(to, count, position, inspection->answer, inspection->length);
	mutex_unlock(&inspection->lock);
	return ret;
}

const struct file_operations inspect_operations = {
	.owner = THIS_MODULE,
	.open = inspect_open,
	.release = inspect_release,
	.write = inspect_write,
	.read = inspect_read,
	.llseek = default_llseek,
};
