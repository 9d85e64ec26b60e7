--- Log of a home in virtual time, for tests: home.logged[1], home:logged("error").
local log = require "homey.util.log"
local visible = require("homey.util.text").visible

---@class homey.sim.Logged
---@field at number     seconds since 1970
---@field level "debug"|"info"|"warning"|"error"
---@field text string
---@field name? string  of the script

---@class homey.sim.LogList  an array of entries; called as a method it returns those of a level

local logged = {}

local current = setmetatable({}, { __mode = "v" }) -- home = the one whose loop has stepped last

local shown = { warning = true, error = true }

--- Keep a line; show a warning or an error on stderr as well, unless the home is quiet.
---@param home homey.sim.VirtualHome
---@param level string
---@param text string
---@param name? string
function logged.add(home, level, text, name)
  local list = home.logged
  text, name = visible(log.text(text), true), name and visible(name)
  list[#list + 1] = { at = home.loop:time(), level = level, text = text, name = name }
  if shown[level] and not getmetatable(list).quiet then
    io.stderr:write(("%s %s: %s%s\n"):format(home:date(), level, name and name .. ": " or "", text))
  end
end

local function entries_of(list, home, level)
  home:settle()
  if level == nil then return list end
  local found = {}
  for _, entry in ipairs(list) do
    if entry.level == level then found[#found + 1] = entry end
  end
  return found
end

local function add_to_current(level, text, name)
  if not current.home then return false end
  logged.add(current.home, level, text, name)
  return true
end

--- Keep what is logged while this home runs, from now on.
---@param home homey.sim.VirtualHome
---@param quiet? boolean
function logged.attach(home, quiet)
  home.logged = setmetatable({}, {
    __name = "homey.sim.LogList", __call = entries_of, quiet = quiet,
    __tostring = function(list) return ("homey.sim.LogList: %d"):format(#list) end,
  })
  local loop = home.loop
  local step = loop.step
  function loop:step()
    current.home = home
    return step(self)
  end
  current.home = home
  log.tap(add_to_current)
end

--- Keep no more lines for a home.
---@param home homey.sim.VirtualHome
function logged.detach(home)
  if current.home == home then current.home = nil end
end

return logged
