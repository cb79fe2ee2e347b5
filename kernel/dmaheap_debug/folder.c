// SPDX-License-Identifier: GPL-2.0-only
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "callsites.h"
#include "command.h"
#include "folder.h"
#include "probes.h"
#include "stats.h"
#include "text.h"

static struct dentry *directory;

static void version_show(struct seq_file *file)
{
	seq_printf(file, DMAHEAP_DEBUG_REC_VERSION " major=%d minor=%d module=%s\n",
		   DMAHEAP_DEBUG_MAJOR, DMAHEAP_DEBUG_MINOR, THIS_MODULE->version ?: "");
}

static int show_file(struct seq_file *file, void *unused)
{
	void (*show_contents)(struct seq_file *file) = file->private;

	show_contents(file);
	return 0;
}

/* The first read creates the whole text. Later reads continue with this text. */
static int open_file(struct inode *inode, struct file *file)
{
	return single_open(file, show_file, inode->i_private);
}

static const struct file_operations show_operations = {
	.owner = THIS_MODULE,
	.open = open_file,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static int run_control_command(char *line)
{
	char *name = line;
	char *word = strsep(&name, " ");
	int ret;

	if (strcmp(word, DMAHEAP_DEBUG_CONTROL_RESET))
		return -EINVAL;
	if (name) {
		ret = text_unescape(name);
		if (ret)
			return ret;
	}
	return stats_reset(name);
}

static ssize_t control_write(struct file *file, const char __user *from, size_t count,
			     loff_t *position)
{
	char *line = copy_command(from, count);
	int ret;

	if (IS_ERR(line))
		return PTR_ERR(line);
	ret = run_control_command(line);
	kfree(line);
	return ret ?: count;
}

static const struct file_operations control_operations = {
	.owner = THIS_MODULE,
	.write = control_write,
	.llseek = noop_llseek,
};

int debugfs_files_init(void)
{
	directory = debugfs_create_dir(DMAHEAP_DEBUG_DIR, NULL);
	if (IS_ERR(directory))
		return PTR_ERR(directory);
	debugfs_create_file(DMAHEAP_DEBUG_VERSION_FILE, 0400, directory, version_show,
			    &show_operations);
	debugfs_create_file(DMAHEAP_DEBUG_PROBES_FILE, 0400, directory, probes_show,
			    &show_operations);
	debugfs_create_file(DMAHEAP_DEBUG_STATS_FILE, 0400, directory, stats_show,
			    &show_operations);
	debugfs_create_file(DMAHEAP_DEBUG_CALLSITES_FILE, 0400, directory, callsites_show,
			    &show_operations);
	debugfs_create_file(DMAHEAP_DEBUG_CONTROL_FILE, 0600, directory, NULL, &control_operations);
	return 0;
}

void debugfs_files_exit(void)
{
	debugfs_remove(directory);
}
