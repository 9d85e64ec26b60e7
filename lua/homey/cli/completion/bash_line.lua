-- Command line of bash, up to the cursor: splits it into words, and quotes a word for bash. It
-- evaluates nothing.

local bash_line = {}

---@class homey.cli.BashLine
---@field words string[]   before the word that is being typed
---@field current string   the typed part of that word, without quotes
---@field quote string     the quote that is open: "", "'" or '"'
---@field kept integer     bytes of `current` that bash leaves as they are

local ends = { [" "] = true, ["\t"] = true, ["\n"] = true }

-- Reads the character at a position. Returns its text without quoting, the next position, and the
-- quote that is open there.
local function read(line, at, quote)
  local c = line:sub(at, at)
  if c == quote then return "", at + 1, "" end
  if quote == "" and (c == "'" or c == '"') then return "", at + 1, c end
  if c == "\\" and quote ~= "'" then
    local following = line:sub(at + 1, at + 1)
    if quote == '"' and not following:find '^["$`\\]' then return c, at + 1, quote end
    return following, at + 2, quote
  end
  return c, at + 1, quote
end

--- Read the line up to the cursor.
---@param line string
---@param breaks string  COMP_WORDBREAKS: characters behind which bash begins a new word
---@return homey.cli.BashLine
function bash_line.read(line, breaks)
  local words, word, at, quote, kept = {}, nil, 1, "", 0
  while at <= #line do
    local c, before = line:sub(at, at), quote
    if quote == "" and ends[c] then
      words[#words + 1], word, kept, at = word, nil, 0, at + 1
    else
      local text, following, open = read(line, at, quote)
      word, at, quote = (word or "") .. text, following, open
      local is_break = before == "" and text == c and breaks:find(c, 1, true)
      if is_break or before == "" and open ~= "" then kept = #word end
    end
  end
  return { words = words, current = word or "", quote = quote, kept = kept }
end

-- In double quotes, `!` always starts a history expansion: it is put into single quotes.
local inside = {
  ["'"] = function(s) return (s:gsub("'", "'\\''")) end,
  ['"'] = function(s) return (s:gsub('["$`\\]', "\\%0"):gsub("!", "\"'!'\"")) end,
  [""] = function(s) return (s:gsub("[^%w_@%%+,./\128-\255-]", "\\%0")) end,
}

--- Quote a word for COMPREPLY: bash replaces the typed word by it.
---@param word string
---@param typed homey.cli.BashLine
---@return string
function bash_line.quoted(word, typed)
  local text = inside[typed.quote](word:sub(typed.kept + 1))
  -- bash closes the quote of the only word that fits, unless that ends with one already
  if typed.quote ~= "" and text:sub(-1) == typed.quote then return text .. typed.quote end
  return text
end

return bash_line
