#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2030,SC2031,SC2119,SC2120 # output, stderr, status are bats'
#
# The manual against the tool: what one of them has and the other has not is a failure,
# whichever it is.

load common

# Inserts the shared text as Makefile.am does, so that the pages match the sources of this tree,
# whichever tree the tool is from.
setup_file() {
	local source sources=$BATS_TEST_DIRNAME/../../man

	mkdir "$BATS_FILE_TMPDIR/man"
	for source in "$sources"/*.1.in; do
		awk -v dir="$sources" -f "$sources/insert.awk" "$source" \
			>"$BATS_FILE_TMPDIR/man/$(basename "$source" .in)"
	done
}

setup() {
	top=$BATS_TEST_DIRNAME/../..
	man=$BATS_FILE_TMPDIR/man
}

commands() {
	"$dmaheapctl" --list-commands | cut -f 1
}

# --- What the tool says of itself ---------------------------------------------

# tool_options [COMMAND]: "-o, --output COLUMNS", "--hold[=DURATION]", one a line.
tool_options() {
	"$dmaheapctl" --list-options "$@" | awk -F '\t' '{
		argument = $3 == "" ? "" : $3 ~ /^\[/ ? "[=" substr($3, 2) : " " $3
		print ($2 == "" ? "" : $2 ", ") $1 argument
	}' | sort
}

tool_columns() {
	"$dmaheapctl" --list-columns "$1" | cut -f 1 | sort
}

# The keys of the schemas in these sources.
tool_keys() {
	local name

	for name; do
		grep -o '\.key = "[^"]*"' "$top/src/present/schema-$name.c"
	done | cut -d '"' -f 2 | sort -u
}

# The functions of the kernel that are columns of a record.
accessor_keys() {
	sed -n 's/^\tACCESSOR("[A-Z-]*", "\([a-z_]*\)".*/\1/p' "$top/src/present/schema-modules.c"
}

# status_table: "NUMBER COMMENT" for each status of the enum.
status_table() {
	sed -n '/^enum dh_status {/,/^}/p' "$top/src/frame/message.h" |
		sed -n 's|^\tDH_EXIT_[A-Z_]* = \([0-9]*\),[[:blank:]]*|\1 |p' |
		sed 's|/\* ||; s| \*/||; s/ *$//'
}

# --- What a page says ---------------------------------------------------------

# section PAGE NAME: the lines of that section.
section() {
	awk -v name="$2" '
		/^\.SH / {
			title = substr($0, 5)
			gsub(/"/, "", title)
			inside = title == name
			next
		}
		inside' "$1"
}

# tags: those of the .TP entries in the lines it reads, without fonts and escapes.
tags() {
	awk '
		# The words of a macro line, joined as it joins them.
		function words(line, glue,   out, first, word) {
			out = ""
			first = 1
			while (match(line, /^ *("[^"]*"|[^ "]+)/)) {
				word = substr(line, RSTART, RLENGTH)
				line = substr(line, RSTART + RLENGTH)
				sub(/^ */, "", word)
				gsub(/"/, "", word)
				out = out (first ? "" : glue) word
				first = 0
			}
			return out
		}
		tagged {
			tagged = 0
			tag = $0
			if (match(tag, /^\.[BI] /))
				tag = words(substr(tag, 4), " ")
			else if (match(tag, /^\.(BI|IB|BR|RB|IR|RI) /))
				tag = words(substr(tag, 5), "")
			gsub(/\\f[BIRP]/, "", tag)
			gsub(/\\-/, "-", tag)
			gsub(/\\[&|c]/, "", tag)
			print tag
		}
		/^\.TP/ { tagged = 1 }' | sort
}

# page_options PAGE and page_columns PAGE: what corresponds to the above.
page_options() {
	section "$1" OPTIONS | tags
}

page_columns() {
	section "$1" COLUMNS | tags
}

# page_keys PAGE: the keys in the JSON of the example.
page_keys() {
	section "$1" JSON | grep -o '"[a-z_0-9]*":' | tr -d '":' | sort -u
}

# same WHAT TOOL PAGE: shows the lines that only one of the texts has. Two empty ones are
# no agreement.
same() {
	[[ $2 && $2 == "$3" ]] || {
		printf '%s: < the tool alone has, > the manual alone has\n' "$1"
		diff <(printf '%s\n' "$2") <(printf '%s\n' "$3")
		return 1
	}
}

# all TEST: for every command, and shows every failure, not only the first.
all() {
	local command n=0 bad=0

	while read -r command; do
		"$1" "$command" || bad=1
		n=$((n + 1))
	done < <(commands)
	((n >= 9 && !bad))
}

# --- The tests ----------------------------------------------------------------

has_page() {
	[[ -s $man/dmaheapctl-$1.1 ]] || { echo "dmaheapctl-$1.1 is missing" && return 1; }
}

@test "every command has a page, and every page a command" {
	local page n=0

	all has_page
	for page in "$man"/*-*.1; do
		n=$((n + 1))
		page=$(basename "$page" .1)
		commands | grep -qx -- "${page#dmaheapctl-}" || { echo "$page: of no command" && false; }
	done
	is "$n" "$(commands | wc -l)"
}

@test "dmaheapctl.1 has the commands, in the tool's order" {
	same dmaheapctl.1 "$(commands)" "$(section "$man/dmaheapctl.1" COMMANDS |
		sed -n '/^\.TP/{n;s/^\.B //p}')"
}

same_help() {
	local line

	line=$("$dmaheapctl" --list-commands | sed -n "s/^$1\t//p")
	same "NAME of dmaheapctl-$1.1" "dmaheapctl-$1 - $line" \
		"$(section "$man/dmaheapctl-$1.1" NAME | sed 's/\\-/-/g')"
}

@test "the line of help of a command is the one in its page's NAME" {
	all same_help
}

same_options() {
	same "options of $1" "$(tool_options "$1")" "$(page_options "$man/dmaheapctl-$1.1")"
}

@test "options, with letters and arguments, are those of the pages" {
	all same_options
	same 'options before a command' "$(tool_options)" "$(page_options "$man/dmaheapctl.1")"
}

same_columns() {
	same "columns of $1" "$(tool_columns "$1")" "$(page_columns "$man/dmaheapctl-$1.1")"
}

@test "columns are those of the pages" {
	all same_columns
}

@test "JSON keys are those of the pages' examples" {
	local bad=0 command
	local -A sources=([list]=heaps [alloc]='buffers imports mappings' [map]=mappings
		[export]=imports [module]=modules [holders]=holders
		[accounting]='accounts callsites' [inspect]=inspection [kernel]=steps)

	while read -r command; do
		[[ ${sources[$command]-} ]] || { echo "$command: its schema?" && bad=1 && continue; }
	done < <(commands)
	same list "$(sort <(tool_keys heaps) <(echo schema))" "$(page_keys "$man/dmaheapctl-list.1")" ||
		bad=1
	same map "$(sort <(tool_keys mappings) <(echo schema))" "$(page_keys "$man/dmaheapctl-map.1")" ||
		bad=1
	same module "$(sort -u <(tool_keys modules) <(accessor_keys) <(printf '%s\n' schema modules kernel))" \
		"$(page_keys "$man/dmaheapctl-module.1")" || bad=1
	same accounting "$(sort -u <(tool_keys accounts callsites) \
		<(printf '%s\n' schema accounts callsites misses audit))" \
		"$(page_keys "$man/dmaheapctl-accounting.1")" || bad=1
	same inspect "$(sort -u <(tool_keys inspection) <(printf '%s\n' schema inspection))" \
		"$(page_keys "$man/dmaheapctl-inspect.1")" || bad=1
	# What is mapped is as in another page.
	same kernel "$(sort -u <(tool_keys steps) <(printf '%s\n' schema steps inspection))" \
		"$(page_keys "$man/dmaheapctl-kernel.1")" || bad=1
	same export "$(sort <(tool_keys imports) <(echo schema))" \
		"$(page_keys "$man/dmaheapctl-export.1")" || bad=1
	same holders "$(sort -u <(tool_keys holders) <(printf '%s\n' schema holders summary))" \
		"$(page_keys "$man/dmaheapctl-holders.1")" || bad=1
	# The two lists that are as in other pages are only named there.
	same alloc "$(sort -u <(tool_keys buffers) <(printf '%s\n' schema mappings imports))" \
		"$(page_keys "$man/dmaheapctl-alloc.1")" || bad=1
	((bad == 0))
}

@test "the list of exit statuses is the enum's" {
	local table page number comment text bad=0

	page=$man/dmaheapctl.1
	table=$(status_table)
	[[ $table ]]
	same 'exit statuses' "$(cut -d ' ' -f 1 <<<"$table")" "$(section "$page" 'EXIT STATUS' | tags)"
	while read -r number comment; do
		text=$(section "$page" 'EXIT STATUS' | sed -n "/^\.B $number\$/,/^\.TP/p")
		[[ ${text,,} == *"${comment,,}"* ]] || {
			printf '%s: "%s" is not in:\n%s\n' "$number" "$comment" "$text"
			bad=1
		}
	done <<<"$table"
	((bad == 0))
}

statuses_known() {
	comm -13 <(status_table | cut -d ' ' -f 1 | sort) \
		<(section "$man/dmaheapctl-$1.1" 'EXIT STATUS' | tags | sort) | sed "s/^/$1: status /" |
		grep . && return 1
	section "$man/dmaheapctl-$1.1" 'EXIT STATUS' | tags | grep -qx 0 || { echo "$1: no 0" && false; }
}

@test "no page has a status of its own" {
	all statuses_known
}

sections_in_order() {
	local want

	want=$(printf '%s\n' NAME SYNOPSIS DESCRIPTION EXAMPLES OPTIONS COLUMNS JSON 'EXIT STATUS' \
		'SEE ALSO')
	same "sections of $1" "$want" "$(sed -n 's/^\.SH //p' "$man/dmaheapctl-$1.1" | tr -d '"' |
		grep -xF "$want")"
}

@test "pages have the same sections in the same order" {
	all sections_in_order
}

@test "every page that is referred to is there" {
	local page name n=0 bad=0

	for page in "$man"/*.1; do
		section "$page" 'SEE ALSO' | grep -q 'dmaheapctl' || { echo "$page: SEE ALSO?" && bad=1; }
		while read -r name; do
			n=$((n + 1))
			[[ -s $man/$name.1 ]] || { echo "$page: there is no $name(1)" && bad=1; }
			[[ $name != "$(basename "$page" .1)" ]] || { echo "$page refers to itself" && bad=1; }
		done < <(sed 's/\\-/-/g' "$page" |
			sed -n 's/^\.BR \(dmaheapctl[a-z-]*\) (1).*/\1/p' | sort -u)
	done
	((n >= 20 && bad == 0))
}

@test "examples use options that there are" {
	local page line command option n=0 bad=0

	for page in "$man"/*.1; do
		while read -r line; do
			while read -r command line; do
				while read -r option; do
					n=$((n + 1))
					"$dmaheapctl" --list-options "$command" | cut -f 1 |
						grep -qx -- "$option" || {
						echo "$page: $command has no $option"
						bad=1
					}
				done < <(grep -oE -- ' --[a-z][a-z-]*' <<<" $line")
			done < <(grep -oE "dmaheapctl ($(commands | paste -sd '|')) [^|>&)]*" <<<"$line" |
				sed 's/^dmaheapctl //; s/ -- .*//')
		done < <(section "$page" EXAMPLES | sed 's/\\-/-/g')
	done
	((n >= 20 && bad == 0))
}

@test "pages are clean: mandoc" {
	mandoc -T lint -W warning "$man"/*.1 "$top"/man/*.4
}

@test "pages are clean: groff" {
	local page n=0

	for page in "$man"/*.1; do
		n=$((n + 1))
		run --separate-stderr man --warnings -E UTF-8 -l -Tutf8 -Z "$page"
		is "$status$stderr" 0
		run --separate-stderr groff -ww -man -Tutf8 -Z "$page"
		is "$status$stderr" 0
	done
	((n >= 10))
}

help_has_options() {
	local option n=0 bad=0

	run_tool 0 "$@" --help
	[[ ! $stderr ]]
	while read -r option; do
		n=$((n + 1))
		grep -qE -- "(^|[ ,])$option([[ =]|\$)" <<<"$output" || {
			echo "--help of '$*' lacks $option"
			bad=1
		}
	done < <("$dmaheapctl" --list-options "$@" | cut -f 1)
	run_tool 0 "$@" --usage
	run_tool 0 "$@" --version
	((n >= 3 && !bad))
}

@test "--help of each level has its options; --usage and --version are there, too" {
	all help_has_options
	help_has_options
	while read -r command; do
		run_tool 0 --help
		contains "$output" "  $command "
	done < <(commands)
}

# --- The tests themselves -----------------------------------------------------

# A stand-in for the tool that has something more, of which nobody wrote.
with_more() {
	local tool=$BATS_TEST_TMPDIR/tool

	cat >"$tool" <<-END
		#!/bin/sh
		'$dmaheapctl' "\$@" || exit
		[ "\$1" != $1 ] || printf -- '$2'
	END
	chmod +x "$tool"
	dmaheapctl=$tool
}

@test "these comparisons can fail: an option, a column, a command that nobody described" {
	run same_options nonesuch
	is "$status" 1
	run same_options list
	is "$status" 0
	with_more --list-options '--made-up\t\tARG\tnothing\n'
	run same_options list
	is "$status" 1
	contains "$output" '< --made-up ARG'
	run help_has_options list
	is "$status" 1

	dmaheapctl=$(find_tool)
	with_more --list-columns 'MADE-UP\tnothing\n'
	run same_columns list
	is "$status" 1
	contains "$output" '< MADE-UP'

	dmaheapctl=$(find_tool)
	with_more --list-commands 'made-up\tnothing\n'
	run all has_page
	is "$status" 1
	contains "$output" 'dmaheapctl-made-up.1 is missing'
}

@test "these comparisons can fail: what only the manual has, or has otherwise" {
	local real=$man

	man=$BATS_TEST_TMPDIR
	sed 's/^\.SH COLUMNS/.TP\n.BI \\-\\-made\\-up " ARG"\nNothing.\n&\n.TP\n.B MADE\\-UP\nNothing./' \
		"$real/dmaheapctl-list.1" >"$man/dmaheapctl-list.1"
	run same_options list
	is "$status" 1
	contains "$output" '> --made-up ARG'
	run same_columns list
	is "$status" 1
	contains "$output" '> MADE-UP'

	sed 's/^\.BI .*sysroot.*/.B \\-\\-sysroot/' "$real/dmaheapctl-list.1" >"$man/dmaheapctl-list.1"
	run same_options list
	is "$status" 1
	contains "$output" '< --sysroot FOLDER'

	sed 's/^\.B 5$/.B 8/' "$real/dmaheapctl-list.1" >"$man/dmaheapctl-list.1"
	run statuses_known list
	is "$status" 1
	contains "$output" 'list: status 8'
}
