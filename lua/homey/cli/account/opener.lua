-- Opener of a browser: runs xdg-open or open, if the machine has a screen. Its exit status is
-- ignored, since the address is also printed.

local opener = {}

local function is_set(name)
  local value = os.getenv(name)
  return value ~= nil and value ~= ""
end

local function says(command)
  local pipe = io.popen(command .. " 2>/dev/null")
  local line = pipe and pipe:read "*l"
  if pipe then pipe:close() end
  return line
end

local function program()
  if is_set "DISPLAY" or is_set "WAYLAND_DISPLAY" then return "xdg-open" end
  return says "uname -s" == "Darwin" and "open" or nil
end

--- Open an address in the browser of this machine.
---@param url string  percent-encoded, so that a shell finds nothing in it
---@return string? problem  why it was not tried: "there is no screen here"
function opener.open(url)
  local name = program()
  if not name then return "there is no screen here" end
  if not says("command -v " .. name) then return name .. " is not installed" end
  os.execute(("%s '%s' </dev/null >/dev/null 2>&1 &"):format(name, (url:gsub("'", "%%27"))))
end

return opener
