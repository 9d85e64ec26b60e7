-- Telling systemd how we are, where it has started us and asks for it: sd_notify(3), sd_watchdog_enabled(3).

local system = require "homey.system"

local systemd = {}

--- Tell the service manager something; without one, nothing happens.
---@param text string  "READY=1"
---@return boolean told
function systemd.say(text)
  local socket = os.getenv "NOTIFY_SOCKET"
  if not socket or socket == "" then return false end
  return system.notify(socket, text) ~= nil
end

--- Seconds between two signs of life, half of what systemd waits for one; nil when it waits for none.
---@return number?
function systemd.interval()
  local microseconds = tonumber(os.getenv "WATCHDOG_USEC" or "")
  local whose = tonumber(os.getenv "WATCHDOG_PID" or "")
  if not microseconds or microseconds <= 0 or whose and whose ~= system.pid() then return nil end
  return microseconds / 2000000
end

return systemd
