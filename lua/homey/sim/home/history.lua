--- History of values: what the capabilities of a home were, since the simulation began.
---
--- Before that a log has a daily curve, where the home's `insights_curves` names its capability,
--- and else no value.

---@class homey.sim.History
---@field model homey.sim.Model
---@field start number  when the simulation began, seconds since 1970
local History = { __name = "homey.sim.History" }
History.__index = History

local max_points = 2000 -- of one log; when it is full, the older half is dropped

local function add(list, point)
  if #list >= max_points then
    local half = max_points / 2
    for i = 1, max_points do list[i] = list[i + half] end
  end
  list[#list + 1] = point
end

--- The history of a model, from now on.
---@param model homey.sim.Model
---@return homey.sim.History
function History.new(model)
  local self = setmetatable({ model = model, points = {}, start = model.now() }, History)
  model:listen(function(event, device, id, value, _, old)
    if event ~= "capability" then return end
    self.points[device] = self.points[device] or {}
    local list = self.points[device][id]
    if not list then
      list = { { at = -math.huge, value = old } }
      self.points[device][id] = list
    end
    add(list, { at = model.now(), value = value })
  end)
  return self
end

local function value_in(list, at)
  local found
  for _, point in ipairs(list) do
    if point.at > at then break end
    found = point.value
  end
  return found
end

local day = 86400

-- A curve with its highest value in the afternoon, and no values for an hour in the night.
local function curve_value(curve, base, at)
  local second = at % day
  if curve.gap and second >= 3 * 3600 and second < 4 * 3600 then return nil end
  local value = base + curve.swing * math.cos((second - 15 * 3600) / day * 2 * math.pi)
  local scale = 10 ^ (curve.decimals or 1)
  return math.max(curve.min or -math.huge, math.floor(value * scale + 0.5) / scale)
end

--- The value of a capability at a moment; nil where it is not known.
---@param device table
---@param id string
---@param at number
---@return any
function History:value(device, id, at)
  local capability = device.capabilitiesObj[id]
  local list = self.points[device] and self.points[device][id]
  if at >= self.start then
    if list then return value_in(list, at) end
    return capability.value
  end
  local curves = self.model.data.insights_curves or {}
  local curve = curves[id:match "^[^.]+"]
  local base = list and list[1].value
  if not list then base = capability.value end
  if curve and type(base) == "number" then return curve_value(curve, base, at) end
end

--- Forget what a capability was.
---@param device? table
---@param id? string
function History:forget(device, id)
  local points = device and self.points[device]
  if points then points[id] = nil end
end

return History
