-- Log of a home: lines under the name of the script that runs, else under the label of the home.

local fiber = require "homey.task.fiber"
local log = require "homey.util.log"
local log_throttle = require "homey.task.log_throttle"

local home_log = {}

--- A function that logs for the running script, or under the home's label if none runs.
---@param home homey.Home
---@return fun(level: "debug"|"info"|"warning"|"error", text: string)
function home_log.of(home)
  local scope = fiber.scope()
  return scope and scope:logger() or log.under(home.label)
end

--- Log a text under the home's label, throttled: texts of one key are logged once in ten minutes,
--- and counted.
---@param home homey.Home
---@param key string  each home has keys of its own
---@param level "debug"|"info"|"warning"|"error"
---@param text string
---@param say? fun(level: string, text: string)  used instead of the home's log
function home_log.throttled(home, key, level, text, say)
  log_throttle.say(home.scheduler, ("%s %s"):format(key, tostring(home.label)), level, text,
    say or log.under(home.label))
end

return home_log
