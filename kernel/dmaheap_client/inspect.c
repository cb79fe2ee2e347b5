// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debugfs file "inspect": a process writes the number of a dma-buf descriptor, and reads
 * the memory layout of the buffer.
 */
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "client.h"
#include "command.h"

/**
 * importer_create() - create a platform device that can attach to buffers
 * @mask_bits: number of address bits in the DMA mask of the device, 1 to 64
 *
 * Return: the device, to be freed with platform_device_unregister(), or an error
 * pointer, such as -EIO if the system does not support the mask.
 */
struct platform_device *importer_create(unsigned int mask_bits)
{
	struct platform_device_info info = {
		.name = DMAHEAP_CLIENT_MODULE,
		.id = PLATFORM_DEVID_AUTO,
		.dma_mask = DMA_BIT_MASK(mask_bits),
	};
	struct platform_device *device = platform_device_register_full(&info);
	int ret;

	if (IS_ERR(device))
		return device;
	/* platform_device_register_full() does not check whether the system supports the mask. */
	ret = dma_set_mask_and_coherent(&device->dev, info.dma_mask);
	if (ret) {
		platform_device_unregister(device);
		return ERR_PTR(ret);
	}
	/* Heaps may create segments longer than 64 KiB, the default limit of a device. */
	dma_set_max_seg_size(&device->dev, UINT_MAX);
	return device;
}

/**
 * struct sg_layout - memory layout of a buffer, in DMA addresses
 * @segments: number of segments; consecutive entries of the scatter list with adjacent
 *	address ranges form one segment
 * @bytes: total size in bytes
 * @largest: size of the largest segment in bytes
 * @lowest: address of the lowest byte
 * @highest: address of the highest byte
 */
struct sg_layout {
	unsigned int segments;
	u64 bytes, largest;
	u64 lowest, highest;
};

/* with_mapping() attaches this device, which has a 64-bit DMA mask, to a buffer. */
static struct platform_device *importer;

/*
 * Returns true if the kernel maps every buffer through bounce buffers, for example with
 * swiotlb=force or in an encrypted guest. DMA addresses are then addresses of bounce buffers.
 * The kernel limits the size of a mapping for a device with a 64-bit DMA mask only in this case.
 */
static bool mappings_bounce(void)
{
	return dma_max_mapping_size(&importer->dev) != SIZE_MAX;
}

/*
 * Importers must use only the DMA addresses of a scatter list. For the devices of this
 * module, the DMA addresses are physical addresses, unless the kernel uses an IOMMU, DMA
 * offsets or bounce buffers.
 */
static struct sg_layout summarize_layout(struct sg_table *table)
{
	struct sg_layout layout = { .lowest = U64_MAX };
	u64 start, length, end = 0, run = 0;
	struct scatterlist *entry;
	int i;

	for_each_sgtable_dma_sg(table, entry, i) {
		start = sg_dma_address(entry);
		length = sg_dma_len(entry);
		if (!length)
			continue;
		if (!layout.segments || start != end) {
			layout.segments++;
			run = 0;
		}
		run += length;
		end = start + length;
		layout.bytes += length;
		layout.largest = max(layout.largest, run);
		layout.lowest = min(layout.lowest, start);
		layout.highest = max(layout.highest, end - 1);
	}
	return layout;
}

/* Returns the highest DMA address in @table, or 0 if the table is empty. */
static u64 sg_layout_highest(struct sg_table *table)
{
	return summarize_layout(table).highest;
}

/*
 * Prints the layout of @table as "key=value" pairs to @to, a buffer of @size bytes. Returns
 * the length of the text in bytes.
 */
int sg_layout_print(char *to, size_t size, struct sg_table *table)
{
	struct sg_layout layout = summarize_layout(table);

	if (!layout.segments)
		return scnprintf(to, size,
				 "segments=0 bytes=0 largest=0 contiguous=- lowest=- highest=- below_4g=-");
	if (mappings_bounce())
		return scnprintf(to, size,
				 "segments=- bytes=%llu largest=- contiguous=- lowest=- highest=- below_4g=-",
				 layout.bytes);
	return scnprintf(to, size,
			 "segments=%u bytes=%llu largest=%llu contiguous=%s lowest=0x%llx highest=0x%llx below_4g=%s",
			 layout.segments, layout.bytes, layout.largest,
			 layout.segments == 1 ? "yes" : "no", layout.lowest, layout.highest,
			 layout.highest < SZ_4G ? "yes" : "no");
}

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
	struct answer *answer = data;
	char *to = answer->text, *end = to + ANSWER_SIZE;

	to += scnprintf(to, end - to, DMAHEAP_DEBUG_REC_INSPECT " exporter=");
	to += text_escape(to, NAME_SIZE, dmabuf->exp_name);
	to += scnprintf(to, end - to, " size=%zu ino=%llu ", dmabuf->size,
			(u64)file_inode(dmabuf->file)->i_ino);
	to += sg_layout_print(to, end - to, table);
	to += scnprintf(to, end - to, "\n");
	answer->length = to - answer->text;
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
 * Return: 0, or the error from attaching to the buffer or mapping it.
 */
int inspect_highest(struct dma_buf *dmabuf, u64 *highest)
{
	return with_mapping(dmabuf, set_highest, highest);
}

static int inspect(struct answer *answer, int fd)
{
	struct dma_buf *dmabuf = dma_buf_get(fd);
	int ret;

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	ret = with_mapping(dmabuf, format_answer, answer);
	dma_buf_put(dmabuf);
	return ret;
}

static int inspect_open(struct inode *inode, struct file *file)
{
	struct answer *answer = kzalloc(sizeof(*answer), GFP_KERNEL);

	if (!answer)
		return -ENOMEM;
	mutex_init(&answer->lock);
	file->private_data = answer;
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
	struct answer *answer = file->private_data;
	int ret, fd;

	ret = kstrtoint_from_user(from, count, 10, &fd);
	if (ret)
		return ret;
	ret = mutex_lock_interruptible(&answer->lock);
	if (ret)
		return ret;
	answer->length = 0;
	ret = inspect(answer, fd);
	mutex_unlock(&answer->lock);
	/* The next read starts at the beginning of the answer. */
	*position = 0;
	return ret ?: count;
}

const struct file_operations inspect_operations = {
	.owner = THIS_MODULE,
	.open = inspect_open,
	.release = inspect_release,
	.write = inspect_write,
	.read = answer_read,
	.llseek = default_llseek,
};
