-- Event loop adapter for cqueues: a controller drives a home. Coroutines of the controller wait for
-- the hub on a condition variable; other coroutines block.

local condition = require "cqueues.condition"
local cqueues = require "cqueues"

local Sleeper = {}
Sleeper.__index = Sleeper

function Sleeper:wake()
  self.bell:signal()
end

function Sleeper:sleep()
  self.bell:wait()
end

-- `inside`: homey.try runs between the running coroutine and that of the controller, and passes its
-- yields on.
local function sleeper(_, inside)
  local controller, own = cqueues.running()
  if controller and (own or inside) then
    return setmetatable({ bell = condition.new() }, Sleeper)
  end
end

--- Let a controller drive a home until the returned function is called.
---@param home homey.Home
---@param controller? userdata  default: the running controller
---@return fun() detach
return function(home, controller)
  controller = controller
    or assert(cqueues.running(), "there is no running controller. Pass one as the second argument.")
  local forget, done, attached = home.scheduler:attach(sleeper), condition.new(), true
  home:resume()
  controller:wrap(function()
    while attached do
      home:step()
      if attached then cqueues.poll(home, done) end
    end
  end)
  return function()
    if not attached then return end
    attached = false
    forget()
    done:signal()
  end
end
