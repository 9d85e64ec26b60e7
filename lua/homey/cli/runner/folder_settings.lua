-- Settings of a folder: homey.conf.lua, which names the scripts that run with arguments, also one
-- script several times. It returns a list:
--
--   return {
--     { "motion.lua", name = "hall", args = { lamp = "Hall/Lamp", after = "5 min" } },
--     { "motion.lua", name = "kitchen", args = { lamp = "Kitchen/Lamp" } },
--   }
--
-- Other scripts of the folder run as without it.

local environment = require "homey.script.environment"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local option_reader = require "homey.util.options"
local try = require "homey.task.try"

local folder_settings = { name = "homey.conf.lua" }

local rows = {
  what = folder_settings.name, required = true, example = "{ \"motion.lua\", args = {} }",
  { name = "name", type = "text", doc = "its name in the log" },
  { name = "args", type = "table", default = {}, doc = "its arguments" },
}

---@class homey.cli.FolderScript
---@field file string   its name in the folder
---@field name? string
---@field args table<string, any>

local function is_file(value)
  return type(value) == "string" and value:find "^[^/].*%.lua$" ~= nil
    and value ~= folder_settings.name
end

local function read(path)
  local chunk, problem = environment.load(path, {}) -- data: it has no globals
  if not chunk then invalid("%s", problem) end
  local list, scripts = chunk(), {}
  if type(list) ~= "table" then
    invalid("%s returns a list of scripts, not %s.", folder_settings.name, format(list))
  end
  for i, each in ipairs(list) do
    local file = type(each) == "table" and table.remove(each, 1)
    if not is_file(file) then
      invalid("%s: entry %d begins with the name of a Lua file of the folder, not with %s.",
        folder_settings.name, i, format(file))
    end
    local row = option_reader.read(rows, each, ("%s: entry %d"):format(folder_settings.name, i))
    scripts[i] = { file = file, name = row.name, args = row.args }
  end
  return scripts
end

--- The scripts that the settings of a folder name.
---@param path string  of the file
---@return homey.cli.FolderScript[]? scripts
---@return string? problem  what is wrong with it
function folder_settings.read(path)
  local scripts, err = try(read, path)
  if scripts then return scripts end
  return nil, type(err) == "table" and err.message or tostring(err)
end

return folder_settings
