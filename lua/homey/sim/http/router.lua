--- Router: finds the handler of a request by method and path.
local router = {}

---@class homey.sim.Route
---@field name string
---@field method string
---@field path string       segments; ":x" is an argument
---@field handle fun(context: table, req: homey.sim.Request, ...: string): homey.sim.Response
---@field auth? string      "none": no Authorization is allowed; "access" or "hub": one is required;
---                         nil or "any": it does not matter
---@field body? string      "form", "json", "optional" (empty or JSON), "either" (JSON or a form) or
---                         nil for none
---@field alias? fun(req: homey.sim.Request): string  the name, where it depends on the body

-- A path that ends in one slash means the same as the one without; "//" has no such meaning.
local function pattern_of(path)
  local pattern = path:gsub("[%-%.%+]", "%%%0"):gsub(":%w+", "([^/]+)")
  return "^" .. pattern .. "/?$"
end

--- Compile routes into a table for `find`. Of two equal routes the first wins.
---@param list homey.sim.Route[]
---@return table
function router.compile(list)
  local exact, patterns = {}, {}
  for _, route in ipairs(list) do
    if route.path:find(":", 1, true) then
      local pattern = pattern_of(route.path)
      patterns[route.method] = patterns[route.method] or {}
      table.insert(patterns[route.method], { pattern, route })
    else
      local key = route.method .. " " .. route.path
      exact[key] = exact[key] or route
    end
  end
  return { exact = exact, patterns = patterns, list = list }
end

local function captures_of(route, first, ...)
  if not first then return nil end
  return route, { first, ... }
end

--- The route of a request and the arguments in its path.
---@param compiled table
---@param method string
---@param path string
---@return homey.sim.Route?
---@return string[]? arguments
function router.find(compiled, method, path)
  local route = compiled.exact[method .. " " .. path]
  if not route and path:find("./$") then
    route = compiled.exact[method .. " " .. path:sub(1, -2)]
  end
  if route then return route, {} end
  for _, entry in ipairs(compiled.patterns[method] or {}) do
    local found, arguments = captures_of(entry[2], path:match(entry[1]))
    if found then return found, arguments end
  end
end

return router
