#!/bin/sh
# Builds the network of one scene and runs the scene. mk/world.sh starts it in its own namespaces, in
# which it is root. Everything that it creates is in memory and ends with it.
#   enter.sh COMMAND...
#
# Two ends of a cable: this side is the router, the hub, the cloud and the DNS server; the other side, the network
# namespace `client`, is the machine that homey runs on. Both share /etc, which is a copy, and /run, which is empty.
set -eu

mount -t tmpfs world /run
mkdir /run/netns /run/world /run/world/home
cp -a /etc /run/world/etc 2>/dev/null || true # an ordinary user cannot read all of it, and needs no more
rm -f /run/world/etc/resolv.conf /run/world/etc/hosts /run/world/etc/nsswitch.conf
echo 'nameserver 192.0.2.53' >/run/world/etc/resolv.conf
echo '127.0.0.1 localhost' >/run/world/etc/hosts
echo 'hosts: files dns' >/run/world/etc/nsswitch.conf
mount --bind /run/world/etc /etc

ip link set lo up
ip netns add client
ip link add w0 type veth peer name c0 netns client
ip link set w0 up
ip address add 192.168.1.1/24 dev w0
for address in 192.0.2.53 203.0.113.10 203.0.113.11 203.0.113.12; do ip address add "$address/32" dev lo; done
ip address add 192.168.1.20/24 dev w0
client() { nsenter --net=/run/netns/client "$@"; }
client ip link set lo up
client ip link set c0 up
client ip address add 192.168.1.50/24 dev c0
client ip route add default via 192.168.1.1
if [ -e /proc/net/if_inet6 ]; then
  ip -6 address add 2001:db8:1::1/64 dev w0 nodad
  for address in 10 11 12; do ip -6 address add "2001:db8:2::$address/128" dev lo nodad; done
  client ip -6 address add 2001:db8:1::50/64 dev c0 nodad
  client ip -6 route add default via 2001:db8:1::1
fi
exec "$@"
