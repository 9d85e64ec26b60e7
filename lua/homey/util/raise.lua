-- Raises error objects, with the line of the user's program in `where`.
--
-- Invariant: an error that can be caught is raised as it is. The stand-alone Lua prints an uncaught
-- object as its text alone, from 5.2 on without a traceback: the text then begins with the line.
-- PUC 5.1 prints nothing of an object: there the text is raised.

local coroutine = require "homey.util.coroutines"
local lazy = require "homey.util.lazy"

local error_text = lazy "homey.util.error_text"

local silent = _VERSION == "Lua 5.1" and not rawget(_G, "jit")
local harmless = { [require] = true, [dofile] = true } -- C functions that catch nothing
local ours = require("homey.util.call_site").folder

-- True when the stack has only Lua functions above the C function of the interpreter.
local function nobody_catches()
  local co, main = coroutine.running()
  if co and not main then return false end
  local level, above = 2, nil
  local info = debug.getinfo(level, "Sf")
  while info do
    if above then return false end
    above = info.what == "C" and not harmless[info.func]
    level = level + 1
    info = debug.getinfo(level, "Sf")
  end
  return above
end

local function is_theirs(info)
  return info.what ~= "C" and info.currentline > 0 and info.source:sub(1, #ours) ~= ours
end

-- The line of the innermost function outside the library.
local function place()
  if not ours then return nil end -- loaded from no file
  local level = 3
  local info = debug.getinfo(level, "Sl")
  while info and not is_theirs(info) do
    level = level + 1
    info = debug.getinfo(level, "Sl")
  end
  return info and ("%s:%d"):format(info.short_src, info.currentline)
end

--- Raise `err`; never returns.
---@param err any
return function(err)
  local uncaught = type(err) == "table" and nobody_catches()
  if type(err) == "table" and err.kind then
    if not err.traceback then err.where = place() end -- one that comes from a task knows better
    err.uncaught = uncaught or nil
  end
  if silent and uncaught then err = (error_text(err)) end
  error(err, 0)
end
