-- Records: what several programs that share a state_dir each note for the time after a restart.
-- Each has a state of its own: the first program `name`, the next ones `name-2` to `name-9`. A
-- program that has ended leaves its file to others.

local new_error = require "homey.error"
local state = require "homey.state.state"
local try = require "homey.task.try"

local records = { save = state.save, release = state.release }

--- Programs that can share a folder.
records.most = 9

local function name_of(name, n)
  return n == 1 and name or ("%s-%d"):format(name, n)
end

--- What one of the files holds, whoever has it open.
---@param home homey.Home
---@param name string
---@param n integer
---@return table
function records.peek(home, name, n)
  return state.peek(home.state_dir, name_of(name, n))
end

local function open(home, name, n)
  return state.of(home.scheduler, home, home.state_dir, name_of(name, n), home.dry_run)
end

--- Open one of the files, which this home then keeps open.
---@param home homey.Home
---@param name string
---@param n integer
---@return table? entries
---@return homey.Error? err  of kind "unavailable" if another program has it open
function records.open(home, name, n)
  return try(open, home, name, n)
end

--- Open the first file that can be opened.
---@param home homey.Home
---@param name string
---@param is_free? fun(n: integer): boolean  false for a file that must not be opened
---@return table? entries
---@return integer|homey.Error n  the number of the file, or why there is none
function records.open_first(home, name, is_free)
  local problem
  for n = 1, records.most do
    if not is_free or is_free(n) then
      local entries, err = records.open(home, name, n)
      if entries then return entries, n end
      problem = problem or err.kind ~= "unavailable" and err or nil
    end
  end
  return nil, problem or new_error("unavailable", "too many programs share this state_dir.")
end

return records
