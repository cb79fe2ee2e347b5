#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2016 # output and status are bats'; other shells expand it
#
# Completion in the three shells. Options and columns come from the tool itself, heaps
# from a stand-in in front of it, since this machine may have none. bash and zsh run
# interactively on a terminal that zsh's zpty makes, a line is typed there and a key that
# inserts all completions, and the line as it then stands is read back: so what is tested
# includes how the shell splits words and quotes names. fish has `complete -C`.

load common

setup_file() {
	local bin=$BATS_FILE_TMPDIR/bin

	mkdir -p "$bin" "$BATS_FILE_TMPDIR/home" "$BATS_FILE_TMPDIR/functions"
	ln -s "$BATS_TEST_DIRNAME/../../completions/zsh/_dmaheapctl" \
		"$BATS_FILE_TMPDIR/functions/_dmaheapctl"

	# Names as --raw has them.
	cat >"$bin/dmaheapctl" <<-END
		#!/bin/sh
		if [ "\$1" = list ]; then
			printf '%s\n' linux,cma memory@42000000 'my\\x20heap' \
				protected,secure-video system
			exit 0
		fi
		exec '$dmaheapctl' "\$@"
	END
	chmod +x "$bin/dmaheapctl"

	# typed.zsh SHELL LINE: what the line is after all completions were inserted.
	cat >"$BATS_FILE_TMPDIR/typed.zsh" <<-'END'
		zmodload zsh/zpty
		case $1 in
		bash)
			zpty shell bash --norc --noprofile -i
			zpty -w shell 'PS1=; unset HISTFILE; . "$COMPLETIONS/bash/dmaheapctl"
				[[ ! $EXTRA ]] || . "$EXTRA"
				bind "set enable-bracketed-paste off"
				bind "\"\\C-xa\": insert-completions"
				bind -x "\"\\C-xb\": printf \"\\001%s\\002\" \"\$READLINE_LINE\""
				printf "\001%s" READY'
			;;
		zsh)
			zpty shell zsh -f -i
			zpty -w shell 'PS1=; unset HISTFILE; fpath=("$FUNCTIONS" $fpath)
				autoload -Uz compinit && compinit -u -D
				zstyle ":completion:all:*" completer _all_matches _complete
				zstyle ":completion:all:*" insert true
				zstyle ":completion:*" verbose false
				zle -C all complete-word _generic
				bindkey "^Xa" all
				show() { printf "\001%s\002" "$BUFFER" }
				zle -N show && bindkey "^Xb" show
				printf "\001%s" READY'
			;;
		esac
		zpty -r shell answer $'*\001READY*'
		zpty -w -n shell $2$'\C-xa \C-xb'
		zpty -r shell answer $'*\001*\002*'
		answer=${answer##*$'\001'}
		print -r -- ${answer%%$'\002'*}
		zpty -d shell
	END
}

setup() {
	export PATH=$BATS_FILE_TMPDIR/bin:$PATH HOME=$BATS_FILE_TMPDIR/home TERM=vt100 LC_ALL=C
	export COMPLETIONS=$BATS_TEST_DIRNAME/../../completions
	export FUNCTIONS=$BATS_FILE_TMPDIR/functions
}

# typed SHELL LINE WANTED
typed() {
	run timeout 60 zsh -f "$BATS_FILE_TMPDIR/typed.zsh" "$1" "$2"
	if [[ $status != 0 || ${output%"${output##*[! ]}"} != "$3" ]]; then
		printf '%s: %q, status %s, became\n%q, wanted was\n%q\n' "$1" "$2" "$status" \
			"$output" "$3"
		return 1
	fi
}

# ask_bash LINE: what the function answers.
ask_bash() {
	run --separate-stderr bash --norc --noprofile -c '
		. "$1" || exit
		COMP_LINE=$2 COMP_POINT=${#2} COMPREPLY=()
		read -ra COMP_WORDS <<<"$2"
		[[ $2 != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_dmaheapctl "${COMP_WORDS[0]}" "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
		printf "%s\n" "${COMPREPLY[@]}"' - "$COMPLETIONS/bash/dmaheapctl" "$1"
	is "$status$stderr" 0
}

# in_bash LINE WANTED: the same, joined by blanks.
in_bash() {
	ask_bash "$1"
	is "$(paste -sd ' ' <<<"$output")" "$2"
}

# in_fish LINE WANTED: candidates, sorted, joined by blanks.
in_fish() {
	run --separate-stderr fish --no-config -c 'source $COMPLETIONS/fish/dmaheapctl.fish
		complete -C $argv[1]' "$1"
	is "$status$stderr" 0
	is "$(cut -f 1 <<<"$output" | sort | paste -sd ' ')" "$2"
}

# Every option that the tool has for a command, sorted, with "=" where $1 says so.
options() {
	"$dmaheapctl" --list-options "${@:2}" | awk -F '\t' -v equal="$1" '
		{ print $1 }
		equal && $3 ~ /^\[/ { print $1 "=" }' | sort | paste -sd ' '
}

# sorted WORDS
sorted() {
	tr ' ' '\n' <<<"$1" | sort | paste -sd ' '
}

columns() {
	"$dmaheapctl" --list-columns "$1" | cut -f 1
}

# --- bash ---------------------------------------------------------------------

@test "bash: commands" {
	in_bash 'dmaheapctl ' "$("$dmaheapctl" --list-commands | cut -f 1 | paste -sd ' ')"
	in_bash 'dmaheapctl al' alloc
	in_bash 'dmaheapctl nonesuch' ''
	in_bash 'dmaheapctl --list-columns e' export
	in_bash 'dmaheapctl --list-options=e' export
}

@test "bash: the options of every command, and those before one" {
	local command want

	for command in '' $("$dmaheapctl" --list-commands | cut -f 1); do
		# shellcheck disable=SC2086 # no command is no word
		want=$(options equal $command)
		[[ $command != @(alloc|accounting) ]] || want=$(sorted "-- $want")
		ask_bash "dmaheapctl $command --"
		is "$(sort <<<"$output" | paste -sd ' ')" "$want"
	done
	in_bash 'dmaheapctl alloc --heap-f' --heap-flags
	in_bash 'dmaheapctl list --heap' ''
}

@test "bash: heaps and classes" {
	local all='linux,cma memory@42000000 my\ heap protected,secure-video system cma protected carveout'

	in_bash 'dmaheapctl list ' "$all"
	in_bash 'dmaheapctl list system ' "$all"
	in_bash 'dmaheapctl list -- ' "$all"
	in_bash 'dmaheapctl alloc --heap ' "$all"
	in_bash 'dmaheapctl map --size 4K --heap p' 'protected,secure-video protected'
	in_bash 'dmaheapctl alloc --heap protected,' protected,secure-video
	in_bash 'dmaheapctl alloc --heap my\ h' 'my\ heap'
	in_bash 'dmaheapctl alloc --heap "my h' 'my heap'
}

@test "bash: what readline does not replace is not repeated" {
	in_bash 'dmaheapctl alloc --heap=l' linux,cma
	in_bash 'dmaheapctl alloc --heap=memory@4' @42000000
	in_bash 'dmaheapctl alloc --heap memory@' @42000000
	in_bash "dmaheapctl alloc --heap='memory@4" memory@42000000
}

@test "bash: columns" {
	in_bash 'dmaheapctl list -o ' "$(columns list | paste -sd ' ')"
	in_bash 'dmaheapctl alloc -o TI' TIME
	in_bash 'dmaheapctl list -o NAME,KIND-' NAME,KIND-REASON
	in_bash 'dmaheapctl list -o name,nam' ''
	in_bash 'dmaheapctl list -o +al' +ALIAS
	in_bash 'dmaheapctl list --output=+DEV,OW' +DEV,OWNER
	in_bash 'dmaheapctl export -o NAME' ''
}

@test "bash: other arguments" {
	in_bash 'dmaheapctl alloc --fd-flags ' 'rdwr rdonly wronly cloexec'
	in_bash 'dmaheapctl alloc --fd-flags rdwr,' rdwr,cloexec
	in_bash 'dmaheapctl alloc --fill ' 'zero one counter random: 0x'
	in_bash 'dmaheapctl map --fill=r' random:
	in_bash 'dmaheapctl alloc --size ' ''
	in_bash 'dmaheapctl alloc --size=' ''
	in_bash 'dmaheapctl export --device p' primary
	in_bash 'dmaheapctl alloc --export=d' driver:
	in_bash 'dmaheapctl export --device /dev/dri/' "$(find /dev/dri -maxdepth 1 \
		\( -name 'card*' -o -name 'renderD*' \) 2>/dev/null | sort | paste -sd ' ')"
	cd "$BATS_FILE_TMPDIR"
	in_bash 'dmaheapctl map --load typ' typed.zsh
	in_bash 'dmaheapctl map --save=./typ' ./typed.zsh
	in_bash 'dmaheapctl list --sysroot fun' functions
	in_bash 'dmaheapctl list --sysroot typ' ''
}

@test "bash: the command after --" {
	in_bash 'dmaheapctl alloc --heap system -- dmaheapct' dmaheapctl
	cd "$BATS_FILE_TMPDIR"
	in_bash 'dmaheapctl alloc -- cat typ' typed.zsh
	in_bash 'dmaheapctl alloc --name -- --forc' --force
}

@test "bash: a program that is not there is met with silence" {
	in_bash '/nonexistent/dmaheapctl ' ''
	in_bash '/nonexistent/dmaheapctl list ' 'system cma protected carveout'
	in_bash '/nonexistent/dmaheapctl list --' ''
	in_bash '/nonexistent/dmaheapctl alloc --' ''
}

@test "bash, typed: names with commas, '@', blanks" {
	typed bash 'dmaheapctl al' 'dmaheapctl alloc'
	typed bash 'dmaheapctl alloc --heap my' 'dmaheapctl alloc --heap my\ heap'
	typed bash 'dmaheapctl alloc --heap memory@4' 'dmaheapctl alloc --heap memory@42000000'
	typed bash 'dmaheapctl alloc --heap=memory@' 'dmaheapctl alloc --heap=memory@42000000'
	typed bash 'dmaheapctl alloc --heap protected,s' \
		'dmaheapctl alloc --heap protected,secure-video'
	typed bash 'dmaheapctl map --fill=ran' 'dmaheapctl map --fill=random:'
	typed bash 'X=1 dmaheapctl list -o NAME,MO' 'X=1 dmaheapctl list -o NAME,MODE'
	typed bash 'true; dmaheapctl alloc --heap system -- dmaheapct' \
		'true; dmaheapctl alloc --heap system -- dmaheapctl'
}

@test "bash: a completion that the other command has of its own is used" {
	export EXTRA=$BATS_TEST_TMPDIR/extra.bash
	echo '_command_offset() { COMPREPLY=("offset$1${COMP_WORDS[$1]}"); }' >"$EXTRA"
	typed bash 'dmaheapctl alloc --size 4K -- ls -' 'dmaheapctl alloc --size 4K -- ls offset5ls'
}

# --- zsh ----------------------------------------------------------------------

@test "zsh: commands" {
	typed zsh 'dmaheapctl al' 'dmaheapctl alloc'
	typed zsh 'dmaheapctl --list-columns li' 'dmaheapctl --list-columns list'
}

@test "zsh: the options of every command" {
	local command want

	for command in $("$dmaheapctl" --list-commands | cut -f 1); do
		run timeout 60 zsh -f "$BATS_FILE_TMPDIR/typed.zsh" zsh "dmaheapctl $command --"
		want=$(options '' "$command")
		is "$(tr ' ' '\n' <<<"${output#"dmaheapctl $command"}" |
			sed '/^$/d; s/=$//' | sort -u | paste -sd ' ')" "$want"
	done
}

@test "zsh: heaps and classes" {
	typed zsh 'dmaheapctl list my' 'dmaheapctl list my\ heap'
	typed zsh 'dmaheapctl list system mem' 'dmaheapctl list system memory@42000000'
	typed zsh 'dmaheapctl alloc --heap protected,' 'dmaheapctl alloc --heap protected,secure-video'
	typed zsh 'dmaheapctl alloc --heap=lin' 'dmaheapctl alloc --heap=linux,cma'
	typed zsh 'dmaheapctl alloc --heap carv' 'dmaheapctl alloc --heap carveout'
}

@test "zsh: columns" {
	typed zsh 'dmaheapctl list -o TROU' 'dmaheapctl list -o TROUBLE'
	typed zsh 'dmaheapctl list -o NAME,ALI' 'dmaheapctl list -o NAME,ALIAS'
	typed zsh 'dmaheapctl list --output=+DEV,OW' 'dmaheapctl list --output=+DEV,OWNER'
}

@test "zsh: other arguments" {
	typed zsh 'dmaheapctl alloc --fd-flags rdwr,clo' 'dmaheapctl alloc --fd-flags rdwr,cloexec'
	typed zsh 'dmaheapctl map --fill coun' 'dmaheapctl map --fill counter'
	typed zsh 'dmaheapctl map --fill=rand' 'dmaheapctl map --fill=random:'
	typed zsh 'dmaheapctl export --device prim' 'dmaheapctl export --device primary'
	typed zsh 'dmaheapctl export --device primary --device rende' \
		'dmaheapctl export --device primary --device render'
	typed zsh 'dmaheapctl alloc --size ' 'dmaheapctl alloc --size'
	cd "$BATS_FILE_TMPDIR"
	typed zsh 'dmaheapctl map --load typ' 'dmaheapctl map --load typed.zsh'
	typed zsh 'dmaheapctl list --sysroot fun' 'dmaheapctl list --sysroot functions'
}

@test "zsh: the command after --" {
	typed zsh 'dmaheapctl alloc --heap system -- dmaheapct' \
		'dmaheapctl alloc --heap system -- dmaheapctl'
	typed zsh 'dmaheapctl alloc -- dmaheapctl lis' 'dmaheapctl alloc -- dmaheapctl list'
}

# --- fish ---------------------------------------------------------------------

@test "fish: commands" {
	in_fish 'dmaheapctl ' "$("$dmaheapctl" --list-commands | cut -f 1 | sort | paste -sd ' ')"
	in_fish 'dmaheapctl al' alloc
	in_fish 'dmaheapctl --list-columns e' export
	in_fish 'dmaheapctl --list-options=e' --list-options=export
}

@test "fish: the options of every command, and those before one" {
	local command want

	for command in '' $("$dmaheapctl" --list-commands | cut -f 1); do
		# shellcheck disable=SC2086 # no command is no word
		want=$(options equal $command)
		[[ $command != @(alloc|accounting) ]] || want=$(sorted "-- $want")
		in_fish "dmaheapctl $command --" "$want"
	done
	in_fish 'dmaheapctl alloc --heap-f' --heap-flags
}

@test "fish: heaps and classes" {
	local all='carveout cma linux,cma memory@42000000 my heap protected protected,secure-video system'

	in_fish 'dmaheapctl list ' "$all"
	in_fish 'dmaheapctl list system ' "$all"
	in_fish 'dmaheapctl alloc --heap ' "$all"
	in_fish 'dmaheapctl alloc --heap=l' --heap=linux,cma
	in_fish 'dmaheapctl map --heap memory@4' memory@42000000
	in_fish 'dmaheapctl map --heap my\ h' 'my heap'
}

@test "fish: columns" {
	in_fish 'dmaheapctl list -o ' "$(columns list | sort | paste -sd ' ')"
	in_fish 'dmaheapctl list -o NAME,KIND-' NAME,KIND-REASON
	in_fish 'dmaheapctl list -o +ALI' +ALIAS
	in_fish 'dmaheapctl list --output=+DEV,OW' --output=+DEV,OWNER
}

@test "fish: other arguments" {
	in_fish 'dmaheapctl alloc --fd-flags ' 'cloexec rdonly rdwr wronly'
	in_fish 'dmaheapctl alloc --fd-flags rdwr,' rdwr,cloexec
	in_fish 'dmaheapctl map --fill ' '0x counter one random: zero'
	in_fish 'dmaheapctl map --fill=r' --fill=random:
	in_fish 'dmaheapctl alloc --size ' ''
	in_fish 'dmaheapctl export --device pri' primary
	in_fish 'dmaheapctl alloc --export=ren' --export=render
	cd "$BATS_FILE_TMPDIR"
	in_fish 'dmaheapctl map --load typ' typed.zsh
	in_fish 'dmaheapctl list --sysroot fun' functions/
}

@test "fish: the command after --" {
	in_fish 'dmaheapctl alloc --heap system -- dmaheapct' dmaheapctl
	in_fish 'dmaheapctl alloc -- dmaheapctl lis' list
}

@test "fish: a program that is not there is met with silence" {
	in_fish "$BATS_FILE_TMPDIR/bin/dmaheapctl al" alloc
	in_fish '/nonexistent/dmaheapctl al' ''
	in_fish '/nonexistent/dmaheapctl alloc --' ''
}

# --- The tests themselves -----------------------------------------------------

@test "these comparisons can fail" {
	run ! in_bash 'dmaheapctl al' list
	run ! in_fish 'dmaheapctl al' list
	run ! typed bash 'dmaheapctl al' 'dmaheapctl list'
	run ! typed zsh 'dmaheapctl al' 'dmaheapctl list'
}

@test "module: what to do, and to which" {
	in_bash 'dmaheapctl module ' 'status load unload'
	in_bash 'dmaheapctl module l' load
	in_bash 'dmaheapctl module load ' 'debug sim'
	in_fish 'dmaheapctl module ' 'load status unload'
	in_fish 'dmaheapctl module load s' sim
	typed zsh 'dmaheapctl module lo' 'dmaheapctl module load'
	typed zsh 'dmaheapctl module load de' 'dmaheapctl module load debug'
}

@test "kernel: what to do" {
	in_bash 'dmaheapctl kernel ' 'find alloc hold'
	in_bash 'dmaheapctl kernel h' hold
	in_bash 'dmaheapctl kernel hold --heap linux' linux,cma
	in_fish 'dmaheapctl kernel ' 'alloc find hold'
	in_fish 'dmaheapctl kernel hold --heap linux' linux,cma
	typed zsh 'dmaheapctl kernel ho' 'dmaheapctl kernel hold'
	typed zsh 'dmaheapctl kernel hold --heap lin' 'dmaheapctl kernel hold --heap linux,cma'
}
