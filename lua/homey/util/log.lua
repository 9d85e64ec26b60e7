-- Log: messages for the person who runs a script, on stderr or wherever log.to sends them.

local error_text = require "homey.util.error_text"
local visible = require("homey.util.text").visible

local log = {}

local function to_stderr(level, text, name)
  io.stderr:write(("%s %s: %s%s\n")
    :format(os.date("%Y-%m-%d %H:%M:%S"), level, name and name .. ": " or "", text))
end

local sink = to_stderr

--- Set where messages go.
---@param f? fun(level: "debug"|"info"|"warning"|"error", text: string, name: string?)  nil: back to
---   stderr
function log.to(f)
  sink = f or to_stderr
end

local tap ---@type (fun(level: string, text: string, name: string?): boolean)?

--- Show each message to a function first; one for which it returns true is not written.
---@param f? fun(level: string, text: string, name: string?): boolean
function log.tap(f)
  tap = f
end

--- A function that logs under a name.
---@param name? string
---@return fun(level: string, text: string)
function log.under(name)
  return function(level, text) log(level, text, name) end
end

--- A value as text: an error as its message, never the address of a table.
---@param what any
---@return string
function log.text(what)
  return type(what) == "table" and (error_text(what)) or tostring(what)
end

return setmetatable(log, {
  --- Log a message.
  ---@param level "debug"|"info"|"warning"|"error"
  ---@param text any     an error object is logged as its message
  ---@param name? string  of the script that it is about
  __call = function(_, level, text, name)
    text, name = visible(log.text(text), true), name and visible(name)
    if not (tap and tap(level, text, name)) then sink(level, text, name) end
  end,
})
