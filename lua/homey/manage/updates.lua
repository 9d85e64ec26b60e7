-- Updates of the hub's firmware: what there is, and what installs it.

local call = require "homey.manage.call"
local confirm = require "homey.manage.confirm"
local fact_object = require "homey.manage.fact_object"
local invalid = require "homey.util.invalid"
local manager_option = require "homey.manage.manager_option"
local option_tables = require "homey.manage.options"
local options = require "homey.util.options"

---@class homey.Updates
---@field available table[]  the updates, as the hub sends them; empty: it is up to date
---@field automatic? boolean  the hub installs updates by itself
---@field channel? string     "stable", "beta", "alpha"
---@field home homey.Home  the home that it is in
local methods = {}

--- Install the update that is available. The hub restarts when it is done.
--- Raises: invalid, forbidden, rate_limited, request.
---@param confirmation homey.ConfirmOptions  { confirm = true }
function methods:install(confirmation)
  confirm(confirmation, "updates:install", "install an update, and restart the hub")
  call.run {
    home = self.home, manager = "updates", operation = "installUpdate", args = {},
    words = "install an update of the hub",
  }
end

local hub_names = { automatic = "autoupdate", channel = "channel" }

--- Change when and which updates the hub installs.
--- Raises: invalid, forbidden, rate_limited, request.
---@param changes homey.UpdateOptions
---@return homey.Updates self
function methods:set(changes)
  changes = options.read(option_tables.updates, changes)
  if next(changes) == nil then invalid("updates:set was given an empty table: name an option.") end
  for _, name in ipairs { "automatic", "channel" } do
    local value = changes[name]
    if value ~= nil then
      manager_option.set(self.home, "updates", hub_names[name], value,
        ("updates of the hub: %s = %s"):format(name, tostring(value)))
      if not self.home.dry_run then rawset(self, name, value) end
    end
  end
  return self
end

local Updates = fact_object.class("homey.Updates", "updates", methods,
  "available automatic channel home", "install/1 set/1")

function Updates.__tostring(self)
  return ("updates: %d"):format(#self.available)
end

--- Read the updates of a hub.
---@param home homey.Home
---@return homey.Updates
function Updates.read(home)
  local available = call.read(home, "updates", "getUpdates", {})
  return Updates.new {
    home = home, available = type(available) == "table" and available or {},
    automatic = manager_option.get(home, "updates", "autoupdate", "boolean"),
    channel = manager_option.get(home, "updates", "channel", "string"),
  }
end

return Updates
