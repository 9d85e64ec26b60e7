-- Address of the HTTP server, as `homey run --http` takes it: 8080, 127.0.0.1:8080, [::1]:8080.

local format = require "homey.util.format"

local address = {}

local function is_v4(host)
  local parts = { host:match "^(%d+)%.(%d+)%.(%d+)%.(%d+)$" }
  for _, part in ipairs(parts) do
    if tonumber(part) > 255 then return false end
  end
  return #parts == 4
end

--- Read an address.
---@param text string
---@return {host: string, port: integer, is_loopback: boolean}?
---@return string? problem  to follow the name of what takes it
function address.read(text)
  local host, port = text:match "^%[([%x:.]+)%]:(%d+)$"
  if not host then host, port = text:match "^([%w.]+):(%d+)$" end
  if not host then host, port = "127.0.0.1", text:match "^%d+$" end
  if host == "localhost" then host = "127.0.0.1" end
  local is_v6 = host:find(":", 1, true) ~= nil
  port = tonumber(port)
  if not port or port > 65535 or not (is_v6 or is_v4(host)) then
    return nil, ("takes a port or an address such as 127.0.0.1:8080, not %s."):format(format(text))
  end
  return { host = host, port = port, is_loopback = host == "::1" or host:find "^127%." ~= nil }
end

return address
