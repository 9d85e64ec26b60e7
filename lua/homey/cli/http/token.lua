-- Token of the HTTP server: a random text in a file of mode 0600 that only its owner can read.

local core = require "homey.core"
local invalid = require "homey.util.invalid"

local token = {}

local shortest = 16 -- bytes: a shorter token was not generated here, and can be guessed

--- Read the token from a file. Creates the file if it does not exist.
---@param path string  with a folder
---@return string
function token.of(path)
  local file, _, message = core.keep(path, "token")
  if not file then invalid("%s", message) end
  local text, problem
  text, _, problem = file:load()
  if problem then
    file:close()
    invalid("%s", problem)
  end
  text = text and text:match "^%s*(%S+)%s*$"
  if not text or #text < shortest then
    text = (core.uuid() .. core.uuid()):gsub("%-", "")
    local ok
    ok, _, problem = file:save(text .. "\n")
    if not ok then
      file:close()
      invalid("%s", problem)
    end
  end
  file:close()
  return text
end

--- Compare two texts in constant time.
---@param a string
---@param b string
---@return boolean
function token.is_equal(a, b)
  local difference = #a == #b and 0 or 1
  for i = 1, #a do
    if a:byte(i) ~= (b:byte(i) or 256) then difference = difference + 1 end
  end
  return difference == 0
end

return token
