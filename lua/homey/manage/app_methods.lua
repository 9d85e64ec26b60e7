-- Members of apps: restart one, its settings, and calls of its own API.

local call = require "homey.manage.call"
local confirm = require "homey.manage.confirm"
local core = require "homey.core"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local item = require "homey.manage.item"
local suggest = require "homey.util.suggest"
local text = require "homey.util.text"

---@class homey.App
---@field settings table<string, any>  its settings, read now; a copy
local methods, fields = {}, {}

-- ---- running ----------------------------------------------------------------------------------

local function run(app, operation, words, facts)
  item.need(app)
  call.run {
    home = app.home, manager = "apps", operation = operation, args = { id = app.id },
    resource = app, facts = facts, words = ("%s the app %s"):format(words, tostring(app)),
  }
  return app
end

--- Restart the app.
--- Raises: not_found, rate_limited, request.
---@return homey.App self
function methods:restart()
  return run(self, "restartApp", "restart")
end

--- Enable the app: the hub starts it.
--- Raises: not_found, rate_limited, request.
---@return homey.App self
function methods:enable()
  return run(self, "enableApp", "enable", { enabled = true })
end

--- Disable the app: the hub stops it.
--- Raises: not_found, rate_limited, request.
---@return homey.App self
function methods:disable()
  return run(self, "disableApp", "disable", { enabled = false })
end

--- Remove the app and the devices that belong to it from the hub for good.
--- Raises: invalid, not_found, rate_limited, request.
---@param confirmation homey.ConfirmOptions  { confirm = true }
function methods:remove(confirmation)
  item.need(self)
  local words = ("remove the app %s"):format(tostring(self))
  confirm(confirmation, "app:remove", words .. " and its devices from the hub for good")
  call.run {
    home = self.home, manager = "apps", operation = "uninstallApp", args = { id = self.id },
    resource = self, words = words, expects = self, objection = item.objection,
  }
  if not self.home.dry_run then item.gone(self) end
end

-- ---- settings ---------------------------------------------------------------------------------

function fields.settings(app)
  local read = call.read(app.home, "apps", "getAppSettings", { id = app.id })
  local settings = type(read) == "table" and read or {}
  if settings.id == app.id then settings.id = nil end -- v3 adds it
  return settings
end

--- Change settings of the app, each by a request of its own. What an app accepts it decides itself.
--- Raises: invalid, not_found, rate_limited, request.
---@param changes table<string, any>  new values by name; homey.null removes one
---@return homey.App self
function methods:change_settings(changes)
  if type(changes) ~= "table" or next(changes) == nil then
    invalid("app:change_settings takes a table such as { interval = 60 }, not %s.",
      type(changes) == "table" and "an empty one" or format(changes))
  end
  for name in pairs(changes) do
    if type(name) ~= "string" or name == "" then
      invalid("app:change_settings takes settings by name, not by %s.", format(name))
    end
  end
  item.need(self)
  for _, name in ipairs(suggest.keys(changes)) do
    local args, operation = { id = self.id, name = name }, "unsetAppSetting"
    if changes[name] ~= core.null then
      args.value, operation = changes[name], "setAppSetting"
    end
    call.run {
      home = self.home, manager = "apps", resource = self, operation = operation, args = args,
      words = ("change the setting %s of the app %s"):format(name, tostring(self)),
    }
  end
  return self
end

-- ---- its own API ------------------------------------------------------------------------------

local function path_of(app, method, path)
  if type(path) ~= "string" or path:sub(1, 1) ~= "/" then
    invalid("app:%s takes a path of the app's own API that begins with '/', not %s.", method,
      format(path))
  end
  return "/api/app/" .. text.escape(app.id) .. path
end

--- Send a GET request to the app's own API. The app's developer says what it has.
--- Raises: not_found, request.
---@param path string  begins with "/", percent-encoded
---@param options? homey.RequestOptions
---@return any  what the app answers
function methods:get(path, options)
  return self.home:get(path_of(self, "get", path), options)
end

--- Send a PUT request to the app's own API.
--- Raises: not_found, request.
---@param path string
---@param body? any
---@param options? homey.RequestOptions
---@return any
function methods:put(path, body, options)
  return self.home:put(path_of(self, "put", path), body, options)
end

--- Send a POST request to the app's own API. It is never repeated once it may have been executed.
--- Raises: not_found, request.
---@param path string
---@param body? any
---@param options? homey.RequestOptions
---@return any
function methods:post(path, body, options)
  return self.home:post(path_of(self, "post", path), body, options)
end

--- Send a DELETE request to the app's own API.
--- Raises: not_found, request.
---@param path string
---@param options? homey.RequestOptions
---@return any
function methods:delete(path, options)
  return self.home:delete(path_of(self, "delete", path), options)
end

return { methods = methods, fields = fields }
