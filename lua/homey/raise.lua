-- Raising an error object so that whoever does not catch it can read it.
--
-- The stand-alone PUC 5.1 prints "(error object is not a string)" for a table that nothing catches. There, and only
-- where nothing on the stack could catch it, the sentence alone is raised.

local silent = _VERSION == "Lua 5.1" and not rawget(_G, "jit")
local harmless = { [require] = true, [dofile] = true } -- C functions that catch nothing

-- True when below us are only Lua functions, and at the bottom the C function of the interpreter.
local function nobody_catches()
  if coroutine.running() then return false end
  local level, above = 2, nil
  local info = debug.getinfo(level, "Sf")
  while info do
    if above then return false end
    above = info.what == "C" and not harmless[info.func]
    level = level + 1
    info = debug.getinfo(level, "Sf")
  end
  return above
end

--- Raise `err`; never returns.
---@param err any
return function(err)
  if silent and type(err) == "table" and nobody_catches() then err = tostring(err) end
  error(err, 0)
end
