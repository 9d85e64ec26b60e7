--- Main function of the simulator's process: serves until its input ends.
---
--- The options are a line of JSON on stdin; the answer is a line of JSON on stdout.
local core = require "homey.core"
local find_modules = require "homey.sim.control.needs"

local child = {}

local function load_home(options)
  local home_data = require "homey.sim.home.home_data"
  local new_random = require "homey.sim.home.random"
  if options.devices and not options.home then
    return require("homey.sim.home.generate")(options.devices, options.seed)
  end
  return home_data.read(options.home, new_random(options.seed or 1).bytes, os.time())
end

local function tools()
  local cqueues = require "cqueues"
  local rand = require "openssl.rand"
  local wall, steady = os.time(), cqueues.monotime()
  return {
    random = rand.bytes,
    clock = cqueues.monotime,
    now = function() return wall + cqueues.monotime() - steady end,
  }
end

-- The ids of this process and its parent; nil where there is no /proc.
local function ids()
  local file = io.open("/proc/self/stat", "r")
  if not file then return nil end
  local stat = file:read("*a")
  file:close()
  return stat:match("^%d+"), stat:match("%) %S+ (%d+)")
end

-- Waits until the input ends or the parent changes: the process that started this one has ended.
local function wait_for_parent_end()
  local cqueues = require "cqueues"
  local _, first = ids()
  while true do
    if cqueues.poll({ pollfd = 0, events = "r" }, 2) ~= 2 and not io.stdin:read(1) then return end
    if select(2, ids()) ~= first then return end
  end
end

local function write_file(path, bytes)
  local file = assert(io.open(path, "wb"))
  assert(file:write(bytes))
  assert(file:close())
end

---@class homey.sim.Running
---@field context homey.sim.Context
---@field control integer   port of the control channel
---@field cafile string
---@field queue userdata
---@field server homey.sim.Server

--- Set up the server; it serves from `child.run` on.
---@param options table  as `sim.start` takes them
---@return homey.sim.Running
function child.prepare(options)
  find_modules()
  local context = require("homey.sim.hub.context").new(load_home(options), options.settings,
    tools())
  local queue = require("cqueues").new()
  local certificates = require "homey.sim.server.certificates"
  local authority = options.authority and certificates.read_authority(options.authority)
    or certificates.authority "Simulated Homey CA"
  local server = require("homey.sim.server.server").start(queue, context, authority, options)
  local port = require("homey.sim.control.channel").start(queue, context, server)
  local cafile = options.cafile or os.tmpname()
  write_file(cafile, authority.cert:tostring())
  return { context = context, control = port, cafile = cafile, queue = queue, server = server }
end

--- Serve until a function returns; by default until the input or the parent process ends.
---@param running homey.sim.Running
---@param wait? fun()
function child.run(running, wait)
  local ended = false
  running.queue:wrap(function()
    (wait or wait_for_parent_end)()
    ended = true
  end)
  repeat
    local ok, problem = running.queue:step()
    if not ok then
      local complaint = "the simulator itself failed: " .. tostring(problem)
      running.context:complain({ n = 0, headers = {} }, complaint)
    end
  until ended
  os.remove(running.cafile)
end

local function print_json(message)
  io.stdout:write(assert(core.encode(message)), "\n")
  io.stdout:flush()
end

--- Main function of a child of `sim.start`.
function child.main()
  local ok, problem = pcall(function()
    local options = assert(core.decode(io.stdin:read("*l") or ""))
    local running = child.prepare(options)
    local context = running.context
    print_json {
      ready = true, control = running.control, ports = context.ports, hub_id = context.hub_id,
      pid = tonumber((ids())),
    }
    io.stdout:close()
    child.run(running)
  end)
  if not ok then print_json { failed = tostring(problem) } end
  os.exit(ok and 0 or 1)
end

return child
