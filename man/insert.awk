# SPDX-License-Identifier: GPL-2.0-or-later
# Writes a manual page, with each line `.\" INSERT NAME` replaced by the file NAME.inc of `dir`.
# A page that used .so could not be read before it is installed.
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
