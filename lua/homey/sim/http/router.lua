--- Which handler answers a request: by face, method and path.
local routes = {}

---@class homey.sim.Route
---@field name string
---@field method string
---@field path string       segments; ":x" takes one as an argument
---@field handle fun(context: table, req: homey.sim.Request, ...: string): homey.sim.Response
---@field auth? string      "none" where Authorization must not come, "access" or "hub" where it must
---@field body? string      "form", "json", "optional" (empty or JSON), "either" (or a form) or nil for none
---@field alias? fun(req: homey.sim.Request): string  the name where it depends on what is sent

--- Every path with one slash at its end means the one without; "//" stays what it is.
local function pattern_of(path)
  local pattern = path:gsub("[%-%.%+]", "%%%0"):gsub(":%w+", "([^/]+)")
  return "^" .. pattern .. "/?$"
end

--- A table to look routes up in.
---@param list homey.sim.Route[]
---@return table
function routes.compile(list)
  local exact, patterns = {}, {}
  for _, route in ipairs(list) do
    if route.path:find(":", 1, true) then
      local pattern = pattern_of(route.path)
      patterns[route.method] = patterns[route.method] or {}
      table.insert(patterns[route.method], { pattern, route })
    else
      local key = route.method .. " " .. route.path
      exact[key] = exact[key] or route -- the first of a kind wins, as among patterns
    end
  end
  return { exact = exact, patterns = patterns, list = list }
end

local function matched(route, first, ...)
  if not first then return nil end
  return route, { first, ... }
end

--- The route of a request and the arguments in its path.
---@param compiled table
---@param method string
---@param path string
---@return homey.sim.Route?
---@return string[]? arguments
function routes.find(compiled, method, path)
  local route = compiled.exact[method .. " " .. path]
  if not route and path:find("./$") then route = compiled.exact[method .. " " .. path:sub(1, -2)] end
  if route then return route, {} end
  for _, entry in ipairs(compiled.patterns[method] or {}) do
    local found, arguments = matched(entry[2], path:match(entry[1]))
    if found then return found, arguments end
  end
end

return routes
