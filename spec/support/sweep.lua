--- Collect all garbage there is. Under LuaJIT compiled code holds the objects that it was compiled for: it goes first.
return function()
  local jit = rawget(_G, "jit")
  if jit then jit.flush() end
  for _ = 1, 3 do collectgarbage() end
end
