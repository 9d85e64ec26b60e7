-- Event loop adapter for luv and Neovim: luv's loop drives a home. A coroutine that waits for the
-- hub yields, and is resumed from the loop. Outside of coroutines calls block.

local coroutine = require "homey.util.coroutines"
local uv = vim and vim.loop or require "luv" -- luacheck: ignore vim

local Sleeper = {}
Sleeper.__index = Sleeper

function Sleeper:wake()
  if coroutine.status(self.co) ~= "suspended" then return end
  local ok, err = coroutine.resume(self.co)
  if not ok then error(err, 0) end
end

function Sleeper.sleep()
  coroutine.yield()
end

local function sleeper(root)
  return setmetatable({ co = root }, Sleeper)
end

--- Let luv's loop drive a home until the returned function is called.
---@param home homey.Home
---@return fun() detach
return function(home)
  local poll, timer = uv.new_poll(home:fd()), uv.new_timer()
  local forget = home.scheduler:attach(sleeper)
  home:resume()
  local function detach()
    if poll:is_closing() then return end
    forget()
    poll:close()
    timer:close()
  end
  local function turn()
    home:step()
    if poll:is_closing() then return end -- a handler may have called detach
    local wait = home:timeout() -- seconds; nil: until the descriptor is readable
    if wait then timer:start(math.ceil(wait * 1000), 0, turn) else timer:stop() end
  end
  poll:start("r", turn)
  turn()
  return detach
end
