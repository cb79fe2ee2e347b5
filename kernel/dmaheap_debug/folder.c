// SPDX-License-Identifier: GPL-2.0-only
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "callsites.h"
#include "folder.h"
#include "probes.h"
#include "stats.h"
#include "text.h"

static struct dentry *folder;

/**
 * folder_line - the one line that was written into a file
 * @from: the writer's
 * @count: of bytes
 *
 * Returns: the line without its end, to be freed; an error pointer when it is
 * too long or not text.
 */
char *folder_line(const char __user *from, size_t count)
{
	char *line;

	if (count > COMMAND_MAX)
		return ERR_PTR(-E2BIG);
	line = memdup_user_nul(from, count);
	if (IS_ERR(line))
		return line;
	if (count && line[count - 1] == '\n')
		line[--count] = 0;
	if (strlen(line) != count) {
		kfree(line);
		return ERR_PTR(-EINVAL);
	}
	return line;
}

static void version_show(struct seq_file *file)
{
	seq_printf(file, DMAHEAP_DEBUG_REC_VERSION " major=%d minor=%d module=%s\n",
		   DMAHEAP_DEBUG_MAJOR, DMAHEAP_DEBUG_MINOR, THIS_MODULE->version ?: "");
}

static int show(struct seq_file *file, void *unused)
{
	void (*content)(struct seq_file *file) = file->private;

	content(file);
	return 0;
}

/* The whole text is made by the first read, so that later ones continue it. */
static int open(struct inode *inode, struct file *file)
{
	return single_open(file, show, inode->i_private);
}

static const struct file_operations show_operations = {
	.owner = THIS_MODULE,
	.open = open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static int control(char *line)
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
	char *line = folder_line(from, count);
	int ret;

	if (IS_ERR(line))
		return PTR_ERR(line);
	ret = control(line);
	kfree(line);
	return ret ?: count;
}

static const struct file_operations control_operations = {
	.owner = THIS_MODULE,
	.write = control_write,
	.llseek = noop_llseek,
};

int folder_init(void)
{
	folder = debugfs_create_dir(DMAHEAP_DEBUG_DIR, NULL);
	if (IS_ERR(folder))
		return PTR_ERR(folder);
	debugfs_create_file(DMAHEAP_DEBUG_VERSION_FILE, 0400, folder, version_show,
			    &show_operations);
	debugfs_create_file(DMAHEAP_DEBUG_PROBES_FILE, 0400, folder, probes_show,
			    &show_operations);
	debugfs_create_file(DMAHEAP_DEBUG_STATS_FILE, 0400, folder, stats_show,
			    &show_operations);
	debugfs_create_file(DMAHEAP_DEBUG_CALLSITES_FILE, 0400, folder, callsites_show,
			    &show_operations);
	debugfs_create_file(DMAHEAP_DEBUG_CONTROL_FILE, 0600, folder, NULL, &control_operations);
	debugfs_create_file(DMAHEAP_DEBUG_INSPECT_FILE, 0600, folder, NULL, &inspect_operations);
	debugfs_create_file(DMAHEAP_DEBUG_CLIENT_FILE, 0600, folder, NULL, &client_operations);
	return 0;
}

void folder_exit(void)
{
	debugfs_remove(folder);
}
