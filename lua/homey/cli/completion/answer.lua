-- homey __complete: prints completions for the scripts of the shells. The first line is "names" or
-- "files". Each further line is a word; for zsh and fish, a tab and a description follow. Words for
-- bash are quoted; the other shells quote words themselves.

local candidates = require "homey.cli.completion.candidates"
local core = require "homey.core"
local lower = require("homey.util.text").lower

local answer = {}

local function begins_with(word, start)
  return word:sub(1, #start) == start
end

-- Returns the words with the typed prefix; if there are none, those that match in any case.
local function matching(list, current)
  local same, alike = {}, {}
  for _, each in ipairs(list) do
    if begins_with(each[1], current) then same[#same + 1] = each end
    if begins_with(lower(each[1]), lower(current)) then alike[#alike + 1] = each end
  end
  return #same > 0 and same or alike
end

local shells = {}

-- bash LINE WORDBREAKS
function shells.bash(commands, list)
  local bash_line = require "homey.cli.completion.bash_line"
  local typed = bash_line.read(list[1] or "", list[2] or "")
  table.remove(typed.words, 1)
  local found, files = candidates.of(commands, typed.words, typed.current)
  local lines = {}
  for i, each in ipairs(matching(found, typed.current)) do
    lines[i] = bash_line.quoted(each[1], typed)
  end
  return lines, files
end

-- zsh WORD... CURRENT
function shells.zsh(commands, list)
  local current = table.remove(list) or ""
  local found, files = candidates.of(commands, list, current)
  local lines = {}
  for i, each in ipairs(found) do lines[i] = each[1] .. "\t" .. each[2] end
  return lines, files
end

shells.fish = shells.zsh

-- Decodes the rows of the commands, which the script contains as JSON.
local function commands_of(text)
  local commands = core.decode(text or "")
  return type(commands) == "table" and commands or {}
end

--- homey __complete SHELL COMMANDS ...: print the completions of a word.
---@param list string[]
---@return integer code
function answer.main(list)
  local shell, commands = shells[list[2]], commands_of(list[3])
  if not shell then return 2 end
  local rest = {}
  for i = 4, #list do rest[#rest + 1] = list[i] end
  local lines, files = shell(commands, rest)
  table.insert(lines, 1, files and "files" or "names")
  io.stdout:write(table.concat(lines, "\n"), "\n")
  return 0
end

return answer
