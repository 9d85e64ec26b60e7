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
---@field args table<string, string|number|boolean>

local function is_file(value)
  return type(value) == "string" and value:find "^[^/%z][^%z]*%.lua$" ~= nil
    and not ("/" .. value):find("/../", 1, true) and value ~= folder_settings.name
end

local plain = { string = true, number = true, boolean = true }

-- Arguments are what a command line can give, so that two calls of a script can be told apart.
local function check_args(args, what)
  for name, value in pairs(args) do
    if type(name) ~= "string" or not name:find "^[%a_][%w_]*$" then
      invalid("%s: `args` has arguments by name, such as { lamp = \"Hall/Lamp\" }, and none under "
        .. "the key %s.", what, format(name))
    end
    if not plain[type(value)] then
      invalid("%s: the argument `%s` takes text, a number, true or false, not %s.", what, name,
        format(value))
    end
  end
end

-- A hole in the list, or a name in it, would hide entries.
local function check_list(list)
  if type(list) ~= "table" then
    invalid("%s returns a list of scripts, not %s.", folder_settings.name, format(list))
  end
  for key in pairs(list) do
    if type(key) ~= "number" or key % 1 ~= 0 or key < 1 or key > #list then
      invalid("%s returns a list: its entries have no keys such as %s.", folder_settings.name,
        format(key))
    end
  end
  for i = 1, #list do
    if list[i] == nil then invalid("%s: entry %d is nil.", folder_settings.name, i) end
  end
end

local function read(path)
  local chunk, problem = environment.load(path, {}) -- data: it has no globals
  if not chunk then invalid("%s", problem) end
  local list, scripts = chunk(), {}
  check_list(list)
  for i, each in ipairs(list) do
    local file = each
    if type(each) == "table" then file = table.remove(each, 1) end
    if not is_file(file) then
      invalid("%s: entry %d begins with the name of a Lua file of the folder, not with %s.",
        folder_settings.name, i, format(file))
    end
    local what = ("%s: entry %d"):format(folder_settings.name, i)
    local row = option_reader.read(rows, each, what)
    check_args(row.args, what)
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
