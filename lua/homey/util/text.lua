-- UTF-8 text: validation, case, escaping for terminals and logs, ids.

local text = {}

-- Length of a character in bytes, and the range of its second byte.
local function shape(first)
  if first < 0xC2 or first > 0xF4 then return nil end
  if first < 0xE0 then return 2, 0x80, 0xBF end
  if first < 0xF0 then return 3, first == 0xE0 and 0xA0 or 0x80, first == 0xED and 0x9F or 0xBF end
  return 4, first == 0xF0 and 0x90 or 0x80, first == 0xF4 and 0x8F or 0xBF
end

-- The position after the character at `i`; nil if it is malformed.
local function behind(s, i)
  local first = s:byte(i)
  if first < 0x80 then return i + 1 end
  local length, least, greatest = shape(first)
  local second = s:byte(i + 1)
  if not length or not second or second < least or second > greatest then return nil end
  for k = i + 2, i + length - 1 do
    local byte = s:byte(k)
    if not byte or byte < 0x80 or byte > 0xBF then return nil end
  end
  return i + length
end

--- Is this valid UTF-8? Overlong forms and surrogates are not.
---@param s string
---@return boolean
function text.is_utf8(s)
  if not s:find("[\128-\255]") then return true end
  local i = 1
  while i and i <= #s do i = behind(s, i) end
  return i ~= nil
end

-- ---- text for a terminal or a log ----

local escapes = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
local kept_lines = { ["\n"] = "\n", ["\t"] = "\t" }

local function code_point(s)
  local code = s:byte(1) % (#s == 2 and 32 or 16)
  for i = 2, #s do code = code * 64 + s:byte(i) % 64 end
  return code
end

local function as_lua(s)
  return escapes[s]
    or (#s == 1 and "\\x%02x" or "\\u{%x}"):format(#s == 1 and s:byte() or code_point(s))
end

local function as_json(s)
  return ("\\u%04x"):format(#s == 1 and s:byte() or code_point(s))
end

-- Multi-byte characters that control a terminal or the direction of a line: C1, U+061C, U+200E,
-- U+200F, U+2028 to U+202E, U+2066 to U+2069.
local unseen = {
  "\194[\128-\159]", "\216\156", "\226\128[\142\143\168-\174]", "\226\129[\166-\169]",
}

local function escape_valid(s, escape)
  if not s:find "[\194\216\226]" then return s end
  for _, pattern in ipairs(unseen) do s = s:gsub(pattern, escape) end
  return s
end

-- In malformed text the valid characters stay.
local function escape_invalid(s, escape)
  local list, i = {}, 1
  while i <= #s do
    local after = behind(s, i)
    list[#list + 1] = after and escape_valid(s:sub(i, after - 1), escape) or escape(s:sub(i, i))
    i = after or i + 1
  end
  return table.concat(list)
end

local function escaped(s, control, escape)
  s = s:gsub("[%z\1-\31\127]", control)
  if not s:find "[\128-\255]" then return s end
  return text.is_utf8(s) and escape_valid(s, escape) or escape_invalid(s, escape)
end

--- Escape a text for a terminal or a log: control characters, direction marks, line separators and
--- malformed bytes become `\x1b` or `\u{202e}`, as in a Lua string.
---@param s string
---@param lines? boolean  line ends and tabs stay; lines after the first are indented, so that none
---   looks like a new entry
---@return string
function text.visible(s, lines)
  if not s:find "[%z\1-\31\127-\255]" then return s end
  s = escaped(s, lines and function(c) return kept_lines[c] or as_lua(c) end or as_lua, as_lua)
  return lines and s:gsub("\n", "\n  "):gsub("\n  ([\t ])", "\n%1") or s
end

local utf8_length = _G.utf8 and _G.utf8.len

-- Without a pattern, which would double the cost of a journal line.
local function is_ascii(json)
  if not utf8_length then return not json:find "[\127-\255]" end
  return utf8_length(json) == #json and not json:find("\127", 1, true)
end

--- The same JSON in valid UTF-8, with `\u` for such characters.
---@param json string
---@return string
function text.visible_json(json)
  if is_ascii(json) then return json end
  return escaped(json, as_json, as_json)
end

--- A text with a full stop, unless it ends as a sentence already.
---@param s string
---@return string
function text.sentence(s)
  return (s == "" or s:find "[.!?]%)?$") and s or s .. "."
end

--- ASCII lower case. Lua's own function follows the locale, and in a Turkish one I does not become
--- i.
---@param s string
---@return string
function text.lower(s)
  return (s:gsub("[A-Z]", function(c) return string.char(c:byte() + 32) end))
end

--- ASCII upper case, whatever the locale.
---@param s string
---@return string
function text.upper(s)
  return (s:gsub("[a-z]", function(c) return string.char(c:byte() - 32) end))
end

--- Fold a text for the comparison of names: lower case, and one spelling of names that look alike.
---@param s string
---@return string
function text.fold(s)
  s = text.lower(s)
  if not s:find "[\128-\255]" or not text.is_utf8(s) then return s end
  return require "homey.util.text.case_fold"(s)
end

-- Soft hyphens, joiners, direction marks, variation selectors, byte order marks, as UTF-8 bytes.
local no_width = {
  "\194\173", "\226\128[\139-\143]", "\226\129[\160-\164]", "\239\184[\128-\143]", "\239\187\191",
}

--- Fold a text as text.fold does, without invisible characters and superfluous blanks: at its ends,
--- beside a slash, and repeated ones.
---@param s string
---@return string
function text.seen(s)
  if s:find "[\128-\255]" then
    for _, pattern in ipairs(no_width) do s = s:gsub(pattern, "") end
  end
  s = text.fold(s)
  if s:find(" ", 1, true) then
    s = s:gsub("  +", " "):gsub("^ ", ""):gsub(" $", ""):gsub(" ?/ ?", "/")
  end
  return s
end

--- The characters of a text; a malformed byte counts as one.
---@param s string
---@return string[]
function text.characters(s)
  local list, i = {}, 1
  if not s:find("[\128-\255]") then
    for k = 1, #s do list[k] = s:sub(k, k) end
    return list
  end
  while i <= #s do
    local after = behind(s, i) or i + 1
    list[#list + 1] = s:sub(i, after - 1)
    i = after
  end
  return list
end

--- Is this an id of the hub and not a name? Ids are UUIDs.
---@param s string
---@return boolean
function text.is_id(s)
  return s:find("^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$") ~= nil
end

--- Percent-encode an id for a path.
---@param id string
---@return string
function text.escape(id)
  return (id:gsub("[^A-Za-z0-9%-%._~:]", function(c) return ("%%%02X"):format(c:byte()) end))
end

return text
