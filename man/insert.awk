# SPDX-License-Identifier: GPL-2.0-or-later
# Writes a manual page. Replaces each line `.\" INSERT NAME` with the file NAME.inc in the directory
# `dir`, without the first line of that file. The pages do not use .so, because man(1) resolves .so
# only in installed pages.
function insert(file,   line, got, n) {
	while ((got = (getline line <file)) > 0)
		if (n++)
			print line
	close(file)
	if (got < 0) {
		print FILENAME ": cannot read " file >"/dev/stderr"
		exit 1
	}
}

/^\.\\" INSERT / {
	insert(dir "/" $3 ".inc")
	next
}

{ print }
