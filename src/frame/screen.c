// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/screen.h"

#include <sys/ioctl.h>

void dh_screen_size(int fd, unsigned int *rows, unsigned int *columns)
{
	struct winsize size = { 0 };
	int ret = ioctl(fd, TIOCGWINSZ, &size);

	*rows = ret || !size.ws_row ? 24 : size.ws_row;
	*columns = ret || !size.ws_col ? 80 : size.ws_col;
}
