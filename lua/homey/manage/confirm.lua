-- Confirmation of what cannot be undone: { confirm = true }.

local invalid = require "homey.util.invalid"
local option_tables = require "homey.manage.options"
local options = require "homey.util.options"

--- Refuse a call that lacks its confirmation.
---@param given? homey.ConfirmOptions
---@param method string   "device:remove"
---@param outcome string  what it would do: "remove Hall/Lamp from the hub for good"
return function(given, method, outcome)
  if options.read(option_tables.confirm, given, method).confirm then return end
  invalid("%s would %s: call %s{ confirm = true } if you mean it.", method, outcome, method)
end
