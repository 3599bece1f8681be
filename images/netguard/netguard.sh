#!/bin/sh
# Firewall rules for workspace bridges, put in place once and looked after every five seconds.
#
# They stand in mangle/PREROUTING: before any DNAT, so a published port of the host is seen as the host; after connection
# tracking, so answers pass; and in no chain that dockerd or a host firewall ever rewrites. Bridges named sp* may reach
# the internet only, sl* private networks as well; neither reaches the host. Rules stay when this program ends: a guard
# that is being restarted protects all the same. `netguard remove` takes them away.
#
# `netguard block BRIDGE CIDR...`, run beside the one that looks after the rules, makes exactly these ranges unreachable
# from one bridge, beside what none reaches; without any it lifts them. `netguard blocked` names the bridges with some.
set -u

# Space-separated IPv4 resolvers that containers are given; the only thing they may ask at a blocked address.
: "${SPACES_DNS:=}"
# Private and reserved ranges (RFC 6890) and multicast. They hold every cloud's metadata address but Azure's, named too.
: "${SPACES_BLOCKED_CIDRS:=0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.168.0.0/16 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4}"
# What stays blocked for sl* bridges; the pool of workspace networks belongs here too.
: "${SPACES_LAN_BLOCKED_CIDRS:=0.0.0.0/8 100.100.100.200/32 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 224.0.0.0/4 240.0.0.0/4}"
: "${SPACES_INTERVAL_SECONDS:=5}"

CHAIN_INTERNET=SPACES-INTERNET
CHAIN_LAN=SPACES-LAN
CHAIN_V6=SPACES-V6
CHAIN_BLOCK=SPACES-B-
# A file for each bridge with ranges of its own, which holds them, and what the kernel held of ours when all was well.
# It is in memory: what is kept is in the kernel, from which a new guard learns it.
STATE=/run/netguard

say() { echo "netguard: $*"; }

# Legacy iptables wants a lock file; this path is writable even where the root file system is not.
export XTABLES_LOCKFILE="${XTABLES_LOCKFILE:-/dev/shm/xtables.lock}"

# pick_flavour: afterwards V4 and V6 name the working tools. Kernels differ in which of the two they have; V6 may be empty.
pick_flavour() {
  V4='' V6=''
  for flavour in nft legacy; do
    if iptables-$flavour -w -t mangle -S PREROUTING >/dev/null 2>&1; then V4=iptables-$flavour; break; fi
  done
  for flavour in nft legacy; do
    if ip6tables-$flavour -w -t mangle -S PREROUTING >/dev/null 2>&1; then V6=ip6tables-$flavour; break; fi
  done
  [ -n "$V4" ]
}

# passing CHAIN: the lines for what passes whatever else holds. Answers first, they are nearly all of the traffic.
passing() {
  echo "-A $1 -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN"
  for resolver in $SPACES_DNS; do
    case $resolver in *:*) continue ;; esac
    for protocol in udp tcp; do echo "-A $1 -d $resolver/32 -p $protocol --dport 53 -j RETURN"; done
  done
}

# rules_for CHAIN CIDR...: the lines of the chain of all bridges of a kind.
rules_for() {
  chain=$1; shift
  passing "$chain"
  # Broadcasts too: a service of the host that listens on every address would hear them.
  for type in LOCAL BROADCAST MULTICAST; do echo "-A $chain -m addrtype --dst-type $type -j DROP"; done
  for cidr in "$@"; do echo "-A $chain -d $cidr -j DROP"; done
}

# block_rules: the lines of all bridges with ranges of their own, and those that undo what is left of others.
block_rules() {
  held=$("$V4" -w -t mangle -S)
  for chain in $(block_chains); do
    bridge=${chain#"$CHAIN_BLOCK"}
    [ ! -e "$STATE/$bridge" ] || continue
    jumps "$bridge" "$chain" && echo "-D PREROUTING -i $bridge -j $chain"
    echo "-F $chain"; echo "-X $chain"
  done
  for bridge in $(bridges); do
    chain=$CHAIN_BLOCK$bridge
    echo ":$chain - [0:0]"
    passing "$chain"
    for cidr in $(cat "$STATE/$bridge"); do echo "-A $chain -d $cidr -j DROP"; done
    jumps "$bridge" "$chain" || echo "-I PREROUTING 1 -i $bridge -j $chain"
  done
}

jumps() { echo "$held" | grep -qxF -e "-A PREROUTING -i $1 -j $2"; }
block_chains() { "$V4" -w -t mangle -S | sed -n "s/^-N \($CHAIN_BLOCK[a-z0-9]*\)\$/\1/p"; }
bridges() { for file in "$STATE"/s[pl]*; do [ -e "$file" ] && echo "${file##*/}"; done; }

# learn: afterwards what the kernel holds for single bridges is in the files, where those do not know better.
learn() {
  for chain in $(block_chains); do
    file=$STATE/${chain#"$CHAIN_BLOCK"}
    [ ! -e "$file" ] || continue
    held=$("$V4" -w -t mangle -S "$chain") || return 1
    echo "$held" | sed -n 's/^-A [^ ]* -d \([0-9./]*\) -j DROP$/\1/p; s|^-A [^ ]* -j DROP$|0.0.0.0/0|p' > "$file"
  done
}

# forget_gone: bridges that are no more have nothing to be blocked, since ranges are set once a bridge is there.
forget_gone() {
  gone=''
  for bridge in $(bridges); do
    [ -e "/sys/class/net/$bridge" ] || { rm -f "$STATE/$bridge"; gone=1; }
  done
  [ -z "$gone" ] || settle_v4
}

# block BRIDGE CIDR...: all or nothing; what the kernel refuses leaves all as it was.
block() {
  case ${1:-} in s[pl]*[!a-z0-9]* | s[pl] | [!s]* | s[!pl]* | '') say "no such bridge: ${1:-}" >&2; return 1 ;; esac
  target=$1; shift
  case "$*" in *[!0-9./\ ]*) say "no such range: $*" >&2; return 1 ;; esac
  learn || return 1
  before=$(cat "$STATE/$target" 2>/dev/null)
  write_block "$target" "$*"
  settle_v4 && return
  write_block "$target" "$before"
  say "the ranges were refused: $*" >&2
  return 1
}

# write_block BRIDGE CIDRS
write_block() { if [ -n "$2" ]; then echo "$2" > "$STATE/$1"; else rm -f "$STATE/$1"; fi; }

# jump TOOL PREFIX CHAIN: the line that sends a bridge's traffic to its chain, unless it is there already.
jump() {
  "$1" -w -t mangle -C PREROUTING -i "$2+" -j "$3" 2>/dev/null || echo "-I PREROUTING 1 -i $2+ -j $3"
}

# apply_v4, apply_v6: one transaction each. Naming a chain empties it within the same commit, so that at no moment
# a packet meets half of the rules or none.
apply_v4() {
  {
    echo '*mangle'; echo ":$CHAIN_INTERNET - [0:0]"; echo ":$CHAIN_LAN - [0:0]"
    rules_for "$CHAIN_INTERNET" $SPACES_BLOCKED_CIDRS
    rules_for "$CHAIN_LAN" $SPACES_LAN_BLOCKED_CIDRS
    jump "$V4" sp "$CHAIN_INTERNET"; jump "$V4" sl "$CHAIN_LAN"
    block_rules
    echo COMMIT
  } | "$V4-restore" -w --noflush
}

apply_v6() {
  {
    echo '*mangle'; echo ":$CHAIN_V6 - [0:0]"; echo "-A $CHAIN_V6 -j DROP"
    jump "$V6" sp "$CHAIN_V6"; jump "$V6" sl "$CHAIN_V6"
    echo COMMIT
  } | "$V6-restore" -w --noflush
}

# present TOOL: what the kernel holds of ours, to be compared with what it held when all was well.
present() { "$1" -w -t mangle -S | grep SPACES-; }

# settle_v4, settle_v6: apply, then remember the outcome. Fails when the kernel refuses.
settle_v4() { apply_v4 && present "$V4" > "$STATE/want4"; }
settle_v6() { [ -z "$V6" ] || { apply_v6 && present "$V6" > "$STATE/want6"; }; }

# look: one round of looking after the rules.
look() {
  forget_gone
  if ! present "$V4" 2>/dev/null | cmp -s - "$STATE/want4"; then
    settle_v4 && say "IPv4 rules put back"
  fi
  if [ -n "$V6" ] && ! present "$V6" 2>/dev/null | cmp -s - "$STATE/want6"; then
    settle_v6 && say "IPv6 rules put back"
  fi
}

# alone COMMAND...: run it while no other guard changes files or rules.
alone() { ( flock 9; "$@" ) 9> "$STATE/lock"; }

remove_rules() {
  rm -f "$STATE"/s[pl]*
  { echo '*mangle'; block_rules; echo COMMIT; } | "$V4-restore" -w --noflush
  for tool in ${V4:-} ${V6:-}; do
    for pair in "sp $CHAIN_INTERNET" "sl $CHAIN_LAN" "sp $CHAIN_V6" "sl $CHAIN_V6"; do
      while "$tool" -w -t mangle -D PREROUTING -i "${pair% *}+" -j "${pair#* }" 2>/dev/null; do :; done
    done
    for chain in "$CHAIN_INTERNET" "$CHAIN_LAN" "$CHAIN_V6"; do
      "$tool" -w -t mangle -F "$chain" 2>/dev/null && "$tool" -w -t mangle -X "$chain"
    done
  done
}

trap 'exit 0' TERM INT
pick_flavour || { say "this kernel has no iptables mangle table, or NET_ADMIN is missing" >&2; exit 1; }
mkdir -p "$STATE"
case ${1:-} in
  remove) alone remove_rules; say "removed"; exit 0 ;;
  block) shift; alone block "$@"; exit ;;
  blocked) alone learn; bridges; exit 0 ;;
esac

begin() { learn && settle_v4 && settle_v6; }
alone begin || { say "the rules were refused" >&2; exit 1; }
[ -n "$V6" ] || say "no IPv6 firewall in this kernel"
say "ready"
while :; do
  # In the background, so that a stop is answered at once.
  sleep "$SPACES_INTERVAL_SECONDS" & wait $!
  alone look
done
