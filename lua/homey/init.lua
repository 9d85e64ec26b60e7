-- Entry point: what `require "homey"` returns, a table of functions. Loading it has no effect on
-- the program.
--
--   local homey = require "homey"
--   homey.login("me@example.com", "secret")
--   homey.device("Kitchen/Lamp"):set("onoff", true)
--
-- The methods of the default home, the one that logged in last, are functions of this table;
-- script/facade.lua has all.

pcall(require, "homey.loader") -- a rock is without it
local loaded, problem = pcall(require, "homey.core")
if not loaded then
  problem = tostring(problem)
  -- the text of dlopen on each system
  if problem:find("symbol", 1, true) and problem:find "%f[%w_]_?luaL?_%a" then
    local name, build = _VERSION, _VERSION:match "%d%.%d"
    if rawget(_G, "jit") then name, build = "LuaJIT", "jit" end
    problem =
      ("homey was built for another Lua, and this is %s. Start the program with the other one, "
        .. "such as lua5.4, or "
      .. "build homey for this one with make LUA=%s.\n%s"):format(name, build, problem)
  end
  error(problem, 0)
end

local Scheduler = require "homey.task.scheduler"

return require("homey.script.facade").new {
  login = function(_, ...)
    local login = require "homey.login.login"
    return login.now(login.arguments(...))
  end,
  run = Scheduler.run,
  stop = Scheduler.stop,
}
