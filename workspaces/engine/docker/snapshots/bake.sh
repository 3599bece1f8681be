# Puts the files of volumes into the layer that this container writes: /mnt/0 to the first argument, /mnt/1 to the second …
# Runs as root in whatever the image is, so with nothing but what a POSIX system has. What stands in PATH, and in
# variables of the shell, is the image's word and not to be trusted.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
umask 022
unset IFS CDPATH

# emptied FOLDER: it is a folder, and there is nothing in it.
emptied() {
  if [ -L "$1" ] || [ ! -d "$1" ]; then rm -f -- "$1"; fi
  mkdir -p -- "$1"
  find "$1" -mindepth 1 -maxdepth 1 -exec rm -rf -- {} +
}

# Outer folders come first, so that what belongs in a folder of another is not emptied again.
for destination; do emptied "$destination"; done
number=0
for destination; do
  cp -a "/mnt/$number/." "$destination/"
  number=$((number + 1))
done
