-- Runs a function in a finalizer at each garbage collection, until it is stopped. No collection
-- starts in a finalizer; its errors are kept for the end.

local newproxy = rawget(_G, "newproxy") -- Lua 5.1 and LuaJIT

local function finalized(run)
  if not newproxy then return setmetatable({}, { __gc = run }) end
  getmetatable(newproxy(true)).__gc = run
end

---@param f fun(run: integer)  gets the number of the call
---@return fun(): integer, any stop  returns the number of calls, and the first error that homey did
---                                  not raise
return function(f)
  local over, runs, trouble = false, 0, nil
  local function plant()
    finalized(function()
      if over then return end
      runs = runs + 1
      local ok, err = pcall(f, runs)
      -- LuaJIT runs no coroutines in a finalizer.
      local expected = type(err) == "table" and err.kind or tostring(err):find "while in __gc"
      if not ok and not expected then trouble = trouble or err end
      plant()
    end)
  end
  plant()
  return function()
    over = true
    return runs, trouble
  end
end
