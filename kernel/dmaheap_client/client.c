// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debugfs file "client" runs commands that use a heap as a driver does. Each open of the
 * file starts a session. Closing the file releases all resources of the session.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "client.h"
#include "command.h"

#define ANSWER_SIZE 512

/**
 * struct client - an open "client" file
 * @lock: protects the other fields
 * @session: resources that the commands have acquired
 * @length: length of @answer in bytes
 * @answer: answer to the last command
 */
struct client {
	struct mutex lock; /* protects the other fields */
	struct session session;
	size_t length;
	char answer[ANSWER_SIZE];
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
	char *to = client->answer, *end = to + ANSWER_SIZE;

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
	client->length = to - client->answer;
}

static int run_command(struct client *client, char *line)
{
	const struct command *command = command_named(strsep(&line, " "));
	char no_arguments[] = "";

	client->length = 0;
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
	mutex_init(&client->lock);
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
	ret = mutex_lock_interruptible(&client->lock);
	if (!ret) {
		ret = run_command(client, line);
		mutex_unlock(&client->lock);
	}
	kfree(line);
	/* The next read starts at the beginning of the answer. */
	*position = 0;
	return ret ?: count;
}

static ssize_t client_read(struct file *file, char __user *to, size_t count, loff_t *position)
{
	struct client *client = file->private_data;
	ssize_t ret;

	ret = mutex_lock_interruptible(&client->lock);
	if (ret)
		return ret;
	ret = simple_read_from_buffer(to, count, position, client->answer, client->length);
	mutex_unlock(&client->lock);
	return ret;
}

const struct file_operations client_operations = {
	.owner = THIS_MODULE,
	.open = client_open,
	.release = client_release,
	.write = client_write,
	.read = client_read,
	.llseek = default_llseek,
};
