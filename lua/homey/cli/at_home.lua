-- Commands that ask the hub: reads the arguments, logs in with the stored login, and runs.

local Task = require "homey.task.task"
local arguments = require "homey.cli.arguments"
local home_options = require "homey.cli.home_options"
local homey = require "homey"
local index = require "homey.index.index"
local interruptible = require "homey.cli.interruptible"
local lazy = require "homey.util.lazy"

local home_location = lazy "homey.model.home_location"

local at_home = {}

--- The main function of a module of commands. Each gets the options of home_options.
---@param commands table<string, homey.cli.Command>
---@param run table<string, fun(options: table, rest: string[], home: homey.Home): integer?>  each
---   gives its exit code; nil for 0
---@return fun(list: string[], name: string): integer
function at_home.main(commands, run)
  for _, command in pairs(commands) do home_options.add(command) end
  return function(list, name)
    local options, rest = arguments.read(commands[name], list)
    if not options then return rest --[[@as integer]] end
    local limit = home_options.limit(commands[name], options)
    local result, code = interruptible(function()
      return run[name](options, rest, homey.login(home_options.of(options, limit)))
    end, limit, true)
    return code or result or 0
  end
end

--- Call a function that changes the home, in a task with a cause, which the journal keeps:
--- `homey why` then names the command.
---@param home homey.Home
---@param name string  of the command
---@param f function
---@param ... any  its arguments
---@return any
function at_home.change(home, name, f, ...)
  local cause = { handler = ("`homey %s`"):format(name), depth = 0 }
  return Task.start(home.scheduler, { cause = cause }, f, ...):wait()
end

--- The device of a name: by the index where that is believed, else in the lists of the hub. The
--- facts in the index have no values of capabilities.
---@param home homey.Home
---@param ref string
---@return homey.Device
function at_home.device(home, ref)
  return index.device(home, ref) or home:device(ref)
end

--- The title of a column of times, with the time zone of the home where it has a name.
---@param title string
---@param home homey.Home
---@return string
function at_home.title(title, home)
  local zone = home_location.of(home).timezone
  return zone and ("%s (%s)"):format(title, zone) or title
end

return at_home
