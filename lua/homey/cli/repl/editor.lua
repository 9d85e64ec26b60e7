-- Line editor at a terminal: cursor keys, history, and completion by the tab key.
--
-- Invariant: the line is valid UTF-8 where the keys are, and the cursor is between two characters.

local cell = require "homey.cli.cell"
local screen = require "homey.cli.screen"
local text = require "homey.util.text"

local most_history = 1000 -- lines

---@class homey.cli.Editor
---@field read fun(): string?      the next byte; nil at the end
---@field write fun(s: string)
---@field complete fun(before: string): integer, string[]
---@field history string[]
---@field line string
---@field at integer               bytes before the cursor
---@field prompt string
---@field n integer                which line of the history is shown; #history + 1 is a new one
local Editor = {}
Editor.__index = Editor

--- An editor.
---@param options {read: function, write: function, complete: function}  see its fields
---@return homey.cli.Editor
function Editor.new(options)
  return setmetatable({
    read = options.read, write = options.write, complete = options.complete, history = {},
  }, Editor)
end

-- ---- showing ------------------------------------------------------------------------------------

-- Returns the part of a long line around the cursor that fits the screen.
local function visible_part(self)
  local width = math.max(screen.width() - cell.width(self.prompt) - 1, 10)
  local from = 1
  while cell.width(self.line:sub(from, self.at)) > width - 1 do
    from = (self.line:find("[^\128-\191]", from + 1)) or #self.line + 1
  end
  local to = #self.line
  while cell.width(self.line:sub(from, to)) > width do
    to = to - 1
    while self.line:find("^[\128-\191]", to + 1) do to = to - 1 end
  end
  return self.line:sub(from, to), self.line:sub(from, self.at)
end

local function show(self)
  local part, before = visible_part(self)
  local column = cell.width(self.prompt .. before)
  self.write(("\r%s%s\27[K\r%s"):format(self.prompt, text.visible(part),
    column > 0 and ("\27[%dC"):format(column) or ""))
end

-- ---- moving -------------------------------------------------------------------------------------

local function before(self, at)
  repeat at = at - 1 until at <= 0 or not self.line:find("^[\128-\191]", at + 1)
  return math.max(at, 0)
end

local function behind(self, at)
  return (self.line:find("[^\128-\191]", at + 2) or #self.line + 1) - 1
end

local function replace(self, from, to, with)
  self.line = self.line:sub(1, from) .. with .. self.line:sub(to + 1)
  self.at = from + #with
end

local function word_start(self)
  return #self.line:sub(1, self.at):match "^(.-)%S*%s*$"
end

local function show_history(self, step)
  local n = self.n + step
  if n < 1 or n > #self.history + 1 then return end
  if self.n == #self.history + 1 then self.draft = self.line end
  self.n = n
  self.line = self.history[n] or self.draft or ""
  self.at = #self.line
end

local function common_start(list)
  local start = list[1]
  for _, each in ipairs(list) do
    while each:sub(1, #start) ~= start do start = start:sub(1, -2) end
  end
  return (start:gsub("[\192-\255][\128-\191]*$", function(last) -- keeps whole characters
    local first = last:byte()
    return #last < (first < 224 and 2 or first < 240 and 3 or 4) and "" or last
  end))
end

local function complete(self)
  local from, list = self.complete(self.line:sub(1, self.at))
  if #list == 0 then return self.write "\7" end
  local start = common_start(list)
  if #start > self.at - from then return replace(self, from, self.at, start) end
  if #list > 1 then
    for i, each in ipairs(list) do list[i] = text.visible(each) end
    self.write("\r\n" .. table.concat(list, "   ") .. "\r\n")
  end
end

-- ---- keys ---------------------------------------------------------------------------------------

local keys = {}

keys["\1"] = function(self) self.at = 0 end
keys["\2"] = function(self) self.at = before(self, self.at) end
keys["\5"] = function(self) self.at = #self.line end
keys["\6"] = function(self) self.at = behind(self, self.at) end
keys["\8"] = function(self) replace(self, before(self, self.at), self.at, "") end
keys["\127"] = keys["\8"]
keys["\9"] = complete
keys["\11"] = function(self) replace(self, self.at, #self.line, "") end
keys["\12"] = function(self) self.write "\27[H\27[2J" end
keys["\14"] = function(self) show_history(self, 1) end
keys["\16"] = function(self) show_history(self, -1) end
keys["\21"] = function(self) replace(self, 0, self.at, "") end
keys["\23"] = function(self) replace(self, word_start(self), self.at, "") end

local function delete(self)
  local at = self.at
  replace(self, at, behind(self, at), "")
end

local sequences = {
  A = keys["\16"], B = keys["\14"], C = keys["\6"], D = keys["\2"], H = keys["\1"], F = keys["\5"],
  ["1~"] = keys["\1"], ["7~"] = keys["\1"], ["4~"] = keys["\5"], ["8~"] = keys["\5"],
  ["3~"] = delete,
}

-- A key that sends several bytes: ESC [ A
local function read_sequence(self)
  local first = self.read()
  if first ~= "[" and first ~= "O" then return nil end
  local sequence = ""
  repeat
    local byte = self.read()
    if not byte then return nil end
    sequence = sequence .. byte
  until byte:find "[%a~]" or #sequence > 16
  return sequences[sequence]
end

local function insert(self, byte)
  local first = byte:byte()
  for _ = 1, first >= 240 and 3 or first >= 224 and 2 or first >= 192 and 1 or 0 do
    byte = byte .. (self.read() or "")
  end
  replace(self, self.at, self.at, byte)
end

local function press(self, byte)
  local key = keys[byte]
  if byte == "\27" then key = read_sequence(self) end
  if key then return key(self) end
  if byte == "\4" and self.line ~= "" then return delete(self) end
  if byte >= " " then insert(self, byte) end
end

local function remember(self, line)
  if not line:find "%S" or self.history[#self.history] == line then return end
  self.history[#self.history + 1] = line
  if #self.history > most_history then table.remove(self.history, 1) end
end

--- Redraw the line, below other output.
function Editor:redraw()
  if self.line then show(self) end
end

--- Read a line from the terminal.
---@param prompt string
---@return string? line  nil at the end: Ctrl-D
---@return boolean? interrupted  Ctrl-C
function Editor:edit(prompt)
  self.prompt, self.line, self.at, self.n = prompt, "", 0, #self.history + 1
  while true do
    show(self)
    local byte = self.read()
    local line = self.line
    if not byte or byte == "\3" or byte == "\4" and line == "" then
      self.line = nil
      self.write(byte == "\3" and "^C\r\n" or "\r\n")
      return nil, byte == "\3"
    end
    if byte == "\r" or byte == "\n" then
      self.line = nil
      self.write "\r\n"
      remember(self, line)
      return line
    end
    press(self, byte)
  end
end

return Editor
