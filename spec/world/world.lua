--- World of a scene: a home network, its router, the hub, the cloud and a DNS server.
---
--- A file spec/world/NAME_scene.lua declares scenes. Each runs in its own namespaces (see enter.sh
--- and mk/world.sh), on Lua 5.4, or on every Lua with `every = true`:
---
---     local world = require "spec.world.world"
---
---     world.scene("a lamp is switched", { every = true }, function(sim)
---       local run = world.run [[
---         homey.login(email, password)
---         homey.device("Kitchen/Lamp"):set("onoff", true)
---         print "done"
---       ]]
---       assert.equal("done\n", run.out, run.err)
---     end)
---
--- `make world` runs all scenes, `make world SCENE="a lamp"` those whose name contains that text,
--- `LUAS=5.1` on one Lua.
---
--- Options of a scene: every (run on every Lua), limit (its longest duration on an idle machine in
--- seconds, 60; it is stopped after four times as long), ipv6 (it needs IPv6), sim (options of
--- homey.sim.start, or false for none), complaints (a pattern of the simulator's complaints that
--- are allowed; others fail the scene).
---
--- The start of a scene, and how to change it:
---   * Two network namespaces. Programs run on the client, 192.168.1.50, whose default route is the
---     router 192.168.1.1. The scene runs on this side, which has everything else: the hub
---     192.168.1.20 (443 and 80), and behind the router accounts 203.0.113.10, api 203.0.113.11,
---     the hub's cloud name 203.0.113.12 and the DNS server 192.0.2.53. world.ip has these, and
---     world.ip6 the IPv6 addresses of the cloud, which DNS does not return by default. Packets to
---     other addresses behind the router are dropped. Failures of the network do not affect the
---     connection of the scene to the simulator.
---   * world.run(script, options), world.start(script, options): a Lua program with `homey`,
---     `email` and `password`. world.command{...}, world.start_command{...}: any other program. See
---     Process below.
---   * world.dns.start{ names = ..., delay = ..., lose = ..., rcode = ... }, .stop(), .silence(),
---     .answer(); world.hosts{...}
---   * world.blackhole(ip), world.restore(ip); world.address.add(ip), .del(ip); sim:listen{ secure
---     = false } refuses connections; world.shell(command) on this side, world.client(command) on
---     the client's side: ip route, ip link ...
---   * world.write(path, text): /etc is a copy, so world.shell and this may change any file in it.
---   * world.sim(options): another simulator, such as a second Homey; with authority = false its CA
---     is unknown to the client. world.box(ip, options): a web server that is no hub.
---     world.proxy(ip). world.serve(script, ...): any other server, in Lua on this side.
---   * world.wait_for(what, f, seconds), world.sleep(seconds), world.time(), world.forever.
local core = require "homey.core"

rawset(_G, "assert", require "luassert")

local world = {
  ip = {
    client = "192.168.1.50", router = "192.168.1.1", hub = "192.168.1.20", dns = "192.0.2.53",
    accounts = "203.0.113.10", api = "203.0.113.11", remote = "203.0.113.12",
  },
  ip6 = { accounts = "2001:db8:2::10", api = "2001:db8:2::11", remote = "2001:db8:2::12" },
  folder = "/run/world", -- of this scene alone, in memory
  home = "/run/world/home", -- HOME of the client's programs
  email = "sunny@example.com", password = "Sunny & warm = 20+5 % ö",
}

local authority = world.folder .. "/authority.pem"
world.authority = authority
local processes, simulators = {}, {}

local has_ipv6 = io.open("/proc/net/if_inet6", "r")
if has_ipv6 then has_ipv6:close() end

-- ---- time and files -----------------------------------------------------------------------------

--- Seconds of a monotonic clock.
---@return number
function world.time() return require("cqueues").monotime() end

local limit = tonumber(os.getenv "WORLD_LIMIT")
local over_at = limit and world.time() + limit

local function check_limit(level)
  if over_at and world.time() > over_at then
    over_at = nil
    error(("the scene takes longer than %g s, its limit"):format(limit), level + 1)
  end
end

--- Wait.
---@param seconds number
function world.sleep(seconds)
  local till = world.time() + seconds
  repeat
    check_limit(2)
    core.pause(math.max(0, math.min(till - world.time(), 0.5)))
  until world.time() >= till
end

--- Wait until `f` returns a true value. Fails after some seconds, 20 by default.
---@param what string
---@param f fun(): any
---@param seconds? number
---@return any value
---@return number took  seconds
function world.wait_for(what, f, seconds)
  local started = world.time()
  while true do
    local value = f()
    if value then return value, world.time() - started end
    if world.time() - started > (seconds or 20) then
      error(("it does not happen within %g s that %s"):format(seconds or 20, what), 2)
    end
    check_limit(2)
    core.pause(0.01)
  end
end

--- The contents of a file; "" when it does not exist.
---@param path string
---@return string
function world.read(path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a" or ""
  if file then file:close() end
  return text
end

--- Write a file.
---@param path string
---@param text string
function world.write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  file:close()
end

local function quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end
world.quoted = quoted

--- Run a shell command on this side, where the hub and the cloud are, and return its output. Fails
--- when the command fails.
---@param command string
---@return string
function world.shell(command)
  local pipe = io.popen("{ " .. command .. "\n} 2>&1; echo \"exit $?\"", "r")
  local said = pipe:read "*a"
  pipe:close()
  local out, code = said:match "^(.*)exit (%d+)\n$"
  if code ~= "0" then error(("%s\n%s"):format(command, said), 2) end
  return out
end

local beside = "nsenter --net=/run/netns/client "

--- The same on the client's side.
---@param command string
---@return string
function world.client(command) return world.shell(beside .. "sh -c " .. quoted(command)) end

-- ---- programs -----------------------------------------------------------------------------------

---@class world.Process
---@field pid integer
---@field started number
local Process = {}
Process.__index = Process

local function environment(more)
  local env = {
    HOME = world.home, PATH = os.getenv "PATH", LANG = "C.UTF-8",
    HOMEY_LUA = os.getenv "HOMEY_TEST_LUA",
    LUA_PATH = package.path, LUA_CPATH = package.cpath,
  }
  for name, value in pairs(more or {}) do env[name] = value or nil end
  local words = {}
  for name, value in pairs(env) do words[#words + 1] = quoted(name .. "=" .. value) end
  return table.concat(words, " ")
end

local function start(words, options, prefix)
  local base = ("%s/process%d"):format(world.folder, #processes + 1)
  local list = {}
  for i, word in ipairs(words) do list[i] = quoted(word) end
  local command = ("exec %senv -i %s %s %s")
    :format(prefix, environment(options.env), options.before or "", table.concat(list, " "))
  -- Its parent is a shell that waits for it, so that it does not become a zombie.
  local pipe =
    io.popen(
      ("{ sh -c %s >%s.out 2>%s %s & echo $!; exec >&-; wait $!; echo $? >%s.code; } 2>/dev/null &")
        :format(
    quoted(command), base, options.merged and "&1" or base .. ".err",
    options.input and "<" .. quoted(options.input) or "</dev/null", base))
  local process = setmetatable({ base = base, behind = 1, started = world.time(), words = words },
    Process)
  process.pid = assert(tonumber(pipe:read "*l"))
  pipe:close()
  processes[#processes + 1] = process
  return process
end

--- Start a program on the client's side: {"homey", "devices"}. Options: env (a table of variables
--- beside HOME, PATH, LANG, HOMEY_LUA, LUA_PATH and LUA_CPATH; false removes one), before (words
--- before the command, such as "faketime -2d"), input (a file), merged = true (`out` has stderr,
--- too).
---@param words string[]
---@param options? {env?: table, before?: string, input?: string, merged?: boolean}
---@return world.Process
function world.start_command(words, options) return start(words, options or {}, beside) end

--- Run a program on the client's side to its end.
---@param words string[]
---@param options? table  as world.start_command takes them, and seconds, 30 by default
---@return {out: string, err: string, code: integer, took: number}
function world.command(words, options)
  local process = world.start_command(words, options)
  return process:ended(options and options.seconds or 30)
end

local prelude = [[
io.stdout:setvbuf "line"
local homey = require "homey"
local email, password = %q, %q
]]

--- Start a Lua program on the client's side, with the Lua under test and the variables `homey`,
--- `email` and `password`.
---@param script string
---@param options? table  as world.start_command takes them
---@return world.Process
function world.start(script, options)
  local path = ("%s/script%d.lua"):format(world.folder, #processes + 1)
  world.write(path, prelude:format(world.email, world.password):gsub("\n", " ") .. script)
  return world.start_command({ os.getenv "HOMEY_TEST_LUA", path }, options)
end

--- Run a Lua program on the client's side to its end.
---@param script string
---@param options? table  as world.command takes them
---@return {out: string, err: string, code: integer, took: number}
function world.run(script, options)
  return world.start(script, options):ended(options and options.seconds or 30)
end

--- Its output.
---@return string
function Process:out() return world.read(self.base .. ".out") end

--- Its output on stderr.
---@return string
function Process:err() return world.read(self.base .. ".err") end

--- Its exit code, or nil while it runs; more than 128 for a signal.
---@return integer?
function Process:code() return tonumber(world.read(self.base .. ".code")) end

local function report(process)
  return ("out:\n%s\nerr:\n%s\nexit code: %s")
    :format(process:out(), process:err(), process:code() or "none, it runs")
end

--- Wait until its output matches, from the end of the last match on. Fails when it ends without a
--- match, and after some seconds, 20 by default.
---@param pattern string
---@param seconds? number
---@return string match
---@return number took
function Process:wait_for(pattern, seconds)
  local began, first, last = world.time(), nil, nil
  local ok, _, took = pcall(world.wait_for, "", function()
    local ended = self:code()
    first, last = self:out():find(pattern, self.behind)
    return first or ended
  end, seconds)
  if not ok or not first then
    error(("it does not print %q within %.1f s, but\n%s")
      :format(pattern, world.time() - began, report(self)), 2)
  end
  self.behind = last + 1
  return self:out():sub(first, last), took
end

--- Wait until it ends, for 20 s by default.
---@param seconds? number
---@return {out: string, err: string, code: integer, took: number}  took: since its start
function Process:ended(seconds)
  local began = world.time()
  local ok = pcall(world.wait_for, "", function() return self:code() end, seconds or 20)
  if not ok then
    error(("it does not end within %.1f s\n%s"):format(world.time() - began, report(self)), 2)
  end
  return {
    out = self:out(), err = self:err(), code = self:code(), took = world.time() - self.started,
  }
end

--- Send it a signal: "STOP", "CONT", "TERM" ...
---@param name string
function Process:signal(name) world.shell(("kill -%s %d"):format(name, self.pid)) end

--- Run a Lua program as another server on this side, with the words in its `arg`.
---@param script string
---@param ... string
---@return world.Process
function world.serve(script, ...)
  local path = ("%s/server%d.lua"):format(world.folder, #processes + 1)
  world.write(path, script)
  return start({ os.getenv "HOMEY_TEST_LUA", path, ... }, {}, "")
end

local function serve_file(name, ...)
  local process = start({ os.getenv "HOMEY_TEST_LUA", "spec/world/" .. name, ... }, {}, "")
  process:wait_for "^ready"
  return process
end

--- A web server that is no hub, at an address of this side: plain on port 80, TLS on 443. out()
--- returns all that it received. Options: status (200), location, body ("OK"), hosts (of its
--- certificate: { "router.example" }), authority (world.authority is trusted by the client; by
--- default the CA is unknown).
---@param ip string
---@param options? table  status, location, body, hosts (of its certificate), authority
---@return world.Process
function world.box(ip, options)
  options = options or {}
  return serve_file("box.lua", ip, tostring(options.status or 200), options.location or "",
    options.body or "OK",
    options.authority or "", table.concat(options.hosts or { "router.example" }, ","))
end

--- A proxy at an address of this side, port 3128; out() returns the requested destinations.
---@param ip string
---@param status? integer  refuses every request, such as 407
---@param credentials? string  the demanded user:password in base64
---@return world.Process
function world.proxy(ip, status, credentials)
  return serve_file("proxy.lua", ip, "3128", tostring(status or 200), credentials or "")
end

-- ---- names --------------------------------------------------------------------------------------

local dns = {}
world.dns = dns

--- The names of the world, each with the addresses that DNS returns.
---@param hub_id? string
---@return table<string, string[]>
function dns.names(hub_id)
  local ip = world.ip
  return {
    ["accounts.athom.com"] = { ip.accounts }, ["api.athom.com"] = { ip.api },
    [(hub_id or world.hub_id) .. ".connect.athom.com"] = { ip.remote },
    [ip.hub:gsub("%.", "-") .. ".homey.homeylocal.com"] = { ip.hub },
  }
end

local function dnsmasq(names, ip, port)
  local words = {
    "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
    "--bind-interfaces", "--pid-file=", "--user=root",
    "--local-ttl=0", "--listen-address=" .. ip, "--port=" .. port,
    "--address=/#/" .. (names["#"] or { "" })[1],
  }
  names["#"] = nil
  for name, addresses in pairs(names) do
    for _, address in ipairs(addresses or {}) do
      words[#words + 1] = ("--address=/%s/%s"):format(name, address)
    end
  end
  return start(words, {}, "")
end

local function listens(ip, port)
  local hex = "%02X%02X%02X%02X:%04X"
  local a, b, c, d = ip:match "(%d+)%.(%d+)%.(%d+)%.(%d+)"
  return world.read("/proc/net/udp"):find(hex:format(d, c, b, a, port), 1, true)
end

local rcodes = { SERVFAIL = 2, NXDOMAIN = 3, REFUSED = 5 }

--- Start the DNS server, or restart it with other names and faults: names (in addition to those of
--- the world; false removes one: NXDOMAIN), all (an address for every name), delay (seconds before
--- each answer), lose (number of unanswered queries per name and type; math.huge: all), rcode
--- ("SERVFAIL", "NXDOMAIN", "REFUSED"), only (a pattern of the names that have faults).
---@param options? table  names, all, delay, lose, rcode, only
function dns.start(options)
  options = options or {}
  dns.stop()
  local names, ip = options.all and { ["#"] = { options.all } } or dns.names(), world.ip.dns
  for name, addresses in pairs(options.names or {}) do names[name] = addresses end
  if not (options.delay or options.lose or options.rcode) then
    dns.good = dnsmasq(names, ip, 53)
  else
    dns.good = dnsmasq(names, "127.0.0.1", 5300)
    local lose = options.lose == math.huge and -1 or options.lose or 0
    dns.faulty = start({
      os.getenv "HOMEY_TEST_LUA", "spec/world/dns_fault.lua", ip, "5300",
      tostring(options.delay or 0), tostring(lose),
      tostring(options.rcode and rcodes[options.rcode] or -1), options.only or "",
    }, {}, "")
  end
  world.wait_for("the DNS server listens", function()
    for _, server in ipairs { dns.good, dns.faulty } do
      if server:code() then error("the DNS server ended: " .. server:err(), 0) end
    end
    return listens(ip, 53)
  end)
end

--- Stop the DNS server: queries are refused at once (port unreachable).
function dns.stop()
  for _, name in ipairs { "good", "faulty" } do
    local server = dns[name]
    if server and not server:code() then
      server:signal "KILL"
      server:ended()
    end
    dns[name] = nil
  end
end

--- Make the DNS server silent: queries are dropped.
function dns.silence() world.blackhole(world.ip.dns) end

--- Undo `silence`.
function dns.answer() world.restore(world.ip.dns) end

--- Set the names in /etc/hosts beside localhost: {["api.athom.com"] = "203.0.113.11"}.
---@param names? table<string, string>
function world.hosts(names)
  local lines = { "127.0.0.1 localhost" }
  for name, ip in pairs(names or {}) do lines[#lines + 1] = ip .. " " .. name end
  world.write("/etc/hosts", table.concat(lines, "\n") .. "\n")
end

-- ---- the network --------------------------------------------------------------------------------

local function device_of(ip) return ip:find "^192%.168%.1%." and "w0" or "lo" end

--- Drop packets to an address of this side; open connections hang too.
---@param ip string
function world.blackhole(ip)
  world.shell(("ip route del local %s table local; ip route add blackhole %s table local")
    :format(ip, ip))
  if device_of(ip) == "lo" then return end
  -- otherwise ARP tells the client
  local mac = world.shell("ip link show dev w0"):match "link/ether ([%x:]+)"
  world.client(("ip neigh replace %s lladdr %s dev c0 nud permanent"):format(ip, mac))
end

--- Undo `blackhole`.
---@param ip string
function world.restore(ip)
  local device = device_of(ip)
  world.shell(("ip route del blackhole %s table local; ip route add local %s dev %s table local")
    :format(ip, ip, device))
  if device == "w0" then world.client(("ip neigh del %s dev c0"):format(ip)) end
end

local address = {}
world.address = address

local function change_address(verb, ip)
  local device = device_of(ip)
  local size = ip:find ":" and "/128" or device == "w0" and "/24" or "/32"
  world.shell(("ip address %s %s%s dev %s%s")
    :format(verb, ip, size, device, ip:find ":" and verb == "add" and " nodad" or ""))
end

--- Add an address to this side: on the LAN in 192.168.1.0/24, else behind the router.
---@param ip string
function address.add(ip) change_address("add", ip) end

--- Remove an address: on the LAN the client then gets "no route to host" after 3 s, behind the
--- router packets are dropped.
---@param ip string
function address.del(ip) change_address("del", ip) end

-- ---- the cloud and the hub ----------------------------------------------------------------------

--- The addresses of the world's simulator, in the form of `listen`.
---@return table<string, string|string[]>
function world.listen()
  local listen = { secure = world.ip.hub .. ":443", plain = world.ip.hub .. ":80" }
  for name, ip6 in pairs(world.ip6) do
    listen[name] = { world.ip[name] .. ":443" }
    if has_ipv6 then table.insert(listen[name], ("[%s]:443"):format(ip6)) end
  end
  return listen
end

--- The same without some services: world.listen_without("secure", "plain").
---@param ... string
function world.listen_without(...)
  local listen = world.listen()
  for _, name in ipairs { ... } do listen[name] = nil end
  return listen
end

--- Start a simulator with the options of homey.sim.start. By default it has the addresses of the
--- world and the CA that the client trusts; with authority = false it has its own CA. The scene
--- gets the first one.
---@param options? table
---@return homey.Sim
function world.sim(options)
  local all = { listen = world.listen(), authority = authority }
  for name, value in pairs(options or {}) do all[name] = value end
  all.authority = all.authority or nil
  local sim = require("homey.sim").start(all)
  simulators[#simulators + 1] = sim
  return sim
end

--- The numbers of requests that a simulator has answered: {accounts = 2, secure = 7}.
---@param sim homey.Sim
---@return table<string, integer>
function world.services(sim)
  local count = {}
  for _, entry in ipairs(sim:log()) do
    if entry.service and entry.route ~= "ping" then
      count[entry.service] = (count[entry.service] or 0) + 1
    end
  end
  return count
end

-- ---- scenes -------------------------------------------------------------------------------------

--- Create the CA, and add it to each bundle of certificates of the system.
local function trust()
  local certificates = require "homey.sim.server.certificates"
  certificates.write_authority(certificates.authority "The CA of this world", authority)
  local pem = world.read(authority):match "%-%-%-%-%-BEGIN CERTIFICATE.*"
  world.write(world.folder .. "/ca.pem", pem)
  world.shell(([[
    for bundle in /etc/ssl/certs/ca-certificates.crt /etc/ssl/cert.pem /etc/pki/tls/certs/ca-bundle.crt; do
      [ -e "$bundle" ] || continue
      cat "$bundle" %s/ca.pem >%s/bundle.pem && rm -f "$bundle" && cp %s/bundle.pem "$bundle"
    done
    mkdir -p /etc/ssl/certs
    if command -v openssl >/dev/null; then
      cp %s/ca.pem /etc/ssl/certs/$(openssl x509 -hash -noout -in %s/ca.pem).0
    fi]]):gsub(
    "%%s", world.folder))
end

local function play(options, f)
  trust()
  local sim
  if options.sim ~= false then
    sim = world.sim(options.sim)
    world.hub_id = sim.hub_id
    dns.start()
  end
  f(sim)
  for _, each in ipairs(simulators) do
    for _, complaint in ipairs(each:complaints()) do
      if not options.complaints or not complaint.text:find(options.complaints) then
        error("the simulator complains: " .. core.encode(complaint), 0)
      end
    end
  end
end

local function tell_process(process)
  local words = table.concat(process.words, " ")
  print(("---- %s: exit code %s")
    :format(#words > 200 and words:sub(1, 200) .. "..." or words,
      process:code() or "none, it runs"))
  io.stdout:write(process:out():sub(-3000), process:err():sub(-3000))
end

local function tell()
  for _, process in ipairs(processes) do
    if process.words[1] ~= "dnsmasq" or (process:code() or 137) ~= 137 then
      tell_process(process)
    end
  end
  for _, sim in ipairs(simulators) do
    print "---- the last requests that the simulator has seen"
    local ok, log = pcall(sim.log, sim)
    for i = ok and math.max(1, #log - 30) or 1, ok and #log or 0 do
      local entry = log[i]
      print(("%s %s %s %s -> %s")
        :format(entry.service or "", entry.method, entry.host or "", entry.path:sub(1, 90),
          entry.status))
    end
  end
end

local declared = {}

--- The names of the cloud with other addresses, for world.dns.start{ names = ... }.
---@param f fun(service: string): string[]|false
---@return table<string, string[]|false>
function world.cloud_names(f)
  return {
    ["accounts.athom.com"] = f "accounts", ["api.athom.com"] = f "api",
    [world.hub_id .. ".connect.athom.com"] = f "remote",
  }
end

--- Declare a scene: see above.
---@param name string
---@param options table|fun(sim: homey.Sim)
---@param f? fun(sim: homey.Sim)
function world.scene(name, options, f)
  if not f then options, f = {}, options end
  local wanted = os.getenv "WORLD_SCENE"
  if options.ipv6 and not has_ipv6 then
    if not wanted then io.stderr:write("left out, there is no IPv6 here: ", name, "\n") end
  elseif not wanted then
    if declared[name] then error("two scenes are called '" .. name .. "'", 2) end
    -- the limit only ends hanging scenes: a busy machine is several times slower
    print(("%s\t%d\t%s")
      :format(options.every and "every" or "5.4", 4 * (options.limit or 60), name))
  elseif wanted == name then
    local ok, problem = xpcall(function() play(options, f) end, function(problem)
      return debug.traceback(type(problem) == "table" and tostring(problem.message or problem)
        or tostring(problem), 2)
    end)
    if not ok then
      print("FAIL " .. tostring(problem))
      tell()
    end
    print "scene over"
    io.stdout:flush()
    for _, sim in ipairs(simulators) do sim:stop() end
    os.exit(ok and 0 or 1)
  end
  declared[name] = true
end

return world
