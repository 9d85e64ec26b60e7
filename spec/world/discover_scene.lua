-- Hubs that are found by mDNS, without any login.
local world = require "spec.world.world"

-- Answers each query with the services of the addresses in its arguments.
local responder = [[
local system = require "homey.system"
local function word(n) return string.char(math.floor(n / 256), n % 256) end
local function name(text) return (text:gsub("([^.]*)%.?", function(label)
  return label ~= "" and string.char(#label) .. label or "" end)) .. "\0" end
local function record(owner, kind, data)
  return name(owner) .. word(kind) .. word(1) .. word(0) .. word(120) .. word(#data) .. data
end
local function text(pair) return string.char(#pair) .. pair end
local records = {}
for i, ip in ipairs(arg) do
  local service, host = "Hub " .. i .. "._homey._tcp.local", "hub" .. i .. ".local"
  records[#records + 1] = record("_homey._tcp.local", 12, name(service))
  records[#records + 1] = record(service, 33, word(0) .. word(0) .. word(80) .. name(host))
  records[#records + 1] = record(service, 16, text("name=Home " .. i) .. text("model=Homey Pro"))
  records[#records + 1] = record(host, 1, ip:gsub("(%d+)%.?", function(n) return string.char(n) end))
end
local answer = word(0) .. word(0x8400) .. word(0) .. word(#records) .. word(0) .. word(0)
  .. table.concat(records)
local socket = assert(system.multicast("224.0.0.251", 5353))
io.stdout:write "ready\n"
io.stdout:flush()
while true do
  system.poll { socket:fds() }
  if socket:receive() then socket:send(answer) end
end
]]

local function discover(...)
  return world.command { "bin/homey", "discover", "--timeout", "1", ... }
end

world.scene("a hub is found by mDNS, and asked for its id", { every = true }, function()
  world.serve(responder, world.ip.hub):wait_for "^ready"
  local run = discover("--format", "{url} {name} {model} {id} {answers}")
  assert.equal(0, run.code, run.err)
  assert.matches("^http://192%.168%.1%.20 Home 1 Homey Pro %x+ true\n$", run.out)
end)

world.scene("a hub that mDNS remembers, and that does not answer, is marked", function()
  world.serve(responder, world.ip.hub, "192.168.1.99"):wait_for "^ready"
  local run = discover("--format", "{url} {name} {answers}")
  assert.equal(0, run.code, run.err)
  assert.equal("http://192.168.1.20 Home 1 true\nhttp://192.168.1.99 Home 2 false\n", run.out)
end)

world.scene("an announced machine leads to no address outside of the home", function()
  local outside, inside = "203.0.113.99", "192.168.1.30"
  world.address.add(outside)
  world.address.add(inside)
  local other = world.box(outside)
  world.box(inside, { status = 302, location = "http://" .. outside .. "/secret" })
  world.serve(responder, inside, outside):wait_for "^ready"
  local run = discover("--format", "{url} {name} {answers}")
  assert.equal("http://192.168.1.30 Home 1 false\nhttp://203.0.113.99 Home 2 false\n", run.out,
    run.err)
  assert.equal("ready\n", other:out())
end)

world.scene("where no hub answers, it says where to look", function()
  local run = discover()
  assert.equal(4, run.code)
  assert.matches("^homey discover: no hub has answered%. mDNS reaches only hubs in the same net",
    run.err)
end)
