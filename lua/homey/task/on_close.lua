-- What ends with a home.

--- Have f called when a home is closed, unless what is answered is called before that.
---@param home homey.Home
---@param f fun()
---@return fun() forget
return function(home, f)
  local handle = {}
  local function forget() home.handles[handle] = nil end
  function handle.cancel()
    if not home.handles[handle] then return end -- something else that has ended with the home saw to it
    forget()
    f()
  end
  home.handles[handle] = true
  return forget
end
