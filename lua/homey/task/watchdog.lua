-- Watchdog: stops a task that computes without waiting, so that one script cannot block the others.
--
-- A count hook compares the processor time of a turn with its limit, every few milliseconds.
-- Coroutines that a task makes inherit the hook. Once the limit is passed, every further
-- instruction raises an error, so that no pcall inside can continue. LuaJIT calls no hooks from
-- machine code, so watched functions run in its interpreter (see `tame`). The hook of a debugger or
-- a coverage tool stays in place.

local core = require "homey.core"
local lazy = require "homey.util.lazy"

local format_value = lazy "homey.util.format"

---@class homey.Watchdog
---@field is_urgent? fun(): boolean  reports whether work is due that must not wait, as a reload
local watchdog = {}

local jit = rawget(_G, "jit")

local urgent_limit = 1.5 -- seconds that a turn may take while something urgent is due

-- The reason to stop a turn that took so many seconds; nil while it may continue.
core.judge(function(took, limit)
  if took >= limit then
    return (
      "this ran for %s s without pausing and was stopped. Call homey.sleep in long loops, or raise "
      .. "homey.limits{ compute = ... }."):format(format_value(limit))
  end
  if took >= urgent_limit and watchdog.is_urgent and watchdog.is_urgent() then
    return (
      "this ran for %s s without pausing while something else was due, and was stopped. Call "
        .. "homey.sleep in long "
      .. "loops."):format(format_value(urgent_limit))
  end
end)

--- End the watched coroutine that calls this: from here on every instruction raises an error.
---@param co thread  the resumed coroutine
---@param why string
---@return boolean  false if it is not watched
watchdog.halt = core.halt

--- Continue a coroutine, or call a function in one that runs none, and stop it when it computes for
--- more than `limit` seconds.
---@param limit number?  nil: no limit
---@param co thread
---@param ... any  what it is continued with, or the function and its arguments
---@return boolean|"hooked"|"yielded" state  true: the function has returned; "hooked": the same,
---   but it has left the hook of a debugger; false: it has failed
---@return any ...  its results, what it has yielded, or its error
watchdog.resume = core.resume

local tamed = setmetatable({}, { __mode = "k" })

-- A function of the same file that machine code calls runs as machine code, too.
local function tame(f, source)
  if tamed[f] or debug.getinfo(f, "S").source ~= source then return end
  tamed[f] = true
  jit.off(f, true)
  local index, name, value = 1, debug.getupvalue(f, 1)
  while name do
    if type(value) == "function" then tame(value, source) end
    index = index + 1
    name, value = debug.getupvalue(f, index)
  end
end

--- Make a function stoppable on LuaJIT, with the functions written inside it, and those of its file
--- that it uses by their local names.
---@param f function
function watchdog.tame(f)
  if not jit then return end
  local info = debug.getinfo(f, "S")
  if info.what ~= "C" then tame(f, info.source) end
end

return watchdog
