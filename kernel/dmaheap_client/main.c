// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaheap_client uses DMA-BUF heaps as a driver does, and inspects buffers, at the request of a
 * process. The module needs no kprobes. See dmaheap_client(4).
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "client.h"
#include "version.h"

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
