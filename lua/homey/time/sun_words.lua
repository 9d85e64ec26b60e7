-- The place of the sun in words: its height, "sun below 4 deg", and its direction, "sun in 120..240
-- deg". Without such words behind it, "sun" is Sunday.

local number_text = require "homey.util.number_text"

local sun_words = {}

local sides = { above = true, over = true, below = false, under = false }
local degrees = { deg = true, degree = true, degrees = true, ["°"] = true }
local signs = { ["-"] = -1, ["+"] = 1 }
local to_words = { ["-"] = true, to = true, ["until"] = true, till = true }

--- True when a height of the sun starts at the next word.
---@param words homey.time.Words
---@return boolean
function sun_words.begins_height(words)
  return words:peek().text == "sun" and sides[words:peek(1).text] ~= nil
end

--- Does a direction of the sun start at the next word? "in" is dropped from all words.
---@param words homey.time.Words
---@return boolean
function sun_words.begins_direction(words)
  if words:peek().text ~= "sun" or words:peek(1).kind ~= "number" then return false end
  local behind = words:peek(2).text
  return degrees[behind] or behind == "." or to_words[behind] and degrees[words:peek(4).text]
    or false
end

--- True when a place of the sun starts at the next word.
---@param words homey.time.Words
---@return boolean
function sun_words.begins(words)
  return words:peek().text == "sun"
    and (sun_words.begins_height(words) or sun_words.begins_direction(words))
end

local function read_number(words, least, most, what)
  local sign = words:accept(signs) or 1
  local word = words:peek()
  if word.kind ~= "number" then words:unexpected("a number of degrees, as in 10 deg") end
  words:next()
  local number = sign * number_text.read(word.text)
  if number < least or number > most then
    words:fail(word, ("%s lies from %d to %d degrees"):format(what, least, most))
  end
  return number
end

--- Parse "sun below 4 deg".
---@param words homey.time.Words
---@return number height
---@return boolean is_above
function sun_words.read_height(words)
  words:next()
  local is_above = words:accept(sides)
  local height = read_number(words, -90, 90, "the height of the sun")
  if not words:accept(degrees) then words:unexpected("'deg'", { "deg" }) end
  return height, is_above
end

--- Parse "sun in 120..240 deg": directions, clockwise from north.
---@param words homey.time.Words
---@return number from
---@return number to
function sun_words.read_direction(words)
  local first = words:next()
  local from = read_number(words, 0, 360, "a direction")
  words:accept(degrees)
  local dots = { ["."] = true }
  if not (words:accept(dots) and words:accept(dots)) and not words:accept(to_words) then
    words:unexpected("'..' and a second direction, as in 120..240 deg")
  end
  local to = read_number(words, 0, 360, "a direction")
  if not words:accept(degrees) then words:unexpected("'deg'", { "deg" }) end
  if from == to then words:fail(first, "these two directions are the same") end
  return from, to
end

return sun_words
