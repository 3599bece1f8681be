# Takes out of this container what belongs to one person or one machine, and says which identity files there were.
# Follows bake.sh in the same shell. Arguments are the folders that volumes were at; HOME is the image's.
# Read the tables first: one line each, shell patterns below every home, `?` for a space.

# -- gone from every home, folders with all in them
GONE='
.bash_history .zsh_history .zhistory .histfile .sh_history .ash_history .history .zsh_sessions
.local/share/fish/fish_history .config/fish/fish_history .local/state/bash/history .local/state/zsh/history
.python_history .node_repl_history .ts_node_repl_history .bun_repl_history .deno_history .irb_history .pry_history
.php_history .Rhistory .octave_hist .jshell_history .ghc/ghci_history .scala_history .gdb_history .lua_history
.julia/logs .ipython/profile_*/history.sqlite* .ipython/profile_*/security .pdbhistory .perldb_history
.psql_history .mysql_history .mariadb_history .sqlite_history .rediscli_history .mongorc.js .dbshell .mongosh
.duckdb_history .cqlsh_history .influx_history .usql_history
.lesshst .viminfo .vim/viminfo .vim/.netrwhist .local/state/nvim .local/share/nvim/shada .local/share/nano .nano
.wget-hsts .local/share/recently-used.xbel .units_history .bc_history .calc_history
.git-credentials .config/git/credentials .cache/git/credential .git-credential-cache .netrc _netrc
.pgpass .mylogin.cnf .gnupg .password-store .local/share/gopass .local/share/keyrings .local/share/kwalletd .pki
.config/sops .age .config/age .Xauthority .ICEauthority .vnc/passwd .config/tigervnc/passwd .dbus .config/pulse/cookie
.aws .azure .config/gcloud .boto .gsutil .kube .docker/config.json .config/containers/auth.json .config/helm/registry
.config/gh .config/hub .config/glab-cli .config/tea .config/doctl .config/hcloud .config/scw .config/linode-cli
.config/heroku .config/netlify .config/vercel .local/share/com.vercel.cli .fly .config/stripe .config/op .oci .bluemix
.config/rclone .rclone.conf .s3cfg .config/s3cmd .mc .terraform.d .terraformrc .vault-token .consul-token .pulumi
.ansible/vault* .vault_pass* .config/configstore .config/firebase .supabase/access-token .railway .cf .databrickscfg
.cargo/credentials* .gem/credentials .composer/auth.json .config/composer/auth.json .config/pypoetry/auth.toml
.local/share/python_keyring .m2/settings-security.xml .config/NuGet/NuGet.Config .nuget/NuGet/NuGet.Config .sbt/.credentials
.huggingface .cache/huggingface/token .cache/huggingface/stored_tokens .kaggle .config/kaggle .config/wandb .comet.config
.claude.json .claude.json.backup* .claude/.credentials.json .claude/history.jsonl .claude/projects .claude/todos
.claude/shell-snapshots .claude/statsig .claude/file-history .claude/session-env .claude/debug .config/claude .config/anthropic
.codex/auth.json .codex/history.jsonl .codex/sessions .codex/log .local/share/opencode .local/state/opencode
.gemini/*creds* .gemini/*account* .gemini/installation_id .gemini/history .gemini/tmp .gemini/.env .qwen/*creds* .qwen/tmp
.config/github-copilot .copilot .config/gh-copilot .aider.*history* .config/openai .openai .config/goose .codeium
.continue/sessions .continue/.env .continue/dev_data .config/cursor .cursor/*auth* .config/io.datasette.llm .config/mods
.config/aichat .config/amp .local/share/amp .factory/auth* .ollama/id_* .config/fabric
.mozilla .cache/mozilla .thunderbird .config/google-chrome* .cache/google-chrome* .config/chromium .cache/chromium
.config/microsoft-edge* .config/BraveSoftware .config/vivaldi .config/opera .local/share/epiphany .config/falkon .config/Bitwarden*
.cache/ms-playwright-mcp .config/Slack .config/discord .config/Signal .config/Element .config/Postman
.local/share/jupyter/runtime .jupyter/*_config.json .jupyter/migrated .jupyter/lab/workspaces .local/share/code-server/*.sock
.local/share/code-server/serve-web-key-half .vscode/cli .vscode-cli .vscode-server/cli .vscode-server/.cli* .cache/Microsoft
.config/code-server .local/share/Trash .cache/thumbnails .cache/vscode-* .config/Microsoft .config/vscode-*
'

# -- gone from the data folder of every VS Code, which keeps settings, key bindings, snippets and extensions
EDITORS='
.local/share/code-server .vscode-server/data .vscode-server-insiders/data .vscode-server-oss/data .vscode-remote/data
.openvscode-server/data .vscodium-server/data .config/Code .config/Code?-?OSS .config/Code?-?Insiders .config/VSCodium .theia
'
EDITOR_GONE='
machineid heartbeat coder.json coder-logs logs token storage.json code-server-ipc.sock blob_storage Cookies* *Storage
User/History User/workspaceStorage User/globalStorage User/sync User/State User/profiles/*/globalStorage
'

# -- stay, without the lines that hold a secret: `git`, `lines` and `xml` are the functions below
LINES='.npmrc .yarnrc .yarnrc.yml .pypirc .my.cnf .gradle/gradle.properties .config/pip/pip.conf .pip/pip.conf .condarc
.config/pip.conf .curlrc .wgetrc .config/pypoetry/config.toml .config/uv/uv.toml .bunfig.toml .jupyter/*_config.py
.aider.conf.yml .bundle/config .config/yarn/.yarnrc'
GIT='.gitconfig .config/git/config'
XML='.m2/settings.xml'

# -- gone from the machine
MACHINE_GONE='
/etc/ssh/ssh_host_* /var/lib/systemd/random-seed /var/lib/systemd/credential.secret /var/lib/sudo/ts /var/lib/sudo/lectured
/var/db/sudo /var/log/auth.log* /var/log/sudo* /var/log/wtmp* /var/log/btmp* /var/log/lastlog /var/lib/dhcp/* /var/lib/NetworkManager/secret_key /var/lib/cloud /var/spool/mail/* /var/mail/*
'
MACHINE_IDS='/etc/machine-id /var/lib/dbus/machine-id'

# What the name of a setting has when its value is a secret; case does not matter, here and below.
SECRET_WORDS='passw\(or\)\{0,1\}d\|passphrase\|token\|secret\|api[_-]\{0,1\}key\|_auth\|authident'
# User and password of an address over HTTP, and the password of one over ssh, whose user has to stay.
ADDRESSES='s#\(\(https\{0,1\}\|ftps\{0,1\}\)://\)[^/[:space:]]*@#\1#gI
s#\(ssh://[^/:@[:space:]]*\):[^/[:space:]]*@#\1@#gI'

# -- how

# real FOLDER: where it is when all links are followed, if it is a place where people keep things.
real() {
  (
    cd -P -- "$1" 2>/dev/null || exit 0
    case $PWD in /proc | /proc/* | /sys | /sys/* | /dev | /dev/* | /mnt | /mnt/*) exit 0 ;; esac
    printf '%s\n' "$PWD"
  )
}

# homes: every home that there is, once; volumes are at homes or hold what programs would else keep there.
homes() {
  {
    for home in /root /home/* /workspace "${HOME:-/root}" "$@"; do real "$home"; done
    # The accounts that programs run under have system folders for homes, but nobody ever is at work there.
    sed -n -e '/\(nologin\|false\|sync\)$/d' -e 's/^\([^:]*:\)\{5\}\(\/[^:]*\):.*/\2/p' /etc/passwd 2>/dev/null |
      while IFS= read -r home; do real "$home"; done
  } | sort -u
}

# is_peoples PATH: it is below a home, and no home is in it. HOMES is one a line.
is_peoples() {
  below=''
  while read -r home; do
    case $home/ in "$1"/*) return 1 ;; esac
    [ "$home" = / ] || case $1 in "$home"/*) below=yes ;; esac
  done <<END
$HOMES
END
  [ -n "$below" ]
}

# gone PATH: where it is a link to something that people keep below a home, that goes too, and else the link alone.
gone() {
  if [ -L "$1" ]; then
    there=$(readlink -f -- "$1" 2>/dev/null || :)
    if [ -n "$there" ] && is_peoples "$there"; then rm -rf -- "$there"; fi
  fi
  rm -rf -- "$1"
}

# each FUNCTION PATTERNS: FUNCTION for all that the patterns fit, from the folder that is the current one.
each() {
  for path in $2; do
    if [ -e "$path" ] || [ -L "$path" ]; then "$1" "$path"; fi
  done
}

# edited FILE SCRIPT…: through sed, where that changes anything. A link stays one, and so do owner and mode.
edited() {
  file=$1
  shift
  [ -f "$file" ] || return 0
  new=$(mktemp /tmp/scrub.XXXXXX)
  sed "$@" "$file" > "$new"
  cmp -s "$file" "$new" || cat "$new" > "$file"
  rm -f "$new"
}

lines() {
  edited "$1" -e "/^[^=:]*\($SECRET_WORDS\)[^=:]*[=:]/Id" -e '/\/\/[^=]*:_[a-z]*=/Id' \
    -e '/\(token\|password\)"\{0,1\}[[:space:]]*[=:]/Id' -e '/^[[:space:]]*-\{0,2\}\(proxy-\)\{0,1\}user[[:space:]=]/d' \
    -e '/^[[:space:]]*-[uU]/d' -e '/^BUNDLE_[A-Z0-9_]*__[A-Z0-9_]*:/d' -e "$ADDRESSES"
}

xml() { edited "$1" -e 's#<\(pass[a-z]*\|privateKey\)>[^<]*<#<\1><#gI' -e "$ADDRESSES"; }

# Lines that go on in the next are made one first, so that no half of a secret stays.
git() {
  edited "$1" -e ':more' -e '/\\$/{' -e 'N' -e 's/\\\n//' -e 'b more' -e '}' \
    -e '/extraheader/Id' -e '/^[[:space:]]*helper[[:space:]]*=.*!/Id' \
    -e "/^[^=]*\($SECRET_WORDS\|smtppass\|cookiefile\)[^=]*=/Id" -e "$ADDRESSES"
}

addresses() { edited "$1" -e "$ADDRESSES"; }

keys() {
  keep=$(real .ssh)
  [ -n "$keep" ] || return 0
  if [ "$keep" != "$PWD/.ssh" ] && ! is_peoples "$keep"; then rm -f .ssh && return 0; fi
  find "$keep" -mindepth 1 -maxdepth 1 ! -name config ! -name config.d ! -name 'known_hosts*' -exec rm -rf -- {} +
}

# Repositories and projects, wherever they are in a home. What is none of a person's own disk is left alone.
projects() {
  find . -xdev -type d -name .git -print | while IFS= read -r folder; do
    find "$folder" -type f \( -name config -o -name config.worktree -o -name .gitmodules \) -print |
      while IFS= read -r file; do git "$file"; done
    find "$folder" -type f \( -name FETCH_HEAD -o -path '*/logs/*' \) -exec grep -q '://[^/ ]*@' {} \; -print |
      while IFS= read -r file; do addresses "$file"; done
    rm -rf -- "$folder/credentials"
  done
  find . -xdev -name node_modules -prune -o -type f \( -name .npmrc -o -name .yarnrc.yml -o -name .pypirc \) -print |
    while IFS= read -r file; do lines "$file"; done
}

identity() {
  for path in /etc/ssh/ssh_host_*; do if [ -e "$path" ]; then echo "identity $path"; fi; done
  for path in $MACHINE_IDS; do if [ -s "$path" ] && [ ! -L "$path" ]; then echo "identity $path"; fi; done
}

scrub() {
  temporary  # so that nothing of theirs is in the way of what is written there
  HOMES=$(homes "$@")
  printf '%s\n' "$HOMES" > /tmp/.scrub-homes
  while IFS= read -r home <&3; do
    cd -P -- "$home" || continue
    each gone "$GONE"
    for editor in $EDITORS; do
      if [ -d "$editor" ]; then (cd -- "$editor" && each gone "$EDITOR_GONE"); fi
    done
    keys
    each lines "$LINES"
    each git "$GIT"
    each xml "$XML"
    if [ "$home" != / ]; then projects; fi
  done 3< /tmp/.scrub-homes
  cd /
  if [ -n "${HISTFILE:-}" ]; then gone "$HISTFILE"; fi
  temporary
}

# Programs find their folders in /run as the image has them, but nothing in these.
temporary() {
  find /run -xdev ! -type d -exec rm -f -- {} +
  find /run/sudo /run/user /run/screen -mindepth 1 -maxdepth 1 -exec rm -rf -- {} + 2>/dev/null || :
  for folder in /tmp /var/tmp; do
    if [ -d "$folder" ]; then find "$folder/" -mindepth 1 -maxdepth 1 -exec rm -rf -- {} +; fi
  done
}

machine() {
  each gone "$MACHINE_GONE"
  for path in $MACHINE_IDS; do
    if [ -s "$path" ] && [ ! -L "$path" ]; then : > "$path"; fi
  done
}

mkdir -p /tmp
if [ "${SPACES_KEEP_IDENTITY:-}" != yes ]; then identity; machine; fi
scrub "$@"
