# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Completion of dmaheapctl for bash. Commands, options, columns and heaps are what the
# program says they are, asked anew each time. The bash-completion package is not needed.

# The line up to the cursor as $words, without their quotes. readline splits at more than
# blanks (COMP_WORDBREAKS: heap names have '@' and ':', options '='), and replaces only what
# follows such a character, or that from a '@' on: what comes before it is $kept. $quote is
# one that is still open.
_dmaheapctl_split()
{
	local line=${COMP_LINE:0:COMP_POINT} word='' begun='' c i

	words=() kept='' quote=''
	for ((i = 0; i < ${#line}; i++)); do
		c=${line:i:1}
		if [[ ! $quote && $c == [[:space:]] ]]; then
			[[ ! $begun ]] || words+=("$word")
			word='' begun='' kept=''
			continue
		fi
		begun=yes
		if [[ $c == "$quote" ]]; then
			quote=''
		elif [[ $c == \\ && $quote != \' ]]; then
			word+=${line:i+1:1}
			((++i))
		elif [[ $quote ]]; then
			word+=$c
		elif [[ $c == [\'\"] ]]; then
			quote=$c kept=$word
		else
			[[ $c != @ || $COMP_WORDBREAKS != *@* ]] || kept=$word
			word+=$c
			[[ $c == @ || $COMP_WORDBREAKS != *"$c"* ]] || kept=$word
		fi
	done
	words+=("$word")
}

# _dmaheapctl_offer PREFIX CANDIDATE...: those that go on from $cur.
_dmaheapctl_offer()
{
	local prefix=$1 candidate safe

	shift
	for candidate; do
		candidate=$prefix$candidate
		[[ ${candidate,,} == "${cur,,}"* ]] || continue
		candidate=${candidate:${#kept}}
		if [[ ! $quote ]]; then
			safe=${candidate//[a-zA-Z0-9_,.:@%\/+=-]/}
			[[ ! $safe ]] || printf -v candidate %q "$candidate"
		fi
		COMPREPLY+=("$candidate")
	done
}

# No blank after what is not complete yet.
_dmaheapctl_unfinished()
{
	compopt -o nospace 2>/dev/null || :
}

# _dmaheapctl_offer_list PREFIX WORD...: WORDs joined by commas, each once.
_dmaheapctl_offer_list()
{
	local prefix=$1 given word rest=()

	shift
	given=${cur#"$prefix"}
	[[ $given != *,* ]] || prefix+=${given%,*},
	given=,${given#+},
	given=${given%,*,},
	for word; do
		[[ ${given,,} == *",${word,,},"* ]] || rest+=("$word")
	done
	_dmaheapctl_offer "$prefix" "${rest[@]}"
	_dmaheapctl_unfinished
}

_dmaheapctl_heaps()
{
	local name names

	mapfile -t names < <("$program" list --raw --no-headings -o NAME -q 2>/dev/null)
	for name in system cma protected carveout; do
		[[ " ${names[*]} " == *" $name "* ]] || names+=("$name")
	done
	# The program escapes blanks and the like as \xNN.
	for name in "${names[@]}"; do
		printf -v name %b "$name"
		_dmaheapctl_offer "$1" "$name"
	done
}

# _dmaheapctl_paths PREFIX ACTION...: files (-f) or folders (-d).
_dmaheapctl_paths()
{
	local prefix=$1 path

	shift
	while IFS= read -r path; do
		path=$prefix$path
		COMPREPLY+=("${path:${#kept}}")
	done < <(compgen "$@" -- "${cur#"$prefix"}")
	compopt -o filenames 2>/dev/null || :
}

# _dmaheapctl_ask WORD...: what the program answers in $answer, the first field of each line.
_dmaheapctl_ask()
{
	local line

	answer=()
	while IFS= read -r line; do
		answer+=("${line%%$'\t'*}")
	done < <("$program" "$@" 2>/dev/null)
}

# _dmaheapctl_value ARGUMENT PREFIX: what may stand for an argument of that name.
_dmaheapctl_value()
{
	local answer=() name

	case $1 in
	HEAP)
		_dmaheapctl_heaps "$2"
		;;
	COLUMNS)
		_dmaheapctl_ask --list-columns "$command"
		[[ ${cur#"$2"} != +* ]] || set -- "$1" "$2+"
		_dmaheapctl_offer_list "$2" "${answer[@]}"
		;;
	FLAGS)
		answer=(rdwr rdonly wronly cloexec)
		# One access mode is enough.
		[[ ! $cur =~ (rdwr|rdonly|wronly), ]] || answer=(cloexec)
		_dmaheapctl_offer_list "$2" "${answer[@]}"
		;;
	PATTERN)
		_dmaheapctl_offer "$2" zero one counter random: 0x
		[[ ${COMPREPLY[0]} != *[:x] ]] || _dmaheapctl_unfinished
		;;
	VIEW)
		_dmaheapctl_offer "$2" buffer process
		;;
	DEVICE)
		for name in /dev/dri/card* /dev/dri/renderD*; do
			[[ ! -e $name ]] || answer+=("$name")
		done
		_dmaheapctl_offer "$2" "${answer[@]}" render primary driver:
		[[ ${COMPREPLY[0]} != *: ]] || _dmaheapctl_unfinished
		;;
	CONNECTOR)
		for name in /sys/class/drm/card*-*; do
			[[ ! -e $name ]] || answer+=("${name#*/card*-}")
		done
		_dmaheapctl_offer "$2" "${answer[@]}"
		;;
	COMMAND)
		_dmaheapctl_ask --list-commands
		_dmaheapctl_offer "$2" "${answer[@]}"
		;;
	FILE)
		_dmaheapctl_paths "$2" -f
		;;
	FOLDER)
		_dmaheapctl_paths "$2" -d
		;;
	esac
}

# What follows "--", of which $1 words are complete.
_dmaheapctl_other_command()
{
	local i

	if declare -F _command_offset >/dev/null; then
		for ((i = 2; i < COMP_CWORD; i++)); do
			[[ ${COMP_WORDS[i]} != -- ]] || break
		done
		_command_offset $((i + 1))
	elif (($1)); then
		_dmaheapctl_paths '' -f
	else
		_dmaheapctl_paths '' -c
	fi
}

_dmaheapctl()
{
	local program=$1 words kept quote cur command='' wanted='' line word i
	local names=() answer=()
	local -A arguments=()

	COMPREPLY=()
	_dmaheapctl_split
	cur=${words[-1]}
	unset 'words[-1]'

	for ((i = 1; i < ${#words[@]} && !${#command}; i++)); do
		case ${words[i]} in
		--list-options | --list-columns) ((i++)) ;;
		-*) ;;
		*) command=${words[i]} ;;
		esac
	done

	while IFS= read -r line; do
		word=${line%%$'\t'*} line=${line#*$'\t'}
		names+=("$word")
		[[ ${line#*$'\t'} != '['* ]] || names+=("$word=")
		arguments[$word]=${line#*$'\t'}
		arguments[$word]=${arguments[$word]%%$'\t'*}
		[[ $line != -* ]] || arguments[${line%%$'\t'*}]=${arguments[$word]}
	done < <("$program" --list-options ${command:+"$command"} 2>/dev/null)
	# The one that takes its optional argument as a word of its own, too.
	[[ ! ${arguments[--list-options]} ]] || arguments[--list-options]=COMMAND

	[[ $command ]] || i=1
	for (( ; i < ${#words[@]}; i++)); do
		word=${words[i]}
		if [[ $wanted ]]; then
			wanted=''
		elif [[ $word == -- ]]; then
			i=$((i + 1))
			case $command in
			alloc | accounting) _dmaheapctl_other_command $((${#words[@]} - i)) ;;
			list | holders) _dmaheapctl_heaps '' ;;
			esac
			return
		elif [[ $word == -* && ${arguments[$word]} != '['* ]]; then
			wanted=${arguments[$word]}
		fi
	done

	if [[ $wanted ]]; then
		_dmaheapctl_value "$wanted" ''
	elif [[ $cur == --*=* ]]; then
		word=${cur%%=*}
		wanted=${arguments[$word]#'['}
		_dmaheapctl_value "${wanted%']'}" "$word="
	elif [[ ! $command && $cur != -* ]]; then
		_dmaheapctl_value COMMAND ''
	elif [[ $command == module && $cur != -* ]]; then
		if ((${#words[@]} == 2)); then
			_dmaheapctl_offer '' status load unload
		else
			_dmaheapctl_offer '' debug sim
		fi
	elif [[ $command == kernel && $cur != -* && ${#words[@]} == 2 ]]; then
		_dmaheapctl_offer '' find alloc hold
	elif [[ $command == @(list|holders|accounting) && $cur != -* ]]; then
		_dmaheapctl_heaps ''
	else
		[[ $command != @(alloc|accounting) || ! ${names[*]} ]] || names+=(--)
		_dmaheapctl_offer '' "${names[@]}"
		[[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || _dmaheapctl_unfinished
	fi
}

complete -F _dmaheapctl dmaheapctl
