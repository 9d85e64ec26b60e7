--- The measured process of instructions.lua:
---   instructions_of.lua JOB N ADDRESS TOKEN STATE_DIR DEVICE OTHER_DEVICE GATE
local child = {}

function child.set(homey, id, n)
  local device = homey.device(id)
  for i = 1, n do device:set("onoff", i % 2 == 0) end
end

child.journal = child.set

-- Waits until all events have been sent. Otherwise the speed of the machine would decide how many
-- of them a turn of the loop finds.
local function begin(homey, gate)
  homey.sleep(1) -- the lists are read again once everything is subscribed
  print "ready"
  io.flush()
  assert(io.open(gate)):close() -- a pipe: this blocks until it is opened for writing
  homey.run()
end

function child.event(homey, id, n, _, gate)
  local heard = 0
  homey.device(id):on("onoff", function()
    heard = heard + 1
    if heard >= n then homey.stop() end
  end)
  begin(homey, gate)
end

-- No value is `homey.null`. An event of another device comes last.
function child.unwanted(homey, id, _, other, gate)
  homey.device(id):on("onoff", { to = homey.null }, function() error "this is never called" end)
  homey.device(other):on("onoff", homey.stop)
  begin(homey, gate)
end

function child.socket(homey, id, n)
  local device, heard = homey.device(id), 0
  device:on("onoff", function() heard = heard + 1 end)
  homey.sleep(1)
  for i = 1, n do device:set("onoff", i % 2 == 0) end
  while heard < n do homey.sleep(0.01) end
end

-- The socket is up for another device, so the hub sends no event.
function child.silent(homey, id, n, other)
  homey.device(other):on("onoff", function() end)
  homey.sleep(1)
  child.set(homey, id, n)
end

local function loaded_files()
  local names = {}
  for name in pairs(package.loaded) do
    if name:find "^homey" and package.searchpath(name, package.path) then
      names[#names + 1] = name
    end
  end
  return names
end

function child.files(homey, ref)
  child.set(homey, ref, 1)
  print(#loaded_files())
end

-- What Lua itself costs here: calls, tables, closures, strings and methods, without homey.
local function plain_lua(n)
  local Point = {}
  Point.__index = Point
  function Point:moved(by)
    return setmetatable({ x = self.x + by, y = self.y, name = "p" }, Point)
  end
  local point, list = setmetatable({ x = 0, y = 0, name = "p" }, Point), {}
  for i = 1, n do
    for k = 1, 20 do
      point = point:moved(k)
      list[k] = { at = i, value = point, text = "point " .. i % 7, f = function() return k end }
      if list[k].f() ~= k or type(list[k].text) ~= "string" then error "never" end
    end
  end
end

local job, n, address, token, state_dir, id, other, gate = table.unpack(arg)
if job == "lua" then return plain_lua(tonumber(n)) end
local homey = require "homey"
homey.login { address = address, token = token, state_dir = job == "journal" and state_dir }
child[job](homey, id, tonumber(n), other, gate)
