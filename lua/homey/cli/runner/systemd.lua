-- systemd notifications: readiness, status and watchdog, where systemd asks for them. See
-- sd_notify(3) and sd_watchdog_enabled(3).

local system = require "homey.system"

local systemd = {}

--- Notify the service manager, if there is one.
---@param text string  "READY=1"
---@return boolean sent
function systemd.notify(text)
  local socket = os.getenv "NOTIFY_SOCKET"
  if not socket or socket == "" then return false end
  return system.notify(socket, text) ~= nil
end

--- Seconds between two watchdog messages, half of the interval that systemd allows; nil where it
--- expects none.
---@return number?
function systemd.interval()
  local microseconds = tonumber(os.getenv "WATCHDOG_USEC" or "")
  local whose = tonumber(os.getenv "WATCHDOG_PID" or "")
  if not microseconds or microseconds <= 0 or whose and whose ~= system.pid() then return nil end
  return microseconds / 2000000
end

return systemd
