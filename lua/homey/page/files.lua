--- Static files of the page: index.html, style.css, script.js and icon.svg, which lie beside this
--- file. They hold no secret.
local library_folder = require("homey.util.call_site").folder
local response = require "homey.sim.http.response"

local files = {}

-- By path: name of the file, content type.
local known = {
  ["/"] = { "index.html", "text/html; charset=utf-8" },
  ["/style.css"] = { "style.css", "text/css; charset=utf-8" },
  ["/script.js"] = { "script.js", "text/javascript; charset=utf-8" },
  ["/icon.svg"] = { "icon.svg", "image/svg+xml" },
}

local contents = {} -- by name, once it was read

local function read(name)
  if contents[name] then return contents[name] end
  local path = (library_folder or "@lua/homey/"):sub(2) .. "page/" .. name
  local file, problem = io.open(path, "rb")
  if not file then return nil, problem end
  contents[name] = file:read "*a"
  file:close()
  return contents[name]
end

local reads = { GET = true, HEAD = true }

--- The answer to a request for a file.
---@param req homey.sim.Request
---@return homey.sim.Response?  nil where the path is that of no file
function files.answer(req)
  local found = known[req.path]
  if not found or not reads[req.method] then return nil end
  local body, problem = read(found[1])
  if body then return response.text(200, found[2], body) end
  return response.json(500, {
    error = ("the page is not installed: %s. Install homey again."):format(problem),
  })
end

return files
