-- mDNS, compared with npm's bonjour-service, in a network namespace. Skipped with a message where
-- Node, npm or namespaces are missing; in CI that fails.
-- Runs on one Lua: no Lua has a part in it.
local logins = require "spec.support.logins"
local npm = require "spec.support.node.npm"

local network = [[
ip link set lo up && ip link add v0 type veth peer name v1 && ip addr add 192.168.7.5/24 dev v0 &&
ip link set v0 up && ip link set v1 up && ip route add default dev v0 || exit
mkfifo "$DIR/in"
NODE_PATH="$PACKAGES" \
  node spec/oracle/mdns.js 192.168.7.5 <"$DIR/in" >"$DIR/out" 2>&1 &
exec 3>"$DIR/in"
n=0
until grep -q ready "$DIR/out" || [ "$n" = 600 ]; do n=$((n + 1)); sleep 0.1; done
LD_PRELOAD=$PRELOAD bin/homey discover "$@" 3>&- || { echo "exit $?"; cat "$DIR/out"; }
exec 3>&-
wait
]]

local has_namespaces = os.execute("unshare --user --map-root-user --net ip link >/dev/null 2>&1")
local missing = npm.missing() or not (has_namespaces == true or has_namespaces == 0)
  and not os.getenv "CI" and "needs network namespaces" or nil

describe("homey discover, compared with bonjour-service", function()
  if missing then return pending(missing) end

  it("finds the published hubs, and no other service", function()
    local packages = npm.package("bonjour-service", "1.3") .. "/node_modules"
    local folder = os.tmpname()
    os.remove(folder)
    logins.shell(("mkdir %s"):format(folder))
    -- a sanitizer that is preloaded is for homey alone
    local out = npm.run(("PRELOAD=$LD_PRELOAD DIR=%s PACKAGES=%s %s unshare --user --map-root-user "
      .. "--net sh -c %s x --format %s 2>&1"):format(folder, logins.quoted(packages), npm.clean,
      logins.quoted(network), logins.quoted "{url}|{name}|{model}|{version}|{id}|{answers}"))
    logins.shell(("rm -rf %s"):format(folder))
    assert.equal("http://192.168.7.5|Old hub|-|-|-|false\n"
      .. "http://192.168.7.5:8080|Sunny höuse|Homey Pro|12.4.1|5d9f2e8b01c36e47f9a21d57|true\n",
      out)
  end)
end)
