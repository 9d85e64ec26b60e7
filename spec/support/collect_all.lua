--- Collect all garbage. Under LuaJIT compiled code holds objects: it is flushed first.
return function()
  local jit = rawget(_G, "jit")
  if jit then jit.flush() end
  for _ = 1, 3 do collectgarbage() end
end
