-- Log of invalid data of a hub: logs each ignored field once an hour, at most 20 fields, and counts
-- the others.

local lazy = require "homey.util.lazy"
local visible = require("homey.util.text").visible

local log = lazy "homey.util.log"
local format = lazy "homey.util.format"

local period, most = 3600, 20

local invalid_data = {}

local by_home = setmetatable({}, { __mode = "k" })

---@class homey.InvalidData
---@field since number            start of the period, on the monotonic clock
---@field named table<string, true>  fields that were logged
---@field count integer           number of these fields
---@field more integer            number of fields that were ignored without a line

local function begin(home, now)
  local before = by_home[home]
  if before and before.more > 0 then
    log("warning",
      ("%d more invalid values of the hub were ignored in the last hour."):format(before.more),
      home.label)
  end
  by_home[home] = { since = now, named = {}, count = 0, more = 0 }
  return by_home[home]
end

--- Log that a field is ignored.
---@param home homey.Home
---@param what string   owner of the field: "device", a capability, "event"
---@param field string
---@param value any
function invalid_data.note(home, what, field, value)
  local now, state = home.scheduler.core_loop:now(), by_home[home]
  if not state or now - state.since > period then state = begin(home, now) end
  local key = what .. "\0" .. field
  if state.named[key] or state.count >= most then
    state.more = state.more + 1
    return
  end
  state.named[key], state.count = true, state.count + 1
  log("warning",
    ("the hub sent an invalid %s (%s), which is ignored: %s.")
      :format(visible(field), visible(what), format(value)),
    home.label)
end

--- Make a function that logs ignored fields.
---@param home homey.Home
---@return homey.Report
function invalid_data.of(home)
  return function(what, field, value) invalid_data.note(home, what, field, value) end
end

return invalid_data
