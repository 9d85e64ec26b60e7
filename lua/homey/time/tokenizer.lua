-- Tokenizer of time rules and conditions: splits a text into words, read from left to right. Filler
-- words are dropped: "at 7:00 on the first monday of the month" is "7:00 first monday month".
--
-- Invariant: all errors come from `fail`, with the position in the text.

local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local text = require "homey.util.text"
local text_error = require "homey.time.text_error"

local suggest = lazy "homey.util.suggest"

local longest = 1000 -- bytes of a text

---@class homey.time.Word
---@field kind "clock"|"date"|"number"|"word"|"sign"|"end"
---@field text string  in lower case
---@field from integer  its first byte

---@class homey.time.Words
---@field what string
---@field whole string
local Words = { __name = "homey.time.Words" }
Words.__index = Words

local idle = {
  at = true, on = true, of = true, the = true, every = true, each = true, ["in"] = true,
}

local patterns = { -- the first that fits
  { "date", "^%d%d%d%d%-%d%d?%-%d%d?" }, { "clock", "^%d+:[%d:]*" }, { "number", "^%d+%.%d+" },
  { "number", "^%d+" },
  { "sign", "^\226\128[\144-\148]", "-" }, { "sign", "^\226\136\146", "-" }, -- dashes, and a minus
  { "word", "^[%a\128-\255]+" }, { "sign", "^." },
}

local function cut(whole)
  whole = whole:gsub("\194\177", "+-") -- the plus-minus sign has two bytes, too
  local list, at = {}, whole:find "%S"
  while at do
    for _, pattern in ipairs(patterns) do
      local found = whole:match(pattern[2], at)
      if found then
        local word = { kind = pattern[1], text = pattern[3] or text.fold(found), from = at }
        if not idle[word.text] then list[#list + 1] = word end
        at = whole:find("%S", at + #found)
        break
      end
    end
  end
  list[#list + 1] = { kind = "end", text = "", from = #whole + 1 }
  return list
end

--- The words of a text.
---@param what string  what takes it, for an error
---@param whole any
---@return homey.time.Words
function Words.of(what, whole)
  if type(whole) ~= "string" then invalid("%s takes text, not %s.", what, format(whole)) end
  if #whole > longest then invalid("%s takes text of at most %d characters.", what, longest) end
  if not text.is_utf8(whole) then
    invalid("%s takes text in UTF-8, not %s.", what, format((whole:gsub("[\128-\255]", "?"))))
  end
  return setmetatable({ what = what, whole = whole, list = cut(whole), i = 1 }, Words)
end

--- The word n words after the next one.
---@param n? integer
---@return homey.time.Word
function Words:peek(n)
  return self.list[self.i + (n or 0)] or self.list[#self.list]
end

--- Read the next word.
---@return homey.time.Word
function Words:next()
  local word = self:peek()
  self.i = self.i + 1
  return word
end

--- All words as one text, which is the same for two ways of writing a rule.
---@return string
function Words:text()
  local texts = {}
  for i, word in ipairs(self.list) do texts[i] = word.text end
  return table.concat(texts, " ")
end

--- Read the next word if it is one of these.
---@param set table<string, any>
---@return any  its value in the set
function Words:accept(set)
  local found = set[self:peek().text]
  if found ~= nil then self.i = self.i + 1 end
  return found
end

--- Raise an error about a word; never returns.
---@param word homey.time.Word
---@param sentence string
---@param meant? string[]|string  possible meanings, or the end of the sentence
function Words:fail(word, sentence, meant)
  if type(meant) == "table" then meant = suggest.hint(word.text, meant) end
  return text_error(self.what, self.whole, word.from, sentence, meant)
end

--- Raise an error about the next word, where something else was expected.
---@param expected string  "a time such as 22:30"
---@param names? string[]
function Words:unexpected(expected, names)
  local word = self:peek()
  if word.kind == "end" then return self:fail(word, expected .. " is missing") end
  local others = {}
  for _, name in ipairs(names or {}) do
    if name ~= word.text then others[#others + 1] = name end
  end
  return self:fail(word, ("%s is not %s"):format(format(word.text), expected), others)
end

return Words
