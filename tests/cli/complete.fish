# SPDX-License-Identifier: GPL-2.0-or-later
#
# Prints each line of stdin with its last word replaced by all completions that fish offers.

source $COMPLETIONS/fish/dmaheapctl.fish
while read -l line
    set -l words (complete -C $line | string replace -r '\t.*' '' | string replace ' ' '\\ ' | sort)
    set -q words[1]; or set words (string replace -r '.* ' '' -- $line)
    string join '' -- (string replace -r '^(.*[^\\\\] ).*' '$1' -- $line) (string join ' ' -- $words)
end
