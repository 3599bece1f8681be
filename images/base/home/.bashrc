# Interactive shells of a workspace. Yours to change: it stays over stop and start.
case $- in *i*) ;; *) return ;; esac

shopt -s checkwinsize histappend globstar
HISTCONTROL=ignoreboth
HISTSIZE=10000
HISTFILESIZE=20000
# Written after every command: a browser tab closes without asking the shell.
PROMPT_COMMAND="history -a${PROMPT_COMMAND:+; $PROMPT_COMMAND}"

eval "$(dircolors -b)"
alias ls='ls --color=auto' ll='ls -alFh --color=auto' grep='grep --color=auto' diff='diff --color=auto'
export EDITOR="${EDITOR:-nano}" LESS="${LESS:--R}"

__prompt_branch() {
  local branch
  branch=$(git symbolic-ref --short HEAD 2>/dev/null) && printf ' (%s)' "$branch"
}
PS1='\[\e[1;32m\]\u@\h\[\e[0m\] \[\e[1;34m\]\w\[\e[0m\]\[\e[2m\]$(__prompt_branch)\[\e[0m\]\n\$ '

if [ -f /usr/share/bash-completion/bash_completion ]; then . /usr/share/bash-completion/bash_completion; fi
