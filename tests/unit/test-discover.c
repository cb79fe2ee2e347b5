// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/posix_acl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/auto.h"
#include "discover/discover.h"
#include "discover/meminfo.h"
#include "discover/nodes.h"
#include "discover/passwd.h"
#include "discover/sysfs.h"
#include "discover/udev.h"

static const struct dh_heap *heap(const char *name)
{
	const struct dh_heap *found = dh_inventory_find(&inventory, name);

	assert_non_null(found);
	return found;
}

/* --- memory --------------------------------------------------------------------- */

TEST(meminfo_figures_are_read)
{
	struct dh_memory memory;

	assert_int_equal(dh_meminfo_read(&root, &memory), -ENOENT);

	put("proc/meminfo", "MemTotal:        1000 kB\nMemFree: 1 kB\nMemAvailable:  500 kB\n"
			    "CmaTotal:          64 kB\nCmaFree:            0 kB\n");
	assert_int_equal(dh_meminfo_read(&root, &memory), 0);
	expect_known(memory.total, 1024000);
	expect_known(memory.available, 512000);
	expect_known(memory.cma_total, 65536);
	expect_known(memory.cma_free, 0);
}

TEST(malformed_meminfo_figures_are_unknown)
{
	struct dh_memory memory;
	dh_auto(free) char *large = NULL;

	put("proc/meminfo", "MemTotal: banana kB\nMemAvailable: -1 kB\nCmaTotal: 5\n"
			    "CmaFree: 99999999999999999999 kB\nXMemTotal: 1 kB\n");
	assert_int_equal(dh_meminfo_read(&root, &memory), 0);
	assert_false(memory.total.known);
	assert_false(memory.available.known);
	assert_false(memory.cma_total.known);
	assert_false(memory.cma_free.known);

	put("proc/meminfo", "MemTotal: 18014398509481984 kB\nMemAvailable: 1 kBytes\n");
	assert_int_equal(dh_meminfo_read(&root, &memory), 0);
	assert_false(memory.total.known);
	assert_false(memory.available.known);

	put("proc/meminfo", "");
	assert_int_equal(dh_meminfo_read(&root, &memory), 0);
	assert_false(memory.total.known);

	large = calloc(1, 1 << 20);
	put_bytes("proc/meminfo", large, 1 << 20);
	assert_int_equal(dh_meminfo_read(&root, &memory), -EFBIG);
}

/* --- sysfs ------------------------------------------------------------------------ */

static int read_sysfs(unsigned int wanted)
{
	reopen();
	return dh_sysfs_read(&root, wanted, &inventory);
}

TEST(missing_sysfs_differs_from_missing_class)
{
	assert_int_equal(read_sysfs(DH_WANT_HEAPS), -ENOENT);
	assert_int_equal(inventory.sysfs_error, -ENOENT);
	assert_int_equal(inventory.class_error, -ENOENT);

	put_folder("sys/class");
	assert_int_equal(read_sysfs(DH_WANT_HEAPS), -ENOENT);
	assert_int_equal(inventory.sysfs_error, 0);
	assert_int_equal(inventory.class_error, -ENOENT);

	put_folder("sys/class/dma_heap");
	assert_int_equal(read_sysfs(DH_WANT_HEAPS), 0);
	assert_int_equal(inventory.class_error, 0);
	assert_int_equal(inventory.n_heaps, 0);
}

TEST(sysfs_gives_names_and_numbers_of_heaps)
{
	put("sys/devices/virtual/dma_heap/linux,cma/uevent",
	    "MAJOR=252\nMINOR=1\nDEVNAME=dma_heap/linux,cma\n");
	put_folder("sys/class");
	put_link("sys/class/dma_heap/linux,cma", "../../devices/virtual/dma_heap/linux,cma");
	/* DEVNAME contains the name of the heap. In directory names of sysfs, '!' replaces '/'. */
	put("sys/class/dma_heap/a!b/uevent", "MAJOR=252\nMINOR=2\nDEVNAME=dma_heap/a/b\n");
	put("sys/class/dma_heap/c!d/uevent", "MAJOR=252\nMINOR=3\nDEVNAME=dma_heap/c!d\n");
	/* If uevent contains no device number, the tool reads the number from the file dev. */
	put("sys/class/dma_heap/old/dev", "252:9\n");
	put("sys/class/dma_heap/old/uevent", "\n");

	assert_int_equal(read_sysfs(DH_WANT_HEAPS), 0);
	assert_int_equal(inventory.n_heaps, 4);
	assert_true(heap("linux,cma")->has_dev);
	assert_int_equal(heap("linux,cma")->dev, makedev(252, 1));
	assert_string_equal(heap("linux,cma")->node, "/dev/dma_heap/linux,cma");
	assert_int_equal(heap("linux,cma")->seen, DH_SEEN_SYSFS);
	assert_string_equal(heap("a/b")->node, "/dev/dma_heap/a/b");
	assert_int_equal(heap("c!d")->dev, makedev(252, 3));
	assert_int_equal(heap("old")->dev, makedev(252, 9));
	assert_int_equal(inventory.n_devices, 0);
}

TEST(malformed_uevents_are_ignored)
{
	static const char *const uevents[] = {
		"",
		"MAJOR=",
		"MAJOR=252\nMINOR=\n",
		"MAJOR=-1\nMINOR=1\n",
		"MAJOR=1x\nMINOR=1\n",
		"MAJOR=252\nMINOR=99999999999\n",
		"MAJOR=+1\nMINOR=1\n",
		"\n\n\n=\n",
		"MINOR=1",
	};
	dh_auto(free) char *large = calloc(1, 1 << 20);

	for (size_t i = 0; i < ARRAY_SIZE(uevents); i++) {
		put("sys/class/dma_heap/x/uevent", uevents[i]);
		assert_int_equal(read_sysfs(DH_WANT_HEAPS), 0);
		assert_int_equal(inventory.n_heaps, 1);
		assert_false(heap("x")->has_dev);
	}
	put("sys/class/dma_heap/x/dev", "252");
	assert_int_equal(read_sysfs(DH_WANT_HEAPS), 0);
	assert_false(heap("x")->has_dev);

	/* The tool ignores a DEVNAME outside dma_heap/, or without the name of a heap. */
	put("sys/class/dma_heap/x/uevent", "MAJOR=1\nMINOR=1\nDEVNAME=../etc/passwd\n");
	assert_int_equal(read_sysfs(DH_WANT_HEAPS), 0);
	assert_string_equal(heap("x")->node, "/dev/dma_heap/x");
	put("sys/class/dma_heap/x/uevent", "MAJOR=1\nMINOR=1\nDEVNAME=dma_heap/\n");
	assert_int_equal(read_sysfs(DH_WANT_HEAPS), 0);
	assert_string_equal(heap("x")->node, "/dev/dma_heap/x");

	memset(large, 'A', 1 << 20);
	put_bytes("sys/class/dma_heap/x/uevent", large, 1 << 20);
	assert_int_equal(read_sysfs(DH_WANT_HEAPS), 0);
	assert_false(heap("x")->has_dev);
	assert_non_null(strstr(notes, "sys/class/dma_heap/x/uevent: EFBIG"));
}

TEST(links_out_of_the_tree_are_not_followed)
{
	char outside[PATH_MAX];

	put("secret/uevent", "DEVNAME=dma_heap/stolen\nMAJOR=1\nMINOR=1\n");
	snprintf(outside, sizeof(outside), "%s/secret", tree);
	put_link("sys/class/dma_heap/absolute", outside);
	put_link("sys/class/dma_heap/climbing", "../../../secret");
	put_link("sys/class/dma_heap/loop", "loop");
	put_link("sys/class/dma_heap/nowhere", "../../devices/nowhere");

	assert_int_equal(read_sysfs(DH_WANT_HEAPS), 0);
	assert_int_equal(inventory.n_heaps, 4);
	assert_null(dh_inventory_find(&inventory, "stolen"));
	assert_non_null(strstr(notes, "absolute/uevent: EXDEV"));
	assert_non_null(strstr(notes, "climbing/uevent: EXDEV"));
	assert_non_null(strstr(notes, "loop/uevent: ELOOP"));
	assert_non_null(strstr(notes, "nowhere/uevent: ENOENT"));
}

static const struct dh_device *drm(const char *node)
{
	for (size_t i = 0; i < inventory.n_devices; i++)
		if (!strcmp(inventory.devices[i].node, node))
			return &inventory.devices[i];
	fail_msg("no DRM node %s", node);
	return NULL;
}

static void put_drm(const char *parent, const char *name, const char *minor_number)
{
	const char *class = strncmp(name, "accel", 5) ? "drm" : "accel";
	char path[256], target[256], uevent[128];

	snprintf(path, sizeof(path), "sys/devices/%s/%s/%s/uevent", parent, class, name);
	snprintf(uevent, sizeof(uevent), "MAJOR=226\nMINOR=%s\nDEVNAME=%s/%s\n", minor_number,
		 *class == 'd' ? "dri" : class, name);
	put(path, uevent);
	snprintf(path, sizeof(path), "sys/devices/%s/%s/%s/device", parent, class, name);
	snprintf(target, sizeof(target), "../../../%s", strrchr(parent, '/') + 1);
	put_link(path, target);
	snprintf(path, sizeof(path), "sys/class/%s/%s", class, name);
	snprintf(target, sizeof(target), "../../devices/%s/%s/%s", parent, class, name);
	put_link(path, target);
}

TEST(sysfs_gives_drivers_and_parents_of_drm_nodes)
{
	/* card0 and renderD128 belong to a PCI device with a driver. */
	put_drm("pci0000:00/0000:00:02.0", "card0", "0");
	put_drm("pci0000:00/0000:00:02.0", "renderD128", "128");
	put_link("sys/devices/pci0000:00/0000:00:02.0/driver", "../../../bus/pci/drivers/i915");
	/* In Linux 6.12, vgem is a platform device without a driver. */
	put_drm("platform/vgem", "card1", "1");
	put("sys/devices/platform/vgem/uevent", "MODALIAS=platform:vgem\n");
	/* In Linux 7.x, vkms is a device on the faux bus. */
	put_drm("faux/vkms", "card2", "2");
	put_link("sys/devices/faux/vkms/driver", "../../../bus/faux/drivers/faux_driver");
	/*
	 * For soc.3, only uevent names the driver. For thing.0, no file names the driver, so the
	 * tool infers the driver from the name of the device.
	 */
	put_drm("platform/soc.3", "card3", "3");
	put("sys/devices/platform/soc.3/uevent", "DRIVER=rockchip-drm\n");
	put_drm("platform/thing.0", "card10", "10");
	/* The number in "virtio7" depends on the probe order, so the ID names the PCI device. */
	put_drm("pci0000:00/0000:00:03.0/virtio7", "card7", "7");
	put_link("sys/devices/pci0000:00/0000:00:03.0/virtio7/driver",
		 "../../../../bus/virtio/drivers/virtio_gpu");
	/* renderD129 belongs to a device in the device tree, so its ID contains the node's path. */
	put_drm("platform/fd4b0000.gpu", "renderD129", "129");
	put_link("sys/devices/platform/fd4b0000.gpu/driver",
		 "../../../bus/platform/drivers/panthor");
	put_link("sys/devices/platform/fd4b0000.gpu/of_node",
		 "../../../firmware/devicetree/base/soc/gpu@fd4b0000");
	/* accel0 is an accelerator. IDs contain the old name of the driver cirrus-qemu, cirrus. */
	put_drm("pci0000:00/0000:00:0b.0", "accel0", "0");
	put_link("sys/devices/pci0000:00/0000:00:0b.0/driver", "../../../bus/pci/drivers/ivpu");
	put_drm("pci0000:00/0000:00:04.0", "card11", "11");
	put_link("sys/devices/pci0000:00/0000:00:04.0/driver",
		 "../../../bus/pci/drivers/cirrus-qemu");
	/* card4 has no parent device. */
	put("sys/devices/virtual/drm/card4/uevent", "MAJOR=226\nMINOR=4\nDEVNAME=dri/card4\n");
	put_link("sys/class/drm/card4", "../../devices/virtual/drm/card4");
	/* The uevent of card5 contains no DEVNAME. The DEVNAME of card6 is outside dri/. */
	put("sys/devices/virtual/drm/card5/uevent", "MAJOR=226\nMINOR=5\n");
	put_link("sys/class/drm/card5", "../../devices/virtual/drm/card5");
	put("sys/devices/virtual/drm/card6/uevent", "MAJOR=226\nMINOR=6\nDEVNAME=drx/card6\n");
	put_link("sys/class/drm/card6", "../../devices/virtual/drm/card6");
	/* These entries are not DRM nodes. */
	put("sys/class/drm/card0-HDMI-A-1/uevent", "\n");
	put("sys/class/drm/controlD64/uevent", "\n");
	put("sys/class/drm/cardX/uevent", "\n");
	put("sys/class/drm/card/uevent", "\n");
	put("sys/class/drm/version", "drm 1.1.0 20060810\n");

	assert_int_equal(read_sysfs(DH_WANT_DEVICES), 0);
	assert_int_equal(inventory.n_heaps, 0);
	assert_int_equal(inventory.n_devices, 13);
	assert_string_equal(drm("/dev/dri/card0")->driver, "i915");
	assert_string_equal(drm("/dev/dri/card0")->parent, "/devices/pci0000:00/0000:00:02.0");
	assert_string_equal(drm("/dev/dri/renderD128")->parent, drm("/dev/dri/card0")->parent);
	assert_int_equal(drm("/dev/dri/card0")->role, DH_ROLE_PRIMARY);
	assert_int_equal(drm("/dev/dri/renderD128")->role, DH_ROLE_RENDER);
	assert_int_equal(drm("/dev/dri/renderD128")->dev, makedev(226, 128));
	assert_string_equal(drm("/dev/dri/card1")->driver, "vgem");
	assert_string_equal(drm("/dev/dri/card1")->parent, "/devices/platform/vgem");
	assert_string_equal(drm("/dev/dri/card2")->driver, "vkms");
	assert_string_equal(drm("/dev/dri/card3")->driver, "rockchip-drm");
	assert_string_equal(drm("/dev/dri/card10")->driver, "thing");
	assert_null(drm("/dev/dri/card4")->parent);
	assert_null(drm("/dev/dri/card4")->driver);
	assert_null(drm("/dev/dri/card4")->id);
	assert_string_equal(drm("/dev/dri/card0")->id, "0000:00:02.0:i915:primary");
	assert_string_equal(drm("/dev/dri/renderD128")->id, "0000:00:02.0:i915:render");
	assert_string_equal(drm("/dev/dri/card1")->id, "vgem:vgem:primary");
	assert_string_equal(drm("/dev/dri/card2")->id, "vkms:vkms:primary");
	assert_string_equal(drm("/dev/dri/card7")->id, "0000:00:03.0:virtio_gpu:primary");
	assert_string_equal(drm("/dev/dri/renderD129")->id, "/soc/gpu@fd4b0000:panthor:render");
	assert_string_equal(drm("/dev/accel/accel0")->id, "0000:00:0b.0:ivpu:accel");
	assert_int_equal(drm("/dev/accel/accel0")->role, DH_ROLE_ACCEL);
	assert_string_equal(drm("/dev/dri/card11")->driver, "cirrus-qemu");
	assert_string_equal(drm("/dev/dri/card11")->id, "0000:00:04.0:cirrus:primary");
	assert_int_equal(drm("/dev/dri/card5")->dev, makedev(226, 5));
	assert_int_equal(drm("/dev/dri/card6")->dev, makedev(226, 6));
}

static void put_video(const char *parent, const char *name, const char *minor_number)
{
	char path[256], target[256];

	snprintf(path, sizeof(path), "sys/devices/%s/video4linux/%s/uevent", parent, name);
	snprintf(target, sizeof(target), "MAJOR=81\nMINOR=%s\nDEVNAME=%s\n", minor_number, name);
	put(path, target);
	snprintf(path, sizeof(path), "sys/devices/%s/video4linux/%s/device", parent, name);
	snprintf(target, sizeof(target), "../../../%s", strrchr(parent, '/') + 1);
	put_link(path, target);
	snprintf(path, sizeof(path), "sys/class/video4linux/%s", name);
	snprintf(target, sizeof(target), "../../devices/%s/video4linux/%s", parent, name);
	put_link(path, target);
}

TEST(v4l2_node_has_an_id_for_each_queue)
{
	put_video("platform/vivid.0", "video0", "0");
	put("sys/devices/platform/vivid.0/uevent", "DRIVER=vivid\n");
	put_video("platform/ff910000.isp", "video10", "11");
	put_video("platform/ff910000.isp", "video9", "10");
	put_link("sys/devices/platform/ff910000.isp/of_node",
		 "../../../firmware/devicetree/base/isp@ff910000");
	put("sys/devices/platform/ff910000.isp/uevent", "DRIVER=rkisp1\n");
	/* These nodes have no queue for frames, so the tool ignores them. */
	put_video("platform/vivid.0", "vbi0", "1");
	put_video("platform/ff910000.isp", "v4l-subdev0", "12");

	assert_int_equal(read_sysfs(DH_WANT_DEVICES), 0);
	assert_int_equal(inventory.n_devices, 6);
	assert_non_null(strstr(notes, "sys/class/video4linux: 3 devices"));
	assert_int_equal(inventory.devices_error, 0);
	for (size_t i = 0; i < inventory.n_devices; i += 2) {
		const struct dh_device *capture = &inventory.devices[i];

		assert_int_equal(capture->role, DH_ROLE_CAPTURE);
		assert_int_equal(capture[1].role, DH_ROLE_OUTPUT);
		assert_string_equal(capture[1].node, capture->node);
		if (!strcmp(capture->node, "/dev/video0")) {
			assert_string_equal(capture->id, "vivid.0:vivid:capture");
			assert_string_equal(capture[1].id, "vivid.0:vivid:output");
			assert_int_equal(capture->dev, makedev(81, 0));
		} else if (!strcmp(capture->node, "/dev/video9")) {
			assert_string_equal(capture->id, "/isp@ff910000:rkisp1:capture");
		} else {
			assert_string_equal(capture->node, "/dev/video10");
			assert_string_equal(capture->id, "/isp@ff910000:rkisp1:capture1");
			assert_string_equal(capture[1].id, "/isp@ff910000:rkisp1:output1");
		}
	}
}

/* --- nodes --------------------------------------------------------------------------- */

static int read_nodes(void)
{
	return dh_nodes_read(&root, DH_WANT_OPEN, &inventory);
}

TEST(nodes_give_mode_and_owner_without_open)
{
	char path[PATH_MAX + 32];

	assert_int_equal(read_nodes(), -ENOENT);
	assert_int_equal(inventory.node_dir_error, -ENOENT);

	put("etc/passwd", "root:x:0:0::/:\nsomebody:x:4711:4712::/:\n");
	put("etc/group", "root:x:0:\nsomegroup:x:4712:\n");
	put("dev/dma_heap/system", "");
	put("dev/dma_heap/folder/inside", "");
	snprintf(path, sizeof(path), "%s/dev/dma_heap/system", tree);
	assert_int_equal(chmod(path, 0640), 0);
	reopen();
	assert_int_equal(read_nodes(), 0);
	assert_int_equal(inventory.node_dir_error, 0);
	assert_int_equal(inventory.n_heaps, 1);
	assert_int_equal(heap("system")->seen, DH_SEEN_NODE);
	assert_true(heap("system")->has_node_facts);
	assert_int_equal(heap("system")->permission.mode & 07777, 0640);
	assert_int_equal(heap("system")->permission.uid, getuid());
	/* The tool never opens the nodes of a recorded tree. */
	assert_int_equal(heap("system")->access, DH_ACCESS_UNKNOWN);
	assert_non_null(strstr(notes, "dev/dma_heap/folder: skipped, because it is a directory"));
	assert_non_null(strstr(notes, "dev/dma_heap: 1 node\n"));
}

/* Creates a file with the ACL `bytes`. Returns false if its file system does not support ACLs. */
static bool put_acl(const char *path, const void *bytes, size_t size)
{
	char full[PATH_MAX];

	put(path, "");
	snprintf(full, sizeof(full), "%s/%s", tree, path);
	if (!setxattr(full, "system.posix_acl_access", bytes, size, 0))
		return true;
	assert_int_equal(errno, EOPNOTSUPP);
	return false;
}

TEST(acls_of_nodes_are_read)
{
	/* user::rw-, group::---, group:44:rw-, mask::rw-, other::--- */
	static const char acl[] = "\2\0\0\0"
				  "\1\0\6\0\377\377\377\377"
				  "\4\0\0\0\377\377\377\377"
				  "\10\0\6\0\54\0\0\0"
				  "\20\0\6\0\377\377\377\377"
				  "\40\0\0\0\377\377\377\377";

	put("dev/dma_heap/plain", "");
	if (!put_acl("dev/dma_heap/system", acl, sizeof(acl) - 1))
		skip();
	reopen();
	assert_int_equal(read_nodes(), 0);
	assert_int_equal(heap("plain")->permission.n_acl, 0);
	assert_false(heap("plain")->permission.acl_unknown);
	assert_int_equal(heap("system")->permission.n_acl, 5);
	assert_int_equal(heap("system")->permission.acl[2].tag, ACL_GROUP);
	assert_int_equal(heap("system")->permission.acl[2].id, 44);
	assert_int_equal(heap("system")->permission.mode & 07777, 0660);
}

TEST(user_and_group_names_are_read)
{
	char *name;

	assert_int_equal(dh_passwd_user(&root, 4711, &name), 0);
	assert_null(name);

	put("etc/passwd", "garbage\n\n:::::\nsomebody:x:4711:4712::/:\n");
	put("etc/group", "some group:x:4712:a,b\n");
	assert_int_equal(dh_passwd_user(&root, 4711, &name), 0);
	assert_string_equal(name, "somebody");
	free(name);
	assert_int_equal(dh_passwd_group(&root, 4712, &name), 0);
	assert_string_equal(name, "some group");
	free(name);
	assert_int_equal(dh_passwd_group(&root, 1, &name), 0);
	assert_null(name);
}

/* --- discover -------------------------------------------------------------------------- */

TEST(discover_merges_sysfs_and_nodes)
{
	put("sys/class/dma_heap/system/uevent", "MAJOR=252\nMINOR=0\nDEVNAME=dma_heap/system\n");
	put("sys/class/dma_heap/lost/uevent", "MAJOR=252\nMINOR=1\nDEVNAME=dma_heap/lost\n");
	put("dev/dma_heap/system", "");
	put("dev/dma_heap/stray", "");
	reopen();
	assert_int_equal(
		dh_discover(&root, DH_WANT_HEAPS | DH_WANT_UDEV | DH_WANT_ACCESS | DH_WANT_DEVICES,
			    &inventory),
		0);
	assert_int_equal(inventory.n_heaps, 3);
	assert_null(heap("system")->problem);
	assert_non_null(heap("lost")->problem);
	assert_non_null(heap("stray")->problem);
	/* libudev cannot read a recorded tree, so it does not count as a source. */
	assert_false(inventory.udev_enumerated);
#ifdef HAVE_LIBUDEV
	assert_non_null(strstr(notes, "libudev: not used for a recorded system"));
#else
	assert_non_null(strstr(notes, "built without libudev"));
#endif
}

TEST(discover_without_a_tree_finds_nothing)
{
	struct dh_root nowhere = { -1, -1, -1, -1, .live = false, .log = NULL };

	assert_int_equal(
		dh_discover(&nowhere, DH_WANT_HEAPS | DH_WANT_ACCESS | DH_WANT_DEVICES, &inventory),
		0);
	assert_int_equal(inventory.n_heaps, 0);
	assert_int_equal(inventory.sysfs_error, -ENOENT);
	assert_int_equal(dh_udev_read(&nowhere, &inventory), -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tree_test(meminfo_figures_are_read),
		tree_test(malformed_meminfo_figures_are_unknown),
		tree_test(missing_sysfs_differs_from_missing_class),
		tree_test(sysfs_gives_names_and_numbers_of_heaps),
		tree_test(malformed_uevents_are_ignored),
		tree_test(links_out_of_the_tree_are_not_followed),
		tree_test(sysfs_gives_drivers_and_parents_of_drm_nodes),
		tree_test(v4l2_node_has_an_id_for_each_queue),
		tree_test(nodes_give_mode_and_owner_without_open),
		tree_test(acls_of_nodes_are_read),
		tree_test(user_and_group_names_are_read),
		tree_test(discover_merges_sysfs_and_nodes),
		tree_test(discover_without_a_tree_finds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
