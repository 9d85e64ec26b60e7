-- Screen: whether the output is a terminal, how large it is, and whether it takes colour.

local number_text = require "homey.util.number_text"
local system = require "homey.system"

local screen = {}

local usual = 80 -- columns

local function from_environment(name)
  local value = number_text.read(os.getenv(name) or "")
  return value and value >= 1 and value == math.floor(value) and value or nil
end

local terminal -- what screen.is_terminal has found

--- Is the standard output a terminal?
---@return boolean
function screen.is_terminal()
  if terminal == nil then terminal = system.isatty(1) end
  return terminal
end

--- Columns of the screen: COLUMNS, else what the terminal says, else 80.
---@return integer
function screen.width()
  local columns = from_environment "COLUMNS"
  if columns then return columns end
  return (system.size(1)) or usual
end

--- Lines of the screen; nil where nobody knows.
---@return integer?
function screen.height()
  local lines = from_environment "LINES"
  if lines then return lines end
  local _, rows = system.size(1)
  return rows
end

-- ---- colour -------------------------------------------------------------------------------------

local codes = { title = "1", bad = "31", quiet = "2" }

local function is_set(name)
  return (os.getenv(name) or "") ~= ""
end

local function takes_color(choice)
  if choice == "always" or choice == "never" then return choice == "always" end
  return screen.is_terminal() and not is_set "NO_COLOR" and is_set "TERM"
    and os.getenv "TERM" ~= "dumb"
end

--- A text in a style, where the output takes colour.
---@param text string
---@param style? "title"|"bad"|"quiet"
---@param choice? "auto"|"always"|"never"  what --color says
---@return string
function screen.styled(text, style, choice)
  if not style or text == "" or not takes_color(choice) then return text end
  return ("\27[%sm%s\27[0m"):format(codes[style], text)
end

-- ---- pages --------------------------------------------------------------------------------------

local usual_pager = "less -FRX"

local function pager()
  local named = os.getenv "PAGER"
  if not named then return usual_pager end
  return named:find "%S" and named ~= "cat" and named or nil
end

--- Show a text by the pager, where it is longer than the screen and a person sees it.
---@param text string
---@return boolean shown  false: print it
function screen.page(text)
  local command = screen.is_terminal() and pager()
  local height = command and screen.height()
  if not height then return false end
  local _, lines = text:gsub("\n", "")
  return lines >= height and system.page(command, text) == true
end

return screen
