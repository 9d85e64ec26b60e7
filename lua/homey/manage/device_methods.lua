-- Members of devices for those who manage them: the zone, the settings, the icon, the note.

local arguments = require "homey.util.arguments"
local call = require "homey.manage.call"
local core = require "homey.core"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local is_number = require("homey.util.number_text").is_finite
local item = require "homey.manage.item"
local raise = require "homey.util.raise"
local suggest = require "homey.util.suggest"
local timestamp = require "homey.time.timestamp"
local try = require "homey.task.try"

local answer_status = require "homey.util.answer_status"

---@class homey.Device
---@field settings table<string, any>  its settings, read now; a copy
---@field icon? string     name of the icon that its owner has chosen; nil: that of its driver
---@field last_seen? number  when it was last heard of, seconds since 1970; nil: not known
local methods, fields = {}, {}

local null = core.null

-- ---- fields that are read when they are asked for ---------------------------------------------

local function read_member(device, name)
  local raw, err = try(call.read, device.home, "devices", "getDevice", { id = device.id },
    { only = { id = true, [name] = true } })
  if answer_status(err) == 404 then err = device.home.directory:unknown("device", device.id) end
  if err then raise(err) end
  local value = type(raw) == "table" and raw[name]
  if value == null then return nil end
  return value
end

function fields.settings(device)
  local value = read_member(device, "settings")
  return type(value) == "table" and value or {}
end

function fields.icon(device)
  local value = read_member(device, "iconOverride")
  return type(value) == "string" and value or nil
end

function fields.last_seen(device)
  local ms = timestamp.ms(read_member(device, "lastSeenAt"))
  return ms and ms / 1000
end

--- The pictures of the device, such as those of a camera or the cover of an album.
--- Raises: not_found, request.
---@return homey.Image[]  image:save(path) saves one
function methods:images()
  local list, asked = {}, self.home.scheduler.core_loop:now()
  local raw = read_member(self, "images")
  for _, each in ipairs(type(raw) == "table" and raw or {}) do
    local known = type(each) == "table" and each.imageObj
    local id = type(known) == "table" and known.id or type(each) == "table" and each.id
    if type(id) == "string" and id ~= "" then
      local image = self.home.directory:by_id("image", id)
      if type(known) == "table" then
        self.home.directory:received("image", image, known, asked)
      end
      list[#list + 1] = image
    end
  end
  return list
end

-- ---- changes ----------------------------------------------------------------------------------

--- Put the device into another zone.
--- Raises: invalid, not_found, ambiguous, forbidden, rate_limited, request.
---@param zone string|homey.Zone
---@return homey.Device self
function methods:move(zone)
  local target = self.home:zone(zone)
  item.need(self)
  item.change(self, ("move %s to %s"):format(tostring(self), tostring(target)),
    { zone = target.id }, { zone = target.id })
  return self
end

-- Refuses a text that is none; nil stands for no text.
local function check_text(method, value)
  if value ~= nil then arguments.check_name(value, "device:%s takes text or nil, not ", method) end
end

--- Choose an icon.
--- Raises: invalid, not_found, forbidden, rate_limited, request.
---@param icon? string  its name; nil: the icon of the driver again
---@return homey.Device self
function methods:set_icon(icon)
  check_text("set_icon", icon)
  item.need(self)
  item.change(self, ("give %s the icon %s"):format(tostring(self), format(icon)),
    { iconOverride = icon or null })
  return self
end

--- Write its note, which the Homey app shows.
--- Raises: invalid, not_found, forbidden, rate_limited, request.
---@param note? string  nil: no note
---@return homey.Device self
function methods:set_note(note)
  check_text("set_note", note)
  item.need(self)
  item.change(self, ("write the note of %s"):format(tostring(self)), { note = note or null },
    { note = note or null })
  return self
end

-- ---- settings ---------------------------------------------------------------------------------

local words = { number = "a number", string = "text", boolean = "true or false" }

local function check_setting(device, known, name, value)
  local before = known[name]
  if before == nil then
    invalid("%s has no setting %s%s", tostring(device), format(name),
      suggest.hint(tostring(name), suggest.keys(known)))
  end
  local wanted = words[type(before)]
  local fits = type(value) == type(before) and (type(value) ~= "number" or is_number(value))
  if wanted and not fits then
    -- the value may be a secret
    invalid("%s: the setting %s takes %s, not a %s.", tostring(device), format(name), wanted,
      type(value))
  end
end

--- Change settings of the device. Each must be one that it has, with a value of the same type.
--- Raises: invalid, not_found, forbidden, rate_limited, request.
---@param changes table<string, any>  new values by name
---@return homey.Device self
function methods:change_settings(changes)
  if type(changes) ~= "table" or next(changes) == nil then
    invalid("device:change_settings takes a table such as { interval = 60 }, not %s.",
      type(changes) == "table" and "an empty one" or format(changes))
  end
  item.need(self)
  local known = fields.settings(self)
  local names = suggest.keys(changes)
  for _, name in ipairs(names) do check_setting(self, known, name, changes[name]) end
  call.run {
    home = self.home, manager = "devices", operation = "setDeviceSettings",
    args = { id = self.id, settings = changes }, resource = self, objection = item.objection,
    words = ("change the settings %s of %s"):format(table.concat(names, ", "), tostring(self)),
  }
  return self
end

return { methods = methods, fields = fields }
