-- Lua's own coroutine functions. A host may replace those in `coroutine` by some that belong to its scheduler, as OpenResty
-- does in each request: a task of ours would yield to that. Kept is what was there when the module was loaded, and before that
-- what the host has put aside as the original.

local found = coroutine

local function original(name)
  return rawget(found, "_" .. name) or found[name]
end

return {
  create = original "create", resume = original "resume", yield = original "yield", status = original "status",
  running = original "running", isyieldable = original "isyieldable",
}
