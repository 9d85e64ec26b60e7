-- What is said to whoever looks after a running script: a handler that failed, a rule that was missed. One line or more
-- of text on stderr, or wherever log.to says.

local raised = require "homey.util.error_text"
local visible = require("homey.util.text").visible

local log = {}

local function to_stderr(level, text, name)
  io.stderr:write(("%s %s: %s%s\n"):format(os.date("%Y-%m-%d %H:%M:%S"), level, name and name .. ": " or "", text))
end

local sink = to_stderr

--- Send what is logged elsewhere.
---@param f? fun(level: "debug"|"info"|"warning"|"error", text: string, name: string?)  nil: back to stderr
function log.to(f)
  sink = f or to_stderr
end

local tap ---@type (fun(level: string, text: string, name: string?): boolean)?

--- Show each line to a function first; one for which it answers true goes nowhere else.
---@param f? fun(level: string, text: string, name: string?): boolean
function log.tap(f)
  tap = f
end

--- What logs under a name.
---@param name? string
---@return fun(level: string, text: string)
function log.under(name)
  return function(level, text) log(level, text, name) end
end

--- What is logged, as text: an error as its sentence, and never the address of a table.
---@param what any
---@return string
function log.words(what)
  return type(what) == "table" and (raised(what)) or tostring(what)
end

return setmetatable(log, {
  --- Log a text.
  ---@param level "debug"|"info"|"warning"|"error"
  ---@param text any     an error object is its sentence
  ---@param name? string  of the script it is about
  __call = function(_, level, text, name)
    text, name = visible(log.words(text), true), name and visible(name)
    if not (tap and tap(level, text, name)) then sink(level, text, name) end
  end,
})
