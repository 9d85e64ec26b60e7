-- Methods of alarms: change one, enable and disable it.

local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local item = require "homey.manage.item"
local option_tables = require "homey.manage.options"
local options = require "homey.util.options"
local repetition = require "homey.model.repetition"

---@class homey.Alarm
local methods = {}

--- Change the alarm. What is not named stays as it is.
--- Raises: invalid, not_found, rate_limited, request.
---@param changes homey.AlarmOptions
---@return homey.Alarm self
function methods:set(changes)
  changes = options.read(option_tables.alarm, changes)
  if next(changes) == nil then
    invalid("alarm:set takes a table such as { time = \"06:45\" }, not an empty one.")
  end
  item.need(self)
  local sent, facts, words = {}, {}, {}
  for _, name in ipairs { "name", "time", "days", "enabled" } do
    local value = changes[name]
    if value ~= nil then
      sent[name], facts[name] = value, value
      words[#words + 1] = ("%s = %s"):format(name, format(value))
    end
  end
  if sent.days then
    sent.repetition, sent.days = repetition.read("alarm:set", sent.days), nil
    facts.days = repetition.text(sent.repetition) or require("homey.core").null
  end
  item.change(self, ("set the alarm '%s': %s"):format(tostring(self), table.concat(words, ", ")),
    sent, facts)
  return self
end

--- Enable the alarm.
--- Raises: not_found, rate_limited, request.
---@return homey.Alarm self
function methods:enable()
  return methods.set(self, { enabled = true })
end

--- Disable the alarm.
--- Raises: not_found, rate_limited, request.
---@return homey.Alarm self
function methods:disable()
  return methods.set(self, { enabled = false })
end

return { methods = methods }
