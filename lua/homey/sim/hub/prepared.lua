--- Prepared answers of the hub: what a test sets in place of the simulator's own.
local core = require "homey.core"
local invalid = require "homey.util.invalid"
local option_tables = require "homey.sim.options"
local options = require "homey.util.options"
local response = require "homey.sim.http.response"
local show = require "homey.util.format"

---@class homey.sim.Prepared
---@field package path string
---@field package method? string
---@field package times number
---@field package status integer
---@field package reply any
local Prepared = { __name = "homey.sim.Prepared" }
Prepared.__index = Prepared

local prepared = {}

function Prepared:__tostring()
  return ("homey.sim.Prepared: %s %s"):format(self.method or "any method", self.path)
end

--- Let the hub answer by itself again.
function Prepared:cancel()
  for i, each in ipairs(self.list) do
    if each == self then return table.remove(self.list, i) end
  end
end

-- The path without its query and without a slash at its end, as requests are compared.
local function plain(path) return (path:gsub("%?.*$", ""):gsub("(.)/$", "%1")) end

--- Prepare an answer. The newest that fits a request counts.
---@param list homey.sim.Prepared[]  those of the context
---@param given homey.sim.Answer
---@return homey.sim.Prepared
function prepared.new(list, given)
  local read = options.read(option_tables.answer, given)
  if not read.path then invalid("answer needs a `path`, such as \"/api/manager/energy/live\".") end
  if read.path:sub(1, 1) ~= "/" then
    invalid("answer: `path` begins with a slash, as \"/api/manager/energy/live\" does, not %s.",
      show(read.path))
  end
  local reply = read.reply
  if reply == nil then reply = core.null end
  if type(reply) ~= "function" then
    local encoded, problem = core.encode(reply)
    if not encoded then
      invalid("answer: `reply` can have only values that JSON has: %s", problem)
    end
    reply = core.decode(encoded) -- a copy
  end
  local self = setmetatable({
    list = list, path = plain(read.path), method = read.method and read.method:upper(),
    times = read.times or math.huge, status = read.status, reply = reply,
  }, Prepared)
  table.insert(list, 1, self)
  return self
end

-- A function gets the request, and returns the reply and its status.
local function body_of(self, request)
  if type(self.reply) ~= "function" then return self.reply, self.status end
  local reply, status = self.reply {
    method = request.method, path = request.path, query = request.query or "",
    body = request.json,
  }
  if reply == nil then reply = core.null end
  return reply, status or self.status
end

--- The prepared answer that fits a request, not yet given; nil where there is none.
---@param context homey.sim.Context
---@param request homey.sim.Request
---@return homey.sim.Prepared?
function prepared.fits(context, request)
  if not context.prepared[1] then return nil end
  local path = plain(request.path)
  for _, each in ipairs(context.prepared) do
    if each.path == path and (each.method == nil or each.method == request.method) then
      return each
    end
  end
end

--- The prepared answer to a request; nil where there is none.
---@param context homey.sim.Context
---@param request homey.sim.Request
---@return homey.sim.Response?
function prepared.answer(context, request)
  local found = prepared.fits(context, request)
  if not found then return nil end
  found.times = found.times - 1
  if found.times <= 0 then found:cancel() end
  local reply, status = body_of(found, request)
  return response.json(status, reply)
end

return prepared
