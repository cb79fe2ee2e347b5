/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Size of a terminal.
 */
#ifndef DH_FRAME_SCREEN_H
#define DH_FRAME_SCREEN_H

/*
 * Sets `*rows` and `*columns` to the current size of the terminal `fd`, or to 24 and 80 if the size
 * is unknown, as on some serial consoles.
 */
void dh_screen_size(int fd, unsigned int *rows, unsigned int *columns);

#endif
