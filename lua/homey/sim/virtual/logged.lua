--- What is logged while a home in virtual time is at work, kept for a test to look at: home.logged[1], home:logged("error").
local log = require "homey.util.log"
local visible = require("homey.util.text").visible

---@class homey.sim.Logged
---@field at number     seconds since 1970
---@field level "debug"|"info"|"warning"|"error"
---@field text string
---@field name? string  of the script it is about

---@class homey.sim.LogList  an array of them; called as a method it gives those of one level

local logged = {}

local at_work = setmetatable({}, { __mode = "v" }) -- home = the one whose loop turned last

local loud = { warning = true, error = true }

--- Keep a line, and show it where it is not to be overlooked.
---@param home homey.sim.VirtualHome
---@param level string
---@param text string
---@param name? string
function logged.add(home, level, text, name)
  local list = home.logged
  text, name = visible(log.words(text), true), name and visible(name)
  list[#list + 1] = { at = home.scheduler.core_loop:time(), level = level, text = text, name = name }
  if loud[level] and not getmetatable(list).quiet then
    io.stderr:write(("%s %s: %s%s\n"):format(home:date(), level, name and name .. ": " or "", text))
  end
end

local function of_level(list, home, level)
  home:settle()
  if level == nil then return list end
  local found = {}
  for _, entry in ipairs(list) do
    if entry.level == level then found[#found + 1] = entry end
  end
  return found
end

local function keep(level, text, name)
  if not at_work.home then return false end
  logged.add(at_work.home, level, text, name)
  return true
end

--- From now on what is logged while this home is at work is kept with it.
---@param home homey.sim.VirtualHome
---@param quiet? boolean
function logged.attach(home, quiet)
  home.logged = setmetatable({}, {
    __name = "homey.sim.LogList", __call = of_level, quiet = quiet,
    __tostring = function(list) return ("homey.sim.LogList: %d"):format(#list) end,
  })
  local loop = home.loop
  local step = loop.step
  function loop:step()
    at_work.home = home
    return step(self)
  end
  at_work.home = home
  log.tap(keep)
end

--- Its lines are kept no more.
---@param home homey.sim.VirtualHome
function logged.detach(home)
  if at_work.home == home then at_work.home = nil end
end

return logged
