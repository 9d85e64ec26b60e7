-- Callback of the login page: reads the address to which the browser is redirected. It holds a code
-- or a refusal, and the state of its login.

local new_error = require "homey.error"
local visible = require("homey.util.text").visible

local callback = {}

local function decode(text)
  text = text:gsub("%+", " ")
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

--- The fields of the query of an address.
---@param address string  full, or starting at the path or the question mark
---@return table<string, string>
function callback.fields(address)
  local fields, query = {}, address:gsub("#.*$", ""):match "%?(.*)$"
  for pair in (query or ""):gmatch "[^&]+" do
    local name, value = pair:match "^([^=]*)=(.*)$"
    if name then fields[decode(name)] = decode(value) end
  end
  return fields
end

local function refusal_of(fields)
  local why = fields.error_description or fields.error
  return new_error("credentials",
    ("access was refused in the browser (%s). Start again to allow it.")
      :format(visible(why:sub(1, 120))))
end

local function is_code(text)
  return text ~= nil and text:find "^[%w%-%._~]+$" ~= nil and #text <= 1024
end

--- Read the code or the refusal from the fields of an answer.
---@param fields table<string, string>
---@param state string  of this login
---@return string? code
---@return homey.Error? refusal  it ends the login
---@return string? problem  it is not the answer to this login: a sentence
function callback.read(fields, state)
  if not (fields.code or fields.error) then return nil, nil, "this address holds no code." end
  if fields.state ~= state then
    return nil, nil, "this answer belongs to another login, so it was not used."
  end
  if fields.error then return nil, refusal_of(fields) end
  if is_code(fields.code) then return fields.code end
  return nil, nil, "this address holds a code that is damaged."
end

--- Read the same from a pasted text: a code alone, or the whole address.
---@param text string
---@param state string
---@return string? code
---@return homey.Error? refusal
---@return string? problem
function callback.pasted(text, state)
  text = text:match "^%s*(.-)%s*$"
  if is_code(text) and not text:find "^https?:" then return text end
  if not text:find("?", 1, true) then text = "?" .. text end
  return callback.read(callback.fields(text), state)
end

return callback
