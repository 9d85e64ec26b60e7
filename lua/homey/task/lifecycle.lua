-- Lifecycle hooks: what runs when a home is closed, when an object is collected, and when the
-- program ends.
--
-- Invariant: nothing of Lua's own is replaced, and nothing is registered to run at exit. A program
-- that calls os.exit collects nothing, so these hooks do not run there; homey.close runs them
-- first.

local log = require "homey.util.log"

local lifecycle = {}

local newproxy = rawget(_G, "newproxy") -- Lua 5.1 and LuaJIT know no __gc of tables

--- Call f when the object that this returns is collected, at the latest when the Lua state is
--- closed. Errors of f are ignored.
---@param f fun()
---@return any guard  to be held for as long as f is not to be called
function lifecycle.on_collect(f)
  local function finalize() pcall(f) end
  if not newproxy then return setmetatable({}, { __gc = finalize }) end
  local proxy = newproxy(true)
  getmetatable(proxy).__gc = finalize
  return proxy
end

--- Call f when a home is closed.
---@param home homey.Home
---@param f fun()
---@return fun() forget  f is not called any more
function lifecycle.on_close(home, f)
  local handle = {}
  local function forget() home.handles[handle] = nil end
  function handle.cancel()
    if not home.handles[handle] then return end -- the cancel of another handle has called forget
    forget()
    f()
  end
  home.handles[handle] = true
  return forget
end

--- Warn at the end of a plain program whose triggers and timers could never be called: it lacks
--- homey.run().
---@param scheduler homey.Scheduler  one that lives as long as the program
function lifecycle.warn_if_never_run(scheduler)
  scheduler.end_warning = scheduler.end_warning or lifecycle.on_collect(function()
    if scheduler.active_handles == 0 or scheduler.was_driven then return end
    log("warning",
      ("the program ended before its triggers and timers (%d) could be called. Call homey.run() "
        .. "as its last "
      .. "line."):format(scheduler.active_handles))
  end)
end

return lifecycle
