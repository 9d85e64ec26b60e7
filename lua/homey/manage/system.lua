-- The system of the hub: what it is, its name, its memory; and a reboot.

local arguments = require "homey.util.arguments"
local call = require "homey.manage.call"
local confirm = require "homey.manage.confirm"
local fact_object = require "homey.manage.fact_object"
local format = require "homey.util.format"
local normalize = require "homey.model.normalize"

---@class homey.System
---@field name? string      name of the hub
---@field version? string   version of its firmware
---@field model? string     "Homey Pro"
---@field uptime? number    seconds since it has started
---@field language? string  "en"
---@field info table        all that the hub says of itself
---@field home homey.Home  the home that it is in
local methods = {}

--- Give the hub another name.
--- Raises: invalid, forbidden, rate_limited, request.
---@param name string
---@return homey.System self
function methods:rename(name)
  arguments.check_name(name, "system:rename takes a name, not ")
  call.run {
    home = self.home, manager = "system", operation = "setSystemName", args = { name = name },
    words = "rename the hub to " .. format(name),
  }
  if not self.home.dry_run then
    rawset(self, "name", name)
    rawset(self.home, "name", name)
  end
  return self
end

--- Restart the hub. It is away for some minutes; what listens then connects again.
--- Raises: invalid, forbidden, rate_limited, request.
---@param confirmation homey.ConfirmOptions  { confirm = true }
function methods:reboot(confirmation)
  confirm(confirmation, "system:reboot", "restart the hub, which is then away for some minutes")
  call.run {
    home = self.home, manager = "system", operation = "reboot", args = {},
    words = "restart the hub",
  }
end

--- How the memory of the hub is used, in bytes.
--- Raises: request.
---@return table  as the hub sends it: `total`, `free`, `types` by app
function methods:memory()
  return call.read(self.home, "system", "getMemoryInfo", {})
end

--- How the storage of the hub is used, in bytes.
--- Raises: request.
---@return table  as the hub sends it: `total`, `free`, `types`
function methods:storage()
  return call.read(self.home, "system", "getStorageInfo", {})
end

local System = fact_object.class("homey.System", "system", methods,
  "name version model uptime language info home", "rename/1 reboot/1 memory/0 storage/0")

local function text(value) return type(value) == "string" and value or nil end

--- Read the system of a hub.
---@param home homey.Home
---@return homey.System
function System.read(home)
  local info = call.read(home, "system", "getInfo", {})
  if type(info) ~= "table" then info = {} end
  return System.new {
    home = home, info = info, uptime = type(info.uptime) == "number" and info.uptime or nil,
    name = normalize.name(call.read(home, "system", "getSystemName", {})),
    version = text(info.homeyVersion) or text(info.homey_version),
    model = text(info.homeyModelName) or text(info.homey_model_name),
    language = text(info.language),
  }
end

return System
