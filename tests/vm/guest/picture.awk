# SPDX-License-Identifier: GPL-2.0-or-later
#
# Row y of the test picture of "export --show", made from its description in
# dmaheapctl-export(1) and not from the tool's code: red, green and blue of each
# pixel as printf(1) takes bytes, \377\277\000...
#
# awk -v w=WIDTH -v h=HEIGHT -v y=ROW [-v rgb=565] -f picture.awk

function put(r, g, b) {
	# The display widens what is left by repeating the upper bits.
	if (rgb == 565) {
		r = int(r / 8) * 8 + int(r / 32)
		g = int(g / 4) * 4 + int(g / 64)
		b = int(b / 8) * 8 + int(b / 32)
	}
	printf "\\%03o\\%03o\\%03o", r, g, b
}

BEGIN {
	split("191 191 0 0 191 191 0", red, " ")
	split("191 191 191 191 0 0 0", green, " ")
	split("191 0 191 0 191 0 191", blue, " ")
	for (x = 0; x < w; x++) {
		bar = int(x * 7 / w) + 1
		level = int(x * 255 / (w - 1))
		if (x == 0 || y == 0 || x == w - 1 || y == h - 1)
			put(255, 255, 255)
		else if (y >= h - int(h / 4))
			put(level, level, level)
		else
			put(red[bar], green[bar], blue[bar])
	}
}
