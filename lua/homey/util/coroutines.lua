-- Coroutine functions of Lua itself. A host may replace those in `coroutine` by ones of its own
-- scheduler, as OpenResty does in each request; our tasks must not yield to that. These are the
-- originals that the host has kept, or else the functions when the module was loaded.

local found = coroutine

local function original(name)
  return rawget(found, "_" .. name) or found[name]
end

return {
  create = original "create", resume = original "resume", yield = original "yield",
  status = original "status",
  running = original "running", isyieldable = original "isyieldable",
}
