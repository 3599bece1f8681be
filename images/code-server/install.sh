#!/bin/sh
# Install code-server VERSION into TARGET: the package, its two nested ones, and the native modules by name.
set -eu
version=$1 target=$2

if [ -f /tmp/build/host-ca.crt ]; then
  export NODE_EXTRA_CA_CERTS=/tmp/build/host-ca.crt npm_config_cafile=/tmp/build/host-ca.crt
fi
export npm_config_nodedir=/usr/local npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false
export npm_config_prefix=/usr/local JOBS=max

cd /tmp && npm pack --silent "code-server@${version}"
mkdir -p "$target" && tar xzf code-server-*.tgz -C "$target" --strip-components=1

cd "$target"
npm install --omit=dev --ignore-scripts
(cd lib/vscode && npm install --omit=dev --ignore-scripts)
(cd lib/vscode/extensions && npm install --omit=dev --ignore-scripts)
npm rebuild argon2
(cd lib/vscode && npm rebuild node-pty @vscode/spdlog @parcel/watcher kerberos @vscode/sqlite3 @vscode/native-watchdog)

# What the package's own postinstall script links.
ln -s /usr/local/bin/node lib/node
cd lib/vscode
ln -s node_modules node_modules.asar
ln -sf code-linux.sh bin/remote-cli/code
ln -sf browser-linux.sh bin/helpers/browser.sh
chmod 0755 bin/remote-cli/* bin/helpers/*.sh

# Other systems' binaries, compilers' leftovers and source maps: 200 MB that nothing here reads.
rg=node_modules/@vscode/ripgrep-universal/bin
for folder in "$rg"/*; do
  case ${folder##*/} in linux-x64 | linux-arm64) ;; *) rm -rf "$folder" ;; esac
done
rm -rf node_modules/node-pty/prebuilds/win32-* node_modules/node-pty/prebuilds/darwin-* node_modules/node-pty/third_party
rm -rf node_modules/@vscode/windows-process-tree/build
find "$target" \( -name obj.target -o -name .deps \) -prune -exec rm -rf {} +
find "$target" -name '*.map' -type f -delete
