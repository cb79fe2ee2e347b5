# SPDX-License-Identifier: GPL-2.0-or-later
#
# complete.zsh SHELL: prints each line of stdin as it is after bash or zsh inserted all completions.
# If the output of the shell contains "No such file", also prints this output. The shell runs
# interactively on a pseudo terminal.
# ^Xa inserts the completions, and ^Xb prints the line between \001 and \002. The commands that this
# script types must not contain a tab, which is the completion key.

zmodload zsh/zpty
case $1 in
bash)
	zpty shell bash --norc --noprofile -i
	zpty -w shell 'PS1=; unset HISTFILE; . "$COMPLETIONS/bash/dmaheapctl"
        [[ ! $EXTRA ]] || . "$EXTRA"
        bind "set enable-bracketed-paste off"
        bind "\"\\C-xa\": insert-completions"
        bind "\"\\C-xq\": complete"
        bind -x "\"\\C-xb\": printf \"\\001%s\\002\" \"\$READLINE_LINE\""
        printf "\001%s" READY'
	;;
zsh)
	zpty shell zsh -f -i
	zpty -w shell 'PS1=; unset HISTFILE; fpath=($HOME/functions $fpath)
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
while IFS= read -r line; do
	# insert-completions of readline drops an open quote, so use "complete" for such a line.
	[[ $line == *[\'\"]* ]] && key=q || key=a
	zpty -w -n shell $'\C-e\C-u'$line$'\C-x'$key$' \C-xb'
	zpty -r shell answer $'*\001*\002*'
	[[ $answer != *"No such file"* ]] || print -r -- "error message: $answer"
	answer=${answer##*$'\001'}
	print -r -- ${answer%%$'\002'*}
done
zpty -d shell
