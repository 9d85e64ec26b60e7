-- homey: the names that users type.
--
--   local homey = require "homey"
--   homey.login("me@example.com", "secret")
--   homey.device("Kitchen/Lamp"):set("onoff", true)
--
-- The methods of the default home, the one that logged in last, are functions here; face.lua has them all.

local Reactor = require "homey.reactor"

require "homey.leaving"

return require("homey.face").new {
  login = function(_, ...)
    local login = require "homey.login"
    return login.now(login.arguments(...))
  end,
  run = Reactor.run,
  stop = Reactor.stop,
}
