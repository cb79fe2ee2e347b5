#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2164,SC2016 # variables of common.bash; bats stops at a failed cd
#
# Compares the completions in bash, zsh and fish with the tool. One run of each shell completes its
# rows in rows() and generated(). bash and zsh run interactively, which covers word splitting and
# quoting. A key inserts all completions, and complete.zsh reads the line back. For fish,
# complete.fish runs "complete -C". A wrapper around the tool lists a fixed set of heaps.

load common

setup() {
	export PATH=$BATS_TEST_TMPDIR/bin:$PATH HOME=$BATS_TEST_TMPDIR TERM=vt100 LC_ALL=C
	export COMPLETIONS=$BATS_TEST_DIRNAME/../../completions
	mkdir -p "$HOME"/{bin,functions,work/folder}
	cd "$HOME/work"
	: >file.txt
	ln -s "$COMPLETIONS/zsh/_dmaheapctl" "$HOME/functions/_dmaheapctl"
	cat >"$HOME/bin/dmaheapctl" <<-END
		#!/bin/sh
		[ "\$1" = list ] || exec '$dmaheapctl' "\$@"
		printf '%s\n' linux,cma memory@42000000 'my\\x20heap' protected,secure-video system
	END
	chmod +x "$HOME/bin/dmaheapctl"
}

# Each row contains the shells (b: bash, z: zsh, f: fish), the text before the cursor, "|", and the
# text that the shell inserts. If there are several completions, the shell inserts all of them with
# blanks between them. ALL stands for all heaps and classes.
rows() {
	cat <<-'END'
		bzf dmaheapctl al|loc
		bzf dmaheapctl xyzzy|
		bzf dmaheapctl --list-columns e|xport
		bf  dmaheapctl --list-options=e|xport
		bzf dmaheapctl alloc --heap-f|lags
		bf  dmaheapctl alloc --hol|d --hold=
		b   dmaheapctl list --heap|
		bzf dmaheapctl list |ALL
		bf  dmaheapctl list system |ALL
		z   dmaheapctl list system mem|ory@42000000
		b   dmaheapctl list -- |ALL
		bzf dmaheapctl alloc --heap |ALL
		bzf dmaheapctl alloc |ALL
		bzf dmaheapctl map p|rotected protected,secure-video
		bzf dmaheapctl map --size 4K --heap p|rotected protected,secure-video
		bzf dmaheapctl alloc --heap protected,|secure-video
		bzf dmaheapctl alloc --heap carv|eout
		bzf dmaheapctl alloc --heap my|\ heap
		bf  dmaheapctl alloc --heap my\ h|eap
		b   dmaheapctl alloc --heap "my h|eap"
		bzf dmaheapctl alloc --heap=l|inux,cma
		bzf dmaheapctl map --heap memory@4|2000000
		bzf dmaheapctl alloc --heap=memory@|42000000
		b   dmaheapctl alloc --heap='memory@4|2000000'
		bzf dmaheapctl alloc -o TI|ME
		bzf dmaheapctl list -o NAME,REGION-|SOURCE
		b   dmaheapctl list -o name,nam|
		bzf dmaheapctl list -o +ALI|AS
		bzf dmaheapctl list --output=+DEV,OW|NER
		b   dmaheapctl export -o NAME|
		b   X=1 dmaheapctl list -o NAME,MO|DE
		bzf dmaheapctl alloc --fd-flags |cloexec rdonly rdwr wronly
		bzf dmaheapctl alloc --fd-flags rdwr,clo|exec
		bf  dmaheapctl alloc --fd-flags rdwr,|cloexec
		bf  dmaheapctl alloc --fill |0x counter one random: zero
		bzf dmaheapctl map --fill coun|ter
		bzf dmaheapctl map --fill=r|andom:
		bzf dmaheapctl alloc --size |
		b   dmaheapctl alloc --size=|
		bzf dmaheapctl export --device prim|ary
		z   dmaheapctl export --device primary --device rende|r
		bzf dmaheapctl export --device capt|ure
		b   dmaheapctl alloc --export=d|river:
		f   dmaheapctl alloc --export=ren|der
		bzf dmaheapctl map --load fil|e.txt
		b   dmaheapctl map --save=./fil|e.txt
		bzf dmaheapctl list --sysroot fol|der
		bzf dmaheapctl list --sysroot fil|e.txt
		bzf dmaheapctl record fil|e.txt
		bzf dmaheapctl alloc --heap system -- dmaheapct|l
		b   true; dmaheapctl alloc --heap system -- dmaheapct|l
		b   dmaheapctl alloc -- cat fil|e.txt
		zf  dmaheapctl alloc -- dmaheapctl lis|t
		b   dmaheapctl alloc --name -- --forc|e
		bf  dmaheapctl module |load status unload
		bzf dmaheapctl module lo|ad
		bzf dmaheapctl module load |client debug sim
		bf  dmaheapctl kernel |alloc find hold
		bzf dmaheapctl kernel ho|ld
		bzf dmaheapctl kernel hold --heap lin|ux,cma
		bf  /nonexistent/dmaheapctl al|
		b   /nonexistent/dmaheapctl |
		b   /nonexistent/dmaheapctl list |carveout cma protected system
		bf  /nonexistent/dmaheapctl alloc --|
	END
	printf 'f %s al|loc\n' "$HOME/bin/dmaheapctl"
	nodes=$(find /dev/dri -maxdepth 1 -name 'card*' -o -name 'renderD*' 2>/dev/null | sort | paste -sd ' ')
	printf 'b dmaheapctl export --device /dev/dri/|%s\n' "${nodes#/dev/dri/}"
}

# generated LETTER: prints more rows for a shell: the commands, and the options and columns of each
# command. zsh offers "--option" and "--option=" as one completion, and does not complete "--".
generated() {
	local command line

	echo "$1 dmaheapctl |$("$dmaheapctl" --list-commands | cut -f 1 | sort | paste -sd ' ')"
	for command in '' $("$dmaheapctl" --list-commands | cut -f 1); do
		line="dmaheapctl ${command:+$command }"
		"$dmaheapctl" --list-options ${command:+"$command"} | awk -F '\t' -v "shell=$1" '
			{ print $1 }
			shell != "z" && $3 ~ /^\[/ { print $1 "=" }' |
			cat - <([[ $1 == z || $command != @(alloc|accounting) ]] || echo --) | sort |
			paste -sd ' ' | sed "s/^--/$1 $line--|/"
		[[ ! $command ]] || "$dmaheapctl" --list-columns "$command" | cut -f 1 | sort | paste -sd ' ' |
			sed "s/^/$1 $line-o |/"
	done
}

# completes SHELL: completes all rows of the shell, prints the lines that differ, and fails if there
# are any.
completes() {
	local letter=${1:0:1} all='carveout cma linux,cma memory@42000000 my\\ heap protected protected,secure-video system'

	{ rows && generated "$letter"; } | sed -nE "s/ALL$/$all/; s/^[bzf]*${letter}[bzf]* +//p" >"$out"
	(($(wc -l <"$out") > 50))
	case $1 in
	fish) fish --no-config "$BATS_TEST_DIRNAME/complete.fish" ;;
	*) timeout 300 zsh -f "$BATS_TEST_DIRNAME/complete.zsh" "$1" ;;
	esac < <(sed 's/|.*//' "$out") >"$out.lines" 2>"$err"
	is "$(<"$err")" ''
	diff <(sed 's/|//; s/ *$//' "$out") <(sed 's/ *$//; s/folder\/$/folder/' "$out.lines")
}

@test "bash completes the commands, options, columns and arguments of the tool" {
	completes bash
}

@test "zsh completes the commands, options, columns and arguments of the tool" {
	completes zsh
}

@test "fish completes the commands, options, columns and arguments of the tool" {
	completes fish
}

@test "bash completes the arguments of a command after -- with the completion of that command" {
	export EXTRA=$BATS_TEST_TMPDIR/extra.bash
	echo '_command_offset() { COMPREPLY=("offset$1${COMP_WORDS[$1]}"); }' >"$EXTRA"
	contains "$(timeout 60 zsh -f "$BATS_TEST_DIRNAME/complete.zsh" bash \
		<<<'dmaheapctl alloc --size 4K -- ls -')" 'dmaheapctl alloc --size 4K -- ls offset5ls'
}
