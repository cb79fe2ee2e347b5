#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2030,SC2031 # variables of common.bash; each test is a subshell
#
# Compares tests/schema/answer.json with the tool, and tests the program that validates documents.

load common

top=$BATS_TEST_DIRNAME/../..

# The schemas of each command's JSON output.
declare -gA schemas=([list]='heaps fallbacks runs' [alloc]='buffers summary probe' [map]=mappings [export]=imports
	[holders]='holders holders_summary cma_callers cma_trace' [accounting]='accounts callers callsites misses audit'
	[inspect]=inspection [kernel]=steps [module]='modules kernel'
	[record]=record)
# The schemas that an option such as --callers selects.
declare -gA views=([alloc]=probe [holders]=cma_callers [accounting]='callers histogram')

# keys SCHEMA...: prints the key and the column keys of each schema, as defined in the sources.
keys() {
	awk -v names=" $* " '
		/^static const struct dh_column/ { array = $5; sub(/\[.*/, "", array); rows[array] = "" }
		match($0, /"[A-Z0-9-]+", "[a-z_0-9]+"/) {
			split(substr($0, RSTART, RLENGTH), part, "\"")
			rows[array] = rows[array] part[4] "\n"
		}
		/^DH_SCHEMA/ {
			split($0, part, /[(), "]+/)
			sub("dh_schema_", "", part[2])
			if (index(names, " " part[2] " "))
				print part[3] "\n" rows[part[4]]
		}' "$top"/src/present/*.c | grep .
}

# defined COMMAND SECTION: prints the name of the definition that tests/schema/answer.json uses for
# the rows of a section, and the keys of the definition.
defined() {
	jq -r --arg command "$1" --arg section "$2" '
		(.allOf[] | select(.if.properties.command.const == $command) |
			.then.properties[$section] | .items // .)["$ref"] as $ref |
		($ref // "" | ltrimstr("#/$defs/")) as $name | $name, (.["$defs"][$name].properties // {} | keys[])' \
		"$top/tests/schema/answer.json"
}

@test "tests/schema/answer.json defines the columns of each command" {
	local command schema section
	for command in $(commands); do
		for schema in ${schemas[$command]-}; do
			mapfile -t section < <(keys "$schema")
			is "$command: $(defined "$command" "${section[0]}")" \
				"$command: $schema"$'\n'"$(printf '%s\n' "${section[@]:1}" | LC_ALL=C sort)"
		done
		# --list-columns prints the columns of the first schema and those of the views.
		schema=${schemas[$command]%% *}
		is "$command: $(for schema in "$schema" ${views[$command]-}; do
			keys "$schema" | sed 1d
		done | sort -u | wc -l)" \
			"$command: $("$dmaheapctl" --list-columns "$command" | wc -l)"
	done
}

@test "tests/schema/validate rejects unknown or missing keys, wrong types and invalid values" {
	local change
	run_tool 0 list --json --sysroot "$sysroots/own-6.12"
	for change in '.bogus = 1' '.heaps[0].bogus = 1' '.kernel.bogus = 1' '.heaps[0].size = "4096"' \
		'.heaps[0].size = -1' '.heaps[0].source = "udev"' '.imports = []' 'del(.heaps)' \
		'del(.boot_id)' '.command = "map"' '.error = {"status": 1}'; do
		jq "$change" "$out" >"$BATS_TEST_TMPDIR/changed"
		run -1 "$validator" "$BATS_TEST_TMPDIR/changed"
		contains "$output" '$'
	done
}
