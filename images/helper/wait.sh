#!/bin/sh
# Waits until nothing else has run in this container for IDLE_SECONDS, and ends it by ending; at once when told to.
set -u
: "${IDLE_SECONDS:=300}"
LOOK_SECONDS=2

# alone PAUSE: nothing else runs, and nothing has since the pause of that number began: the kernel counts on with each
# process of the container, so one that came and went between two looks has left its mark.
alone() {
  read -r _ _ _ _ latest < /proc/loadavg
  [ "$latest" = "$1" ] || return 1
  for folder in /proc/[0-9]*; do
    case ${folder#/proc/} in 1 | $$) ;; *) return 1 ;; esac
  done
}

trap 'exit 0' TERM INT
idle=0
while [ "$idle" -lt "$IDLE_SECONDS" ]; do
  # In the background, so that a stop is answered at once.
  sleep "$LOOK_SECONDS" & pause=$!
  wait "$pause"
  if alone "$pause"; then idle=$((idle + LOOK_SECONDS)); else idle=0; fi
done
