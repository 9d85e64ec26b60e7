-- Errors about a text, with the position in it: at("25:00"): there is no hour 25, at character 1.

local invalid = require "homey.util.invalid"
local text = require "homey.util.text"

local around = 30 -- characters shown on either side of the place, where the text is long

local function excerpt(characters, place)
  local from, to = 1, #characters
  if #characters > 2 * around + 10 then
    from, to = math.max(1, place - around), math.min(#characters, place + around)
  end
  local shown = table.concat(characters, "", from, to):gsub("%c", "?")
  return (from > 1 and "..." or "") .. shown .. (to < #characters and "..." or "")
end

--- Refuse a text; never returns.
---@param what string      what takes it: "at", "is"
---@param whole string     the text
---@param byte integer     where the wrong part begins
---@param sentence string  without its full stop
---@param hint? string     "; did you mean 'a'?", or a full stop
return function(what, whole, byte, sentence, hint)
  local characters = text.characters(whole)
  local place = #text.characters(whole:sub(1, byte - 1)) + 1
  local where = place > #characters and "at the end" or "at character " .. place
  sentence = sentence:gsub("%c", "?") -- it may quote the text
  return invalid("%s(\"%s\"): %s, %s%s", what, excerpt(characters, place), sentence, where,
    hint or ".")
end
