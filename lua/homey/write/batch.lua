-- Batches of writes: the writes of a function are sent together when it returns.

local fiber = require "homey.task.fiber"
local invalid = require "homey.util.invalid"
local pipeline = require "homey.write.pipeline"
local raise = require "homey.util.raise"
local format = require "homey.util.format"

local unpack = table.unpack or unpack -- luacheck: compat

-- root coroutine, or "main" -> writes that were checked
pipeline.batches = setmetatable({}, { __mode = "k" })

-- Keeps the last write of each capability.
local function last_ones(batch)
  local seen, list = {}, {}
  for i = #batch, 1, -1 do
    local each = batch[i]
    local key = each.device.id .. "\0" .. each.capability
    if not seen[key] then table.insert(list, 1, each) end
    seen[key] = true
  end
  return list
end

local function by_home(writes)
  local homes = {}
  for _, each in ipairs(writes) do
    homes[each.home] = homes[each.home] or {}
    table.insert(homes[each.home], each)
  end
  return homes
end

local function pack(...)
  return { n = select("#", ...), ... }
end

--- Run f and collect what it sets; when f returns, send the last value of each capability, all in
--- parallel. When f raises an error, nothing is sent.
---@param f function
---@param ... any
---@return any ...  what f returns
return function(f, ...)
  if type(f) ~= "function" then invalid("homey.batch takes a function, not %s.", format(f)) end
  local root, batches, batch = fiber.current() or "main", pipeline.batches, {}
  if batches[root] then return f(...) end
  batches[root] = batch
  local ok, results = fiber.pcall(function(...) return pack(f(...)) end, ...)
  batches[root] = nil -- also when the task is cancelled
  if not ok then raise(results) end
  for home, writes in pairs(by_home(last_ones(batch))) do pipeline.send(home, writes) end
  return unpack(results, 1, results.n)
end
