#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2030,SC2031 # variables of common.bash; each test is a subshell
#
# Compares the commands, options, columns, JSON keys and exit statuses in the manual pages with
# those of the tool, and checks the format of the pages.

load common

# Generates the manual pages from this source tree, in the same way as the build.
setup() {
	top=$BATS_TEST_DIRNAME/../.. man=$BATS_TEST_TMPDIR
	for source in "$top"/man/*.1.in; do
		awk -v dir="$top/man" -f "$top/man/insert.awk" "$source" >"$man/$(basename "$source" .in)"
	done
}

# page COMMAND: prints the name of the command's page. The page of '' is dmaheapctl(1).
page() { echo "dmaheapctl${1:+-$1}"; }

# section PAGE NAME: prints section NAME of PAGE as HTML, in which <dt> elements contain the tags of
# .TP macros.
section() {
	mandoc -T html -O fragment "$man/$1.1" |
		awk -v RS='<h1' -v id="${2// /_}" '$0 ~ "^[^>]* id=\"" id "\"" && sub(/.*<\/h1>/, "")'
}

# text: removes the HTML markup from stdin.
text() {
	sed -zE 's/<[^>]*>//g; s/&quot;/"/g; s/&gt;/>/g; s/&lt;/</g; s/&amp;/\&/g'
}

# tags KIND PATTERN: reads HTML from stdin, and prints "KIND TAG" for each tag that begins with
# PATTERN.
tags() {
	tr -s '\n ' ' ' | grep -oP '<dt.*?</dt>' | text | sed -n "/^$2/s/^/$1 /p"
}

# The parts of each command's JSON output whose keys the page of another command explains.
declare -gA explained=([alloc]='mappings imports' [kernel]=inspection)

# keys COMMAND: prints the keys of the command's JSON output that its page explains. They come from
# tests/schema/answer.json, which schema.bats compares with the tool.
keys() {
	jq -r --arg command "$1" --arg explained "${explained[$1]-}" '
		. as $schema | def names:
			if has("$ref") then $schema["$defs"][.["$ref"] | ltrimstr("#/$defs/")] | names
			elif has("items") then .items | names
			else .properties // {} | to_entries[] | .key,
				(select(.key | inside($explained) | not) | .value | objects | names) end;
		.allOf[] | select(.if.properties.command.const == $command) | .then | names' \
		"$top/tests/schema/answer.json"
}

# documented COMMAND: prints the options, help line, columns and JSON keys on the command's page,
# one per line, as "KIND FACT".
documented() {
	local page=dmaheapctl${1:+-$1}
	section "$page" OPTIONS | tags option -
	[[ $1 ]] || return 0
	section "$page" NAME | text | tr -s '\n ' ' ' | sed "s/^ *$page - \(.*[^ ]\) */help \1\n/"
	section "$page" COLUMNS | tags column '[A-Z]'
	section "$page" JSON | text | grep -oP '"\K[a-z_0-9]+(?=":)' | sed 's/^/key /'
}

# implemented COMMAND: prints the facts that the tool reports, in the format of documented().
implemented() {
	"$dmaheapctl" --list-options ${1:+"$1"} | awk -F '\t' '{
		argument = $3 == "" ? "" : $3 ~ /^\[/ ? "[=" substr($3, 2) : " " $3
		print "option " ($2 == "" ? "" : $2 ", ") $1 argument
	}'
	[[ $1 ]] || return 0
	"$dmaheapctl" --list-commands | sed -n "s/^$1\t/help /p"
	"$dmaheapctl" --list-columns "$1" | sed 's/^/column /; s/\t.*//'
	keys "$1" | sed 's/^/key /'
}

# agree COMMAND: asserts that the page and the tool report the same facts, and that the tool reports
# at least one fact of each kind.
agree() {
	local kind facts
	facts=$(implemented "$1" | sort -u)
	for kind in option ${1:+help column key}; do
		grep -q "^$kind " <<<"$facts" || { echo "$1: the tool has no $kind"; return 1; }
	done
	diff -U0 --label tool <(echo "$facts") --label "$(page "$1")" <(documented "$1" | sort -u)
}

@test "each command has a page dmaheapctl-COMMAND(1), and each such page belongs to a command" {
	is "$(cd "$man" && printf '%s\n' dmaheapctl-*.1)" "$(commands | sed 's/.*/dmaheapctl-&.1/' | sort)"
}

@test "dmaheapctl(1) lists the commands in the same order as --list-commands" {
	is "$(section dmaheapctl COMMANDS | tags command '[a-z]')" "$(commands | sed 's/^/command /')"
}

@test "the manual pages and the tool agree on options, help lines, columns and JSON keys" {
	local command bad=0
	for command in '' $(commands); do
		agree "$command" || bad=1
	done
	((!bad))
}

# statuses: prints "NUMBER COMMENT" for each exit status in the sources.
statuses() {
	sed -nE '/^enum dh_status \{/,/^\}/s|^\tDH_EXIT_[A-Z_]* = ([0-9]+),[[:blank:]]*(/\* (.*) \*/)?.*|\1 \3|p' \
		"$top/src/frame/message.h"
}

@test "dmaheapctl(1) lists each exit status with the text of its source comment" {
	local number comment
	is "$(section dmaheapctl 'EXIT STATUS' | tags status '[0-9]')" "$(statuses | sed 's/^\([0-9]*\).*/status \1/')"
	while read -r number comment; do
		comment=${comment,,}
		contains "$(section dmaheapctl 'EXIT STATUS' | sed -n "/<dt><b>$number</,/<\/dd>/p" | text |
			tr -s '\n ' ' ' | tr '[:upper:]' '[:lower:]')" "$comment"
	done < <(statuses)
}

@test "the page of each command lists exit status 0, and only statuses that the sources define" {
	local command used
	for command in $(commands); do
		used=$(section "$(page "$command")" 'EXIT STATUS' | tags '' '[0-9]' | tr -d ' ')
		is "$command: $(grep -vxF "$(statuses | cut -d ' ' -f 1)" <<<"$used")" "$command: "
		is "$command: $(grep -x 0 <<<"$used")" "$command: 0"
	done
}

@test "the pages of all commands have the standard sections in the same order" {
	local command sections='NAME|SYNOPSIS|DESCRIPTION|EXAMPLES|OPTIONS|COLUMNS|JSON|EXIT STATUS|SEE ALSO'
	for command in $(commands); do
		is "$command: $(sed -n 's/^\.SH //p' "$man/$(page "$command").1" | tr -d '"' |
			grep -xE "$sections" | paste -sd '|')" "$command: $sections"
	done
}

@test "each reference to a page of dmaheapctl in section 1 names another existing page" {
	local command name page n=0
	for command in '' $(commands); do
		page=$(page "$command")
		contains "$(section "$page" 'SEE ALSO')" dmaheapctl
		for name in $(mandoc -T html "$man/$page.1" | grep -oP '<b>\Kdmaheapctl[a-z-]*(?=</b>\(1\))'); do
			n=$((n + 1))
			[[ -s $man/$name.1 && $name != "$page" ]] || { echo "$page: $name(1)"; return 1; }
		done
	done
	((n >= 20))
}

@test "examples in manual pages use only existing long options" {
	local file command line option n=0
	for file in "$man"/*.1; do
		while read -r _ command line; do
			line=" $line"
			for option in $(grep -oE -- ' --[a-z][a-z-]*' <<<"${line%% -- *}"); do
				n=$((n + 1))
				contains "$("$dmaheapctl" --list-options "$command")" "$option"$'\t'
			done
		done < <(section "$(basename "$file" .1)" EXAMPLES | text |
			grep -oE "dmaheapctl ($(commands | paste -sd '|')) [^|>&)]*")
	done
	((n >= 20))
}

@test "mandoc and groff accept the manual pages without a warning" {
	local file
	mandoc -T lint -W warning "$man"/*.1 "$top"/man/*.4
	for file in "$man"/*.1 "$top"/man/*.4; do
		is "$({ man --warnings -E UTF-8 -l -Tutf8 -Z "$file" && groff -ww -man -Tutf8 -Z "$file"; } \
			2>&1 >/dev/null)" ''
	done
}

@test "manual pages do not hyphenate words at the ends of lines, because readers copy names" {
	local page bad=0
	for page in "$man"/*.1 "$top"/man/*.4; do
		groff -man -Tascii -P-c -rLL=50n "$page" 2>/dev/null | grep -E '[[:alnum:]]-$' || continue
		echo "in ${page##*/}"
		bad=1
	done
	((!bad))
}
