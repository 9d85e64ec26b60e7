-- Unicode case folding and normalization: names that look alike become the same text, in
-- normalization form C with simple case folding and plain spaces. unicode.lua is loaded with the
-- first name that is not ASCII; its tables stay text, in which the few characters of a home are
-- looked up.
--
-- Invariant: folding character by character gives the same as folding the whole text, unless a
-- character combines with the one before it. Such texts are decomposed, folded and composed again,
-- as the standard says.

local floor = math.floor
local character = "[\194-\244][\128-\191][\128-\191]?[\128-\191]?"
local any_character = "[%z\1-\127\194-\244][\128-\191]*"
local unicode -- the tables, once they are read

local function utf8(code)
  local char, last = string.char, 0x80 + code % 64
  if code < 0x80 then return char(code) end
  if code < 0x800 then return char(0xC0 + floor(code / 64), last) end
  local third = 0x80 + floor(code / 64) % 64
  if code < 0x10000 then return char(0xE0 + floor(code / 4096), third, last) end
  return char(0xF0 + floor(code / 262144), 0x80 + floor(code / 4096) % 64, third, last)
end

local function number(hex) return tonumber(hex, 16) end

-- ---- the tables ---------------------------------------------------------------------------------

-- Ranges of code points as text: first, last, and two values of each.
local function read_ranges(list, pattern)
  local ranges = { first = {}, last = {}, value = {}, mark = {} }
  for first, last, mark, value in list:gmatch(pattern) do
    local n = #ranges.first + 1
    ranges.first[n], ranges.last[n] = number(first), number(last == "" and first or last)
    ranges.mark[n], ranges.value[n] = mark, number(value)
  end
  return ranges
end

-- Where the runs of decompositions begin: positions in the text, and code points.
local function read_runs(list)
  local runs = { first = {}, at = {} }
  for first, at in list:gmatch "(%x+):()" do
    runs.first[#runs.first + 1], runs.at[#runs.at + 1] = number(first), at
  end
  return runs
end

local function read()
  local list = require "homey.util.text.unicode"
  unicode = {
    decompositions = list.decompositions, excluded = list.excluded,
    runs = read_runs(list.decompositions),
    classes = read_ranges(list.classes, "(%x+):?(%x*)(%.)(%x+)"),
    folds = read_ranges(list.folds, "(%x+):?(%x*)(/?[+-])(%x+)"),
  }
end

-- Binary search: index of the last sorted number up to n; 0 if all are greater.
local function place(sorted, value)
  local low, high = 0, #sorted
  while low < high do
    local middle = floor((low + high + 1) / 2)
    if sorted[middle] <= value then low = middle else high = middle - 1 end
  end
  return low
end

local function class_of(code)
  local i = place(unicode.classes.first, code)
  return i > 0 and code <= unicode.classes.last[i] and unicode.classes.value[i] or 0
end

local spaces = { [0xA0] = true, [0x2007] = true, [0x202F] = true } -- those at which no line breaks

-- Cached for characters that do not decompose.
local function small(code)
  if spaces[code] then return 0x20 end
  local folds = unicode.folds
  local i = place(folds.first, code)
  if i == 0 or code > folds.last[i] then return code end
  local mark = folds.mark[i]
  if #mark == 2 and (code - folds.first[i]) % 2 == 1 then return code end -- every other one
  return mark:sub(-1) == "-" and code - folds.value[i] or code + folds.value[i]
end

-- Canonical decomposition into one or two characters, which may decompose again.
local function parts(code)
  local runs = unicode.runs
  local i = place(runs.first, code)
  if i == 0 then return nil end
  local n = code - runs.first[i]
  for one, two in unicode.decompositions:match("[%x.,]+", runs.at[i]):gmatch "(%x+)%.?(%x*)," do
    if n == 0 then return number(one), two ~= "" and number(two) or nil end
    n = n - 1
  end
end

-- Canonical composition of two characters, unless it is excluded or involves a mark.
local function composed(one, two)
  local list, pair = unicode.decompositions, ("%X.%X,"):format(one, two)
  local from, to = list:find(pair, 1, true)
  while from and list:find("^%x", from - 1) do from, to = list:find(pair, to, true) end
  if not from then return nil end
  local run = place(unicode.runs.at, from)
  local _, before = list:sub(unicode.runs.at[run], from - 1):gsub(",", "")
  local code = unicode.runs.first[run] + before
  if unicode.excluded:find(("%%f[%%x]%X%%f[%%X]"):format(code)) or class_of(code) > 0
    or class_of(one) > 0 then
    return nil
  end
  return code
end

-- ---- Hangul syllables, composed by arithmetic -------------------------------------------------

local syllables, leads, vowels, tails = 0xAC00, 0x1100, 0x1161, 0x11A7

local function is_syllable(code) return code >= syllables and code < syllables + 11172 end

local function add_syllable(code, into)
  local index = code - syllables
  into[#into + 1] = leads + floor(index / 588)
  into[#into + 1] = vowels + floor(index % 588 / 28)
  if index % 28 > 0 then into[#into + 1] = tails + index % 28 end
end

local function composed_hangul(a, b)
  if a >= leads and a < leads + 19 and b >= vowels and b < vowels + 21 then
    return syllables + ((a - leads) * 21 + b - vowels) * 28
  end
  if is_syllable(a) and (a - syllables) % 28 == 0 and b > tails and b < tails + 28 then
    return a + b - tails
  end
end

-- ---- whole texts --------------------------------------------------------------------------------

local function decompose(code, into)
  if is_syllable(code) then return add_syllable(code, into) end
  local one, two = parts(code)
  if one then decompose(one, into) else into[#into + 1] = code end
  into[#into + 1] = two
end

-- Sorts the marks behind a letter by their combining classes; a stable sort.
local function order(list)
  for i = 2, #list do
    local class, k = class_of(list[i]), i
    while class > 0 and k > 1 and class_of(list[k - 1]) > class do
      list[k - 1], list[k], k = list[k], list[k - 1], k - 1
    end
  end
end

local function compose(list)
  -- the place of the last letter, and the class of what stands behind it
  local out, letter, before = {}, nil, 0
  for _, code in ipairs(list) do
    local class = class_of(code)
    local blocked = letter and #out > letter and before >= class
    local both = letter and not blocked
      and (composed_hangul(out[letter], code) or composed(out[letter], code))
    if both then
      out[letter] = both
    else
      out[#out + 1] = code
      if class == 0 then letter = #out end
      before = class
    end
  end
  return out
end

local function code_of(char)
  local code = char:byte()
  if #char > 1 then code = code < 0xE0 and code % 32 or code < 0xF0 and code % 16 or code % 8 end
  for i = 2, #char do code = code * 64 + char:byte(i) % 64 end
  return code
end

local function fold_whole(s)
  local list = {}
  for char in s:gmatch(any_character) do decompose(code_of(char), list) end
  order(list)
  for i, code in ipairs(list) do list[i] = small(code) end
  list = compose(list)
  for i, code in ipairs(list) do list[i] = utf8(code) end
  return table.concat(list)
end

-- ---- character by character, with a cache -------------------------------------------------

local folded = setmetatable({}, {
  __index = function(known, char)
    known[char] = fold_whole(char)
    return known[char]
  end,
})

local function combines(char)
  local code, list = code_of(char), {}
  decompose(code, list)
  local first = list[1]
  return class_of(code) > 0 or class_of(first) > 0 or first >= vowels and first < tails + 28
    or unicode.decompositions:find((".%X,"):format(first), 1, true) ~= nil
end

local combining = setmetatable({}, {
  __index = function(known, char)
    known[char] = combines(char)
    return known[char]
  end,
})

--- Fold a text for the comparison of names: normalization form C, simple case folding, plain
--- spaces.
---@param s string  valid UTF-8, its ASCII letters in lower case
---@return string
return function(s)
  if not unicode then read() end
  for char in s:gmatch(character) do
    if combining[char] then return fold_whole(s) end
  end
  return (s:gsub(character, folded))
end
